//! Redis servers and faults for tests.
