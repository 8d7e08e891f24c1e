//! Where the server is, and who we are there.

use pottery::{ErrorKind, Store};
use pottery_test_support::Server;

/// Runs a command over every link there is.
macro_rules! over_all {
    ($command:expr) => {{
        #[cfg(feature = "blocking")]
        let result = $command.wait();
        #[cfg(all(feature = "async", not(feature = "blocking")))]
        let result = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(async { $command.await });
        #[cfg(all(feature = "async", feature = "blocking"))]
        {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let again = runtime.block_on(async { $command.await });
            assert_eq!(format!("{result:?}"), format!("{again:?}"), "both links tell the same");
        }
        result
    }};
}

#[test]
fn a_unix_socket_is_an_address() {
    let server = Server::builder().unix_socket().start();
    for scheme in ["unix", "redis+unix"] {
        let store = Store::open(&format!("{scheme}://{}", server.unix_path().display())).unwrap();
        over_all!(store.value::<u64>("k").set(7)).unwrap();
        assert_eq!(over_all!(store.value::<u64>("k").get()).unwrap(), Some(7));
    }
}

#[test]
fn a_database_number_and_a_namespace_keep_things_apart() {
    let server = Server::start();
    let url = server.url();
    let zero = Store::open(&url).unwrap();
    let two = Store::open(&format!("{}2", url)).unwrap();
    let also_two = Store::options(&url).database(2).open().unwrap();
    over_all!(two.value::<String>("k").set("two")).unwrap();
    assert_eq!(over_all!(zero.value::<String>("k").get()).unwrap(), None);
    assert_eq!(over_all!(also_two.value::<String>("k").get()).unwrap().as_deref(), Some("two"));
    let shop = Store::options(&url).namespace("shop").open().unwrap();
    over_all!(shop.namespace("eu{x}").value::<u64>("k").set(1)).unwrap();
    assert_eq!(server.cli(&["KEYS", "*"]).texts(), ["shop:eu%7Bx%7D:k"]);
}

#[test]
fn credentials_come_from_the_url_or_from_the_options() {
    let server = Server::builder().password("geheim!").start();
    let wrong = Store::options(&server.url()).password("falsch").open().unwrap();
    let error = over_all!(wrong.value::<u64>("k").get()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    assert!(!format!("{error} {error:?} {wrong:?}").contains("falsch"));
    let right = Store::options(&server.url()).password("geheim!").open().unwrap();
    assert_eq!(over_all!(right.value::<u64>("k").get()).unwrap(), None);
    let url = server.acl_user("worker", "pa%ss", &["~w:*", "+@all"]);
    let worker = Store::open(&url).unwrap();
    assert_eq!(over_all!(worker.value::<u64>("w:k").get()).unwrap(), None);
    let error = over_all!(worker.value::<u64>("k").get()).unwrap_err();
    assert_eq!((error.kind(), error.server_code()), (ErrorKind::Denied, Some("NOPERM")));
}

#[test]
fn an_address_that_is_none_is_refused_when_the_store_is_opened() {
    for url in ["", "127.0.0.1", "http://127.0.0.1/", "redis://127.0.0.1/x", "redis://user:canary@:1:2/"] {
        let error = Store::open(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misuse, "{url}: {error}");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
