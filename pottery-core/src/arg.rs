//! stub
#![allow(missing_docs)]
use serde::Serialize;
#[diagnostic::on_unimplemented(
    message = "a `{T}` is wanted here, and `{Self}` cannot stand for one",
    label = "expected `{T}`, `&{T}` or what it borrows as"
)]
pub trait Arg<T> {
    #[doc(hidden)]
    type __As: Serialize + ?Sized + 'static;
    #[doc(hidden)]
    fn __as(&self) -> &Self::__As;
}
#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static> Arg<T> for T {
    type __As = T;
    fn __as(&self) -> &T {
        self
    }
}
#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static> Arg<T> for &T {
    type __As = T;
    fn __as(&self) -> &T {
        self
    }
}
#[diagnostic::do_not_recommend]
impl Arg<String> for &str {
    type __As = str;
    fn __as(&self) -> &str {
        self
    }
}
