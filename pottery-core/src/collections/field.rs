//! stub
use crate::codec::Native;
use crate::place::Place;
use std::marker::PhantomData;
/// stub
#[must_use]
pub struct Field<T, C = Native> {
    place: Place,
    types: PhantomData<fn() -> (T, C)>,
}
impl<T, C> Field<T, C> {
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn open(place: Place) -> Self {
        Field { place, types: PhantomData }
    }
}
