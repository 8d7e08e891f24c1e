//! The runtime of pottery.
