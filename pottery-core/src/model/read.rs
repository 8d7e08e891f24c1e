//! Reading whole objects.

use std::any::Any;

use crate::command::Command;
use crate::decode::Decode;
use crate::error::{Error, ErrorKind, Result};
use crate::place::Place;
use crate::reader::Read;
use crate::registry::FieldInfo;
use crate::reply::{Interrupt, Reply, Scope, Step};
use crate::request::Request;

use super::{RedisModel, kind};

/// The command that loads the object at `place`.
pub(crate) fn load<M: RedisModel>(place: &Place) -> Command<Option<M>> {
    Command::reading(place, request::<M>(place), Box::new(loading::<M>(place)))
}

/// What reads the object at `place`.
pub(crate) fn loading<M: RedisModel>(place: &Place) -> Loading<M> {
    Loading { place: place.clone(), partial: Default::default() }
}

/// `HMGET` for the id and the scalars, then each collection.
pub(crate) fn request<M: RedisModel>(place: &Place) -> Request {
    let info = M::__INFO;
    let mut request = Request::read().atomic().command("HMGET", |a| {
        a.key(place.key()).raw(info.id.stored.as_bytes());
        for field in info.fields.iter().filter(|field| !field.kind.has_own_key()) {
            a.raw(field.stored.as_bytes());
        }
    });
    for field in info.fields {
        kind::read(field.kind, place.field(field).key(), &mut request);
    }
    request
}

/// Reads an object, and names the field and the key of what cannot be read.
pub(crate) struct Loading<M: RedisModel> {
    place: Place,
    partial: M::__Partial,
}

impl<M: RedisModel> Read<Option<M>> for Loading<M> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<Option<M>> {
        let object = M::__resume(&mut self.partial, reply).map_err(|interrupt| match interrupt {
            Interrupt::Failed(error) => self.place.blame_field(M::__INFO, error).into(),
            incomplete => incomplete,
        })?;
        if let Some(object) = &object {
            let mut id = String::with_capacity(self.place.id().len());
            crate::RedisId::__write(object.__id(), &mut id);
            if id != self.place.id() {
                let error = Error::new(ErrorKind::Decode, "the stored id is another than that of the key");
                return Err(self.place.blame(error.with_field(M::__INFO.id.name)).into());
            }
        }
        Ok(object)
    }

    fn restart(&mut self) -> bool {
        self.partial = Default::default();
        true
    }
}

/// How far an object has been read.
#[derive(Default)]
pub struct Reading {
    /// Whether the header of the array in which the scalars come has been read.
    begun: bool,
    around: Option<Scope>,
    /// What there is of the field that is being read, where the reply broke off in the midst of it.
    partial: Option<Box<dyn Any + Send>>,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl Reading {
    /// Reads the header of the array in which the scalars come, once.
    #[doc(hidden)]
    pub fn begin(&mut self, reply: &mut Reply<'_>) -> Step<()> {
        if !self.begun {
            reply.aggregate()?;
            self.begun = true;
        }
        Ok(())
    }
}

/// One field while the object is being read. Its failure waits until all has been read: without an id there is no
/// object, whatever else is there.
///
/// It asks nothing of the field's type, so that a type that cannot be a field is refused in one place alone.
#[derive(Debug)]
pub struct Slot<T>(Option<Result<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot(None)
    }
}

impl<T> Slot<T> {
    /// Reads it unless it has been read.
    #[doc(hidden)]
    pub fn read<D: Decode<Output = T>>(
        &mut self,
        reading: &mut Reading,
        reply: &mut Reply<'_>,
        field: &'static FieldInfo,
    ) -> Step<()> {
        if self.0.is_some() {
            return Ok(());
        }
        if reading.around.is_none() {
            reading.around = Some(reply.enter(1));
        }
        let begun = reading.partial.take().and_then(|partial| partial.downcast::<D::Partial>().ok());
        let mut partial = begun.map(|partial| *partial).unwrap_or_default();
        let value = match D::resume(&mut partial, reply) {
            Err(Interrupt::Incomplete) => {
                reading.partial = Some(Box::new(partial));
                return Err(Interrupt::Incomplete);
            }
            Err(Interrupt::Failed(error)) => Err(error.with_field(field.name)),
            Ok(value) => Ok(value),
        };
        if let Some(around) = reading.around.take() {
            reply.leave(around);
        }
        self.0 = Some(value);
        Ok(())
    }

    /// What was read.
    #[doc(hidden)]
    pub fn take(&mut self) -> Result<T> {
        self.0.take().unwrap_or_else(|| Err(Error::misuse("this field has been read already")))
    }

    /// What was read, or something else where there is nothing.
    #[doc(hidden)]
    pub fn take_or(&mut self, default: impl FnOnce() -> T) -> Result<T> {
        match self.take() {
            Err(error) if error.kind() == ErrorKind::MissingField => Ok(default()),
            result => result,
        }
    }
}

/// The id in the object's hash: nil where there is no object.
///
/// It names the model and not the id's type, so that an id that cannot be one is refused at the model alone.
#[derive(Debug)]
pub struct IdShape<M>(std::marker::PhantomData<fn() -> M>);

impl<M: RedisModel> Decode for IdShape<M> {
    type Output = Option<M::Id>;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<Option<M::Id>> {
        reply.nil_or(|bytes| {
            let text = std::str::from_utf8(bytes).map_err(|error| {
                Error::new(ErrorKind::Decode, "the stored id is not text").with_source(error)
            })?;
            Ok(crate::id::read(text)?)
        })
    }
}
