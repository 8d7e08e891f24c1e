//! The derives of pottery.
