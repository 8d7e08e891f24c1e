//! While a script takes too long: other clients are told so, may have it ended, and the server can still stop.

use std::fmt;
use std::rc::Rc;

use crate::engine::Engine;

/// What looks after the other clients, since nobody else can while a script runs. The server installs it.
pub(crate) trait Attendant: fmt::Debug {
    /// Reads what clients have sent, has the engine answer it, and sends the answers, without waiting for anyone.
    fn attend(&self, engine: &mut Engine);

    /// Whether the server is to end.
    fn is_ending(&self) -> bool;
}

/// The state of a script that takes too long.
#[derive(Debug, Default)]
pub(crate) struct Busy {
    pub(crate) attendant: Option<Rc<dyn Attendant>>,
    /// Whether clients are refused because a script takes too long.
    pub(crate) refusing: bool,
}

impl Engine {
    /// Looks after the other clients in the midst of a script that has taken too long already.
    pub(super) fn attend(&mut self) {
        let Some(attendant) = self.busy.attendant.clone() else { return };
        self.busy.refusing = true;
        attendant.attend(self);
        self.busy.refusing = false;
    }

    /// Whether the server is to end, so that the script must.
    pub(super) fn is_ending(&self) -> bool {
        self.is_shutting_down() || self.busy.attendant.as_ref().is_some_and(|attendant| attendant.is_ending())
    }
}
