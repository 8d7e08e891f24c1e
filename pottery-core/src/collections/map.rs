//! stub
use super::keyed::Keyed;
use crate::codec::Native;
use std::marker::PhantomData;
/// stub
#[must_use]
pub struct Map<K, V, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (K, V, C)>,
}
super::handle!(Map<K, V>);
