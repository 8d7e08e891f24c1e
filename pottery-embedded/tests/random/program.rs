//! A random program: what several clients send, one after the other.

use std::fmt;

use crate::case::Tolerance;
use crate::grammar::Form;
use crate::pools::Pools;

/// How many clients there are.
pub(crate) const CLIENTS: usize = 3;

/// One command of one client.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) client: usize,
    pub(crate) args: Vec<Vec<u8>>,
    pub(crate) tolerance: Tolerance,
    /// The form's name.
    pub(crate) name: String,
}

impl Step {
    /// Whether it may wait for keys.
    pub(crate) fn may_block(&self) -> bool {
        self.name.starts_with('b') && !self.name.starts_with("bit")
            || self.name.starts_with("xread")
                && self.args.iter().any(|arg| arg.eq_ignore_ascii_case(b"block"))
    }
}

/// Whether a command may wait whatever its arguments are.
pub(crate) fn waits(name: &str) -> bool {
    name.starts_with('b') && !name.starts_with("bit")
}

/// As a line of a case of the conformance tests.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.tolerance {
            Tolerance::Exact => String::new(),
            Tolerance::Unordered => "~ ".to_owned(),
            Tolerance::Near(by) => format!("±{by} "),
            Tolerance::Shape => "? ".to_owned(),
        };
        write!(f, "{}{} {mark}", self.client + 1, if self.may_block() { ">" } else { ":" })?;
        for (index, arg) in self.args.iter().enumerate() {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-+.*?()[]#>_".contains(byte);
            let space = if index == 0 { "" } else { " " };
            if !arg.is_empty() && arg.iter().all(plain) {
                write!(f, "{space}{}", String::from_utf8_lossy(arg))?;
            } else {
                write!(f, "{space}\"{}\"", arg.escape_ascii())?;
            }
        }
        Ok(())
    }
}

/// Draws a program.
pub(crate) fn draw(pools: &mut Pools, forms: &[Form], length: usize) -> Vec<Step> {
    let mut steps = Vec::with_capacity(length);
    let mut client = 0;
    let mut open = [false; CLIENTS];
    // Whom of several keys that come at once a client is served from is up to the order of a table in Redis, which
    // nobody knows. So databases change places in programs in which nobody waits.
    let swaps = pools.chance(30);
    let allowed: Vec<&Form> =
        forms.iter().filter(|form| if swaps { !form.may_block() } else { !form.swaps() }).collect();
    for _ in 0..length {
        if pools.chance(6) {
            client = pools.rng.usize(..CLIENTS);
        }
        let words = |words: &[&str]| words.iter().map(|it| it.as_bytes().to_vec()).collect::<Vec<_>>();
        let (name, args, tolerance) = if open[client] && pools.chance(18) {
            open[client] = false;
            let end = if pools.chance(88) { "exec" } else { "discard" };
            (end.to_owned(), words(&[end]), Tolerance::Exact)
        } else if pools.chance(3) {
            open[client] = true;
            ("multi".to_owned(), words(&["multi"]), Tolerance::Exact)
        } else {
            let form = allowed[pools.rng.usize(..allowed.len())];
            let args = form.draw(pools);
            if pools.chance(3) {
                let mut script = words(&["EVAL", "return redis.call(unpack(ARGV))", "0"]);
                script.extend(args);
                ("eval".to_owned(), script, form.tolerance)
            } else {
                (form.name(), args, form.tolerance)
            }
        };
        steps.push(Step { client, args, tolerance, name });
    }
    steps
}
