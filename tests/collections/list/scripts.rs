//! What the scripts must stand: many items, items that look like marks, large numbers, batches, a time to live.

use std::collections::VecDeque;
use std::time::Duration;

use pottery::{List, RedisModel, Store};
use pottery_test_support::unique;
use pottery_test_support::{Monitor, Server, shared};

use super::{key, list_of, store, strings};

/// Enough for every limit that scripts have.
const MANY: i64 = 100_000;

#[test]
fn a_hundred_thousand_items_are_no_limit() {
    let list = list_of(0..MANY);
    let mut model: Vec<i64> = (0..MANY).collect();
    let check = |list: &List<i64>, model: &[i64], what: &str| {
        assert!(list.to_vec().wait().unwrap() == model, "{what}");
    };
    assert_eq!(list.insert(MANY / 2, -1).wait().unwrap(), model.len() + 1);
    model.insert(model.len() / 2, -1);
    check(&list, &model, "insert");
    for index in [30_000, 80_000, -10] {
        let at = if index < 0 { model.len() - 10 } else { index as usize };
        assert_eq!(list.remove_at(index).wait().unwrap(), Some(model.remove(at)));
    }
    check(&list, &model, "remove_at");
    list.swap(10, 60_000).wait().unwrap();
    model.swap(10, 60_000);
    check(&list, &model, "swap");
    list.reverse().wait().unwrap();
    model.reverse();
    check(&list, &model, "reverse");
    list.rotate(33_333).wait().unwrap();
    model.rotate_right(33_333);
    check(&list, &model, "rotate");
    list.rotate(-22_222).wait().unwrap();
    model.rotate_left(22_222);
    check(&list, &model, "rotate back");
    for range in [20_000..50_000, 1_000..2_000, 60_000..68_000] {
        let (from, to) = (range.start as usize, range.end as usize);
        let new = from as i64 * 2..from as i64 * 2 + 12_345;
        let gone: Vec<i64> = model.splice(from..to, new.clone()).collect();
        assert!(list.splice(range, new).wait().unwrap() == gone);
        check(&list, &model, "splice");
    }
    list.sort().wait().unwrap();
    model.sort_unstable();
    check(&list, &model, "sort");
    list.sort_desc().wait().unwrap();
    model.reverse();
    check(&list, &model, "sort_desc");
    assert_eq!(list.repeat(2).wait().unwrap(), 2 * model.len());
    model.extend_from_within(..);
    check(&list, &model, "repeat");
    assert!(list.content_eq(&model).wait().unwrap());
    assert!(list.iter().wait().map(Result::unwrap).eq(model.iter().copied()));
    list.replace_all(0..MANY).wait().unwrap();
    check(&list, &(0..MANY).collect::<Vec<_>>(), "replace");
    list.prepend(0..MANY).wait().unwrap();
    assert_eq!(list.count(77_777).wait().unwrap(), 2);
    list.clear().wait().unwrap();
    list.create(0..MANY).wait().unwrap();
    assert_eq!(list.drain(5..).wait().unwrap().len(), MANY as usize - 5);
    check(&list, &[0, 1, 2, 3, 4], "drain");
    list.replace_all(std::iter::repeat_n(1, MANY as usize)).wait().unwrap();
    assert_eq!(list.count(1).wait().unwrap(), MANY as usize);
    assert_eq!(list.remove_all(1).wait().unwrap(), MANY as usize);
}

/// What others have used to mark a place, and what may be stored all the same.
#[test]
fn no_value_is_taken_for_a_mark() {
    let items = ["", "0", "-1", "None", "nil", "false", "__DELETED__", "__pottery__", "", "\0", "+", "a\0b"];
    for at in 0..items.len() {
        let list = strings(&items);
        let mut model: Vec<&str> = items.to_vec();
        list.insert(at as i64, "").wait().unwrap();
        model.insert(at, "");
        assert_eq!(list.to_vec().wait().unwrap(), model);
        assert_eq!(list.remove_at(at as i64).wait().unwrap().as_deref(), Some(model.remove(at)));
        assert_eq!(list.remove_at(at as i64).wait().unwrap().as_deref(), Some(model.remove(at)));
        assert_eq!(list.to_vec().wait().unwrap(), model);
        list.reverse().wait().unwrap();
        list.rotate(3).wait().unwrap();
        model.reverse();
        model.rotate_right(3);
        assert_eq!(list.to_vec().wait().unwrap(), model);
    }
}

/// The marks are random, so the scripts are run with one that is stored.
#[test]
fn a_mark_that_is_stored_by_accident_is_not_used() {
    let insert = include_str!("../../../pottery-core/src/scripts/list_insert.lua");
    let remove = include_str!("../../../pottery-core/src/scripts/list_remove_at.lua");
    let items = ["mark", "mark+", "a", "mark++", "b", "mark", "mark+"];
    for at in 0..items.len() {
        let list = strings(&items);
        let mut model = items.to_vec();
        let index = at.to_string();
        shared().cli(&["EVAL", insert, "1", &key(&list), &index, "x", "mark", ""]);
        model.insert(at, "x");
        assert_eq!(list.to_vec().wait().unwrap(), model);
        let removed = shared().cli(&["EVAL", remove, "1", &key(&list), &index, "mark"]);
        assert_eq!(removed.text(), model.remove(at));
        let removed = shared().cli(&["EVAL", remove, "1", &key(&list), &index, "mark"]);
        assert_eq!(removed.text(), model.remove(at));
        assert_eq!(list.to_vec().wait().unwrap(), model);
    }
}

#[test]
fn a_change_leaves_the_time_to_live_as_it_is() {
    let list = list_of(0..10_u64);
    list.expire(Duration::from_secs(1_000)).wait().unwrap();
    macro_rules! keeps {
        ($($operation:expr;)*) => {$(
            $operation.wait().unwrap();
            let left = list.ttl().wait().unwrap();
            assert!(left.is_some(), "`{}` has dropped the time to live", stringify!($operation));
        )*};
    }
    keeps! {
        list.push(1);
        list.set(0, 1);
        list.insert(3, 1);
        list.remove_at(3);
        list.splice(.., [5, 3, 4]);
        list.splice(.., 0..3_000);
        list.splice(2..2_990, [1, 2, 3]);
        list.splice(..3, [1, 2]);
        list.replace_all([7, 8, 9]);
        list.reverse();
        list.rotate(1);
        list.repeat(2);
        list.sort();
        list.retain(|item| *item == 9);
        list.replace_all(0..5);
        list.trim(1..);
    }
    assert_eq!(list.to_vec().wait().unwrap(), [1, 2, 3, 4]);
}

#[test]
fn a_remainder_of_a_large_number_is_exact() {
    // 2^53 + 1 is no double
    let list = list_of(0..7_i64);
    list.rotate(9_007_199_254_740_993).wait().unwrap();
    let mut expected: Vec<i64> = (0..7).collect();
    expected.rotate_right(usize::try_from(9_007_199_254_740_993_i64 % 7).unwrap());
    assert_eq!(list.to_vec().wait().unwrap(), expected);
}

#[test]
fn many_items_go_in_chunks_and_as_one_unit() {
    let server = Server::start();
    let list = Store::open(&server.url()).unwrap().list::<i64>("list");
    list.len().wait().unwrap();
    let monitor = Monitor::start(&server);
    assert_eq!(list.extend(0..2_500).wait().unwrap(), 2_500);
    let sent: Vec<String> =
        monitor.finish().iter().map(|args| format!("{} {}", args[0], args.len() - 1)).collect();
    assert_eq!(sent, ["MULTI 0", "RPUSH 1001", "RPUSH 1001", "RPUSH 501", "EXEC 0"]);
    assert_eq!(list.prepend(-2_500..0).wait().unwrap(), 5_000);
    assert_eq!(list.to_vec().wait().unwrap(), (-2_500..2_500).collect::<Vec<_>>());
}

#[test]
fn scripts_and_chunks_take_their_place_in_a_transaction() {
    let store = store();
    let list = store.list::<i64>(unique("list"));
    let batch = (
        list.extend(0..1_500),
        list.insert(750, -1),
        list.remove_at(0),
        list.count(-1),
        list.range(748..751),
    );
    let result = store.transaction(batch).wait().unwrap();
    assert_eq!(result, (1_500, 1_501, Some(0), 1, vec![749, -1, 750]));
    let batch = (list.replace_all(0..1_200), list.extend(0..0), list.pop());
    assert_eq!(store.pipeline(batch).wait().unwrap(), ((), 1_200, Some(1_199)));
}

#[derive(RedisModel, Debug)]
struct Player {
    #[redis(id)]
    id: u64,
    bag: Vec<u64>,
    last: VecDeque<u64>,
}

#[test]
fn a_list_of_an_object_ends_with_it_whichever_write_brought_it_into_being() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    Player { id: 7, bag: Vec::new(), last: VecDeque::new() }.save(&store).wait().unwrap();
    let player = Player::at(&store, 7);
    player.expire(Duration::from_secs(1_000)).wait().unwrap();
    let (bag, last) = (player.bag(), player.last());
    let other = store.list("other");
    other.extend(0..9).wait().unwrap();
    let wait = Duration::from_secs(20);
    macro_rules! inherits {
        ($at:ident: $($operation:expr;)*) => {$(
            $at.clear().wait().unwrap();
            $operation.wait().unwrap();
            assert!($at.exists().wait().unwrap());
            assert!($at.ttl().wait().unwrap().is_some(), "`{}` makes a list without end", stringify!($operation));
        )*};
    }
    inherits! {
        bag:
            bag.push(1);
            bag.push_front(1);
            bag.extend([1]);
            bag.extend(0..2_500);
            bag.prepend(0..3);
            bag.insert(0, 1);
            bag.splice(.., [1]);
            bag.replace_all([1]);
            bag.replace_all(0..2_500);
            bag.create([1]);
            other.move_last_to_front_of(&bag);
            other.move_first_to_back_of_wait(&bag, wait);
    }
    inherits! {
        last:
            last.push_back(1);
            last.push_front(1);
            last.extend_front([1]);
            last.clone().bounded(3).push_back(1);
            last.clone().bounded(3).extend(0..2_500);
            last.clone().bounded(3).insert(0, 1);
    }
}
