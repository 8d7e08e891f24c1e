//! Users, their passwords, and what they may do.

mod describe;
mod log;
mod rules;
mod selector;
mod user;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::engine::Engine;
use crate::engine::client::{ClientId, Closing};
use crate::engine::command::Command;
use crate::engine::error::Error;

pub(crate) use log::{Context, Log, Reason};
use rules::join_selectors;
pub(crate) use selector::Denied;
pub(crate) use user::User;

/// All users. There is always one called `default`, whom connections begin as.
#[derive(Debug)]
pub(crate) struct Users {
    by_name: BTreeMap<Box<[u8]>, Rc<User>>,
    pub(crate) log: Log,
}

pub(crate) const DEFAULT: &[u8] = b"default";

impl Users {
    /// The default user alone, with that password.
    pub(crate) fn new(password: Option<&[u8]>) -> Users {
        let mut default = User::everything(DEFAULT);
        if let Some(password) = password {
            default.set_only_password(password);
        }
        Users { by_name: BTreeMap::from([(DEFAULT.into(), Rc::new(default))]), log: Log::default() }
    }

    pub(crate) fn get(&self, name: &[u8]) -> Option<&Rc<User>> {
        self.by_name.get(name)
    }

    /// The default user.
    ///
    /// # Panics
    /// Never: it can't be removed.
    pub(crate) fn default(&self) -> &Rc<User> {
        self.get(DEFAULT).expect("the default user can't be removed")
    }

    /// A user, new or known, with rules applied. `all_channels` is what a new one begins with.
    ///
    /// # Errors
    /// In Redis's words.
    pub(crate) fn changed(&self, name: &[u8], rules: &[&[u8]], all_channels: bool) -> Result<User, Vec<u8>> {
        let mut user = match self.get(name) {
            Some(user) => User::clone(user),
            None => User::nothing(name, all_channels),
        };
        let rules = join_selectors(rules).map_err(|rest| {
            [b"Unmatched parenthesis in acl selector starting at '", &rest[..], b"'."].concat()
        })?;
        for rule in rules {
            user.apply(&rule, all_channels).map_err(|error| {
                [b"Error in ACL SETUSER modifier '", &rule[..], b"': ", error.text().as_bytes()].concat()
            })?;
        }
        Ok(user)
    }

    /// Adds a user, or replaces one, before anybody can be logged in as that.
    pub(crate) fn insert(&mut self, user: User) {
        self.by_name.insert(user.name.clone(), Rc::new(user));
    }

    /// By name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rc<User>> {
        self.by_name.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }
}

impl Engine {
    /// Adds a user, or changes one that there is: also for connections that are logged in as that.
    pub(crate) fn set_user(&mut self, user: User) {
        let user = Rc::new(user);
        for client in self.clients.values_mut().filter(|client| client.user.name == user.name) {
            client.user = Rc::clone(&user);
        }
        self.users.by_name.insert(user.name.clone(), user);
    }

    /// Removes a user and ends the connections that are logged in as that. Returns whether there was one.
    pub(crate) fn remove_user(&mut self, name: &[u8]) -> bool {
        if self.users.by_name.remove(name).is_none() {
            return false;
        }
        let logged_in: Vec<ClientId> = self
            .clients
            .values()
            .filter(|client| *client.user.name == *name)
            .map(|client| client.id)
            .collect();
        for id in logged_in {
            if self.current == Some(id) {
                self.close(id, Closing::AfterReply);
            } else {
                self.kill(id);
            }
        }
        true
    }

    /// Gives the default user this password alone, or none: `requirepass`.
    pub(crate) fn set_default_password(&mut self, password: Option<&[u8]>) {
        let mut user = User::clone(self.users.default());
        match password {
            Some(password) => user.set_only_password(password),
            None => user.set_no_password(),
        }
        self.set_user(user);
    }

    /// Whether a client must log in before it does anything.
    pub(crate) fn needs_login(&self, authenticated: bool) -> bool {
        let default = self.users.default();
        !authenticated && (!default.no_password || !default.enabled)
    }

    /// Logs a client in.
    ///
    /// # Errors
    /// When there is no such user, it is disabled, or the password is wrong.
    pub(crate) fn log_in(
        &mut self,
        id: ClientId,
        name: &[u8],
        password: &[u8],
        by: &str,
    ) -> Result<(), Error> {
        let user = self.users.get(name).filter(|user| user.enabled && user.accepts(password)).cloned();
        let Some(user) = user else {
            self.note_denial(id, Reason::Auth, Context::TopLevel, by.as_bytes(), name);
            return Err(Error::WRONG_PASSWORD);
        };
        if let Some(client) = self.clients.get_mut(&id) {
            client.user = user;
            client.authenticated = true;
        }
        Ok(())
    }

    /// Whether a client's user may run a command. Notes it when not.
    pub(crate) fn permit(
        &mut self,
        id: ClientId,
        command: &'static Command,
        args: &[&[u8]],
        context: Context,
    ) -> Result<(), Denied> {
        let Some(client) = self.clients.get(&id) else { return Ok(()) };
        if client.user.may_do_everything() {
            return Ok(());
        }
        let user = Rc::clone(&client.user);
        user.check(command, args).inspect_err(|denied| {
            let (reason, object) = match denied {
                Denied::Command => (Reason::Command, command.name.as_bytes()),
                Denied::Key(place) => (Reason::Key, args[*place]),
                Denied::Channel(place) => (Reason::Channel, args[*place]),
            };
            self.note_denial(id, reason, context, object, &user.name);
        })
    }
}
