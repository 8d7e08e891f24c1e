//! The time that keys and blocked clients live by.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::server::Control;

/// A server's clock: the system's, or one that stands still until it is told to go on.
///
/// Clones are the same clock, and several servers can share one. Whatever depends on time depends on this clock: times
/// to live, `TIME`, and how long a blocked client waits. [`Clock::advance`] and [`Clock::set`] return when every server
/// that runs by the clock has removed what is expired by then and answered the clients whose time is up.
///
/// ```
/// use std::time::Duration;
/// use pottery_embedded::{Clock, Server};
///
/// let clock = Clock::held();
/// let server = Server::builder().clock(clock.clone()).start()?;
/// // ... SET session x EX 60 ...
/// clock.advance(Duration::from_secs(61));
/// // ... GET session: nothing
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Clock(Arc<Shared>);

struct Shared {
    /// Microseconds since 1970 while the clock is held, [`RUNNING`] while it follows the system's.
    held: AtomicI64,
    /// The servers that run by it.
    servers: Mutex<Vec<Control>>,
}

const RUNNING: i64 = i64::MIN;

impl Default for Shared {
    fn default() -> Shared {
        Shared { held: AtomicI64::new(RUNNING), servers: Mutex::default() }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("held", &self.is_held()).field("micros", &self.micros()).finish()
    }
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Clock {
        Clock::default()
    }

    /// A clock that stands at the present time until it is advanced or set.
    pub fn held() -> Clock {
        let clock = Clock::default();
        clock.hold();
        clock
    }

    /// A clock that stands at `time` until it is advanced or set.
    pub fn held_at(time: SystemTime) -> Clock {
        let clock = Clock::default();
        clock.0.held.store(micros_of(time), Ordering::SeqCst);
        clock
    }

    /// Stops the clock at the present time.
    pub fn hold(&self) {
        self.0.held.store(self.micros(), Ordering::SeqCst);
        self.tell();
    }

    /// Lets the clock follow the system's again, to which it jumps.
    pub fn release(&self) {
        self.0.held.store(RUNNING, Ordering::SeqCst);
        self.tell();
    }

    /// Whether the clock stands still.
    pub fn is_held(&self) -> bool {
        self.0.held.load(Ordering::SeqCst) != RUNNING
    }

    /// Moves the clock on, and holds it if it was running. Microseconds are the finest it knows.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.held.store(self.micros().saturating_add(by), Ordering::SeqCst);
        self.tell();
    }

    /// Sets the clock, also back, and holds it.
    pub fn set(&self, time: SystemTime) {
        self.0.held.store(micros_of(time), Ordering::SeqCst);
        self.tell();
    }

    /// What the clock shows.
    pub fn now(&self) -> SystemTime {
        let micros = self.micros();
        let distance = Duration::from_micros(micros.unsigned_abs());
        if micros < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }
    }

    /// What the clock shows, in microseconds since 1970.
    pub(crate) fn micros(&self) -> i64 {
        match self.0.held.load(Ordering::SeqCst) {
            RUNNING => micros_of(SystemTime::now()),
            held => held,
        }
    }

    /// Lets a server know of changes from now on.
    pub(crate) fn attach(&self, server: Control) {
        self.servers().push(server);
    }

    /// Has every server do what is due, and waits for it.
    fn tell(&self) {
        // A copy, so that a server's thread never waits for one that waits for it.
        let servers = self.servers().clone();
        if servers.iter().any(|server| server.run(|engine| engine.catch_up()).is_none()) {
            self.servers().retain(|server| !server.is_closed());
        }
    }

    fn servers(&self) -> std::sync::MutexGuard<'_, Vec<Control>> {
        self.0.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros_of(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN + 1, |it| -it),
    }
}
