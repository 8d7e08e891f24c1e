//! Streams and groups against a real server.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::thread;
use std::time::{Duration, Instant};

use pottery::{Entry, EntryId, ErrorKind, GroupStart, Keep, Outcome, Storable, Store, Stream};
use pottery_test_support::{Server, scale, shared, unique, wait_until};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde::{Deserialize, Serialize};

use crate::list::foreign::{make_foreign, wrong_type};
use crate::store;

fn stream<T: Storable>() -> Stream<T> {
    store().stream(unique("stream"))
}

const SOON: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(60);

/// Every type that is no stream.
pub(crate) const FOREIGN: [&[&str]; 5] = [
    &["SET", "", "1"],
    &["HSET", "", "a", "1"],
    &["SADD", "", "1"],
    &["RPUSH", "", "1"],
    &["ZADD", "", "1", "a"],
];

fn id(sequence: u64) -> EntryId {
    EntryId::new(1, sequence)
}

fn values<T>(entries: Vec<Entry<T>>) -> Vec<T> {
    entries.into_iter().map(|entry| entry.value.unwrap()).collect()
}

fn ids<T>(entries: &[Entry<T>]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.id).collect()
}

/// A stream of the numbers from 1, whose ids are the same.
fn numbers(count: u64) -> Stream<u64> {
    let stream = stream();
    for i in 1..=count {
        stream.add_at(id(i), i).wait().unwrap();
    }
    stream
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Order {
    what: String,
    count: i64,
}

#[test]
fn entries_are_added_at_the_end_and_found_by_their_ids() {
    let stream = stream::<Order>();
    assert!(stream.is_empty().wait().unwrap());
    let plums = Order { what: "plums".to_owned(), count: i64::MIN };
    let first = stream.add(&plums).wait().unwrap();
    let second = stream.add(Order { what: String::new(), count: i64::MAX }).wait().unwrap();
    assert!(first < second && first.millis > 1_600_000_000_000);
    assert_eq!(first.to_string().parse::<EntryId>().unwrap(), first);
    assert_eq!("x".parse::<EntryId>().unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(stream.get(first).wait().unwrap(), Some(plums.clone()));
    assert_eq!(stream.get(EntryId::MAX).wait().unwrap(), None);
    assert_eq!(stream.first().wait().unwrap().unwrap().value.unwrap(), plums);
    assert_eq!(stream.last().wait().unwrap().unwrap().id, second);
    assert_eq!(stream.last_id().wait().unwrap(), second);
    assert!(stream.remove(second).wait().unwrap() && !stream.remove(second).wait().unwrap());
    assert_eq!(stream.last_id().wait().unwrap(), second, "also if it has been removed");
    assert_eq!(stream.remove_many([first, second]).wait().unwrap(), 1);
    assert!(stream.exists().wait().unwrap() && stream.is_empty().wait().unwrap());
    assert!(stream.first().wait().unwrap().is_none() && stream.last().wait().unwrap().is_none());
    let error = stream.add_at(first, &plums).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied));
    let error = self::stream::<Order>().add_at(EntryId::MIN, &plums).wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse, "no entry has it");
}

#[test]
fn ranges_are_of_ids() {
    let stream = numbers(6);
    let of = |entries: pottery::Command<Vec<Entry<u64>>>| values(entries.wait().unwrap());
    assert_eq!(of(stream.range(..)), [1, 2, 3, 4, 5, 6]);
    assert_eq!(of(stream.range(id(2)..id(4))), [2, 3]);
    assert_eq!(of(stream.range(id(2)..=id(4))), [2, 3, 4]);
    assert_eq!(of(stream.range((Bound::Excluded(id(2)), Bound::Unbounded))), [3, 4, 5, 6]);
    assert_eq!(of(stream.rev_range(..id(4))), [3, 2, 1]);
    assert_eq!(of(stream.rev_range_n(.., 2)), [6, 5]);
    assert_eq!(of(stream.range_n(id(3).., 2)), [3, 4]);
    assert_eq!(of(stream.range_n(.., 0)), [0; 0]);
    assert_eq!(of(stream.range(id(4)..id(2))), [0; 0]);
    assert_eq!(of(stream.range(..EntryId::MIN)), [0; 0]);
    assert_eq!(of(stream.range((Bound::Excluded(EntryId::MAX), Bound::Unbounded))), [0; 0]);
    assert_eq!(of(stream.read_after(id(4), 9)), [5, 6]);
    assert_eq!(of(stream.read_after(EntryId::MIN, 2)), [1, 2]);
    assert_eq!(of(stream.read_after(id(6), 2)), [0; 0]);
    assert_eq!(of(stream.read_after(EntryId::MIN, 0)), [0; 0]);
    assert_eq!(stream.collect::<BTreeSet<_>>().wait().unwrap().len(), 6);
}

#[test]
fn a_stream_can_be_kept_short() {
    let stream = numbers(5);
    assert_eq!(stream.trim(Keep::Last(3)).wait().unwrap(), 2);
    assert_eq!(stream.trim(Keep::From(id(4))).wait().unwrap(), 1);
    assert_eq!(stream.trim(Keep::AboutLast(100)).wait().unwrap(), 0);
    assert_eq!(stream.trim(Keep::AboutFrom(id(1))).wait().unwrap(), 0);
    stream.add_keeping(Keep::Last(2), 6).wait().unwrap();
    assert_eq!(stream.to_vec().wait().unwrap(), [5, 6]);
    stream.add_keeping(Keep::AboutLast(2), 7).wait().unwrap();
    assert_eq!(stream.trim(Keep::Last(0)).wait().unwrap(), 3);
}

#[test]
fn one_is_made_only_where_nothing_is_and_replaced_as_a_whole() {
    let stream = stream::<String>();
    stream.create(["a", "b"]).wait().unwrap();
    assert_eq!(stream.create(["c"]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    assert!(stream.content_eq(["a", "b"]).wait().unwrap());
    assert!(!stream.content_eq(["b", "a"]).wait().unwrap() && !stream.content_eq(["a"]).wait().unwrap());
    stream.expire(LONG).wait().unwrap();
    stream.replace_all(["c"]).wait().unwrap();
    assert_eq!(stream.to_vec().wait().unwrap(), ["c"]);
    assert!(stream.ttl().wait().unwrap().is_some());
    stream.replace_all::<[&str; 0]>([]).wait().unwrap();
    assert!(!stream.exists().wait().unwrap());
    assert!(stream.extend::<[&str; 0]>([]).wait().unwrap().is_empty());
    assert_eq!(stream.remove_many([]).wait().unwrap(), 0);
    assert_eq!(stream.info().wait().unwrap(), None);
    assert_eq!(stream.last_id().wait().unwrap(), EntryId::MIN);
    assert!(stream.groups().wait().unwrap().is_empty());
}

#[test]
fn what_cannot_be_read_does_not_hide_the_others() {
    let stream = stream::<u64>();
    let key = stream.key().to_string();
    shared().cli(&["XADD", &key, "1-1", "value", "1"]);
    shared().cli(&["XADD", &key, "1-2", "value", "x"]);
    shared().cli(&["XADD", &key, "1-3", "other", "3"]);
    shared().cli(&["XADD", &key, "1-4", "a", "b", "value", "4", "c", "d"]);
    let group = stream.group("g");
    group.create(GroupStart::Beginning).wait().unwrap();
    let by_iter: Vec<_> = stream.iter().wait().collect::<Result<_, _>>().unwrap();
    for entries in [
        stream.range(..).wait().unwrap(),
        stream.read_after(EntryId::MIN, 9).wait().unwrap(),
        group.consumer("c").read(9).wait().unwrap(),
        by_iter,
    ] {
        assert_eq!(ids(&entries), [id(1), id(2), id(3), id(4)]);
        assert_eq!(entries[0].value.as_ref().unwrap(), &1);
        for (at, named) in [(1, "1-2"), (2, "1-3")] {
            let error = entries[at].value.as_ref().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert!(error.to_string().contains(named), "{error}");
        }
        assert_eq!(entries[3].value.as_ref().unwrap(), &4, "other fields are passed over");
    }
    assert_eq!(stream.to_vec().wait().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(stream.get(id(2)).wait().unwrap_err().kind(), ErrorKind::Decode);
}

#[test]
fn whoever_waits_gets_what_is_added() {
    // a server of its own: the test looks at who waits
    let server = Server::start();
    let stream = Store::open(&server.url()).unwrap().stream::<u64>("stream");
    let begun = Instant::now();
    let nothing = stream.read_after_wait(EntryId::MIN, 9, Duration::from_millis(120)).wait().unwrap();
    assert!(nothing.is_empty() && begun.elapsed() >= Duration::from_millis(120));
    assert!(stream.read_after_wait(EntryId::MIN, 9, Duration::ZERO).wait().unwrap().is_empty());
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let stream = stream.clone();
            thread::spawn(move || values(stream.read_after_wait(EntryId::MIN, 9, LONG).wait().unwrap()))
        })
        .collect();
    wait_until("two wait", Duration::from_secs(20), || {
        server.cli(&["INFO", "clients"]).text().contains("blocked_clients:2")
    });
    stream.add(7).wait().unwrap();
    for waiting in waiting {
        assert_eq!(waiting.join().unwrap(), [7]);
    }
    let group = stream.group("g");
    group.create(GroupStart::Now).wait().unwrap();
    let ann = group.consumer("ann");
    assert!(ann.read_wait(9, Duration::from_millis(20)).wait().unwrap().is_empty());
    let waiting = thread::spawn(move || values(ann.read_wait(9, LONG).wait().unwrap()));
    wait_until("one waits", Duration::from_secs(20), || {
        server.cli(&["INFO", "clients"]).text().contains("blocked_clients:1")
    });
    stream.add(8).wait().unwrap();
    assert_eq!(waiting.join().unwrap(), [8]);
    assert_eq!(group.pending().wait().unwrap().count, 1);
}

#[test]
fn a_group_shares_out_entries_which_are_pending_until_they_are_acknowledged() {
    let stream = numbers(6);
    let group = stream.group("g");
    assert!(group.create(GroupStart::After(id(1))).wait().unwrap());
    assert!(!group.create(GroupStart::Beginning).wait().unwrap(), "it is there already");
    let (ann, bob) = (group.consumer("ann"), group.consumer("bob"));
    assert_eq!(values(ann.read(2).wait().unwrap()), [2, 3]);
    assert_eq!(values(bob.read(9).wait().unwrap()), [4, 5, 6]);
    assert!(ann.read(9).wait().unwrap().is_empty());
    assert!(ann.read(0).wait().unwrap().is_empty());
    assert_eq!(values(ann.read_pending(EntryId::MIN, 9).wait().unwrap()), [2, 3]);
    assert!(ann.ack(id(2)).wait().unwrap() && !ann.ack(id(2)).wait().unwrap());
    assert_eq!(values(ann.read_pending(EntryId::MIN, 9).wait().unwrap()), [3]);
    let pending = group.pending().wait().unwrap();
    assert_eq!((pending.count, pending.range), (4, Some((id(3), id(6)))));
    assert_eq!(pending.consumers, [("ann".to_owned(), 1), ("bob".to_owned(), 3)]);
    let entries = group.pending_entries(.., 2).get().wait().unwrap();
    assert_eq!(entries.iter().map(|entry| entry.id).collect::<Vec<_>>(), [id(3), id(4)]);
    assert_eq!((&*entries[0].consumer, entries[0].deliveries), ("ann", 3));
    assert_eq!(group.pending_entries(id(5).., 9).of("bob").get().wait().unwrap().len(), 2);
    assert_eq!(group.pending_entries(.., 9).idle(LONG).get().wait().unwrap(), []);
    assert_eq!(values(ann.claim([id(4), id(1)], Duration::ZERO).wait().unwrap()), [4]);
    assert!(ann.claim([id(5)], LONG).wait().unwrap().is_empty(), "it is young");
    assert!(ann.claim([], LONG).wait().unwrap().is_empty());
    let claimed = ann.claim_idle(Duration::ZERO, EntryId::MIN, 2).wait().unwrap();
    assert_eq!((values(claimed.entries), claimed.next.is_some()), (vec![3, 4], true));
    let claimed = ann.claim_idle(Duration::ZERO, claimed.next.unwrap(), 9).wait().unwrap();
    assert_eq!((values(claimed.entries), claimed.next), (vec![5, 6], None));
    assert_eq!(group.ack_many([id(3), id(4), id(9)]).wait().unwrap(), 2);
    assert_eq!(group.ack_many([]).wait().unwrap(), 0);
    let consumers = group.consumers().wait().unwrap();
    assert_eq!(consumers.iter().map(|c| (&*c.name, c.pending)).collect::<Vec<_>>(), [("ann", 2), ("bob", 0)]);
    assert_eq!(group.remove_consumer("ann").wait().unwrap(), 2);
    let groups = stream.groups().wait().unwrap();
    assert_eq!((&*groups[0].name, groups[0].consumers, groups[0].pending), ("g", 1, 0));
    assert_eq!(groups[0].last_delivered, id(6));
    group.set_start(GroupStart::Beginning).wait().unwrap();
    assert_eq!(bob.read(9).wait().unwrap().len(), 6);
    assert_eq!(
        stream.info().wait().unwrap().map(|info| (info.len, info.last_id, info.groups)),
        Some((6, id(6), 1))
    );
    assert!(group.destroy().wait().unwrap() && !group.destroy().wait().unwrap());
    assert_eq!(group.pending().wait().map(drop).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn what_is_pending_and_has_been_removed_is_told() {
    let stream = numbers(3);
    let group = stream.group("g");
    group.create(GroupStart::Beginning).wait().unwrap();
    let ann = group.consumer("ann");
    ann.read(9).wait().unwrap();
    stream.remove(id(2)).wait().unwrap();
    let pending = ann.read_pending(EntryId::MIN, 9).wait().unwrap();
    assert_eq!(ids(&pending), [id(1), id(2), id(3)]);
    assert_eq!(pending[1].value.as_ref().unwrap_err().kind(), ErrorKind::NotFound);
    let claimed = ann.claim_idle(Duration::ZERO, EntryId::MIN, 9).wait().unwrap();
    assert_eq!(ids(&claimed.entries), [id(1), id(3)]);
    if shared().version().0 >= 7 {
        assert_eq!(claimed.removed, [id(2)]);
    }
}

#[test]
fn a_group_that_has_not_been_made_is_an_error() {
    for stream in [stream::<u64>(), numbers(1)] {
        let group = stream.group("g");
        let ann = group.consumer("ann");
        let exists = stream.exists().wait().unwrap();
        let mut kinds = vec![
            ann.read(1).wait().map(drop).unwrap_err(),
            ann.read_wait(1, SOON).wait().map(drop).unwrap_err(),
            ann.claim([id(1)], SOON).wait().map(drop).unwrap_err(),
            ann.claim_idle(SOON, EntryId::MIN, 1).wait().map(drop).unwrap_err(),
            group.pending().wait().map(drop).unwrap_err(),
            group.pending_entries(.., 1).get().wait().map(drop).unwrap_err(),
            group.consumers().wait().map(drop).unwrap_err(),
            group.set_start(GroupStart::Now).wait().unwrap_err(),
            group.remove_consumer("x").wait().map(drop).unwrap_err(),
        ];
        if !exists {
            kinds.push(group.destroy().wait().map(drop).unwrap_err());
        }
        for error in kinds {
            assert_eq!(
                (error.kind(), error.outcome()),
                (ErrorKind::NotFound, Outcome::NotApplied),
                "{error}"
            );
            assert_eq!(error.key(), Some(stream.key()));
        }
        assert!(!ann.ack(id(1)).wait().unwrap());
        assert_eq!(stream.exists().wait().unwrap(), exists);
    }
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let name = unique("stream");
    let stream = store().stream::<u64>(name.as_str());
    let group = stream.group("g");
    let ann = group.consumer("ann");
    for command in FOREIGN {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            stream.add(1);
            stream.add_at(id(1), 1);
            stream.add_keeping(Keep::Last(1), 1);
            stream.extend([1, 2]);
            stream.len();
            stream.get(id(1));
            stream.range(..);
            stream.rev_range(..);
            stream.read_after(id(1), 1);
            stream.read_after_wait(id(1), 1, SOON);
            stream.remove(id(1));
            stream.trim(Keep::Last(0));
            stream.info();
            stream.groups();
            stream.replace_all([1]);
            stream.content_eq([1]);
            group.create(GroupStart::Now);
            group.destroy();
            group.ack(id(1));
            group.pending();
            group.consumers();
            ann.read(1);
            ann.read_wait(1, SOON);
            ann.read_pending(id(1), 1);
            ann.claim([id(1)], SOON);
            ann.claim_idle(SOON, id(1), 1);
        }
        assert_eq!(stream.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    }
}

#[test]
fn a_hundred_thousand_entries_go_in_and_come_out_in_pages() {
    let stream = stream::<Vec<u8>>();
    let values = || (0..100_000_u32).map(|i| [b"\0\xff\r\n*", i.to_string().as_bytes()].concat());
    stream.create(values()).wait().unwrap();
    assert_eq!(stream.len().wait().unwrap(), 100_000);
    let mut count = 0;
    let mut last = EntryId::MIN;
    for (entry, value) in stream.iter().wait().zip(values()) {
        let entry = entry.unwrap();
        assert!(entry.id > last);
        assert_eq!(entry.value.unwrap(), value);
        (last, count) = (entry.id, count + 1);
    }
    assert_eq!(count, 100_000);
    assert_eq!(stream.extend(values().take(10_000)).wait().unwrap().len(), 10_000);
}

#[test]
fn of_several_consumers_each_entry_goes_to_one() {
    let stream = stream::<u64>();
    let group = stream.group("g");
    group.create(GroupStart::Beginning).wait().unwrap();
    let readers: Vec<_> = (0..4)
        .map(|i| {
            let consumer = group.consumer(&format!("c{i}"));
            thread::spawn(move || {
                let mut all = Vec::new();
                loop {
                    let entries = consumer.read_wait(7, Duration::from_millis(500)).wait().unwrap();
                    if entries.is_empty() {
                        return all;
                    }
                    assert_eq!(consumer.ack_many(ids(&entries)).wait().unwrap(), entries.len());
                    all.extend(values(entries));
                }
            })
        })
        .collect();
    for chunk in (0..1000).collect::<Vec<_>>().chunks(50) {
        stream.extend(chunk).wait().unwrap();
    }
    let mut all: Vec<_> = readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect();
    all.sort_unstable();
    assert_eq!(all, (0..1000).collect::<Vec<_>>());
    assert_eq!(group.pending().wait().unwrap().count, 0);
}

#[tokio::test]
async fn the_same_without_blocking_and_in_batches() {
    let store = Store::open(&format!("{}?protocol=resp2", shared().url())).unwrap();
    let stream = store.stream::<u64>(unique("stream"));
    let group = stream.group("g");
    let ann = group.consumer("ann");
    let (made, id, read, len) = store
        .transaction((group.create(GroupStart::Now), stream.add(5), ann.read(9), stream.len()))
        .await
        .unwrap();
    assert!(made && read[0].id == id && len == 1);
    let (read, info, groups, pending) = store
        .pipeline((
            stream.read_after(EntryId::MIN, 1),
            stream.info(),
            stream.groups(),
            group.pending_entries(.., 5).get(),
        ))
        .await
        .unwrap();
    assert_eq!(values(read), [5]);
    assert_eq!((info.unwrap().groups, groups[0].pending, pending.len()), (1, 1, 1));
    stream.extend(0..1200).await.unwrap();
    let (mut entries, mut count) = (stream.iter(), 0);
    while let Some(entry) = entries.next().await {
        entry.unwrap().value.unwrap();
        count += 1;
    }
    assert_eq!(count, 1201);
    assert_eq!(ann.read_wait(9, LONG).await.unwrap().len(), 9);
    assert_eq!(stream.read_after_wait(id, 3, LONG).await.unwrap().len(), 3);
    assert!(ann.claim_idle(LONG, EntryId::MIN, 3).await.unwrap().entries.is_empty());
}

proptest! {
    #![proptest_config(Config { cases: scale(60, 3_000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_stream_does_what_a_sorted_list_does(
        steps in prop::collection::vec((0..8_u8, 0..12_u64, 0..12_u64, any::<i64>()), 40..=40),
    ) {
        let name = unique("stream");
        let older = Store::open(&format!("{}?protocol=resp2", shared().url())).unwrap();
        let streams = [store(), older].map(|store| store.stream::<i64>(name.as_str()));
        let mut model: Vec<(EntryId, i64)> = Vec::new();
        let mut last = 0;
        for (step, a, b, value) in steps {
            let stream = &streams[usize::from(value % 2 == 0)];
            match step {
                0..=2 => {
                    last += a + 1;
                    stream.add_at(id(last), value).wait().unwrap();
                    model.push((id(last), value));
                }
                3 => {
                    let there = model.iter().any(|entry| entry.0 == id(a));
                    prop_assert_eq!(stream.remove(id(a)).wait().unwrap(), there);
                    model.retain(|entry| entry.0 != id(a));
                }
                4 => {
                    let removed = model.len().saturating_sub(a as usize);
                    prop_assert_eq!(stream.trim(Keep::Last(a as usize)).wait().unwrap(), removed);
                    model.drain(..removed);
                }
                5 => {
                    let before = model.len();
                    model.retain(|entry| entry.0 >= id(a));
                    prop_assert_eq!(stream.trim(Keep::From(id(a))).wait().unwrap(), before - model.len());
                }
                _ => {
                    let range = (Bound::Excluded(id(a)), Bound::Included(id(a + b)));
                    let inside = |entry: &&(EntryId, i64)| entry.0 > id(a) && entry.0 <= id(a + b);
                    let mut expected: Vec<_> = model.iter().filter(inside).map(|entry| entry.1).collect();
                    prop_assert_eq!(values(stream.range(range).wait().unwrap()), expected.clone());
                    expected.reverse();
                    expected.truncate(3);
                    prop_assert_eq!(values(stream.rev_range_n(range, 3).wait().unwrap()), expected);
                    let behind: Vec<_> = model.iter().filter(|entry| entry.0 > id(b)).map(|entry| entry.0).collect();
                    prop_assert_eq!(ids(&stream.read_after(id(b), 99).wait().unwrap()), behind);
                }
            }
            prop_assert_eq!(stream.len().wait().unwrap(), model.len());
        }
        let stored: Vec<_> = streams[0].iter().wait().map(|entry| entry.unwrap()).collect();
        prop_assert_eq!(ids(&stored), model.iter().map(|entry| entry.0).collect::<Vec<_>>());
        prop_assert!(streams[1].content_eq(model.iter().map(|entry| entry.1)).wait().unwrap());
        streams[0].clear().wait().unwrap();
    }
}
