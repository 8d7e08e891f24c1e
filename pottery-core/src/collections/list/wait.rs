//! Waiting for items, and moving them from list to list.

use std::time::Duration;

use super::{End, List};
use crate::codec::Codec;
use crate::collections::wait::{self, seconds};
use crate::command::Command;
use crate::decode::{Maybe, Popped};
use crate::error::{Error, Result};
use crate::operation::Operation;
use crate::request::Request;
use crate::storable::Storable;

impl<T: Storable, C: Codec> List<T, C> {
    /// Removes the last item; if there is none, waits for one. `None` when the time is over.
    ///
    /// `BRPOP`, O(1), on a connection of its own. Of those who wait at one list, the one who has waited longest gets an
    /// item first. With no time it does not wait: it is [`pop`](List::pop). To drop it while it waits takes nothing from
    /// the list, unless an item is on its way already, or is pushed before the server has noticed: then that one is lost.
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

    fn at_once<R: Send + 'static>(&self, command: Command<R>) -> Operation<'static, R> {
        wait::at_once(self.place(), command)
    }

    fn waiting<R: Send + 'static>(&self, command: Command<R>, timeout: Duration) -> Operation<'static, R> {
        wait::waiting(self.place(), command, timeout)
    }
}
