//! Tests without a server: a Redis-compatible one inside the process, fresh for each test, with a clock that the test
//! moves and faults that it chooses.
//!
//! ```
//! use std::time::Duration;
//! use pottery_core::testing;
//!
//! # #[cfg(feature = "blocking")]
//! # fn main() -> pottery_core::Result<()> {
//! let (store, server) = testing::store();
//! let code = store.value::<u32>("code");
//! code.set_for(&4711, Duration::from_secs(60)).wait()?;
//!
//! server.clock().advance(Duration::from_secs(59));
//! assert_eq!(code.get().wait()?, Some(4711));
//! server.clock().advance(Duration::from_secs(1));
//! assert_eq!(code.get().wait()?, None);
//! # Ok(()) }
//! # #[cfg(not(feature = "blocking"))] fn main() {}
//! ```
//!
//! Models may share a prefix in such a store, since one binary holds many tests.
//!
//! A server takes about a millisecond to start, so every test can have its own, and tests need no names that keep them
//! apart. It ends with the last of its stores and handles.
//!
//! * **Time.** [`Server::clock`](pottery_embedded::Server::clock): [`hold`](Clock::hold) it, [`advance`](Clock::advance)
//!   it, [`set`](Clock::set) it. Times to live and blocked commands follow it; the time-outs of the store itself are
//!   real time, so a runtime whose time is paused (tokio's `start_paused`) has them pass at once. The clock runs until
//!   it is held or advanced for the first time: hold it first where a test looks at times to the second.
//! * **Faults.** [`Server::inject`](pottery_embedded::Server::inject): a connection that is lost before the command is
//!   executed, or after it and before the reply; a delay; the errors of a server that cannot serve.
//! * **What was sent.** [`Server::take_sent`](pottery_embedded::Server::take_sent): the last 10,000 commands, as they
//!   arrived.
//! * **Hanging.** A command that has blocked for ten seconds of real time is answered with an error that says what it waits
//!   for.

use std::sync::Arc;
use std::time::Duration;

pub use pottery_embedded::{Clock, Fault, Injected, Sent, Server};

use crate::options::Options;
use crate::store::Store;

/// How many commands [`Server::take_sent`](pottery_embedded::Server::take_sent) gives at the most.
const REMEMBERED: usize = 10_000;
/// How long a command may block, in real time, before the server says what it waits for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A store on a server of its own, and that server.
///
/// # Panics
/// Where the machine has no thread or socket left for a server.
#[must_use]
pub fn store() -> (Store, Arc<Server>) {
    store_with(|options| options)
}

/// The same with [options](Options): a namespace, a shorter timeout.
///
/// ```
/// # use std::time::Duration;
/// let (store, _server) = pottery_core::testing::store_with(|options| options.timeout(Duration::from_millis(200)));
/// ```
///
/// # Panics
/// Where the machine has no thread or socket left for a server, or where the options are not valid.
#[must_use]
pub fn store_with(set: impl FnOnce(Options) -> Options) -> (Store, Arc<Server>) {
    let builder = Server::builder().private().record(REMEMBERED).patience(PATIENCE);
    let server = Arc::new(crate::embedded::start(builder).expect("a server for a test"));
    // one binary holds many tests, and each may have its `Session`
    let mut options = set(Store::options("").shared_prefixes());
    options.embedded = Some(Arc::new(crate::embedded::Running::shared(server.clone())));
    (options.open().expect("a store on the server of a test"), server)
}
