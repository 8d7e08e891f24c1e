//! The Python that programs of other languages are tried with.

use std::path::PathBuf;
use std::process::Command;

/// The version of Python's Pottery whose environment `scripts/test` makes.
const POTTERY: &str = "3.0.1";

/// A command of the Python that has redis-py and Python's Pottery.
///
/// # Panics
/// When nobody has made its environment.
pub fn python() -> Command {
    // target/debug/deps/test
    let test = std::env::current_exe().expect("a test is a program");
    let target = test.ancestors().nth(3).map(PathBuf::from).expect("tests lie in the target folder");
    let python = target.join(format!("pottery-py-{POTTERY}/bin/python"));
    assert!(
        python.exists(),
        "{} is missing: `scripts/test prepare` makes it, an environment with redis-py and Pottery {POTTERY}",
        python.display()
    );
    Command::new(python)
}
