//! One server for all tests of a binary, and names that keep the tests apart.

use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Server;

/// The server that all tests in this process share, started by the first call. Its settings are the default ones, but for
/// the time after which a script makes it answer others with `BUSY`: on a machine that does other things too, scripts that
/// are tested with much data take long.
///
/// It ends with the process. What would disturb other tests ([`Server::kill`], [`Server::restart`], [`Server::pause`])
/// needs `&mut Server`, so it can't be done to this one; nor should a test flush it or change its configuration. Use
/// [`unique`] for every key.
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Server::builder().arg("--lua-time-limit", "60000").start())
}

/// `prefix` with a suffix that no other call returns, in this process or another.
///
/// Only letters, digits and `-` are added, so the result needs no escaping anywhere.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static RUN: OnceLock<u64> = OnceLock::new();
    // A process number comes round again on a server that lives on, so a random part goes with it.
    let run = RUN.get_or_init(|| fastrand::u64(..) ^ u64::from(process::id()));
    format!("{prefix}-{run:016x}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write, stdout};
    use std::net::TcpStream;
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::time::Duration;
    use std::{env, thread};

    use super::*;
    use crate::wait_until;

    #[test]
    fn every_caller_gets_the_same_server() {
        let elsewhere = thread::spawn(|| shared().port()).join().expect("the thread ends well");
        assert_eq!(shared().port(), elsewhere);
        shared().cli(&["SET", "shared", "1"]);
        assert_eq!(shared().cli(&["GET", "shared"]).text(), "1");
    }

    #[test]
    fn no_two_names_are_the_same() {
        assert_ne!(unique("a"), unique("a"));
        assert!(unique("a").starts_with("a-"));
    }

    /// Not a test of its own: what `the_server_ends_with_its_process` runs in another process.
    #[test]
    fn child() {
        if env::var_os("POTTERY_SHARED_CHILD").is_none() {
            return;
        }
        // In a thread that ends, as tests do.
        thread::spawn(|| {
            println!("\nserver {} {}", shared().port(), shared().dir().display());
            stdout().flush().expect("stdout takes a line");
        })
        .join()
        .expect("the thread ends well");
        shared().cli(&["PING"]);
        // Until the parent ends it.
        loop {
            thread::park();
        }
    }

    #[test]
    fn the_server_ends_with_its_process_even_when_that_is_killed() {
        let mut child = Command::new(env::current_exe().expect("this binary has a path"))
            .args(["--exact", "shared::tests::child", "--nocapture"])
            .env("POTTERY_SHARED_CHILD", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this binary runs again");
        let lines = BufReader::new(child.stdout.take().expect("stdout is a pipe")).lines();
        let line = lines
            .map(|line| line.expect("stdout is text"))
            .find(|line| line.starts_with("server "))
            .expect("the child names its server");
        let mut words = line.split(' ').skip(1);
        let port: u16 = words.next().and_then(|word| word.parse().ok()).expect("a port");
        let dir = words.next().expect("a directory");
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok() && Path::new(dir).exists());

        child.kill().expect("the child is ours");
        child.wait().expect("the child is ours");
        wait_until("the orphaned server ends", Duration::from_secs(10), || {
            TcpStream::connect(("127.0.0.1", port)).is_err() && !Path::new(dir).exists()
        });
    }
}
