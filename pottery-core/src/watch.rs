//! Optimistic transactions over several objects: watch, read, and commit unless somebody else was faster.

use std::fmt;
use std::sync::Arc;

use crate::batch::{self, Batch};
use crate::collections::field::Field;
use crate::collections::keyed::Keyed;
use crate::command::Command;
use crate::decode::Done;
use crate::error::{Error, ErrorKind, Result};
use crate::link::{Carrier, backoff};
use crate::model::handle::Handle;
use crate::operation::Operation;
use crate::place::Place;
use crate::reader::Exec;
use crate::request::Request;
use crate::store::Store;

/// What can be watched: collections, fields (watched with the whole hash of their object), whole objects, and tuples
/// of up to 6, `Vec`s, arrays and slices of those.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be watched",
    label = "not a collection, a field or the handle of an object, nor a tuple, `Vec` or array of those"
)]
pub trait Watch {
    #[doc(hidden)]
    fn __places(&self, out: &mut Vec<Place>);
}

impl Watch for Keyed {
    fn __places(&self, out: &mut Vec<Place>) {
        out.push(self.place().clone());
    }
}

impl<T, C> Watch for Field<T, C> {
    fn __places(&self, out: &mut Vec<Place>) {
        out.push(self.place().clone());
    }
}

impl<M> Watch for Handle<M> {
    fn __places(&self, out: &mut Vec<Place>) {
        out.extend(self.place().all_of_object());
    }
}

impl<W: Watch + ?Sized> Watch for &W {
    fn __places(&self, out: &mut Vec<Place>) {
        W::__places(self, out);
    }
}

impl<W: Watch> Watch for [W] {
    fn __places(&self, out: &mut Vec<Place>) {
        self.iter().for_each(|item| item.__places(out));
    }
}

impl<W: Watch, const N: usize> Watch for [W; N] {
    fn __places(&self, out: &mut Vec<Place>) {
        self[..].__places(out);
    }
}

impl<W: Watch> Watch for Vec<W> {
    fn __places(&self, out: &mut Vec<Place>) {
        self[..].__places(out);
    }
}

macro_rules! watch_handles {
    ($($name:ident<$($param:ident),*>),*) => {$(
        impl<$($param),*> Watch for crate::$name<$($param),*> {
            fn __places(&self, out: &mut Vec<Place>) {
                Keyed::__places(self, out);
            }
        }
    )*};
}

watch_handles!(
    BloomFilter<T, C>,
    Cycle<T>,
    DefaultMap<K, V, C>,
    Deque<T, C>,
    Geo<T, C>,
    HyperLogLog<T, C>,
    Limiter<>,
    List<T, C>,
    Map<K, V, C>,
    Memo<K, V, C>,
    MultiSet<T, C>,
    Queue<T, C>,
    Set<T, C>,
    Slots<>,
    SortedSet<T, C>,
    Stack<T, C>,
    Stream<T, C>,
    UniqueList<T, C>,
    UniqueQueue<T, C>,
    UniqueStack<T, C>,
    Value<T, C>
);

macro_rules! watch_tuple {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Watch),+> Watch for ($($name,)+) {
            fn __places(&self, out: &mut Vec<Place>) {
                $(self.$index.__places(out);)+
            }
        }
    };
}

watch_tuple!(A 0);
watch_tuple!(A 0, B 1);
watch_tuple!(A 0, B 1, C 2);
watch_tuple!(A 0, B 1, C 2, D 3);
watch_tuple!(A 0, B 1, C 2, D 3, E 4);
watch_tuple!(A 0, B 1, C 2, D 3, E 4, F 5);

impl Store {
    /// Begins an optimistic transaction over whatever is watched. It is a loop, so that its body may do anything:
    ///
    /// ```no_run
    /// # use pottery_core::{Result, Store};
    /// # #[cfg(feature = "async")]
    /// # async fn transfer(store: &Store, n: i64) -> Result<bool> {
    /// let (from, to) = (store.map::<String, i64>("alice"), store.map::<String, i64>("bob"));
    /// let mut attempts = store.watch((&from, &to));
    /// loop {
    ///     let attempt = attempts.begin().await?;
    ///     let balance = from.get("balance").await?.unwrap_or(0);
    ///     if balance < n {
    ///         return Ok(false);
    ///     }
    ///     let transfer = (from.insert("balance", balance - n), to.insert("last", n));
    ///     if attempt.commit(transfer).await?.is_some() {
    ///         return Ok(true);
    ///     }
    /// }
    /// # }
    /// ```
    pub fn watch(&self, keys: impl Watch) -> Attempts {
        let mut places = Vec::new();
        keys.__places(&mut places);
        let mut failure = None;
        if places.is_empty() {
            failure = Some(Error::misuse("nothing is watched"));
        } else if places.iter().any(|place| !place.store().shares_link_with(self)) {
            failure = Some(Error::misuse("what is watched must be of this store"));
        }
        Attempts { store: self.clone(), places, begun: 0, failure }
    }
}

/// The attempts of an optimistic transaction: [`Store::watch`].
#[must_use = "nothing is watched until an attempt begins"]
pub struct Attempts {
    store: Store,
    places: Vec<Place>,
    begun: u32,
    failure: Option<Error>,
}

impl Attempts {
    /// Begins an attempt: from now on, a change of what is watched makes its commit fail. After a failed one it waits
    /// a little, longer each time. `WATCH`, on a connection that the attempt holds alone.
    ///
    /// # Errors
    /// `Conflict` when the attempts ([`Options::attempts`](crate::Options::attempts)) are used up.
    pub fn begin(&mut self) -> Operation<'_, Attempt> {
        let store = self.store.clone();
        Operation::new(&store, move |run| async move {
            if let Some(error) = self.failure.take() {
                return Err(error);
            }
            if self.begun >= self.store.attempts() {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "what is watched was changed by others at every attempt",
                ));
            }
            if self.begun > 0 {
                run.link.sleep(backoff(self.begun.min(5))).await;
            }
            self.begun += 1;
            let mut lost = 0;
            loop {
                let link = run.exclusive(&self.places[0]).await?;
                let request = Request::read().command("WATCH", |a| {
                    for place in &self.places {
                        a.key(place.key());
                    }
                });
                match run.command_on(&link, Command::new::<Done>(&Place::none(&self.store), request)).await {
                    Ok(()) => return Ok(Attempt { store: self.store.clone(), link }),
                    // an idle connection may turn out to be dead; nothing was asked of it before
                    Err(error) if error.kind() == ErrorKind::Connection && lost < 3 => {
                        lost += 1;
                    }
                    Err(error) => return Err(error),
                }
            }
        })
    }

    /// How many attempts have begun.
    pub fn begun(&self) -> u32 {
        self.begun
    }
}

impl fmt::Debug for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempts").field("watched", &self.places).field("begun", &self.begun).finish()
    }
}

/// One attempt of an optimistic transaction. Dropping it gives it up, and closes its connection; to give it up and
/// keep the connection for others, [`abandon`](Attempt::abandon) it.
#[must_use = "an attempt does nothing until it is committed"]
pub struct Attempt {
    store: Store,
    link: Arc<dyn Carrier>,
}

impl Attempt {
    /// Executes the batch as one atomic unit if nothing that is watched was changed since the attempt began; `None` if
    /// something was: then begin again. MULTI, the commands, EXEC: one round trip.
    ///
    /// # Errors
    /// Those of the commands. If the connection is lost before the answer, the outcome is `Unknown`.
    pub fn commit<B: Batch>(self, batch: B) -> Operation<'static, Option<B::Output>> {
        let prepared = self.prepare(batch);
        Operation::new(&self.store.clone(), move |run| async move {
            let result = run.command_on(&self.link, prepared?).await?;
            self.link.release();
            Ok(result)
        })
    }

    fn prepare<B: Batch>(&self, batch: B) -> Result<Command<Option<B::Output>>> {
        let (mut request, reader) = batch::joined(&self.store, batch, true);
        if let Some(error) = request.take_error() {
            return Err(error);
        }
        let request = request.guarded();
        let reader = Exec::new(reader, &request);
        Ok(Command::guarded(&Place::none(&self.store), request, Box::new(reader)))
    }

    /// Gives the attempt up. `UNWATCH`.
    pub fn abandon(self) -> Operation<'static, ()> {
        Operation::new(&self.store.clone(), move |run| async move {
            let request = Request::read().command("UNWATCH", |_| {});
            run.command_on(&self.link, Command::new::<Done>(&Place::none(&self.store), request)).await?;
            self.link.release();
            Ok(())
        })
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt")
    }
}
