//! Whatever two clients send, the engine survives it.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    pottery_embedded::__fuzz(input);
});
