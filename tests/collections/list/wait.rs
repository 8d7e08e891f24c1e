//! Waiting for items, and moving them from list to list.

use std::thread;
use std::time::{Duration, Instant};

use pottery::{ErrorKind, Store};
use pottery_test_support::{Server, shared, unique, wait_until};

use super::{block_on, list_of, store};

#[test]
fn items_move_from_list_to_list() {
    let store = store();
    let (a, b) = (store.list::<u8>(unique("a")), store.list::<u8>(unique("b")));
    a.extend([1, 2, 3, 4, 5]).wait().unwrap();
    assert_eq!(a.move_last_to_front_of(&b).wait().unwrap(), Some(5));
    assert_eq!(a.move_last_to_back_of(&b).wait().unwrap(), Some(4));
    assert_eq!(a.move_first_to_back_of(&b).wait().unwrap(), Some(1));
    assert_eq!(a.move_first_to_front_of(&b).wait().unwrap(), Some(2));
    assert_eq!(a.to_vec().wait().unwrap(), [3]);
    assert_eq!(b.to_vec().wait().unwrap(), [2, 5, 4, 1]);
    assert_eq!(b.move_last_to_front_of(&b).wait().unwrap(), Some(1));
    assert_eq!(b.to_vec().wait().unwrap(), [1, 2, 5, 4]);
    assert_eq!(a.move_last_to_front_of_wait(&b, Duration::from_secs(5)).wait().unwrap(), Some(3));
    assert_eq!(a.move_first_to_back_of_wait(&b, Duration::from_millis(1)).wait().unwrap(), None);
    assert_eq!(a.move_first_to_back_of_wait(&b, Duration::ZERO).wait().unwrap(), None);
    assert_eq!(b.move_first_to_back_of_wait(&a, Duration::ZERO).wait().unwrap(), Some(3));
    let elsewhere = self::store().list::<u8>(unique("c"));
    assert_eq!(a.move_first_to_back_of(&elsewhere).wait().unwrap_err().kind(), ErrorKind::Misuse);
    let refused = a.move_first_to_back_of_wait(&elsewhere, Duration::from_secs(1)).wait();
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(a.to_vec().wait().unwrap(), [3]);
}

#[test]
fn a_wait_ends_with_an_item_or_with_its_time() {
    let list = list_of([1, 2, 3_u8]);
    assert_eq!(list.pop_wait(Duration::from_secs(5)).wait().unwrap(), Some(3));
    assert_eq!(list.pop_front_wait(Duration::MAX).wait().unwrap(), Some(1));
    assert_eq!(list.pop_wait(Duration::ZERO).wait().unwrap(), Some(2));
    assert_eq!(list.pop_wait(Duration::ZERO).wait().unwrap(), None);
    for wait in [Duration::from_nanos(1), Duration::from_millis(120)] {
        let begun = Instant::now();
        assert_eq!(list.pop_front_wait(wait).wait().unwrap(), None);
        assert!(begun.elapsed() >= wait, "{:?}", begun.elapsed());
        assert!(begun.elapsed() < wait + Duration::from_secs(5));
    }
}

#[test]
fn a_wait_ends_when_an_item_comes() {
    // a server of its own: the test looks at who waits
    let server = Server::start();
    let list = Store::open(&server.url()).unwrap().list::<u8>("list");
    let waiting = thread::spawn(move || list.pop_wait(Duration::from_secs(60)).wait().unwrap());
    wait_until("somebody waits", Duration::from_secs(20), || {
        server.cli(&["INFO", "clients"]).text().contains("blocked_clients:1")
    });
    server.cli(&["RPUSH", "list", "7"]);
    assert_eq!(waiting.join().unwrap(), Some(7));
}

/// A wait may last longer than any other call.
#[test]
fn a_wait_is_not_ended_by_the_time_limit_of_calls() {
    let store = Store::options(&shared().url()).timeout(Duration::from_millis(1500)).open().unwrap();
    let list = store.list::<u8>(unique("list"));
    assert_eq!(list.pop_wait(Duration::from_secs(2)).wait().unwrap(), None);
    block_on(async { assert_eq!(list.pop_wait(Duration::from_secs(2)).await.unwrap(), None) });
}

async fn until_blocked(server: &Server, clients: usize) {
    let wanted = format!("blocked_clients:{clients}\r\n");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !server.cli(&["INFO", "clients"]).text().contains(&wanted) {
        assert!(Instant::now() < deadline, "not {wanted}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[test]
fn a_wait_that_is_given_up_takes_nothing() {
    block_on(async {
        // a server of its own: the test counts who waits
        let server = Server::start();
        let list = Store::open(&server.url()).unwrap().list::<u8>("list");
        for _ in 0..5 {
            let mut waiting = Box::pin(list.pop_wait(Duration::from_secs(60)));
            tokio::select! {
                got = &mut waiting => panic!("{got:?}"),
                () = until_blocked(&server, 1) => {}
            }
            drop(waiting);
            until_blocked(&server, 0).await;
            list.push(1).await.unwrap();
            assert_eq!(list.pop().await.unwrap(), Some(1));
        }
    });
}
