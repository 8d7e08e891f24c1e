//! Random bytes: for what must not be met by accident. Not for secrets.

use std::hash::{BuildHasher, RandomState};

/// 128 random bits.
pub(crate) fn bytes() -> [u8; 16] {
    // the standard library seeds it from the system, for each thread, and each has another key
    let random = RandomState::new();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&random.hash_one(0).to_be_bytes());
    bytes[8..].copy_from_slice(&random.hash_one(1).to_be_bytes());
    bytes
}
