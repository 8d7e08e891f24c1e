//! redis-py and Python's Pottery, in a process of their own.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::server;

/// The version of Python's Pottery whose environment `scripts/test` makes.
const POTTERY: &str = "3.0.1";

/// The Python that has both.
///
/// # Panics
/// When nobody has made its environment.
fn python() -> PathBuf {
    let target = match env::var_os("CARGO_TARGET_DIR") {
        Some(target) => PathBuf::from(target),
        None => PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(".."),
    };
    let python = target.join(format!("pottery-py-{POTTERY}/bin/python"));
    assert!(
        python.exists(),
        "{} is missing: `scripts/test prepare` makes it, an environment with redis-py and Pottery {POTTERY}",
        python.display()
    );
    python
}

fn tour(name: &str) {
    let server = server();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/tour.py");
    let output = Command::new(python()).args([script, &server.url(), name]).output().expect("Python starts");
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said == "done\n", "{said}{wrong}");
}

#[test]
fn redis_py_works_in_both_protocols() {
    tour("redis-py");
}

#[test]
fn the_pottery_of_python_works() {
    tour("pottery");
}
