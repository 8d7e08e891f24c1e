//! stub
use super::keyed::Keyed;
use crate::codec::Native;
use std::marker::PhantomData;
/// stub
#[must_use]
pub struct Set<T, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (T, C)>,
}
super::handle!(Set<T>);
