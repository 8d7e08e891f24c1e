//! What comes off the wire, and how: in pieces, too much, at the wrong time, or not at all.

use std::sync::{Arc, Mutex};

use pottery::{ErrorKind, Outcome, Store};
use serde::{Deserialize, Serialize};

use crate::fake::Fake;

/// Runs a command over every link there is, one after the other.
macro_rules! each {
    ($command:expr) => {
        Vec::from([
            #[cfg(feature = "blocking")]
            $command.wait(),
            #[cfg(feature = "async")]
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(async { $command.await }),
        ])
    };
}

#[test]
fn what_stands_beside_the_replies_is_nobodys_answer() {
    const PUSH: &str = ">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n";
    const ATTRIBUTE: &str = "|1\r\n+key-popularity\r\n%1\r\n$1\r\na\r\n,0.19\r\n";
    let fake = Fake::start(|peer| {
        while let Some(request) = peer.request() {
            let reply = match request[0].as_str() {
                "GET" => format!("{PUSH}$1\r\n7\r\n{PUSH}"),
                "LRANGE" => format!("{ATTRIBUTE}*2\r\n{ATTRIBUTE}$1\r\n1\r\n$1\r\n2\r\n"),
                other => panic!("{other}"),
            };
            // the pieces end where it is worst
            for piece in reply.as_bytes().chunks(7) {
                peer.say(piece);
            }
        }
    });
    let store = Store::open(&fake.url()).unwrap();
    let (value, list) = (store.value::<u64>("v"), store.list::<u64>("l"));
    for _ in 0..20 {
        for result in each!(store.pipeline((value.get(), list.to_vec(), value.get()))) {
            assert_eq!(result.unwrap(), (Some(7), vec![1, 2], Some(7)));
        }
    }
}

#[test]
fn a_server_without_hello_is_spoken_to_in_resp2() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = said.clone();
    let fake = Fake::rude(move |peer| {
        while let Some(request) = peer.request() {
            let reply = match request[0].as_str() {
                "HELLO" => "-ERR unknown command 'HELLO', with args beginning with: '3'\r\n",
                "SELECT" if !heard.lock().unwrap().iter().any(|line: &String| line.starts_with("AUTH")) => {
                    "-NOAUTH Authentication required.\r\n"
                }
                "CLIENT" => "-ERR unknown subcommand\r\n",
                "HGETALL" => "*2\r\n$1\r\na\r\n$1\r\n1\r\n",
                _ => "+OK\r\n",
            };
            heard.lock().unwrap().push(request.join(" "));
            peer.say(reply);
        }
    });
    let store = Store::options(&fake.url()).user("me").password("geheim").database(3).open().unwrap();
    for map in each!(store.map::<String, u64>("m").to_map()) {
        assert_eq!(map.unwrap(), [("a".to_owned(), 1)].into());
    }
    let said = said.lock().unwrap();
    let begin = ["HELLO 3 AUTH me geheim", "SELECT 3"];
    assert_eq!(said[..2], begin);
    assert!(said[4] == "AUTH me geheim" && said[5] == "SELECT 3", "{said:?}");
}

#[test]
fn promises_of_a_header_take_no_memory() {
    let fake = Fake::start(|peer| {
        if let Some(request) = peer.request() {
            peer.say(match request[0].as_str() {
                "LRANGE" => "*2000000000\r\n$1\r\n1\r\n",
                "HGETALL" => "%2000000000\r\n$1\r\n1\r\n$1\r\n1\r\n",
                _ => "$536870912\r\nabc",
            });
        }
    });
    let store = Store::open(&fake.url()).unwrap();
    let before = virtual_memory();
    let errors = each!(store.list::<u64>("l").to_vec().map(drop))
        .into_iter()
        .chain(each!(store.map::<u64, u64>("m").to_map().map(drop)))
        .chain(each!(store.value::<String>("v").get().map(drop)));
    for error in errors.map(Result::unwrap_err) {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied), "{error}");
    }
    let grown = virtual_memory().saturating_sub(before);
    assert!(grown < 4 << 20, "{grown} kB were reserved at once");
}

/// In kB; 0 where it cannot be known.
fn virtual_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmPeak:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

#[test]
fn what_is_no_resp_ends_the_connection_and_the_next_call_has_another() {
    for nonsense in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "$3\r\nabcd\r\n",
        "$999999999999\r\n",
        "*-7\r\n",
        "*9223372036854775807\r\n*9223372036854775807\r\n",
        ":12x\r\n",
        "$?\r\n",
        "\r\n",
    ] {
        let fake = Fake::start(move |peer| {
            while let Some(request) = peer.request() {
                peer.say(if request[0] == "SET" { nonsense } else { "$1\r\n7\r\n" });
            }
        });
        let store = Store::open(&fake.url()).unwrap();
        let value = store.value::<u64>("v");
        for result in each!(value.set(1)) {
            let error = result.unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown), "{error}");
        }
        for result in each!(value.get()) {
            assert_eq!(result.unwrap(), Some(7), "after {nonsense:?}");
        }
    }
}

/// Panics at the number 13.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "u64")]
struct Superstitious(u64);

impl From<u64> for Superstitious {
    fn from(number: u64) -> Superstitious {
        assert!(number != 13, "not that one");
        Superstitious(number)
    }
}

#[cfg(feature = "async")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decoder_that_panics_harms_nobody_else() {
    let fake = Fake::start(|peer| {
        while let Some(request) = peer.request() {
            // a structure of one number: as the codec writes it
            let number = request[1].as_str();
            peer.say(match number {
                "bad" => "*3\r\n$2\r\n12\r\n$2\r\n13\r\n$2\r\n14\r\n".to_owned(),
                number => format!("${}\r\n{number}\r\n", number.len()),
            });
        }
    });
    let store = Store::open(&fake.url()).unwrap();
    store.value::<u64>("1").get().await.unwrap();
    let mut tasks = Vec::new();
    for round in 0..50_u64 {
        let bad = store.list::<Superstitious>("bad");
        tasks.push((tokio::spawn(async move { drop(bad.to_vec().await) }), true));
        let good = store.value::<u64>(round.to_string());
        tasks.push((tokio::spawn(async move { assert_eq!(good.get().await.unwrap(), Some(round)) }), false));
    }
    for (task, is_bad) in tasks {
        assert_eq!(
            task.await.is_err_and(|error| error.is_panic()),
            is_bad,
            "its own task panics, and no other"
        );
    }
    assert_eq!(fake.accepted(), 1, "on one connection");
}

#[cfg(feature = "blocking")]
#[test]
fn a_decoder_that_panics_leaves_the_connection_in_step() {
    let fake = Fake::start(|peer| {
        while let Some(request) = peer.request() {
            peer.say(if request[0] == "LRANGE" { "*2\r\n$2\r\n13\r\n$1\r\n1\r\n" } else { "$1\r\n7\r\n" });
        }
    });
    let store = Store::open(&fake.url()).unwrap();
    let list = store.list::<Superstitious>("l");
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| list.to_vec().wait()));
    assert!(read.is_err());
    assert_eq!(store.value::<u64>("v").get().wait().unwrap(), Some(7));
    assert_eq!(fake.accepted(), 1);
}

#[test]
fn a_server_that_hangs_up_while_nobody_asks_is_left() {
    let fake = Fake::start(|peer| {
        while peer.request().is_some() {
            peer.say("$1\r\n7\r\n");
            if peer.number % 2 == 0 {
                peer.hang_up();
            }
        }
    });
    let store = Store::open(&fake.url()).unwrap();
    let value = store.value::<u64>("v");
    for _ in 0..5 {
        for result in each!(value.get()) {
            assert_eq!(result.unwrap(), Some(7));
        }
    }
}

#[cfg(feature = "async")]
#[tokio::test]
async fn a_reply_to_which_there_is_no_request_ends_the_connection() {
    let (left, mut has_left) = tokio::sync::mpsc::unbounded_channel();
    let fake = Fake::start(move |peer| {
        while peer.request().is_some() {
            peer.say("$1\r\n7\r\n");
            if peer.number == 0 {
                peer.say("-ERR idle for too long\r\n");
            }
        }
        let _ = left.send(peer.number);
    });
    let store = Store::open(&fake.url()).unwrap();
    assert_eq!(store.value::<u64>("v").get().await.unwrap(), Some(7));
    assert_eq!(has_left.recv().await, Some(0), "the client hangs up");
    assert_eq!(store.value::<u64>("v").get().await.unwrap(), Some(7));
    assert_eq!(fake.accepted(), 2);
}
