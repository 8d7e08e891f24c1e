//! redis-py and Python's Pottery, in a process of their own.

use pottery_test_support::python;

use crate::server;

fn tour(name: &str) {
    let server = server();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/tour.py");
    let output = python().args([script, &server.url(), name]).output().expect("Python starts");
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
