//! What all queues have in common: putting within a bound, taking, and waiting for either.
//!
//! Who waits for an item waits at the key itself, by a blocking pop. Who waits for room waits by `BLPOP` at a second
//! key, `room`: whoever makes room where there was none puts one token there, in the same step, and who was woken by it
//! puts it back if there is room for one more. A token lives ten seconds, and who waits looks again every second: so
//! takers that know nothing of the bound (other programs, other libraries) are noticed too, only later.

use std::time::{Duration, Instant};

use crate::arg::Arg;
use crate::batch;
use crate::codec::Codec;
use crate::collections::list::End;
use crate::collections::wait::{patiently, seconds};
use crate::command::Command;
use crate::decode::{Decode, Done, Elements, Flag, Maybe, Number, One, Popped};
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::key::Key;
use crate::operation::Operation;
use crate::place::Place;
use crate::reply::{Reply, Step};
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::storable::Storable;

/// How long anybody waits for a token before looking for himself.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The most items that go into one plain command.
const ITEMS_PER_COMMAND: usize = 1000;

/// What becomes of a queue's items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// From which end they are taken; they are put at the back.
    pub(super) end: End,
    /// Whether each is there only once: a sorted set, else a list.
    pub(super) unique: bool,
}

impl Kind {
    fn length(self) -> &'static str {
        if self.unique { "ZCARD" } else { "LLEN" }
    }

    fn take(self) -> &'static str {
        match (self.unique, self.end) {
            (false, end) => end.pop(),
            (true, End::Front) => "ZPOPMIN",
            (true, End::Back) => "ZPOPMAX",
        }
    }

    fn take_wait(self) -> &'static str {
        match (self.unique, self.end) {
            (false, end) => end.pop_wait(),
            (true, End::Front) => "BZPOPMIN",
            (true, End::Back) => "BZPOPMAX",
        }
    }
}

/// How a handle treats its queue.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settings {
    pub(super) bound: Option<usize>,
    /// Whether unfinished items are counted.
    pub(super) counted: bool,
}

/// A queue, whatever its items are.
#[derive(Clone)]
pub(super) struct Gate {
    place: Place,
    kind: Kind,
    settings: Settings,
}

/// How items are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// Behind the others.
    Behind,
    /// The same by one who was woken, and wakes the next.
    Woken,
    /// Where there is no queue.
    Created,
}

impl Put {
    fn word(self) -> &'static [u8] {
        match self {
            Put::Behind => b"",
            Put::Woken => b"1",
            Put::Created => b"create",
        }
    }
}

/// Encoded items.
pub(super) struct Items {
    packed: Vec<u8>,
    pub(super) count: usize,
}

impl Gate {
    pub(super) fn new(place: &Place, kind: Kind, settings: Settings) -> Gate {
        Gate { place: place.clone(), kind, settings }
    }

    fn room(&self) -> Key {
        self.place.key().beside("room")
    }

    pub(super) fn unfinished(&self) -> Key {
        self.place.key().beside("unfinished")
    }

    fn done(&self) -> Key {
        self.place.key().beside("done")
    }

    pub(super) fn encode<T, C, I>(&self, items: I) -> Result<Items>
    where
        T: Storable,
        C: Codec,
        I: IntoIterator<Item: Arg<T>>,
    {
        let (mut packed, mut failed, mut count) = (Vec::new(), None, 0);
        let mut arguments = Arguments::over(&mut packed, &mut failed);
        for item in items {
            if self.kind.unique {
                arguments.member::<C, _>(item.__as());
            } else {
                arguments.value::<C, _>(item.__as());
            }
            count += 1;
        }
        match failed {
            None => Ok(Items { packed, count }),
            Some(error) => Err(self.place.refuse(error)),
        }
    }

    /// Puts all of the items or none. How many there are then, or of a unique queue how many of them were put; `None`
    /// where there is no room for them.
    pub(super) fn put(&self, items: &Items, put: Put) -> Command<Option<usize>> {
        static PUT: Script = Script::new(include_str!("../../scripts/queue_put.lua"));
        static PUT_UNIQUE: Script = Script::new(include_str!("../../scripts/queue_put_unique.lua"));
        let Settings { bound, counted } = self.settings;
        if let Err(refused) = self.countable() {
            return refused;
        }
        let is_plain = !self.kind.unique && bound.is_none() && !counted && put != Put::Created;
        let request = if is_plain && (1..=ITEMS_PER_COMMAND).contains(&items.count) {
            Request::write()
                .command("RPUSH", |a| _ = a.key(self.place.key()).packed(&items.packed, items.count))
        } else {
            let (room, unfinished) = (self.room(), self.unfinished());
            let keys = [self.place.key(), &room, &unfinished];
            let keys = if counted { &keys[..] } else { &keys[..2] };
            let script = if self.kind.unique { &PUT_UNIQUE } else { &PUT };
            Request::write().eval(script, keys, |a| {
                limit(a, bound);
                a.raw(put.word()).packed(&items.packed, items.count);
            })
        };
        Command::new::<Number<i64>>(&self.place, request.bears(&self.place))
            .mapped(|answer| usize::try_from(answer).ok())
    }

    /// Refuses to count the items of an object's queue: what counts them would not end with the object.
    fn countable<R: Send + 'static>(&self) -> Result<(), Command<R>> {
        match self.settings.counted && self.place.object().is_some() {
            true => Err(Command::refused(
                &self.place,
                Error::misuse(
                    "the unfinished items of a model's queue are not counted: use a queue at a key of its own",
                ),
            )),
            false => Ok(()),
        }
    }

    /// Makes the queue where there is none; items that are counted are so from then on.
    pub(super) fn create<T, C, I>(
        &self,
        items: I,
        plain: impl FnOnce(Vec<I::Item>) -> Command<()>,
    ) -> Command<()>
    where
        T: Storable,
        C: Codec,
        I: IntoIterator<Item: Arg<T>>,
    {
        let items: Vec<I::Item> = items.into_iter().collect();
        match self.fitting(items.len()).and_then(|()| self.countable()) {
            Err(refused) => refused,
            Ok(()) if !self.settings.counted => plain(items),
            Ok(()) => match self.encode::<T, C, _>(items) {
                Ok(items) => self.put(&items, Put::Created).mapped(drop),
                Err(error) => Command::refused(&self.place, error),
            },
        }
    }

    /// Puts other items in the place of all, which count as finished.
    pub(super) fn replace<T, I>(
        &self,
        items: I,
        plain: impl FnOnce(Vec<I::Item>) -> Command<()>,
    ) -> Command<()>
    where
        T: Storable,
        I: IntoIterator<Item: Arg<T>>,
    {
        let items: Vec<I::Item> = items.into_iter().collect();
        if let Err(refused) = self.fitting(items.len()).and_then(|()| self.countable()) {
            return refused;
        }
        let recount = self.settings.counted.then(|| self.recount(Some(items.len())));
        let replace = plain(items);
        self.and_wake(match recount {
            None => replace,
            Some(recount) => {
                batch::command_of(self.place.store(), (recount, replace), true).map(|(_, answer)| answer)
            }
        })
    }

    /// The same, with an error where there is no room.
    pub(super) fn put_or_full(&self, items: Result<Items>) -> Command<usize> {
        match items {
            Ok(items) => self.put(&items, Put::Behind).try_map(|put| match put {
                Some(answer) => Ok(answer),
                None => Err(Error::not_applied(ErrorKind::Full, "there is no room in the queue")),
            }),
            Err(error) => Command::refused(&self.place, error),
        }
    }

    /// Puts them as soon as there is room; `None` when the time is over.
    pub(super) fn put_wait(
        &self,
        items: Result<Items>,
        timeout: Duration,
    ) -> Operation<'static, Option<usize>> {
        let gate = self.clone();
        Operation::new(self.place.store(), move |run| async move {
            let items = items?;
            let end = Instant::now().checked_add(timeout);
            let mut put = run.command(gate.put(&items, Put::Behind)).await?;
            if put.is_some() || timeout.is_zero() {
                return Ok(put);
            }
            let link = run.exclusive(&gate.place).await?;
            loop {
                let left = end.map_or(LOOK_AGAIN, |end| end.saturating_duration_since(Instant::now()));
                if put.is_some() || left.is_zero() {
                    link.release();
                    return Ok(put);
                }
                let pause = left.min(LOOK_AGAIN);
                let token = Command::new::<Done>(&gate.place, token(&gate.room(), pause));
                let woken = token.over(link.clone(), run.deadline().later(pause)).await;
                woken.map_err(|error| error.settled_as(Outcome::NotApplied))?;
                put = run.command(gate.put(&items, Put::Woken)).await?;
            }
        })
    }

    /// Takes an item, if there is one.
    pub(super) fn take<T: Storable, C: Codec>(&self) -> Command<Option<T>> {
        if self.settings.bound.is_some() {
            return Command::new::<Maybe<T, C>>(&self.place, self.taking(None));
        }
        let request = Request::write().command(self.kind.take(), |a| _ = a.key(self.place.key()));
        if self.kind.unique {
            Command::new::<Scored<T, C, false>>(&self.place, request)
        } else {
            Command::new::<Maybe<T, C>>(&self.place, request)
        }
    }

    /// Takes up to so many items, in the order in which they would be taken one by one.
    pub(super) fn take_some<T: Storable, C: Codec>(&self, most: usize) -> Command<Vec<T>> {
        let most = most.min(u32::MAX as usize); // a list cannot have more
        let request = if self.settings.bound.is_none() && !self.kind.unique && most > 0 {
            Request::write().command(self.kind.take(), |a| _ = a.key(self.place.key()).int(most))
        } else {
            self.taking(Some(most))
        };
        Command::new::<Elements<Vec<T>, T, C>>(&self.place, request)
    }

    fn taking(&self, most: Option<usize>) -> Request {
        static TAKE: Script = Script::new(include_str!("../../scripts/queue_take.lua"));
        Request::write().eval(&TAKE, &[self.place.key(), &self.room()], |a| {
            a.raw(self.kind.length().as_bytes()).raw(self.kind.take().as_bytes());
            limit(a, self.settings.bound);
            limit(a, most);
        })
    }

    /// Takes an item as soon as there is one; `None` when the time is over.
    pub(super) fn take_wait<T: Storable, C: Codec>(
        &self,
        timeout: Duration,
    ) -> Operation<'static, Option<T>> {
        if timeout.is_zero() {
            let take = self.take::<T, C>();
            return Operation::new(self.place.store(), |run| async move { run.command(take).await });
        }
        let request = Request::write().command(self.kind.take_wait(), |a| {
            a.key(self.place.key());
            seconds(a, timeout);
        });
        let taken = if self.kind.unique {
            Command::new::<Scored<T, C, true>>(&self.place, request)
        } else {
            Command::new::<Popped<T, C>>(&self.place, request)
        };
        // what wakes the next producer travels along, so that nothing is between the item and its taker
        let wake = self.wake();
        let place = self.place.clone();
        Operation::new(self.place.store(), move |run| async move {
            match wake {
                None => patiently(&run, &place, taken, timeout).await,
                Some(wake) => {
                    let both = batch::command_of(place.store(), (taken.attempt(), wake.attempt()), false);
                    patiently(&run, &place, both, timeout).await?.0.map_err(Error::without_index)
                }
            }
        })
    }

    /// Wakes one who waits for room, if there is a bound and there is room.
    fn wake(&self) -> Option<Command<bool>> {
        static WAKE: Script = Script::new(include_str!("../../scripts/queue_wake.lua"));
        let bound = self.settings.bound?;
        let request = Request::write().eval(&WAKE, &[self.place.key(), &self.room()], |a| {
            a.raw(self.kind.length().as_bytes()).int(bound);
        });
        Some(Command::new::<Flag>(&self.place, request))
    }

    /// The same command in one step with what wakes the next producer.
    pub(super) fn and_wake<R: Send + 'static>(&self, command: Command<R>) -> Command<R> {
        match self.wake() {
            None => command,
            Some(wake) => {
                batch::command_of(self.place.store(), (command, wake), true).map(|(answer, _)| answer)
            }
        }
    }

    /// Refuses more items than there may be.
    pub(super) fn fitting<R>(&self, count: usize) -> Result<(), Command<R>>
    where
        R: Send + 'static,
    {
        match self.settings.bound {
            Some(bound) if count > bound => {
                let message = format!("these are {count} items, and there may be no more than {bound}");
                Err(Command::refused(&self.place, Error::new(ErrorKind::Full, message)))
            }
            _ => Ok(()),
        }
    }

    /// Removes all items of a list; whether there were any.
    pub(super) fn clear(&self, plain: Command<bool>) -> Command<bool> {
        self.and_wake(if self.settings.counted { self.recount(None) } else { plain })
    }

    /// Counts all items as finished, and so many as put in their place, or removes them; whether there were any.
    fn recount(&self, in_their_place: Option<usize>) -> Command<bool> {
        static CLEAR: Script = Script::new(include_str!("../../scripts/queue_clear.lua"));
        let keys = [self.place.key(), &self.unfinished(), &self.done()];
        let request = Request::write().eval(&CLEAR, &keys, |a| limit(a, in_their_place));
        Command::new::<Flag>(&self.place, request)
    }

    pub(super) fn count_unfinished(&self) -> Command<usize> {
        let request = Request::read().command("GET", |a| _ = a.key(&self.unfinished()));
        Command::new::<Number<usize>>(&self.counted(), request)
    }

    /// Where errors about the count are: not at the queue.
    fn counted(&self) -> Place {
        Place::at(self.place.store(), self.unfinished())
    }

    /// Counts items as finished; how many are left.
    pub(super) fn finish(&self, count: usize) -> Command<usize> {
        static DONE: Script = Script::new(include_str!("../../scripts/queue_done.lua"));
        let request = Request::write().eval(&DONE, &[&self.unfinished(), &self.done()], |a| _ = a.int(count));
        Command::new::<Number<usize>>(&self.counted(), request)
    }

    /// Waits until there are no unfinished items; `false` when the time is over.
    pub(super) fn join(&self, timeout: Duration) -> Operation<'static, bool> {
        let gate = self.clone();
        Operation::new(self.place.store(), move |run| async move {
            let end = Instant::now().checked_add(timeout);
            if run.command(gate.count_unfinished()).await? == 0 {
                return Ok(true);
            }
            let mut link = None;
            loop {
                let left = end.map_or(LOOK_AGAIN, |end| end.saturating_duration_since(Instant::now()));
                if left.is_zero() {
                    break;
                }
                let held = match link.take() {
                    Some(held) => held,
                    None => run.exclusive(&gate.place).await?,
                };
                let pause = left.min(LOOK_AGAIN);
                let token = Command::new::<Done>(&gate.place, token(&gate.done(), pause));
                token.over(std::sync::Arc::clone(&held), run.deadline().later(pause)).await?;
                if run.command(gate.count_unfinished()).await? == 0 {
                    // there may be others who wait
                    run.command(gate.finish(0)).await?;
                    held.release();
                    return Ok(true);
                }
                link = Some(held);
            }
            if let Some(held) = link {
                held.release();
            }
            Ok(run.command(gate.count_unfinished()).await? == 0)
        })
    }
}

/// Waits for a token.
fn token(key: &Key, timeout: Duration) -> Request {
    Request::write().command("BLPOP", |a| {
        a.key(key);
        seconds(a, timeout);
    })
}

/// A number, or nothing.
fn limit(a: &mut Arguments<'_>, number: Option<usize>) {
    match number {
        Some(number) => a.int(number),
        None => a.raw(b""),
    };
}

/// What a pop of a sorted set brings: a member and its score, which nobody asked for, if there is one; before that the
/// key, if it blocks.
struct Scored<T, C, const KEYED: bool>(std::marker::PhantomData<(T, C)>);

/// How much of it has been read.
#[derive(Default)]
enum ScoredSoFar<T> {
    #[default]
    Nothing,
    /// That there is a member.
    Some,
    /// The key before it.
    Key,
    /// The member.
    Member(T),
}

impl<T: Storable, C: Codec, const KEYED: bool> Decode for Scored<T, C, KEYED> {
    type Output = Option<T>;
    type Partial = ScoredSoFar<T>;

    fn resume(so_far: &mut ScoredSoFar<T>, reply: &mut Reply<'_>) -> Step<Option<T>> {
        if let ScoredSoFar::Nothing = so_far {
            if reply.aggregate()?.unwrap_or(0) == 0 {
                return Ok(None);
            }
            *so_far = if KEYED { ScoredSoFar::Some } else { ScoredSoFar::Key };
        }
        if let ScoredSoFar::Some = so_far {
            reply.token()?;
            *so_far = ScoredSoFar::Key;
        }
        if let ScoredSoFar::Key = so_far {
            *so_far = ScoredSoFar::Member(One::<T, C>::resume(&mut (), reply)?);
        }
        reply.token()?;
        match std::mem::take(so_far) {
            ScoredSoFar::Member(member) => Ok(Some(member)),
            _ => Ok(None),
        }
    }
}
