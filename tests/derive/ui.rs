//! What is refused, and what is not. The texts in `tests/ui/fail/*.stderr` are those of rustc 1.95, with all features:
//! another version may say the same in other words, and the compiler lists types that are behind features. To write
//! them anew: `TRYBUILD=overwrite cargo test --all-features --test derive ui`.

/// One run for all: each builds a project of its own.
#[test]
fn mistakes_are_explained_and_the_rest_compiles() {
    // a compiler says the same whatever server the tests run on: once is enough
    if std::env::var_os("POTTERY_TEST_SERVER").is_some() {
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
