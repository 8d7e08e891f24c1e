//! What Redis keeps as bytes: text, bits, sketches and filters.

use pottery::{Bits, BloomFilter, HyperLogLog, Sketch, Text};

use crate::operations::{Ground, rows, spots};
use crate::way::{Run, Way};

/// What a HyperLogLog of no elements is.
fn nothing_seen() -> Sketch<String> {
    let (head, count, zeros) = (b"HYLL\x01\0\0\0", [0; 8], [0x7f, 0xff]);
    Sketch::from_bytes([&head[..], &count, &zeros].concat()).expect("as Redis writes it")
}

// the sketches are counted once: the server keeps the count with them
spots! {
    TEXT "string": text() -> Text = |g| g.store.text(g.named("text")), |it| it.set("some text");
    BITS "string": bits() -> Bits = |g| g.store.bits(g.named("bits")), |it| it.extend([1, 5, 9]);
    MORE_BITS "string": more_bits() -> Bits = |g| g.store.bits(g.named("more-bits")), |it| it.extend([1, 30]);
    SEEN "string": seen() -> HyperLogLog<String> =
        |g| g.store.hyper_log_log(g.named("seen")), |it| g.store.pipeline((it.extend(["a", "b"]), it.count()));
    MORE_SEEN "string": more_seen() -> HyperLogLog<String> =
        |g| g.store.hyper_log_log(g.named("more-seen")), |it| g.store.pipeline((it.extend(["b", "c"]), it.count()));
    BLOOM "string": bloom() -> BloomFilter<String> =
        |g| g.store.bloom_filter(g.named("bloom"), 100, 0.01), |it| it.extend(["a", "b"]);
    MORE_BLOOM "string": more_bloom() -> BloomFilter<String> =
        |g| g.store.bloom_filter(g.named("more-bloom"), 100, 0.01), |it| it.extend(["b", "c"]);
}

rows! {
    TEXT Read "text.get": |g| g.text().get();
    TEXT Clear "text.set": |g| g.text().set("new");
    TEXT Create "text.create": |g| g.text().create("new");
    TEXT Write "text.swap": |g| g.text().swap("new");
    TEXT Write "text.take": |g| g.text().take();
    TEXT Read "text.len": |g| g.text().len();
    TEXT Read "text.is_empty": |g| g.text().is_empty();
    TEXT Read "text.char_count": |g| g.text().char_count();
    TEXT Read "text.content_eq": |g| g.text().content_eq("some text");
    TEXT Write "text.append": |g| g.text().append("!");
    TEXT Write "text.prepend": |g| g.text().prepend("!");
    TEXT Write "text.insert": |g| g.text().insert(1, "!");
    TEXT Read "text.get_range": |g| g.text().get_range(1..3);
    TEXT Read "text.char_at": |g| g.text().char_at(1);
    TEXT Write "text.replace_range": |g| g.text().replace_range(0..4, "any");
    TEXT Write "text.truncate": |g| g.text().truncate(4);
    TEXT Write "text.repeat": |g| g.text().repeat(2);
    TEXT Read "text.contains": |g| g.text().contains("me");
    TEXT Read "text.find": |g| g.text().find("me");
    BITS Write "bits.set": |g| g.bits().set(3, true);
    BITS Read "bits.get": |g| g.bits().get(3);
    BITS Read "bits.get_many": |g| g.bits().get_many([3, 5]);
    BITS Write "bits.flip": |g| g.bits().flip(3);
    BITS Write "bits.extend": |g| g.bits().extend([3, 5]);
    BITS Write "bits.remove_many": |g| g.bits().remove_many([5, 9]);
    BITS Read "bits.len": |g| g.bits().len();
    BITS Read "bits.is_empty": |g| g.bits().is_empty();
    BITS Read "bits.count": |g| g.bits().count(1..9);
    BITS Read "bits.first_set": |g| g.bits().first_set(2..);
    BITS Read "bits.first_clear": |g| g.bits().first_clear(1..);
    BITS Write "bits.fill": |g| g.bits().fill(2..7, true);
    BITS Write "bits.flip_range": |g| g.bits().flip_range(2..7);
    BITS Read "bits.to_positions": |g| g.bits().to_positions();
    BITS Read "bits.content_eq": |g| g.bits().content_eq([1, 5, 9]);
    BITS Read "bits.iter": |g| g.bits().iter();
    BITS Create "bits.create": |g| g.bits().create([3]);
    BITS Write "bits.replace_all": |g| g.bits().replace_all([3]);
    BITS Write with MORE_BITS "bits.and_with": |g| g.bits().and_with([g.more_bits()]);
    BITS Write with MORE_BITS "bits.or_with": |g| g.bits().or_with([g.more_bits()]);
    BITS Write with MORE_BITS "bits.xor_with": |g| g.bits().xor_with([g.more_bits()]);
    BITS Write "bits.invert": |g| g.bits().invert();
    BITS Write with MORE_BITS "bits.and_into": |g| g.bits().and_into([g.more_bits()], &g.more_bits());
    BITS Write with MORE_BITS "bits.or_into": |g| g.bits().or_into([g.bits()], &g.more_bits());
    BITS Write with MORE_BITS "bits.xor_into": |g| g.bits().xor_into([g.bits()], &g.more_bits());
    BITS Write with MORE_BITS "bits.invert_into": |g| g.bits().invert_into(&g.more_bits());
    BITS Read "bit_field.get": |g| g.bits().field::<u8>(4).get();
    BITS Write "bit_field.set": |g| g.bits().field::<u8>(4).set(7);
    BITS Write "bit_field.incr": |g| g.bits().signed_field(4, 5).incr(1);
    BITS Write "bit_field.saturating_incr": |g| g.bits().unsigned_field(4, 5).saturating_incr(1);
    BITS Write "bit_field.wrapping_incr": |g| g.bits().field::<i16>(4).wrapping_incr(1);
    SEEN Write "hyper_log_log.insert": |g| g.seen().insert("new");
    SEEN Write "hyper_log_log.extend": |g| g.seen().extend(["new", "er"]);
    SEEN Read "hyper_log_log.count": |g| g.seen().count();
    SEEN Read with MORE_SEEN "hyper_log_log.count_with": |g| g.seen().count_with([g.more_seen()]);
    SEEN Write with MORE_SEEN "hyper_log_log.union_with": |g| g.seen().union_with([g.more_seen()]);
    SEEN Write with MORE_SEEN "hyper_log_log.union_into": |g| g.seen().union_into([g.seen()], &g.more_seen());
    SEEN Create "hyper_log_log.create": |g| g.seen().create(["new"]);
    SEEN Write "hyper_log_log.replace_all": |g| g.seen().replace_all(["new"]);
    SEEN Read "hyper_log_log.snapshot": |g| g.seen().snapshot();
    SEEN Write "hyper_log_log.restore": |g| g.seen().restore(&nothing_seen());
    BLOOM Write "bloom_filter.insert": |g| g.bloom().insert("new");
    BLOOM Write "bloom_filter.extend": |g| g.bloom().extend(["new", "er"]);
    BLOOM Create "bloom_filter.create": |g| g.bloom().create(["new"]);
    BLOOM Write "bloom_filter.replace_all": |g| g.bloom().replace_all(["new"]);
    BLOOM Read "bloom_filter.contains": |g| g.bloom().contains("a");
    BLOOM Read "bloom_filter.contains_many": |g| g.bloom().contains_many(["a", "z"]);
    BLOOM Read "bloom_filter.count": |g| g.bloom().count();
    BLOOM Write with MORE_BLOOM "bloom_filter.union_with": |g| g.bloom().union_with([g.more_bloom()]);
}
