//! Reading whole objects.

use crate::command::{Command, Read};
use crate::decode::Decode;
use crate::error::{Error, ErrorKind, Result};
use crate::place::Place;
use crate::registry::{FieldInfo, Kind};
use crate::reply::{Interrupt, Reply, Scope, Step};
use crate::request::Request;

use super::RedisModel;

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
        let place = place.field(field);
        match field.kind {
            Kind::Scalar => {}
            Kind::List => request.push("LRANGE", |a| {
                a.key(place.key()).raw(b"0").raw(b"-1");
            }),
            Kind::Hash => request.push("HGETALL", |a| {
                a.key(place.key());
            }),
            Kind::Set => request.push("SMEMBERS", |a| {
                a.key(place.key());
            }),
        }
    }
    request
}

/// Reads an object, and names the field and the key of what cannot be read.
pub(crate) struct Loading<M: RedisModel> {
    place: Place,
    partial: <M::__Shape as Decode>::Partial,
}

impl<M: RedisModel> Read<Option<M>> for Loading<M> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<Option<M>> {
        M::__Shape::resume(&mut self.partial, reply).map_err(|interrupt| match interrupt {
            Interrupt::Failed(error) => self.place.blame_field(M::__INFO, error).into(),
            incomplete => incomplete,
        })
    }
}

/// The header of the array in which the scalars come.
#[derive(Debug, Default)]
pub struct Head(bool);

impl Head {
    /// Reads it, once.
    #[doc(hidden)]
    pub fn read(&mut self, reply: &mut Reply<'_>) -> Step<()> {
        if !self.0 {
            reply.aggregate()?;
            self.0 = true;
        }
        Ok(())
    }
}

/// One field while the object is being read. Its failure waits until all has been read: without an id there is no
/// object, whatever else is there.
pub struct Slot<D: Decode> {
    partial: D::Partial,
    around: Option<Scope>,
    value: Option<Result<D::Output>>,
}

impl<D: Decode> Default for Slot<D> {
    fn default() -> Self {
        Slot { partial: D::Partial::default(), around: None, value: None }
    }
}

impl<D: Decode> std::fmt::Debug for Slot<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slot")
    }
}

impl<D: Decode> Slot<D> {
    /// Reads it unless it has been read.
    #[doc(hidden)]
    pub fn read(&mut self, reply: &mut Reply<'_>, field: &'static FieldInfo) -> Step<()> {
        if self.value.is_some() {
            return Ok(());
        }
        if self.around.is_none() {
            self.around = Some(reply.enter(1));
        }
        let value = match D::resume(&mut self.partial, reply) {
            Err(Interrupt::Incomplete) => return Err(Interrupt::Incomplete),
            Err(Interrupt::Failed(error)) => Err(error.with_field(field.name)),
            Ok(value) => Ok(value),
        };
        if let Some(around) = self.around.take() {
            reply.leave(around);
        }
        self.value = Some(value);
        Ok(())
    }

    /// What was read.
    #[doc(hidden)]
    pub fn take(&mut self) -> Result<D::Output> {
        self.value.take().unwrap_or_else(|| Err(Error::misuse("this field has been read already")))
    }

    /// What was read, or something else where there is nothing.
    #[doc(hidden)]
    pub fn take_or(&mut self, default: impl FnOnce() -> D::Output) -> Result<D::Output> {
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
