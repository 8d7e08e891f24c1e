//! Images: an object's fields as the bytes they have in Redis.

use serde::Serialize;

use crate::codec::Codec;
use crate::error::{Error, Result};
use crate::place::Place;
use crate::request::Arguments;

use super::RedisModel;

/// The fields of one object, encoded: what a save writes, and what an update compares.
///
/// All elements of all fields lie in one buffer, each as the argument it will be sent as.
#[derive(Debug, Default)]
pub struct Image {
    packed: Vec<u8>,
    /// Where each element ends in `packed`.
    ends: Vec<usize>,
    fields: Vec<FieldImage>,
    /// What could not be encoded, ...
    error: Option<Error>,
    /// ... and which field it was in.
    failed: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct FieldImage {
    /// Its elements: from here ...
    from: usize,
    /// ... to here. A hash has its keys and values by turns; an absent scalar has none.
    to: usize,
    /// Whether what is in Redis cannot be told from it: then it is written anew, and not in part.
    is_relative: bool,
}

impl Image {
    /// The fields of `model`, which lives at `place`.
    pub(crate) fn of<M: RedisModel>(place: &Place, model: &M) -> Result<Image> {
        let mut image = Image::default();
        model.__write(&mut image);
        match image.error.take() {
            None => Ok(image),
            Some(error) => {
                let field = image.failed.and_then(|at| M::__INFO.fields.get(at));
                Err(field.map_or_else(|| place.clone(), |field| place.field(field)).refuse(error))
            }
        }
    }

    pub(crate) fn scalar<C: Codec, T: Serialize + ?Sized + 'static>(&mut self, value: &T) {
        let from = self.ends.len();
        let mut arguments = Arguments::over(&mut self.packed, &mut self.error);
        if arguments.field::<C, T>(value) {
            self.ends.push(self.packed.len());
        }
        self.close(from);
    }

    pub(crate) fn list<'a, C: Codec, T: Serialize + 'static>(
        &mut self,
        items: impl IntoIterator<Item = &'a T>,
    ) {
        let from = self.ends.len();
        for item in items {
            Arguments::over(&mut self.packed, &mut self.error).value::<C, T>(item);
            self.ends.push(self.packed.len());
        }
        self.close(from);
    }

    pub(crate) fn set<'a, C: Codec, T: Serialize + 'static>(
        &mut self,
        items: impl IntoIterator<Item = &'a T>,
    ) {
        let from = self.ends.len();
        for item in items {
            Arguments::over(&mut self.packed, &mut self.error).member::<C, T>(item);
            self.ends.push(self.packed.len());
        }
        self.close(from);
    }

    pub(crate) fn hash<'a, C: Codec, K: Serialize + 'static, V: Serialize + 'static>(
        &mut self,
        entries: impl IntoIterator<Item = (&'a K, &'a V)>,
    ) {
        let from = self.ends.len();
        for (key, value) in entries {
            Arguments::over(&mut self.packed, &mut self.error).member::<C, K>(key);
            self.ends.push(self.packed.len());
            Arguments::over(&mut self.packed, &mut self.error).value::<C, V>(value);
            self.ends.push(self.packed.len());
        }
        self.close(from);
    }

    /// One element as the argument it will be sent as, outside of the image.
    pub(super) fn encoded(&mut self, write: impl FnOnce(&mut Arguments<'_>)) -> Vec<u8> {
        let mut packed = Vec::new();
        write(&mut Arguments::over(&mut packed, &mut self.error));
        packed
    }

    /// A field of such elements.
    pub(super) fn elements<'a>(&mut self, elements: impl IntoIterator<Item = &'a [u8]>) {
        let from = self.ends.len();
        for element in elements {
            self.packed.extend_from_slice(element);
            self.ends.push(self.packed.len());
        }
        self.close(from);
    }

    /// A field that cannot be stored.
    pub(super) fn refused(&mut self, error: Error) {
        self.error.get_or_insert(error);
        self.close(self.ends.len());
    }

    fn close(&mut self, from: usize) {
        if self.error.is_some() {
            self.failed.get_or_insert(self.fields.len());
        }
        self.fields.push(FieldImage { from, to: self.ends.len(), is_relative: false });
    }

    /// Says of the field that was last written that numbers in it are not those in Redis, which only have their order.
    pub(super) fn relative(&mut self) {
        if let Some(field) = self.fields.last_mut() {
            field.is_relative = true;
        }
    }

    pub(crate) fn field(&self, index: usize) -> FieldView<'_> {
        FieldView { image: self, field: self.fields[index] }
    }
}

/// One field of an image.
#[derive(Clone, Copy)]
pub(crate) struct FieldView<'a> {
    image: &'a Image,
    field: FieldImage,
}

impl<'a> FieldView<'a> {
    /// Whether both have the same elements in the same order.
    pub(crate) fn equals(self, other: FieldView<'_>) -> bool {
        self.len() == other.len() && self.packed(0, self.len()) == other.packed(0, other.len())
    }

    /// Whether it can only be written as a whole.
    pub(crate) fn is_relative(self) -> bool {
        self.field.is_relative
    }

    /// How many elements it has; a hash has two for each entry.
    pub(crate) fn len(self) -> usize {
        self.field.to - self.field.from
    }

    /// Some of its elements, as the arguments they are sent as.
    pub(crate) fn packed(self, from: usize, to: usize) -> &'a [u8] {
        let start = |item: usize| if item == 0 { 0 } else { self.image.ends[item - 1] };
        &self.image.packed[start(self.field.from + from)..start(self.field.from + to)]
    }

    /// One element, as the argument it is sent as.
    pub(crate) fn item(self, index: usize) -> &'a [u8] {
        self.packed(index, index + 1)
    }

    /// Each element, as the argument it is sent as.
    pub(crate) fn items(self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        (0..self.len()).map(move |index| self.item(index))
    }
}
