//! Ends a server whose owner died without ending it.
//!
//! A static is never dropped, and a test that is killed drops nothing. So beside every server runs a shell that waits
//! for the end of its standard input. Only this process holds the other end of that pipe (Rust opens it close-on-exec),
//! so the kernel closes it however this process ends, and the shell then ends the server and removes its directory.
//!
//! `PR_SET_PDEATHSIG` would not do: it fires when the *thread* that started the server ends, which under `cargo test` is
//! the thread of one test among many.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running watchdog. Dropping it alone ends it without touching the server.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Watches over `server` and `dir` from now on.
    pub(crate) fn over(server: &Child, dir: &Path) -> Watchdog {
        let child = Command::new("/bin/sh")
            .args(["-c", r#"read -r _; kill -9 "$1"; rm -rf "$2""#, "watchdog"])
            .arg(server.id().to_string())
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A process group of its own: Ctrl-C and a runner's time limit end the group of the test.
            .process_group(0)
            .spawn()
            .expect("/bin/sh starts");
        Watchdog(child)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // `Child` closes the pipe only after this, so the shell never sees its end.
        let _ = self.0.kill();
        // `wait` would close the pipe first; by now the signal is already pending, which comes before any read.
        let _ = self.0.wait();
    }
}
