//! What is no list, and what is no item.

use std::time::Duration;

use pottery::{ErrorKind, Outcome};
use pottery_test_support::{Reply, shared, unique};

use super::{key, store};

/// One command for each other type that Redis has.
pub(crate) const FOREIGN: [&[&str]; 5] = [
    &["SET", "", "1"],
    &["HSET", "", "a", "1"],
    &["SADD", "", "1"],
    &["ZADD", "", "1", "a"],
    &["XADD", "", "1-1", "a", "1"],
];

/// Puts something else than a list at the key, and says how it is to be dumped.
pub(crate) fn make_foreign(key: &str, command: &[&str]) -> Vec<u8> {
    let mut command = command.to_vec();
    command[1] = key;
    assert!(!shared().cli(&["DEL", key]).is_error());
    assert!(!shared().cli(&command).is_error());
    dump(key)
}

pub(crate) fn dump(key: &str) -> Vec<u8> {
    match shared().cli(&["DUMP", key]) {
        Reply::Bulk(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

/// Runs each expression, which must fail with `WrongType`, name the key, and leave it as it is.
macro_rules! wrong_type {
    ($key:expr, $dump:expr; $($operation:expr;)*) => {$(
        let error = match $operation.wait() {
            Ok(_) => panic!("`{}` succeeds on a foreign type", stringify!($operation)),
            Err(error) => error,
        };
        assert_eq!(error.kind(), pottery::ErrorKind::WrongType, "`{}`: {error}", stringify!($operation));
        assert_eq!(error.outcome(), pottery::Outcome::NotApplied, "`{}`: {error}", stringify!($operation));
        assert_eq!(error.key().map(ToString::to_string).as_deref(), Some($key), "`{}`", stringify!($operation));
        assert_eq!($crate::list::foreign::dump($key), $dump, "`{}` has changed a foreign key", stringify!($operation));
    )*};
}

pub(crate) use wrong_type;

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let store = store();
    let list = store.list::<u64>(unique("list"));
    let proper = store.list::<u64>(unique("list"));
    let name = key(&list);
    let soon = Duration::from_millis(1);
    for command in FOREIGN {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            list.push(1);
            list.push_front(1);
            list.extend([1, 2]);
            list.extend(0..2_500);
            list.extend(0..0);
            list.prepend([1, 2]);
            list.prepend(0..2_500);
            list.pop();
            list.pop_front();
            list.pop_n(0);
            list.pop_n(2);
            list.pop_front_n(2);
            list.get(0);
            list.first();
            list.last();
            list.set(0, 1);
            list.len();
            list.is_empty();
            list.to_vec();
            list.range(1..2);
            list.range(0..0);
            list.slice(0, 1, 1);
            list.slice(None, None, -1);
            list.splice(0..1, [1]);
            list.splice(0..0, 0..0);
            list.drain(..);
            list.trim(1..);
            list.truncate(0);
            list.truncate(1);
            list.insert(0, 1);
            list.insert(1, 1);
            list.remove_at(0);
            list.swap(0, 1);
            list.reverse();
            list.rotate(1);
            list.repeat(0);
            list.repeat(2);
            list.replace_all([1]);
            list.replace_all(0..2_500);
            list.replace_all(0..0);
            list.contains(1);
            list.index_of(1);
            list.last_index_of(1);
            list.indexes_of(1);
            list.count(1);
            list.remove(1);
            list.remove_last(1);
            list.remove_n(1, 0);
            list.remove_n(1, 1);
            list.remove_all(1);
            list.content_eq([1]);
            list.sort();
            list.sort_desc();
            list.sort_by(|a, b| a.cmp(b));
            list.sort_by_key(|item| *item);
            list.retain(|_| false);
            list.pop_wait(soon);
            list.pop_front_wait(soon);
            list.pop_wait(Duration::ZERO);
            list.move_last_to_front_of(&proper);
            list.move_last_to_back_of(&proper);
            list.move_first_to_front_of(&proper);
            list.move_first_to_back_of(&proper);
            list.move_last_to_front_of_wait(&proper, soon);
            list.move_first_to_back_of_wait(&proper, soon);
        }
        let first = list.iter().wait().next().unwrap();
        assert_eq!(first.unwrap_err().kind(), ErrorKind::WrongType);
        let error = list.create([1]).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KeyExists);
        // a list that cannot be moved from keeps its items
        proper.replace_all([1]).wait().unwrap();
        let error = proper.move_last_to_front_of(&list).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongType);
        assert_eq!(proper.pop().wait().unwrap(), Some(1));
        assert_eq!(self::dump(&name), dump);
    }
}

#[test]
fn what_is_no_item_is_an_error_and_stays() {
    let list = store().list::<u64>(unique("list"));
    shared().cli(&["RPUSH", &key(&list), "1", "two"]);
    let error = list.to_vec().wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Decode, Outcome::NotApplied));
    assert_eq!(error.key(), Some(list.key()));
    assert_eq!(list.sort().wait().unwrap_err().kind(), ErrorKind::Decode);
    let error = list.pop().wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Decode, Outcome::Applied));
}
