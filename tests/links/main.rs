//! Links: addresses, credentials, sockets, time, and what is left behind when a call is given up.
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod addresses;
#[cfg(feature = "async")]
mod crowd;
mod fake;
mod giving_up;
#[cfg(feature = "tls")]
mod tls;
mod wire;
