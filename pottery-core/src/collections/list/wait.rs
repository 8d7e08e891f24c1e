//! Waiting for items, and moving them from list to list.

use std::time::Duration;

use super::{End, List};
use crate::codec::Codec;
use crate::command::Command;
use crate::decode::{Maybe, Popped};
use crate::error::{Error, Result};
use crate::operation::{Operation, Run};
use crate::place::Place;
use crate::request::{Arguments, Request};
use crate::storable::Storable;

/// Redis counts in milliseconds, and may take less than one for none, which is for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(1_000_000_000);

impl<T: Storable, C: Codec> List<T, C> {
    /// Removes the last item; if there is none, waits for one. `None` when the time is over.
    ///
    /// `BRPOP`, O(1), on a connection of its own. Of those who wait at one list, the one who has waited longest gets an
    /// item first. With no time it does not wait: it is [`pop`](List::pop). To drop it while it waits takes nothing from
    /// the list, unless the item is on its way already.
    ///
    /// # Errors
    /// If the connection is lost, or the answer fails to come in time, the outcome is `Unknown`: an item may have been
    /// taken.
    pub fn pop_wait(&self, timeout: Duration) -> Operation<'static, Option<T>> {
        self.pop_one_wait(End::Back, timeout)
    }

    /// Removes the first item; if there is none, waits for one. `None` when the time is over. `BLPOP`; otherwise like
    /// [`pop_wait`](List::pop_wait).
    ///
    /// # Errors
    /// Those of [`pop_wait`](List::pop_wait).
    pub fn pop_front_wait(&self, timeout: Duration) -> Operation<'static, Option<T>> {
        self.pop_one_wait(End::Front, timeout)
    }

    pub(in crate::collections) fn pop_one_wait(
        &self,
        end: End,
        timeout: Duration,
    ) -> Operation<'static, Option<T>> {
        if timeout.is_zero() {
            return self.at_once(self.pop_one(end));
        }
        let request = Request::write().command(end.pop_wait(), |a| {
            a.key(self.key());
            seconds(a, timeout);
        });
        self.waiting(Command::new::<Popped<T, C>>(self.place(), request), timeout)
    }

    /// Moves the last item to the front of another list, or of this one, and returns it; `None` if there is none.
    /// `LMOVE here there RIGHT LEFT`, O(1). On a cluster both keys must be in one slot.
    ///
    /// # Errors
    /// `WrongType` if one of the keys holds something else than a list, and `Misuse` if the lists are not of one store;
    /// nothing is changed then.
    pub fn move_last_to_front_of(&self, other: &List<T, C>) -> Command<Option<T>> {
        self.move_one(End::Back, other, End::Front)
    }

    /// Moves the last item to the end of another list, and returns it; `None` if there is none.
    /// `LMOVE here there RIGHT RIGHT`, O(1). On a cluster both keys must be in one slot.
    ///
    /// # Errors
    /// Those of [`move_last_to_front_of`](List::move_last_to_front_of).
    pub fn move_last_to_back_of(&self, other: &List<T, C>) -> Command<Option<T>> {
        self.move_one(End::Back, other, End::Back)
    }

    /// Moves the first item to the end of another list, or of this one, and returns it; `None` if there is none.
    /// `LMOVE here there LEFT RIGHT`, O(1). On a cluster both keys must be in one slot.
    ///
    /// # Errors
    /// Those of [`move_last_to_front_of`](List::move_last_to_front_of).
    pub fn move_first_to_back_of(&self, other: &List<T, C>) -> Command<Option<T>> {
        self.move_one(End::Front, other, End::Back)
    }

    /// Moves the first item to the front of another list, and returns it; `None` if there is none.
    /// `LMOVE here there LEFT LEFT`, O(1). On a cluster both keys must be in one slot.
    ///
    /// # Errors
    /// Those of [`move_last_to_front_of`](List::move_last_to_front_of).
    pub fn move_first_to_front_of(&self, other: &List<T, C>) -> Command<Option<T>> {
        self.move_one(End::Front, other, End::Front)
    }

    /// Moves the last item to the front of another list; if there is none, waits for one. `None` when the time is over.
    /// `BLMOVE here there RIGHT LEFT`; otherwise like [`pop_wait`](List::pop_wait), but an item that is lost on its way
    /// here is in the other list.
    ///
    /// # Errors
    /// Those of [`pop_wait`](List::pop_wait) and [`move_last_to_front_of`](List::move_last_to_front_of).
    pub fn move_last_to_front_of_wait(
        &self,
        other: &List<T, C>,
        timeout: Duration,
    ) -> Operation<'static, Option<T>> {
        self.move_one_wait(End::Back, other, End::Front, timeout)
    }

    /// Moves the first item to the end of another list; if there is none, waits for one. `None` when the time is over.
    /// `BLMOVE here there LEFT RIGHT`; otherwise like [`pop_wait`](List::pop_wait), but an item that is lost on its way
    /// here is in the other list.
    ///
    /// # Errors
    /// Those of [`pop_wait`](List::pop_wait) and [`move_last_to_front_of`](List::move_last_to_front_of).
    pub fn move_first_to_back_of_wait(
        &self,
        other: &List<T, C>,
        timeout: Duration,
    ) -> Operation<'static, Option<T>> {
        self.move_one_wait(End::Front, other, End::Back, timeout)
    }

    fn move_one(&self, from: End, other: &List<T, C>, to: End) -> Command<Option<T>> {
        if let Err(error) = self.reaches(other) {
            return Command::refused(self.place(), error);
        }
        let request = Request::write().command("LMOVE", |a| {
            a.key(self.key()).key(other.key()).raw(from.name()).raw(to.name());
        });
        Command::new::<Maybe<T, C>>(self.place(), request.bears(other.place()))
    }

    fn move_one_wait(
        &self,
        from: End,
        other: &List<T, C>,
        to: End,
        timeout: Duration,
    ) -> Operation<'static, Option<T>> {
        if timeout.is_zero() {
            return self.at_once(self.move_one(from, other, to));
        }
        let command = match self.reaches(other) {
            Ok(()) => {
                let request = Request::write().command("BLMOVE", |a| {
                    a.key(self.key()).key(other.key()).raw(from.name()).raw(to.name());
                    seconds(a, timeout);
                });
                Command::new::<Maybe<T, C>>(self.place(), request.bears(other.place()))
            }
            Err(error) => Command::refused(self.place(), error),
        };
        self.waiting(command, timeout)
    }

    fn reaches(&self, other: &List<T, C>) -> Result<()> {
        if self.place().store().shares_link_with(other.place().store()) {
            Ok(())
        } else {
            Err(Error::misuse("an item can only be moved to a list of the same store"))
        }
    }

    /// The operation that is no more than a command.
    fn at_once<R: Send + 'static>(&self, command: Command<R>) -> Operation<'static, R> {
        Operation::new(self.place().store(), move |run| async move { run.command(command).await })
    }

    fn waiting<R: Send + 'static>(&self, command: Command<R>, timeout: Duration) -> Operation<'static, R> {
        waiting(self.place(), command, timeout)
    }
}

/// The operation that sends a command which the server may answer only when `timeout` is over.
fn waiting<R: Send + 'static>(
    place: &Place,
    command: Command<R>,
    timeout: Duration,
) -> Operation<'static, R> {
    let place = place.clone();
    Operation::new(place.clone().store(), move |run| async move {
        patiently(&run, &place, command, timeout).await
    })
}

/// Sends a command that the server may answer only when `timeout` is over, on a connection that nobody else waits
/// for. Only after its answer is the connection given back: until then the server may hand out an item on it.
pub(in crate::collections) async fn patiently<R: Send + 'static>(
    run: &Run,
    place: &Place,
    command: Command<R>,
    timeout: Duration,
) -> Result<R> {
    let link = run.exclusive(place).await?;
    let deadline = run.deadline().later(timeout.min(LONGEST_WAIT));
    let result = command.over(link.clone(), deadline).await;
    if result.is_ok() {
        link.release();
    }
    result
}

/// A time-out in seconds, not less than asked for. Half a millisecond more, for what a server may lose when it counts
/// in binary fractions.
pub(in crate::collections) fn seconds(a: &mut Arguments<'_>, timeout: Duration) {
    let timeout = timeout.min(LONGEST_WAIT);
    let millis = timeout.as_nanos().div_ceil(1_000_000);
    a.raw(format!("{}.{:03}5", millis / 1000, millis % 1000).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(timeout: Duration) -> String {
        let request = Request::write().command("BLPOP", |a| seconds(a, timeout));
        let argument = request.commands().next().and_then(|mut args| args.nth(1)).map(<[u8]>::to_vec);
        String::from_utf8(argument.expect("a command with one argument")).expect("digits")
    }

    #[test]
    fn a_time_out_is_never_shortened_and_never_without_end() {
        assert_eq!(sent(Duration::from_nanos(1)), "0.0015");
        assert_eq!(sent(Duration::from_millis(1)), "0.0015");
        assert_eq!(sent(Duration::from_micros(1001)), "0.0025");
        assert_eq!(sent(Duration::from_millis(61_020)), "61.0205");
        assert_eq!(sent(Duration::MAX), "1000000000.0005");
    }
}
