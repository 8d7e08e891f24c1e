//! The first line of a script that says how it wants to be run: `#!lua flags=no-writes,allow-stale`.

use crate::engine::error::Error;

/// What a script says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shebang {
    /// Whether it has such a line. Without one it is treated as before Redis 7.
    pub(super) present: bool,
    /// It only reads.
    pub(super) no_writes: bool,
    /// It writes also when memory is short.
    pub(super) allow_oom: bool,
    /// In a cluster, it uses keys of several slots.
    pub(super) cross_slot: bool,
}

const FLAGS: [&[u8]; 5] =
    [b"no-writes", b"allow-oom", b"allow-stale", b"no-cluster", b"allow-cross-slot-keys"];

/// Reads the line, if there is one, and returns what follows it; the line's end remains, so that lines keep their
/// numbers.
pub(super) fn parse(script: &[u8]) -> Result<(Shebang, &[u8]), Error> {
    if !script.starts_with(b"#!") {
        return Ok((Shebang::default(), script));
    }
    let Some(end) = script.iter().position(|byte| *byte == b'\n') else {
        return Err(Error::text("ERR Invalid script shebang"));
    };
    let (line, body) = script.split_at(end);
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let engine = words.next().unwrap_or_default();
    if engine != b"#!lua" {
        return Err(about("Unexpected engine in script shebang", engine));
    }
    let mut shebang = Shebang { present: true, ..Shebang::default() };
    for word in words {
        let Some(flags) = word.strip_prefix(b"flags=") else {
            return Err(about("Unknown lua shebang option", word));
        };
        if flags.is_empty() {
            continue;
        }
        for flag in flags.split(|byte| *byte == b',') {
            if !FLAGS.contains(&flag) {
                return Err(about("Unexpected flag in script shebang", flag));
            }
            shebang.no_writes |= flag == FLAGS[0];
            shebang.allow_oom |= flag == FLAGS[1];
            shebang.cross_slot |= flag == FLAGS[4];
        }
    }
    Ok((shebang, body))
}

fn about(problem: &str, word: &[u8]) -> Error {
    Error::bytes([b"ERR ", problem.as_bytes(), b": ", word].concat())
}
