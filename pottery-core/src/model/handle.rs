//! Handles of objects.

use std::marker::PhantomData;

use crate::place::Place;

/// One object of a model, whether it exists or not.
#[must_use]
pub struct Handle<M> {
    place: Place,
    model: PhantomData<fn() -> M>,
}

impl<M> Handle<M> {
    pub(crate) fn new(place: Place) -> Handle<M> {
        Handle { place, model: PhantomData }
    }

    /// The place of one field, for the accessors that the derive writes.
    #[doc(hidden)]
    pub fn __field(&self, field: &'static crate::registry::FieldInfo) -> Place {
        self.place.field(field)
    }
}
