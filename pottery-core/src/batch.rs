//! Batches: several commands in one round trip.

use crate::command::Command;
use crate::error::Error;
use crate::place::Place;
use crate::reader::{Joined, Read, Reader};
use crate::reply::{Interrupt, Reply, Step};
use crate::request::Request;
use crate::store::Store;

/// What can go into a [`transaction`](crate::Store::transaction) or a [`pipeline`](crate::Store::pipeline): a
/// [`Command`], a tuple of up to 12, a `Vec`, an array or an `Option` of them, nested as you like. The result has
/// the same shape.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a transaction or a pipeline",
    label = "not a command, nor a tuple, `Vec`, array or `Option` of commands",
    note = "what takes several round trips (blocking pops, scans, locks, updates) cannot be batched",
    note = "a tuple may hold at most 12 commands: nest tuples, or use a `Vec`"
)]
pub trait Batch: Sized {
    /// The results, in the shape of the batch.
    type Output: Send + 'static;
    #[doc(hidden)]
    fn __join(self, into: &mut Joining) -> Part<Self::Output>;
}

/// A batch while its commands are put together.
#[doc(hidden)]
pub struct Joining {
    store: Store,
    request: Request,
}

/// How one part of a batch is read.
#[doc(hidden)]
pub struct Part<R> {
    reader: Reader<R>,
    /// Where it is a command by itself: its place among the others.
    joined: Option<Joined>,
}

impl<R> Part<R> {
    /// A part made of parts.
    fn of(reader: impl Read<R> + 'static) -> Part<R> {
        Part { reader: Box::new(reader), joined: None }
    }

    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<R> {
        match &mut self.joined {
            Some(joined) => joined.resume(&mut *self.reader, reply),
            None => self.reader.resume(reply),
        }
    }
}

impl<R> Read<R> for Part<R> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<R> {
        Part::resume(self, reply)
    }

    fn restart(&mut self) -> bool {
        if let Some(joined) = &mut self.joined {
            joined.restart();
        }
        self.reader.restart()
    }
}

impl<R> std::fmt::Debug for Part<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Part")
    }
}

impl std::fmt::Debug for Joining {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.request.fmt(f)
    }
}

/// Puts a batch together: its request and its reader.
pub(crate) fn joined<B: Batch>(store: &Store, batch: B, atomic: bool) -> (Request, Reader<B::Output>) {
    let request = if atomic { Request::read().atomic() } else { Request::read() };
    let mut joining = Joining { store: store.clone(), request };
    let part = batch.__join(&mut joining);
    let reader = match part.joined {
        None => part.reader,
        Some(_) => Box::new(part),
    };
    (joining.request, reader)
}

/// Puts a batch together as one command.
pub(crate) fn command_of<B: Batch>(store: &Store, batch: B, atomic: bool) -> Command<B::Output> {
    let (request, reader) = joined(store, batch, atomic);
    Command::reading(&Place::none(store), request, reader)
}

impl<R: Send + 'static> Batch for Command<R> {
    type Output = R;

    fn __join(self, into: &mut Joining) -> Part<R> {
        struct Nothing;
        impl<R> Read<R> for Nothing {
            fn resume(&mut self, _: &mut Reply<'_>) -> Step<R> {
                Err(Error::misuse("this command had been used before it was batched").into())
            }
        }
        match self.into_parts() {
            Ok((place, mut request, reader)) => {
                if let Some(error) = request.take_error() {
                    into.request.fail(place.refuse(error));
                }
                if !place.store().shares_link_with(&into.store) {
                    into.request.fail(Error::misuse("the commands of one batch must be of one store"));
                }
                let first = into.request.len();
                let (request, reader) = if request.is_multi() && !into.request.is_atomic() {
                    let reader = crate::reader::unconflicted(reader, &request);
                    (request.framed_in_batch(), reader)
                } else {
                    (request, reader)
                };
                let joined = Joined::new(place, &request, first);
                into.request.join(request);
                Part { reader, joined: Some(joined) }
            }
            Err(error) => {
                into.request.fail(error);
                Part::of(Nothing)
            }
        }
    }
}

/// One part of a batch, read when its turn comes, and kept until all have been.
struct Slot<R> {
    part: Part<R>,
    value: Option<R>,
    done: bool,
}

impl<R> Slot<R> {
    fn new(part: Part<R>) -> Slot<R> {
        Slot { part, value: None, done: false }
    }

    /// Reads it unless it has been read. Its failure is noted; what comes behind it is read all the same.
    fn fill(&mut self, reply: &mut Reply<'_>, failure: &mut Option<Error>) -> Step<()> {
        if self.done {
            return Ok(());
        }
        match self.part.resume(reply) {
            Ok(value) => self.value = Some(value),
            Err(Interrupt::Failed(error)) => {
                failure.get_or_insert(error);
            }
            Err(incomplete) => return Err(incomplete),
        }
        self.done = true;
        Ok(())
    }

    fn restart(&mut self) -> bool {
        (self.value, self.done) = (None, false);
        self.part.restart()
    }
}

/// Reads parts of one kind, in order.
struct Sequence<R> {
    slots: Vec<Slot<R>>,
    failure: Option<Error>,
}

impl<R: Send> Read<Vec<R>> for Sequence<R> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<Vec<R>> {
        for slot in &mut self.slots {
            slot.fill(reply, &mut self.failure)?;
        }
        match self.failure.take() {
            Some(error) => Err(error.into()),
            None => Ok(self.slots.drain(..).filter_map(|slot| slot.value).collect()),
        }
    }

    fn restart(&mut self) -> bool {
        self.failure = None;
        self.slots.iter_mut().all(Slot::restart)
    }
}

impl<B: Batch> Batch for Vec<B> {
    type Output = Vec<B::Output>;

    fn __join(self, into: &mut Joining) -> Part<Vec<B::Output>> {
        let slots = self.into_iter().map(|item| Slot::new(item.__join(into))).collect();
        Part::of(Sequence { slots, failure: None })
    }
}

impl<B: Batch, const N: usize> Batch for [B; N] {
    type Output = [B::Output; N];

    fn __join(self, into: &mut Joining) -> Part<[B::Output; N]> {
        struct Exactly<R, const N: usize>(Sequence<R>);
        impl<R: Send, const N: usize> Read<[R; N]> for Exactly<R, N> {
            fn resume(&mut self, reply: &mut Reply<'_>) -> Step<[R; N]> {
                let values = self.0.resume(reply)?;
                values.try_into().map_err(|_| Error::misuse("this batch has been read already").into())
            }

            fn restart(&mut self) -> bool {
                self.0.restart()
            }
        }
        let slots = self.into_iter().map(|item| Slot::new(item.__join(into))).collect();
        Part::of(Exactly::<_, N>(Sequence { slots, failure: None }))
    }
}

impl<B: Batch> Batch for Option<B> {
    type Output = Option<B::Output>;

    fn __join(self, into: &mut Joining) -> Part<Option<B::Output>> {
        struct Perhaps<R>(Option<Part<R>>);
        impl<R> Read<Option<R>> for Perhaps<R> {
            fn resume(&mut self, reply: &mut Reply<'_>) -> Step<Option<R>> {
                self.0.as_mut().map(|part| part.resume(reply)).transpose()
            }

            fn restart(&mut self) -> bool {
                self.0.as_mut().is_none_or(Part::restart)
            }
        }
        Part::of(Perhaps(self.map(|item| item.__join(into))))
    }
}

impl Batch for () {
    type Output = ();

    fn __join(self, _: &mut Joining) -> Part<()> {
        struct Unit;
        impl Read<()> for Unit {
            fn resume(&mut self, _: &mut Reply<'_>) -> Step<()> {
                Ok(())
            }

            fn restart(&mut self) -> bool {
                true
            }
        }
        Part::of(Unit)
    }
}

macro_rules! tuple_batch {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Batch),+> Batch for ($($name,)+) {
            type Output = ($($name::Output,)+);

            fn __join(self, into: &mut Joining) -> Part<Self::Output> {
                struct Tuple<$($name),+> { slots: ($(Slot<$name>,)+), failure: Option<Error> }
                impl<$($name: Send),+> Read<($($name,)+)> for Tuple<$($name),+> {
                    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<($($name,)+)> {
                        $(self.slots.$index.fill(reply, &mut self.failure)?;)+
                        if let Some(error) = self.failure.take() {
                            return Err(error.into());
                        }
                        match ($(self.slots.$index.value.take(),)+) {
                            #[allow(non_snake_case, reason = "the names of the type parameters serve as those of the values")]
                            ($(Some($name),)+) => Ok(($($name,)+)),
                            _ => Err(Error::misuse("this batch has been read already").into()),
                        }
                    }

                    fn restart(&mut self) -> bool {
                        self.failure = None;
                        true $(&& self.slots.$index.restart())+
                    }
                }
                Part::of(Tuple { slots: ($(Slot::new(self.$index.__join(into)),)+), failure: None })
            }
        }
    };
}

tuple_batch!(A 0);
tuple_batch!(A 0, B 1);
tuple_batch!(A 0, B 1, C 2);
tuple_batch!(A 0, B 1, C 2, D 3);
tuple_batch!(A 0, B 1, C 2, D 3, E 4);
tuple_batch!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple_batch!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_batch!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple_batch!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple_batch!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple_batch!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple_batch!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
