//! Servers, faults and helpers for pottery's own tests.
//!
//! Nothing here depends on pottery: what a test sets up or looks at through this crate is true of the server, whatever
//! the code under test believes. Everything blocks, on plain threads.
//!
//! * [`Server`] is a private server on a loopback port; [`shared`] is one for all tests of a binary.
//! * [`Raw`] sends one command and returns the reply.
//! * [`Proxy`] sits between a client and a server and makes faults at chosen requests.
//! * [`Monitor`] records what the server was asked.
//! * [`store!`] and [`readme!`] make examples in documentation run.
//! * [`Seed`] makes random tests repeatable, [`wait_until`] replaces sleeping, [`tier`] says how much to run.

mod doctest;
mod monitor;
mod proxy;
mod python;
mod raw;
mod resp;
mod seed;
mod server;
mod shared;
mod tier;
mod wait;
mod watchdog;

pub use fastrand::Rng;
pub use monitor::{Entry, Monitor};
pub use proxy::{Armed, Command, Fault, Proxy, When};
pub use python::python;
pub use raw::{Raw, Reply};
pub use seed::Seed;
pub use server::{Builder, Kind, Server, Version};
pub use shared::{shared, unique};
pub use tier::{Tier, scale, tier};
pub use wait::wait_until;
