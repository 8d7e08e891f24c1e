//! The protocol: requests as they are read, replies as they are written.

mod out;
mod parse;

pub(crate) use out::{Later, Out};
pub(crate) use parse::{Limits, Parser, Step};
