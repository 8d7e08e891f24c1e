//! Arbitrary bytes from two clients: no panic, no hang, and memory in proportion to what was sent.
//!
//! The bytes are the corpus of `fuzz/`, all requests of the conformance cases, and random changes of both: as many as fit
//! into some time. `POTTERY_SEED` repeats a run. `cargo +nightly fuzz run engine` looks further.
//!
//! An input that ends the whole process is left behind as `fuzz-input` in cargo's folder for tests, `target/tmp`.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, process, thread};

use peak_alloc::PeakAlloc;
use pottery_embedded::__fuzz;
use pottery_test_support::{Rng, Seed, scale};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What an engine, a script and a table may take in any case, and what each argument may on top of it: a string as long
/// as the engine is set to allow, in a value, a reply, and a buffer that has doubled.
const BASE: usize = 32 << 20;
const EACH: usize = 128 << 10;
/// One input may take this long, on a machine that does other things too; most take microseconds.
const TIME: Duration = Duration::from_secs(8);
/// After this long the process ends.
const HANG: Duration = Duration::from_secs(20);

/// What is being fed, and since when: for a thread that notices when it takes for ever.
type Current = Arc<Mutex<Option<(Instant, Vec<u8>)>>>;

fn watch(current: &Current) {
    let current = Arc::clone(current);
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_secs(1));
            let current = current.lock().expect("nobody panics with it");
            if let Some((_, input)) = current.as_ref().filter(|(since, _)| since.elapsed() > HANG) {
                eprintln!("this hangs: {}", input.escape_ascii());
                process::abort();
            }
        }
    });
}

/// Feeds one input. Returns what is wrong.
fn feed(input: &[u8], current: &Current) -> Option<String> {
    // The only trace that is left when the stack overflows.
    fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/fuzz-input"), input)
        .expect("cargo's folder takes a file");
    let start = Instant::now();
    *current.lock().expect("nobody panics with it") = Some((start, input.to_vec()));
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = catch_unwind(AssertUnwindSafe(|| __fuzz(input)));
    let (took, peak) = (start.elapsed(), MEMORY.peak_usage().saturating_sub(before));
    *current.lock().expect("nobody panics with it") = None;
    let shown = input.escape_ascii();
    match result {
        Err(_) => Some(format!("panics: {shown}")),
        Ok(_) if took > TIME => Some(format!("takes {took:?}: {shown}")),
        Ok(arguments) if peak > BASE + arguments * EACH + 64 * input.len() => {
            Some(format!("takes {} KiB for {arguments} arguments: {shown}", peak >> 10))
        }
        Ok(_) => None,
    }
}

/// The corpus, by name.
fn corpus() -> BTreeMap<String, Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut corpus = BTreeMap::new();
    let files = |folder: &str| fs::read_dir(root.join(folder)).expect("it is there");
    for file in files("fuzz/corpus/engine") {
        let path = file.expect("it can be read").path();
        corpus.insert(path.display().to_string(), fs::read(&path).expect("it can be read"));
    }
    for file in files("tests/conformance/cases") {
        let path = file.expect("it can be read").path();
        let text = fs::read_to_string(&path).expect("cases are text");
        for (index, case) in text.split("\n== ").enumerate() {
            corpus.insert(format!("{} {index}", path.display()), requests(case));
        }
    }
    corpus
}

/// The requests of a case, as someone would type them.
fn requests(case: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut client = b'1';
    for line in case.lines().filter(|line| !line.starts_with('#')) {
        // `2: `, `2> `, `~ `, `±5 ` and the like
        let mut line = line;
        while let Some((first, rest)) = line.split_once(' ')
            && !first.starts_with(|it: char| it.is_ascii_alphabetic())
        {
            if first.ends_with([':', '>']) && first.as_bytes()[0] != client {
                client = first.as_bytes()[0];
                bytes.push(0xFE);
            }
            line = rest;
        }
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// What likes to break things.
const SALT: &[&[u8]] = &[
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551615",
    b"4611686018427387904",
    b"4294967295",
    b"2147483647",
    b"536870911",
    b"100000",
    b"-1",
    b"0",
    b"nan",
    b"-inf",
    b"1e308",
    b"1e-320",
    b"\"\"",
    b"\"\\x00\"",
    b"*",
    b"[",
    b"\r\n",
    b"\r\nMULTI\r\n",
    b"\r\nEXEC\r\n",
    b"*3\r\n",
    b"$1000000\r\n",
    b"*1000000\r\n",
    b"\xfe",
    b"\xfd",
];

fn change(input: &mut Vec<u8>, others: &[&Vec<u8>], random: &mut Rng) {
    let at = random.usize(..=input.len());
    let end = (at + random.usize(..32)).min(input.len());
    match random.u32(..8) {
        0 if at < input.len() => input[at] ^= 1 << random.u32(..8),
        1 if at < input.len() => input[at] = random.u8(..),
        2 => drop(input.drain(at..end)),
        3 => {
            let copy = input[at..end].to_vec();
            let to = random.usize(..=input.len());
            input.splice(to..to, copy);
        }
        // a word in place of another
        4 | 5 => {
            let word = |byte: &u8| byte.is_ascii_whitespace();
            let start = input[..at].iter().rposition(word).map_or(0, |it| it + 1);
            let end = input[at..].iter().position(word).map_or(input.len(), |it| at + it);
            let salt = SALT[random.usize(..SALT.len())];
            input.splice(start..end.max(start), salt.iter().copied());
        }
        6 => {
            let salt = SALT[random.usize(..SALT.len())];
            input.splice(at..at, salt.iter().copied());
        }
        _ => {
            let other = others[random.usize(..others.len())];
            let from = random.usize(..=other.len());
            let to = (from + random.usize(..400)).min(other.len());
            input.splice(at..at, other[from..to].iter().copied());
        }
    }
}

/// As large as that of a server's thread.
const STACK: usize = 16 << 20;

#[test]
fn arbitrary_bytes_do_no_harm() {
    let fed = thread::Builder::new().stack_size(STACK).spawn(feed_all).expect("the system has a thread");
    if let Err(panic) = fed.join() {
        resume_unwind(panic);
    }
}

fn feed_all() {
    let current = Current::default();
    watch(&current);
    // The table of commands is made once, and is nobody's input.
    __fuzz(b"PING\r\n");
    let seed = Seed::new();
    println!("POTTERY_SEED={}", seed.value());
    let mut random = seed.rng();
    let corpus = corpus();
    for (name, input) in &corpus {
        let wrong = feed(input, &current);
        assert!(wrong.is_none(), "{name} {}", wrong.unwrap_or_default());
    }
    let inputs: Vec<&Vec<u8>> = corpus.values().collect();
    let deadline = Instant::now() + scale(Duration::from_secs(20), Duration::from_secs(1200));
    let mut count = 0;
    while count < scale(1_000_000, u64::MAX) && Instant::now() < deadline {
        let mut input = inputs[random.usize(..inputs.len())].clone();
        // Short ones are fed more often than long ones.
        input.truncate(random.usize(..4000));
        for _ in 0..random.u32(1..8) {
            change(&mut input, &inputs, &mut random);
        }
        let wrong = feed(&input, &current);
        assert!(wrong.is_none(), "after {count} inputs, one {}", wrong.unwrap_or_default());
        count += 1;
    }
    println!("{} inputs of the corpus and {count} changed ones did no harm", corpus.len());
    assert!(count > 100, "each takes too long");
}
