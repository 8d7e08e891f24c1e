//! Stores on a server inside the process: what tests can do with one, and what a file keeps.
#![cfg(all(feature = "async", feature = "blocking"))]

mod embedded;
mod faults;
mod session;

#[test]
fn the_readme_shows_a_test_that_runs() {
    let readme = include_str!("../../README.md");
    assert!(readme.contains(include_str!("session.rs")), "tests/testing/session.rs is not in the README");
}
