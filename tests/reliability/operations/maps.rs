//! Hashes: maps, counts, and what is remembered.

use pottery::{DefaultMap, Map, Memo, MultiSet};

use crate::operations::model::STATS;
use crate::operations::{Ground, hour, rows, spots};
use crate::way::{Run, Way};

spots! {
    SCORES "hash": scores() -> Map<String, f64> = |g| g.store.map(g.named("scores")), |it| it.insert("a", 1.5);
    DEFAULTS "hash": defaults() -> DefaultMap<String, u32> =
        |g| g.store.default_map(g.named("defaults"), || 7), |it| it.insert("a", 1);
    COUNTS "hash": counts() -> MultiSet<String> =
        |g| g.store.multiset(g.named("counts")), |it| it.update([("a", 2), ("b", -1)]);
    MORE_COUNTS "hash": more_counts() -> MultiSet<String> =
        |g| g.store.multiset(g.named("more-counts")), |it| it.update([("a", 1), ("c", 3)]);
    MEMO "hash": memo() -> Memo<String, u32> = |g| g.store.memo(g.named("memo")), |it| it.insert("a", 1);
}

rows! {
    STATS Read "map.get": |g| g.at().stats().get("hp");
    STATS Read "map.get_or": |g| g.at().stats().get_or("hp", 1);
    STATS Read "map.get_many": |g| g.at().stats().get_many(["hp", "mp"]);
    STATS Read "map.contains_key": |g| g.at().stats().contains_key("hp");
    STATS Read "map.len": |g| g.at().stats().len();
    STATS Read "map.is_empty": |g| g.at().stats().is_empty();
    STATS Write "map.insert": |g| g.at().stats().insert("new", 1);
    STATS Write "map.insert_if_absent": |g| g.at().stats().insert_if_absent("new", 1);
    STATS Write "map.get_or_insert": |g| g.at().stats().get_or_insert("new", 1);
    STATS Write "map.swap": |g| g.at().stats().swap("hp", 1);
    STATS Write "map.remove": |g| g.at().stats().remove("hp");
    STATS Write "map.take": |g| g.at().stats().take("hp");
    STATS Write "map.pop_any": |g| g.at().stats().pop_any();
    STATS Write "map.remove_many": |g| g.at().stats().remove_many(["hp", "mp"]);
    STATS Write "map.extend": |g| g.at().stats().extend([("new", 1), ("er", 2)]);
    STATS Write "map.extend_keys": |g| g.at().stats().extend_keys(["new", "er"], 1);
    STATS Read "map.random_key": |g| g.at().stats().random_key();
    STATS Read "map.random_entries": |g| g.at().stats().random_entries(2);
    STATS Read "map.keys": |g| g.at().stats().keys();
    STATS Read "map.values": |g| g.at().stats().values();
    STATS Write "map.incr": |g| g.at().stats().incr("hp", 1);
    SCORES Write "map.incr_float": |g| g.scores().incr_float("a", 0.5);
    STATS Read "map.collect": |g| g.at().stats().collect::<Vec<_>>();
    STATS Read "map.to_map": |g| g.at().stats().to_map();
    STATS Write "map.drain": |g| g.at().stats().drain();
    STATS Write "map.replace_all": |g| g.at().stats().replace_all([("new", 1)]);
    STATS Create "map.create": |g| g.at().stats().create([("new", 1)]);
    STATS Read "map.content_eq": |g| g.at().stats().content_eq([("hp", 12)]);
    STATS Read "map.iter": |g| g.at().stats().iter();
    STATS Write "map.expire_entry": |g| g.at().stats().expire_entry("hp", hour());
    STATS Read "map.entry_ttl": |g| g.at().stats().entry_ttl("hp");
    STATS Write "map.persist_entry": |g| g.at().stats().persist_entry("hp");
    DEFAULTS Write "default_map.get": |g| g.defaults().get("new");
    DEFAULTS Read "default_map.peek": |g| g.defaults().peek("a");
    // counts
    COUNTS Read "multi_set.count": |g| g.counts().count("a");
    COUNTS Write "multi_set.set": |g| g.counts().set("a", 5);
    COUNTS Write "multi_set.add": |g| g.counts().add("a", 5);
    COUNTS Write "multi_set.extend": |g| g.counts().extend(["a", "new"]);
    COUNTS Write "multi_set.remove": |g| g.counts().remove("a");
    COUNTS Read "multi_set.contains": |g| g.counts().contains("a");
    COUNTS Read "multi_set.len": |g| g.counts().len();
    COUNTS Read "multi_set.is_empty": |g| g.counts().is_empty();
    COUNTS Read "multi_set.total": |g| g.counts().total();
    COUNTS Read "multi_set.elements": |g| g.counts().elements();
    COUNTS Read "multi_set.most_common": |g| g.counts().most_common(Some(1));
    COUNTS Read "multi_set.to_map": |g| g.counts().to_map();
    COUNTS Read "multi_set.collect": |g| g.counts().collect::<Vec<_>>();
    COUNTS Read "multi_set.iter": |g| g.counts().iter();
    COUNTS Create "multi_set.create": |g| g.counts().create([("new", 1)]);
    COUNTS Write "multi_set.replace_all": |g| g.counts().replace_all([("new", 1)]);
    COUNTS Read "multi_set.positive": |g| g.counts().positive();
    COUNTS Read "multi_set.negative": |g| g.counts().negative();
    COUNTS Write "multi_set.keep_positive": |g| g.counts().keep_positive();
    COUNTS Write with MORE_COUNTS "multi_set.update": |g| g.counts().update(&g.more_counts());
    COUNTS Write with MORE_COUNTS "multi_set.subtract": |g| g.counts().subtract(&g.more_counts());
    COUNTS Read with MORE_COUNTS "multi_set.content_eq": |g| g.counts().content_eq(&g.more_counts());
    COUNTS Read with MORE_COUNTS "multi_set.sum": |g| g.counts().sum(&g.more_counts());
    COUNTS Read with MORE_COUNTS "multi_set.difference": |g| g.counts().difference(&g.more_counts());
    COUNTS Read with MORE_COUNTS "multi_set.union": |g| g.counts().union(&g.more_counts());
    COUNTS Read with MORE_COUNTS "multi_set.intersection": |g| g.counts().intersection(&g.more_counts());
    COUNTS Write with MORE_COUNTS "multi_set.sum_update": |g| g.counts().sum_update(&g.more_counts());
    COUNTS Write with MORE_COUNTS "multi_set.difference_update": |g| g.counts().difference_update(&g.more_counts());
    COUNTS Write with MORE_COUNTS "multi_set.union_update": |g| g.counts().union_update(&g.more_counts());
    COUNTS Write with MORE_COUNTS "multi_set.intersection_update": |g| g.counts().intersection_update(&g.more_counts());
    COUNTS Write "multi_set.update by given counts": |g| g.counts().update([("a", 2)]);
    // what is remembered
    MEMO Write "memo.get_or_compute": |g| g.memo().get_or_compute("a", || async { 2 });
    MEMO Write "memo.try_get_or_compute": |g| g.memo().try_get_or_compute("a", || async { Ok::<_, ()>(2) });
    MEMO Write "memo.get_or_insert_with": |g| g.memo().get_or_insert_with("a", || 2);
    MEMO Write "memo.try_get_or_insert_with": |g| g.memo().try_get_or_insert_with("a", || Ok::<_, ()>(2));
    MEMO Write "memo.get_or_insert_with sliding": |g| g.memo().time_to_live(hour()).sliding().get_or_insert_with("a", || 2);
    MEMO Write "memo.recompute": |g| g.memo().recompute("a", || async { 2 });
    MEMO Write "memo.recompute_with": |g| g.memo().recompute_with("a", || 2);
    MEMO Write "memo.insert": |g| g.memo().insert("new", 2);
    MEMO Read "memo.peek": |g| g.memo().peek("a");
    MEMO Write "memo.forget": |g| g.memo().forget("a");
    MEMO Read "memo.len": |g| g.memo().len();
    MEMO Read "memo.is_empty": |g| g.memo().is_empty();
}
