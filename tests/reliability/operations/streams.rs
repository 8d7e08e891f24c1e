//! Streams, their groups, and what is said to who listens.

use std::time::Duration;

use pottery::{Consumer, EntryId, Group, GroupStart, Keep, Result, Stream, Topic};

use crate::operations::{Ground, Spot, hour, rows};
use crate::way::{Run, Way};

/// A stream of three entries, and a group one of whose consumers has read the first.
pub(crate) static STREAM: Spot =
    Spot { name: "STREAM", redis: "stream", key: |g| g.stream().key().clone(), fill: full };
/// No key: but what is there is nobody's.
static TOPIC: Spot =
    Spot { name: "TOPIC", redis: "none", key: |g| g.topic().name().clone(), fill: |_, _| Ok(()) };

impl Ground {
    fn stream(&self) -> Stream<String> {
        self.store.stream(self.named("stream"))
    }

    fn group(&self) -> Group<String> {
        self.stream().group("readers")
    }

    fn reader(&self) -> Consumer<String> {
        self.group().consumer("one")
    }

    fn topic(&self) -> Topic<String> {
        self.store.topic(self.named("topic"))
    }
}

fn full(g: &Ground, way: Way) -> Result<()> {
    let entries = ["a", "b", "c"].into_iter().zip(1..).map(|(value, n)| g.stream().add_at(id(n), value));
    g.store.pipeline(entries.collect::<Vec<_>>()).run(way)?;
    g.group().create(GroupStart::Beginning).run(way)?;
    g.reader().read(1).run(way).map(drop)
}

fn id(n: u64) -> EntryId {
    EntryId::new(n, 1)
}

rows! {
    STREAM Write "stream.add": |g| g.stream().add("new");
    STREAM Write "stream.add_at": |g| g.stream().add_at(id(9), "new");
    STREAM Write "stream.add_keeping": |g| g.stream().add_keeping(Keep::Last(2), "new");
    STREAM Write "stream.extend": |g| g.stream().extend(["new", "er"]);
    STREAM Read "stream.len": |g| g.stream().len();
    STREAM Read "stream.is_empty": |g| g.stream().is_empty();
    STREAM Write "stream.remove": |g| g.stream().remove(id(2));
    STREAM Write "stream.remove_many": |g| g.stream().remove_many([id(2), id(3)]);
    STREAM Write "stream.trim": |g| g.stream().trim(Keep::Last(1));
    STREAM Create "stream.create": |g| g.stream().create(["new"]);
    STREAM Write "stream.replace_all": |g| g.stream().replace_all(["new"]);
    STREAM Read "stream.range": |g| g.stream().range(id(1)..);
    STREAM Read "stream.range_n": |g| g.stream().range_n(.., 2);
    STREAM Read "stream.rev_range": |g| g.stream().rev_range(..);
    STREAM Read "stream.rev_range_n": |g| g.stream().rev_range_n(.., 2);
    STREAM Read "stream.get": |g| g.stream().get(id(2));
    STREAM Read "stream.first": |g| g.stream().first();
    STREAM Read "stream.last": |g| g.stream().last();
    STREAM Read "stream.to_vec": |g| g.stream().to_vec();
    STREAM Read "stream.collect": |g| g.stream().collect::<Vec<_>>();
    STREAM Read "stream.content_eq": |g| g.stream().content_eq(["a", "b", "c"]);
    STREAM Read "stream.read_after": |g| g.stream().read_after(id(1), 2);
    STREAM Read "stream.read_after_wait": |g| g.stream().read_after_wait(id(1), 2, hour());
    STREAM Read "stream.iter": |g| g.stream().iter();
    STREAM Read "stream.info": |g| g.stream().info();
    STREAM Read "stream.last_id": |g| g.stream().last_id();
    STREAM Read "stream.groups": |g| g.stream().groups();
    STREAM Write "group.create": |g| g.group().create(GroupStart::Now);
    STREAM Write "group.destroy": |g| g.group().destroy();
    STREAM Write "group.set_start": |g| g.group().set_start(GroupStart::Now);
    STREAM Write "group.ack": |g| g.group().ack(id(1));
    STREAM Write "group.ack_many": |g| g.group().ack_many([id(1), id(2)]);
    STREAM Read "group.pending": |g| g.group().pending();
    STREAM Read "group.consumers": |g| g.group().consumers();
    STREAM Write "group.remove_consumer": |g| g.group().remove_consumer("one");
    STREAM Write "group.create of another": |g| g.stream().group("others").create(GroupStart::Beginning);
    STREAM Read "pending_entries.get": |g| g.group().pending_entries(.., 10).get();
    STREAM Write "consumer.read": |g| g.reader().read(1);
    STREAM Write "consumer.read_wait": |g| g.reader().read_wait(1, hour());
    STREAM Write "consumer.read_pending": |g| g.reader().read_pending(EntryId::MIN, 5);
    STREAM Write "consumer.ack": |g| g.reader().ack(id(1));
    STREAM Write "consumer.ack_many": |g| g.reader().ack_many([id(1), id(2)]);
    STREAM Write "consumer.claim": |g| g.group().consumer("two").claim([id(1)], Duration::ZERO);
    STREAM Write "consumer.claim_idle": |g| g.group().consumer("two").claim_idle(Duration::ZERO, EntryId::MIN, 10);
    TOPIC Any "topic.publish": |g| g.topic().publish("news");
    TOPIC Look "topic.subscribers": |g| g.topic().subscribers();
}
