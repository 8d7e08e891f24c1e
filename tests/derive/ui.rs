//! What is refused, and what is not. The texts in `tests/ui/fail/*.stderr` are those of rustc 1.95; another version may
//! say the same in other words. `TRYBUILD=overwrite cargo test --test derive ui` writes them anew.

/// One run for all: each builds a project of its own.
#[test]
fn mistakes_are_explained_and_the_rest_compiles() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
