//! What a handler works with: the keys, the reply, and what a change has as its consequences.

use crate::engine::Engine;
use crate::engine::client::{Client, ClientId, Replies};
use crate::engine::db::Entry;
use crate::engine::dict::Place;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::resp::Out;
use crate::engine::value::{Kind, Value};

/// The context of a command. `out` and `db` are separate fields so that a reply can be written from what was looked up:
/// `ctx.out.bulk(...ctx.db.get(key)?...)`.
#[derive(Debug)]
pub(crate) struct Ctx<'a> {
    /// The reply. A handler that returns an error need not care what it wrote before: it is taken back.
    pub(crate) out: Out,
    /// The keys of the selected database.
    pub(crate) db: Keyspace<'a>,
    /// Whether this runs inside a transaction or a script.
    nested: bool,
    /// Whether the command has said what to propagate in its place.
    replaced: bool,
    /// Whether `out` isn't the client's.
    captured: bool,
    /// Where the reply begins in `out`.
    start: usize,
}

/// The keys of one database, as commands see them: what has expired isn't there.
#[derive(Debug)]
pub(crate) struct Keyspace<'a> {
    pub(crate) engine: &'a mut Engine,
    /// Which database.
    pub(crate) index: usize,
    /// Who asks.
    pub(crate) client: ClientId,
}

/// What [`Keyspace::set`] does to a time to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// The key lives on without.
    Never,
    /// It stays as it is.
    Keep,
    /// The key lives until then, in milliseconds since 1970.
    At(i64),
}

impl<'a> Ctx<'a> {
    /// Begins to work for a client: takes over its reply buffer. [`Ctx::leave`] gives it back.
    pub(crate) fn enter(engine: &'a mut Engine, id: ClientId) -> Ctx<'a> {
        let (out, index) = match engine.clients.get_mut(&id) {
            Some(client) => (Out::new(std::mem::take(&mut client.out), client.resp3), client.db),
            None => (Out::default(), 0),
        };
        let start = out.len();
        let db = Keyspace { engine, index, client: id };
        Ctx { out, db, nested: false, replaced: false, captured: false, start }
    }

    /// For a command of a script that runs for a client: its reply goes behind what is in `out`.
    pub(crate) fn of_script(
        engine: &'a mut Engine,
        client: ClientId,
        index: usize,
        out: Vec<u8>,
        resp3: bool,
    ) -> Ctx<'a> {
        let out = Out::new(out, resp3);
        let start = out.len();
        let db = Keyspace { engine, index, client };
        Ctx { out, db, nested: true, replaced: false, captured: true, start }
    }

    /// Ends the work. What others wrote to the client meanwhile comes after its reply.
    pub(crate) fn leave(mut self) {
        let Keyspace { engine, index, client } = self.db;
        if let Some(client) = engine.clients.get_mut(&client) {
            if matches!(client.replies, Replies::Off | Replies::Skip) {
                self.out.truncate(self.start);
            }
            client.db = index;
            client.resp3 = self.out.resp3;
            let pushed = std::mem::replace(&mut client.out, self.out.into_bytes());
            client.out.extend_from_slice(&pushed);
        }
    }

    /// The time in milliseconds since 1970. It stands still while a command, a transaction or a script runs.
    pub(crate) fn now(&self) -> i64 {
        self.db.engine.now_ms()
    }

    /// Whether a key that expires at `at` is to be removed instead.
    pub(crate) fn is_past(&self, at: i64) -> bool {
        at <= self.db.engine.expiry_time()
    }

    /// Who sent the command.
    ///
    /// # Panics
    /// Never: clients go only between commands.
    pub(crate) fn client(&mut self) -> &mut Client {
        let id = self.db.client;
        self.db.engine.clients.get_mut(&id).expect("clients go only between commands")
    }

    pub(crate) fn engine(&mut self) -> &mut Engine {
        self.db.engine
    }

    /// Whether this runs inside a transaction or a script.
    pub(crate) fn is_nested(&self) -> bool {
        self.nested
    }

    /// Runs `body` as the inside of a transaction or a script: commands don't block.
    pub(crate) fn nested<R>(&mut self, body: impl FnOnce(&mut Ctx<'a>) -> R) -> R {
        let outer = std::mem::replace(&mut self.nested, true);
        let result = body(self);
        self.nested = outer;
        result
    }

    /// Whether the reply goes elsewhere than to the client: to a script.
    pub(crate) fn is_captured(&self) -> bool {
        self.captured
    }

    /// Puts what the client was sent since the command began (a message that the command itself caused) in its place in
    /// the reply: Redis doesn't keep them apart.
    pub(crate) fn absorb(&mut self) {
        let end = self.out.len();
        self.absorb_at(end);
    }

    /// The same where part of the reply comes after it.
    pub(crate) fn absorb_at(&mut self, place: usize) {
        if self.captured {
            return;
        }
        let client = self.client();
        if !client.out.is_empty() && client.replies == Replies::On {
            let pushed = std::mem::take(&mut client.out);
            self.out.insert(place, &pushed);
        }
    }

    /// Says that the value of a key was changed, created or removed: see [`Keyspace::changed`].
    pub(crate) fn changed(&mut self, key: &[u8]) {
        self.db.changed(key);
    }

    /// Tells subscribers of an event: see [`Keyspace::notify`].
    pub(crate) fn notify(&mut self, class: Class, event: &str, key: &[u8]) {
        if self.db.engine.config.notify.has(class) {
            self.db.notify(class, event, key);
            self.absorb();
        }
    }

    /// [`Ctx::changed`] and [`Ctx::notify`] in one: what most writes end with.
    pub(crate) fn touched(&mut self, class: Class, event: &str, key: &[u8]) {
        self.db.changed(key);
        self.notify(class, event, key);
    }

    /// What goes into the append-only file in place of the command itself, which must be called once for every effect
    /// and only if something changed. Needed where running the command again would do something else: a relative time, a
    /// random choice, a wait.
    pub(crate) fn propagate_as(&mut self, args: &[&[u8]]) {
        self.replaced = true;
        self.db.engine.propagate(self.db.index, args);
    }

    /// Says that the command itself has no effect to propagate: what ran inside it has been noted already.
    pub(crate) fn propagate_nothing(&mut self) {
        self.replaced = true;
    }

    /// Whether the command has said what to propagate; forgets it.
    pub(crate) fn take_replaced(&mut self) -> bool {
        std::mem::take(&mut self.replaced)
    }

    pub(crate) fn set_replaced(&mut self, replaced: bool) {
        self.replaced = replaced;
    }

    /// Removes the key if its container has become empty, and tells of the removal. Returns whether it did.
    pub(crate) fn remove_if_empty<T: Kind>(&mut self, key: &[u8]) -> bool {
        let empty = matches!(self.db.get_mut::<T>(key), Ok(Some(it)) if it.is_empty());
        if empty {
            self.db.remove(key);
            self.notify(Class::GENERIC, "del", key);
        }
        empty
    }
}

impl Keyspace<'_> {
    /// Another database.
    pub(crate) fn other(&mut self, index: usize) -> Keyspace<'_> {
        Keyspace { engine: self.engine, index, client: self.client }
    }

    /// Where a key is. One that has expired is removed on the way.
    pub(crate) fn find(&mut self, key: &[u8]) -> Option<Place> {
        let now = self.engine.expiry_time();
        let keys = self.engine.dbs[self.index].keys();
        let place = keys.find(key).ok()?;
        if keys.at(place).1.expired(now) {
            self.engine.expire(self.index, place);
            return None;
        }
        Some(place)
    }

    /// Whether a key exists. Doesn't count as a use of it.
    pub(crate) fn exists(&mut self, key: &[u8]) -> bool {
        self.find(key).is_some()
    }

    /// A key's entry, for a look that doesn't count as a use: `TYPE`, `TTL`, `OBJECT`.
    pub(crate) fn peek(&mut self, key: &[u8]) -> Option<&Entry> {
        let place = self.find(key)?;
        Some(self.engine.dbs[self.index].keys().at(place).1)
    }

    /// A key's value, to read.
    pub(crate) fn value(&mut self, key: &[u8]) -> Option<&Value> {
        match self.find(key) {
            Some(place) => {
                self.engine.stats.hits += 1;
                let second = self.second();
                let db = &mut self.engine.dbs[self.index];
                db.accessed(place, second);
                Some(&db.keys().at(place).1.value)
            }
            None => {
                self.engine.stats.misses += 1;
                self.notify(Class::KEY_MISS, "keymiss", key);
                None
            }
        }
    }

    /// The values of several keys at once, to read.
    pub(crate) fn values(&mut self, keys: &[&[u8]]) -> Vec<Option<&Value>> {
        // Whatever has expired goes first, so that nothing moves while they are borrowed.
        for key in keys {
            self.value(key);
        }
        let db = self.engine.dbs[self.index].keys();
        keys.iter().map(|key| db.get(key).map(|entry| &entry.value)).collect()
    }

    /// A key's value, to change.
    pub(crate) fn value_mut(&mut self, key: &[u8]) -> Option<&mut Value> {
        let place = self.find(key)?;
        let second = self.second();
        let db = &mut self.engine.dbs[self.index];
        db.accessed(place, second);
        Some(db.value_mut(place))
    }

    /// A key's value to read, if it exists.
    ///
    /// # Errors
    /// [`Error::WRONG_TYPE`] when it holds another type.
    pub(crate) fn get<T: Kind>(&mut self, key: &[u8]) -> Result<Option<&T>, Error> {
        self.value(key).map(|value| T::of(value).ok_or(Error::WRONG_TYPE)).transpose()
    }

    /// A key's value to change, if it exists. Say [`Ctx::changed`] afterwards, and [`Ctx::remove_if_empty`] if something
    /// was taken out.
    ///
    /// # Errors
    /// [`Error::WRONG_TYPE`] when it holds another type.
    pub(crate) fn get_mut<T: Kind>(&mut self, key: &[u8]) -> Result<Option<&mut T>, Error> {
        self.value_mut(key).map(|value| T::of_mut(value).ok_or(Error::WRONG_TYPE)).transpose()
    }

    /// A key's value to change; a new one if there is none. Check all arguments before, since an empty container must not
    /// stay behind.
    ///
    /// # Errors
    /// [`Error::WRONG_TYPE`] when it holds another type.
    pub(crate) fn get_or_create<T: Kind>(&mut self, key: &[u8]) -> Result<&mut T, Error> {
        let place = match self.find(key) {
            Some(place) => place,
            None => self.add(key, T::default().into_value()),
        };
        T::of_mut(self.engine.dbs[self.index].value_mut(place)).ok_or(Error::WRONG_TYPE)
    }

    /// Adds a key that doesn't exist. Those who wait for it will be served.
    pub(crate) fn add(&mut self, key: &[u8], value: Value) -> Place {
        let second = self.second();
        let waited_for = value.can_be_waited_for();
        let db = &mut self.engine.dbs[self.index];
        let place = db.add(key, value);
        db.accessed(place, second);
        if waited_for {
            self.engine.key_is_ready(self.index, key);
        }
        self.notify(Class::NEW, "new", key);
        place
    }

    /// Serves those who wait for a key which exists already, and in which there is something new.
    pub(crate) fn ready(&mut self, key: &[u8]) {
        self.engine.key_is_ready(self.index, key);
    }

    /// Sets a key's value, whatever was there before.
    pub(crate) fn set(&mut self, key: &[u8], value: Value, expiry: Expiry) {
        let place = match self.find(key) {
            Some(place) => {
                let second = self.second();
                let db = &mut self.engine.dbs[self.index];
                db.accessed(place, second);
                // Redis serves nobody who waits when a value takes another's place.
                let former = std::mem::replace(db.value_mut(place), value);
                if self.engine.fragile_waits > 0 && matches!(former, Value::Stream(_)) {
                    self.engine.key_is_ready(self.index, key);
                }
                place
            }
            None => self.add(key, value),
        };
        match expiry {
            Expiry::Keep => {}
            Expiry::Never => self.set_expiry_at(place, None),
            Expiry::At(at) => self.set_expiry_at(place, Some(at)),
        }
    }

    /// Removes a key and returns what it held. Tells nobody: see [`Keyspace::changed`].
    pub(crate) fn remove(&mut self, key: &[u8]) -> Option<Entry> {
        let place = self.find(key)?;
        Some(self.engine.dbs[self.index].remove(place).1)
    }

    /// Has a key look as if nobody had used it for so many seconds.
    pub(crate) fn set_idle(&mut self, key: &[u8], seconds: i64) {
        if let Some(place) = self.find(key) {
            let since = i64::from(self.second()).saturating_sub(seconds);
            self.engine.dbs[self.index].accessed(place, u32::try_from(since).unwrap_or(0));
        }
    }

    /// When a key expires, in milliseconds since 1970.
    pub(crate) fn expires_at(&mut self, key: &[u8]) -> Option<i64> {
        self.peek(key)?.expires_at()
    }

    /// Sets or takes away a key's time to live, if it exists.
    pub(crate) fn set_expiry(&mut self, key: &[u8], at: Option<i64>) {
        if let Some(place) = self.find(key) {
            self.set_expiry_at(place, at);
        }
    }

    fn set_expiry_at(&mut self, place: Place, at: Option<i64>) {
        let db = &mut self.engine.dbs[self.index];
        if db.keys().at(place).1.expires_at() != at {
            db.set_expiry(place, at);
            if let Some(at) = at {
                self.engine.alarm_at(at);
            }
        }
    }

    /// Says that a key was changed, created or removed. Fails transactions that watch it, and makes the command an effect
    /// to propagate.
    pub(crate) fn changed(&mut self, key: &[u8]) {
        self.engine.dirty += 1;
        self.engine.signal_modified(self.index, key, Some(self.client));
    }

    /// The same where Redis forgets to fail transactions: the change is kept all the same.
    pub(crate) fn changed_unnoticed(&mut self, key: &[u8]) {
        self.engine.dirty += 1;
        if let Some(hook) = &mut self.engine.propagation.hook {
            hook.changed(self.index, key);
        }
    }

    /// Tells subscribers what happened to a key, if anyone asked for it.
    pub(crate) fn notify(&mut self, class: Class, event: &str, key: &[u8]) {
        self.engine.notify(self.index, class, event, key);
    }

    fn second(&self) -> u32 {
        u32::try_from(self.engine.now_ms() / 1000).unwrap_or(0)
    }
}

impl Engine {
    /// What follows from any change of a key: by a client's command, or by the passing of time.
    pub(crate) fn signal_modified(&mut self, db: usize, key: &[u8], by: Option<ClientId>) {
        self.touch_watched(db, key);
        self.measure(db, key);
        self.invalidate(key, by);
        if let Some(hook) = &mut self.propagation.hook {
            hook.changed(db, key);
        }
        if self.fragile_waits > 0 && !self.dbs[db].keys().contains(key) {
            self.key_is_ready(db, key);
        }
    }

    /// Removes a key whose time is up.
    pub(crate) fn expire(&mut self, db: usize, place: Place) {
        let (key, _) = self.dbs[db].remove(place);
        self.stats.expired += 1;
        self.propagate(db, &[b"DEL", &key]);
        self.notify(db, Class::EXPIRED, "expired", &key);
        self.signal_modified(db, &key, None);
    }
}
