//! What is allowed: commands on keys and channels.

use std::collections::BTreeMap;

use crate::engine::command::{Command, flag, table};
use crate::engine::glob;
use crate::engine::keyspec::key;

/// Why something isn't allowed, and which argument is to blame. In ascending order of how close it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Denied {
    Command,
    Key(usize),
    Channel(usize),
}

/// A pattern for keys, and what may be done to those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyPattern {
    pub(crate) pattern: Box<[u8]>,
    pub(crate) read: bool,
    pub(crate) write: bool,
}

/// Commands, the keys they may be about, and the channels.
#[derive(Clone, Debug)]
pub(crate) struct Selector {
    /// Whether every command is allowed.
    pub(crate) all_commands: bool,
    /// Whether commands that don't exist yet are allowed: how the rules began.
    pub(crate) future_commands: bool,
    /// A bit for each command, by its number.
    commands: Vec<u64>,
    /// First arguments with which commands are allowed that otherwise aren't.
    pub(crate) first_args: BTreeMap<usize, Vec<String>>,
    pub(crate) all_keys: bool,
    pub(crate) keys: Vec<KeyPattern>,
    pub(crate) all_channels: bool,
    pub(crate) channels: Vec<Box<[u8]>>,
}

/// Which of a command's arguments are channels that one must be allowed to use: from the first on, or one alone. Patterns
/// must be the very ones that are allowed.
fn channels_of(command: &Command, args: &[&[u8]]) -> (std::ops::Range<usize>, bool) {
    match command.name.as_str() {
        "subscribe" | "ssubscribe" => (1..args.len(), false),
        "psubscribe" => (1..args.len(), true),
        "publish" | "spublish" => (1..2, false),
        _ => (0..0, false),
    }
}

impl Selector {
    pub(crate) fn nothing(all_channels: bool) -> Selector {
        Selector {
            all_commands: false,
            future_commands: false,
            commands: vec![0; table().count().div_ceil(64)],
            first_args: BTreeMap::new(),
            all_keys: false,
            keys: Vec::new(),
            all_channels,
            channels: Vec::new(),
        }
    }

    pub(crate) fn everything() -> Selector {
        let mut selector = Selector::nothing(true);
        selector.allow_all();
        selector.all_keys = true;
        selector
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.all_commands && self.all_keys && self.all_channels
    }

    pub(crate) fn allow_all(&mut self) {
        (self.all_commands, self.future_commands) = (true, true);
        self.commands.fill(u64::MAX);
        self.first_args.clear();
    }

    pub(crate) fn forbid_all(&mut self) {
        (self.all_commands, self.future_commands) = (false, false);
        self.commands.fill(0);
        self.first_args.clear();
    }

    pub(crate) fn allows(&self, command: &Command) -> bool {
        self.commands[command.id / 64] & (1 << (command.id % 64)) != 0
    }

    /// Allows or forbids a command with all its subcommands.
    pub(crate) fn change(&mut self, command: &Command, allow: bool) {
        let (word, bit) = (&mut self.commands[command.id / 64], 1 << (command.id % 64));
        if allow {
            *word |= bit;
        } else {
            *word &= !bit;
            self.all_commands = false;
        }
        self.first_args.remove(&command.id);
        for subcommand in &command.subcommands {
            self.change(subcommand, allow);
        }
    }

    /// Allows or forbids what is in any of some categories.
    pub(crate) fn change_categories(&mut self, categories: u32, allow: bool) {
        for command in table().commands() {
            self.change_within(command, categories, allow);
        }
    }

    fn change_within(&mut self, command: &Command, categories: u32, allow: bool) {
        if command.acl & categories != 0 {
            self.change(command, allow);
        }
        for subcommand in &command.subcommands {
            self.change_within(subcommand, categories, allow);
        }
    }

    pub(crate) fn check(&self, command: &Command, args: &[&[u8]]) -> Result<(), Denied> {
        if !self.all_commands && !command.has(flag::NO_AUTH) && !self.allows(command) {
            let place = if command.name.contains('|') { 2 } else { 1 };
            let allowed = self.first_args.get(&command.id).zip(args.get(place));
            let allowed = allowed
                .is_some_and(|(words, arg)| words.iter().any(|it| it.as_bytes().eq_ignore_ascii_case(arg)));
            if !allowed {
                return Err(Denied::Command);
            }
        }
        if !self.all_keys && command.has_keys() {
            for (place, flags) in command.keys_of(args).unwrap_or_default() {
                if flags & key::NOT_KEY == 0 && !self.may_use_key(args[place], flags) {
                    return Err(Denied::Key(place));
                }
            }
        }
        if !self.all_channels {
            let (places, literal) = channels_of(command, args);
            for place in places {
                let allowed = self
                    .channels
                    .iter()
                    .any(|it| if literal { **it == *args[place] } else { glob::matches(it, args[place]) });
                if !allowed {
                    return Err(Denied::Channel(place));
                }
            }
        }
        Ok(())
    }

    fn may_use_key(&self, name: &[u8], flags: u32) -> bool {
        let reads = flags & key::ACCESS != 0;
        let writes = flags & (key::INSERT | key::DELETE | key::UPDATE) != 0;
        self.keys
            .iter()
            .any(|it| (it.read || !reads) && (it.write || !writes) && glob::matches(&it.pattern, name))
    }
}
