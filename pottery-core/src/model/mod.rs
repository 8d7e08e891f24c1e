//! Models: structs whose fields live in Redis.

pub(crate) mod create;
pub(crate) mod field;
pub(crate) mod handle;
pub(crate) mod image;
pub(crate) mod kind;
pub(crate) mod kinds;
pub(crate) mod read;
pub(crate) mod save;
pub(crate) mod scan;
pub(crate) mod update;

use std::ops::Deref;

use crate::collections::iter::Iter;
use crate::command::Command;
use crate::id::RedisId;
use crate::place::Place;
use crate::registry::ModelInfo;
use crate::reply::{Reply, Step};
use crate::store::Store;
use handle::Handle;
use image::Image;

/// The id of a model as a caller hands it over: `7` for a number, `&str` for a `String`, a tuple for a tuple.
pub type IdOf<'a, M> = <<M as RedisModel>::Id as RedisId>::Arg<'a>;

/// A struct whose fields live in Redis; derive it.
///
/// The object with id 7 of a struct `Player` is the hash `player:{7}` with its scalar fields, and one key for each
/// collection: `player:{7}:inventory`. The braces keep all keys of one object in one cluster slot.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Redis model",
    label = "not a model",
    note = "add `#[derive(RedisModel)]` to the struct, and `#[redis(id)]` to the field that distinguishes its objects"
)]
pub trait RedisModel: Sized + Send + 'static {
    /// The type of the field marked `#[redis(id)]`.
    type Id: RedisId;
    /// What stands for one object of this model: an accessor for each field, and by deref what [`Handle`] has.
    type Handle: Deref<Target = Handle<Self>> + From<Handle<Self>> + Clone + Send + Sync + 'static;
    /// What the keys begin with.
    const PREFIX: &'static str;

    #[doc(hidden)]
    const __INFO: &'static ModelInfo;
    /// What has been read of an object so far.
    #[doc(hidden)]
    type __Partial: Default + Send + 'static;
    /// Reads on: the id and the scalars, then the collections, each in the order of `__INFO.fields`.
    #[doc(hidden)]
    fn __resume(partial: &mut Self::__Partial, reply: &mut Reply<'_>) -> Step<Option<Self>>;
    #[doc(hidden)]
    fn __id(&self) -> &Self::Id;
    /// Writes every field but the id, in the order of `__INFO.fields`.
    #[doc(hidden)]
    fn __write(&self, image: &mut Image);

    /// The handle of the object with this id. Nothing is sent, and the object need not exist.
    fn at(store: &Store, id: IdOf<'_, Self>) -> Self::Handle {
        let place = Place::object_of(store, Self::__INFO, |out| Self::Id::__write_arg(&id, out));
        Handle::new(place).into()
    }

    /// The same from an owned id, for generic code.
    fn of(store: &Store, id: Self::Id) -> Self::Handle {
        let place = Place::object_of(store, Self::__INFO, |out| id.__write(out));
        Handle::new(place).into()
    }

    /// The handle of this object.
    fn handle(&self, store: &Store) -> Self::Handle {
        let place = Place::object_of(store, Self::__INFO, |out| self.__id().__write(out));
        Handle::new(place).into()
    }

    /// The whole object, or `None` if there is none. `HMGET` and one command for each collection, in one MULTI:
    /// an atomic snapshot in one round trip.
    ///
    /// # Errors
    /// `Decode`, `MissingField` or `WrongType` name the field and the key.
    fn load(store: &Store, id: IdOf<'_, Self>) -> Command<Option<Self>> {
        let place = Place::object_of(store, Self::__INFO, |out| Self::Id::__write_arg(&id, out));
        read::load(&place)
    }

    /// Several whole objects in one round trip, in the order of the ids; each by itself is an atomic snapshot.
    fn load_many<'a>(
        store: &Store,
        ids: impl IntoIterator<Item = IdOf<'a, Self>>,
    ) -> Command<Vec<Option<Self>>> {
        let loads: Vec<_> = ids.into_iter().map(|id| Self::load(store, id)).collect();
        store.pipeline(loads)
    }

    /// Writes the whole object, new or not: its scalars, and its collections in place of those that were there. One
    /// MULTI, one round trip. Hash fields that the struct does not know stay; a time to live stays as it was.
    ///
    /// # Errors
    /// `WrongType` if one of its keys holds a foreign type, which is left alone: the outcome is then
    /// `PartiallyApplied`. `Encode` before anything is sent.
    fn save(&self, store: &Store) -> Command<()> {
        let place = Place::object_of(store, Self::__INFO, |out| self.__id().__write(out));
        save::save(&place, self)
    }

    /// Writes the whole object if there is none with its id. One script, one round trip, all or nothing.
    ///
    /// # Errors
    /// `KeyExists` if there is one; it is not touched.
    fn create(&self, store: &Store) -> Command<()> {
        let place = Place::object_of(store, Self::__INFO, |out| self.__id().__write(out));
        create::create(&place, self)
    }

    /// The ids of all objects of this model, by SCAN: in no order, each at least once if it was there all the time.
    fn ids(store: &Store) -> Iter<Self::Id> {
        scan::ids::<Self>(store)
    }

    /// All objects of this model, loaded page by page. One that cannot be read is an error in its place, and the
    /// iteration goes on.
    fn all(store: &Store) -> Iter<Self> {
        scan::all::<Self>(store)
    }
}
