//! `embedded:` and `embedded:PATH`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use pottery::{ErrorKind, Store};
use pottery_test_support::unique;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = env::temp_dir().join(unique("pottery-embedded"));
        fs::create_dir(&path).expect("the folder for temporary files takes another");
        Folder(path)
    }

    fn address(&self) -> String {
        address(&self.0.join("app.aof"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn address(path: &Path) -> String {
    format!("embedded:{}", path.display())
}

fn notes(store: &Store) -> Vec<String> {
    store.list::<String>("notes").to_vec().wait().expect("the server answers")
}

fn note(store: &Store, text: &str) {
    store.list::<String>("notes").push(text).wait().expect("the server answers");
}

#[test]
fn each_store_in_memory_has_a_server_of_its_own_which_its_clones_share() {
    let (one, two) =
        (Store::open("embedded:").expect("a server"), Store::open("embedded:").expect("a server"));
    note(&one.clone(), "one");
    assert_eq!(
        (notes(&one.namespace("").clone()).len(), notes(&one), notes(&two).len()),
        (0, vec!["one".to_owned()], 0)
    );
    let url = one.embedded().expect("it is embedded").url();
    assert_eq!(notes(&Store::open(&url).expect("an address")), ["one"], "others can connect as well");
    assert!(Store::open("redis://127.0.0.1:1/").expect("an address").embedded().is_none());
}

#[test]
fn a_server_ends_with_its_last_store() {
    let store = Store::open("embedded:").expect("a server");
    note(&store, "one");
    let socket = store.embedded().expect("it is embedded").unix_path().expect("it has a socket").to_owned();
    let list = store.list::<String>("notes");
    drop(store);
    assert_eq!(list.len().wait().expect("a handle keeps the server alive"), 1);
    drop(list);
    assert!(!socket.exists());
}

#[tokio::test]
async fn a_file_keeps_what_was_written_and_is_shared_within_the_process() {
    let folder = Folder::new();
    let store = Store::open(&folder.address()).expect("a new file");
    store.list::<String>("notes").push("one").await.expect("the server answers");
    // by another way to the same file
    let around = folder.0.join("..").join(folder.0.file_name().expect("it has a name")).join("app.aof");
    let second = Store::open(&address(&around)).expect("the file is open");
    assert_eq!(second.list::<String>("notes").to_vec().await.expect("the server answers"), ["one"]);
    drop((store, second));
    let again = Store::open(&folder.address()).expect("nobody has the file any more");
    assert_eq!(again.list::<String>("notes").to_vec().await.expect("the server answers"), ["one"]);
}

#[test]
fn many_threads_that_open_one_file_share_it() {
    let folder = Folder::new();
    // each opens it again and again: often, while another that was the last closes it
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let address = folder.address();
            scope.spawn(move || {
                for _ in 0..50 {
                    note(&Store::open(&address).expect("one of us has opened it"), &thread.to_string());
                }
            });
        }
    });
    assert_eq!(notes(&Store::open(&folder.address()).expect("a file")).len(), 400);
}

#[test]
fn what_is_no_file_is_refused_with_its_name() {
    let folder = Folder::new();
    for path in [folder.0.clone(), folder.0.join("missing/app.aof"), PathBuf::from("/")] {
        let error = Store::open(&address(&path)).expect_err("no file");
        assert!(
            matches!(error.kind(), ErrorKind::Misuse | ErrorKind::Unavailable)
                && error.to_string().contains(&path.display().to_string()),
            "{error}"
        );
    }
    let damaged = folder.0.join("damaged.aof");
    fs::write(&damaged, "this is no append-only file\n").expect("the folder takes a file");
    let error = Store::open(&address(&damaged)).expect_err("it is damaged");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains(&damaged.display().to_string()), "{error}");
    assert_eq!(fs::read(&damaged).expect("it is still there"), b"this is no append-only file\n");
}

/// Not a test of its own: what the next one runs in another process.
#[test]
fn child() {
    let Ok(address) = env::var("POTTERY_EMBEDDED_CHILD") else { return };
    match Store::open(&address) {
        Err(error) => println!("\nrefused: {error}"),
        Ok(store) => {
            for line in std::io::stdin().lines() {
                note(&store, &line.expect("a line of text"));
                println!("\nacknowledged");
            }
        }
    }
}

fn run_child(address: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("this binary has a path"));
    command.args(["--exact", "embedded::child", "--nocapture"]).env("POTTERY_EMBEDDED_CHILD", address);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

#[test]
fn a_second_process_is_refused_while_the_first_has_the_file() {
    let folder = Folder::new();
    let store = Store::open(&folder.address()).expect("a new file");
    note(&store, "one");
    let output = run_child(&folder.address()).output().expect("this binary runs again");
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let refused = output.lines().find(|line| line.starts_with("refused: ")).expect("it is refused");
    assert!(
        refused.contains("app.aof") && refused.contains(&std::process::id().to_string()),
        "it names the file and the process that has it: {refused}"
    );
    assert_eq!(notes(&store), ["one"]);
}

#[test]
fn what_was_acknowledged_outlives_a_process_that_is_killed() {
    use std::io::{BufRead, BufReader, Write};
    let folder = Folder::new();
    let mut child = run_child(&folder.address()).spawn().expect("this binary runs again");
    let mut input = child.stdin.take().expect("a pipe");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for text in ["one", "two", "three"] {
        writeln!(input, "{text}").expect("the child reads");
        assert!(lines.any(|line| line.expect("text") == "acknowledged"), "the child ended");
    }
    child.kill().expect("the child is ours");
    child.wait().expect("the child is ours");
    let store = Store::open(&folder.address()).expect("the one that had the file is gone");
    assert_eq!(notes(&store), ["one", "two", "three"]);
}

#[test]
fn a_thousand_servers_start_and_end_in_seconds() {
    let start = Instant::now();
    for _ in 0..1000 {
        let (store, server) = pottery::testing::store();
        store.value::<u64>("n").set_for(1, Duration::from_secs(60)).wait().expect("the server answers");
        server.clock().advance(Duration::from_secs(60));
        assert_eq!(store.value::<u64>("n").get().wait().expect("the server answers"), None);
    }
    println!("a thousand servers, each with a key that expired: {:?}", start.elapsed());
}

#[test]
fn an_address_that_names_no_file_says_what_one_looks_like() {
    for address in ["embedded", "Embedded:app.aof", "embedded://app.aof"] {
        let error = Store::open(address).expect_err("there is no such address");
        assert_eq!(error.kind(), ErrorKind::Misuse);
        assert!(error.to_string().contains("`embedded:`"), "{address}: {error}");
    }
}

#[test]
fn a_file_whose_server_was_shut_down_is_served_again() {
    let folder = Folder::new();
    let store = Store::open(&folder.address()).expect("it opens");
    note(&store, "buy milk");
    let server = store.embedded().expect("it is embedded");
    store.raw::<()>(&pottery::redis::cmd("SHUTDOWN")).wait().expect_err("it answers no more");
    pottery_test_support::wait_until("it has ended", Duration::from_secs(10), || !server.is_running());
    let again = Store::open(&folder.address()).expect("it opens again");
    assert_eq!(notes(&again), ["buy milk"]);
}
