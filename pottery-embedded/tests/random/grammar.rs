//! Reads `grammar.txt` and draws commands from it.

use crate::case::Tolerance;
use crate::pools::Pools;
use crate::program::waits;

/// A form of a command.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) tolerance: Tolerance,
    parts: Vec<Part>,
    /// Whether a time is in it, which must not be mixed up with other numbers.
    timed: bool,
    /// Whether it must stay as it is: half a scan, a random member taken out, a range by names of members whose
    /// scores differ, or a short time would be another on each side.
    fragile: bool,
    /// Whether it may be told to wait.
    waits: bool,
}

#[derive(Debug)]
enum Part {
    Word(String),
    Pool(String),
    Maybe(Vec<Part>),
    Choice(Vec<Vec<Part>>),
    Repeat(Box<Part>),
    Numbered(String),
    AsMany(String),
}

/// The forms, as often as each is to be drawn.
pub(crate) fn forms() -> Vec<Form> {
    let lines = include_str!("grammar.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut forms = Vec::new();
    for line in lines {
        let (tolerance, line) = tolerance(line);
        let (times, line) = match line.split_once("* ") {
            Some((times, rest)) if times.bytes().all(|it| it.is_ascii_digit()) => {
                (times.parse().expect("digits are a number"), rest)
            }
            _ => (1, line),
        };
        for _ in 0..times {
            let mut words = line.split_ascii_whitespace().peekable();
            let parts = sequence(&mut words);
            assert!(words.next().is_none(), "too many brackets: {line}");
            let timed = line.split(' ').any(|it| matches!(it, "seconds" | "millis" | "second" | "milli"));
            let fragile = line.starts_with("SPOP")
                || line.contains("BLOCK wait")
                || line.contains("SCAN ")
                || line.contains(" idle ")
                || line.contains(" lexed ");
            let waits = line.contains("BLOCK wait");
            forms.push(Form { tolerance, parts, timed, fragile, waits });
        }
    }
    forms
}

fn tolerance(line: &str) -> (Tolerance, &str) {
    match line.split_once(' ') {
        Some(("~", rest)) => (Tolerance::Unordered, rest),
        Some(("?", rest)) => (Tolerance::Shape, rest),
        Some((mark, rest)) if mark.starts_with('±') => {
            (Tolerance::Near(mark[2..].parse().expect("a number follows ±")), rest)
        }
        _ => (Tolerance::Exact, line),
    }
}

/// Parts until a bracket closes or an alternative begins.
fn sequence<'a>(words: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>) -> Vec<Part> {
    let mut parts = Vec::new();
    while let Some(word) = words.peek().copied() {
        if matches!(word, "]" | "]..." | "}" | "}..." | "|") {
            break;
        }
        words.next();
        let (part, end) = match word {
            "[" => (Part::Maybe(sequence(words)), words.next().expect("[ is closed")),
            "{" => {
                let mut choices = vec![sequence(words)];
                let end = loop {
                    match words.next().expect("{ is closed") {
                        "|" => choices.push(sequence(words)),
                        end => break end,
                    }
                };
                (Part::Choice(choices), end)
            }
            word => {
                let name = word.trim_end_matches("...");
                let part = match name.chars().next() {
                    Some('#') => Part::Numbered(name[1..].to_owned()),
                    Some('@') => Part::AsMany(name[1..].to_owned()),
                    Some('a'..='z') => Part::Pool(name.to_owned()),
                    _ => Part::Word(name.to_owned()),
                };
                (part, word)
            }
        };
        parts.push(if end.ends_with("...") { Part::Repeat(Box::new(part)) } else { part });
    }
    parts
}

impl Form {
    /// The command's name, with its second word if that is fixed.
    pub(crate) fn name(&self) -> String {
        let words = self.parts.iter().map_while(|part| match part {
            Part::Word(word) => Some(word.to_ascii_lowercase()),
            _ => None,
        });
        words.take(2).collect::<Vec<_>>().join(" ")
    }

    /// Whether commands of this form may wait for keys.
    pub(crate) fn may_block(&self) -> bool {
        waits(&self.name()) || self.waits
    }

    /// Whether databases change places.
    pub(crate) fn swaps(&self) -> bool {
        self.name() == "swapdb"
    }

    /// A command of this form. A few are spoilt.
    pub(crate) fn draw(&self, pools: &mut Pools) -> Vec<Vec<u8>> {
        let mut args = Vec::new();
        let mut number = 0;
        for part in &self.parts {
            part.draw(pools, &mut args, &mut number);
        }
        if !self.fragile && pools.chance(4) {
            self.spoil(&mut args, pools);
        }
        args
    }

    fn spoil(&self, args: &mut Vec<Vec<u8>>, pools: &mut Pools) {
        if args.len() < 2 {
            return args.push(pools.weird());
        }
        let (one, two) = (pools.rng.usize(1..args.len()), pools.rng.usize(1..args.len()));
        match pools.rng.u32(..5) {
            0 => drop(args.remove(one)),
            1 => args.insert(one, args[two].clone()),
            2 => args.push(pools.weird()),
            3 if !self.timed => args.swap(one, two),
            _ => args[one] = pools.weird(),
        }
    }
}

impl Part {
    fn draw(&self, pools: &mut Pools, args: &mut Vec<Vec<u8>>, number: &mut usize) {
        match self {
            Part::Word(word) if pools.chance(10) => args.push(word.to_ascii_lowercase().into()),
            Part::Word(word) => args.push(word.clone().into()),
            Part::Pool(pool) => args.extend(pools.draw(pool)),
            Part::Maybe(parts) => {
                if pools.chance(40) {
                    parts.iter().for_each(|part| part.draw(pools, args, number));
                }
            }
            Part::Choice(choices) => {
                let choice = &choices[pools.rng.usize(..choices.len())];
                choice.iter().for_each(|part| part.draw(pools, args, number));
            }
            Part::Repeat(part) => {
                let times = if pools.chance(50) { 1 } else { pools.rng.usize(2..5) };
                (0..times).for_each(|_| part.draw(pools, args, number));
            }
            Part::Numbered(pool) => {
                *number = pools.rng.usize(1..4);
                args.push(number.to_string().into());
                (0..*number).for_each(|_| args.extend(pools.draw(pool)));
            }
            Part::AsMany(pool) => (0..*number).for_each(|_| args.extend(pools.draw(pool))),
        }
    }
}
