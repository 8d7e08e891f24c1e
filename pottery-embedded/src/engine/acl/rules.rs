//! The language of `ACL SETUSER`.

use crate::engine::acl::selector::{KeyPattern, Selector};
use crate::engine::acl::user::{Password, User};
use crate::engine::command::{acl, table};

/// What is wrong with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleError {
    Syntax,
    Unknown,
    AfterAllKeys,
    AfterAllChannels,
    NoSuchPassword,
    BadHash,
    FirstArg,
}

impl RuleError {
    /// In Redis's words.
    pub(crate) fn text(self) -> &'static str {
        match self {
            RuleError::Syntax => "Syntax error",
            RuleError::Unknown => "Unknown command or category name in ACL",
            RuleError::AfterAllKeys => {
                "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. \
                 Try 'resetkeys' to start with an empty list of patterns"
            }
            RuleError::AfterAllChannels => {
                "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any \
                 effect. Try 'resetchannels' to start with an empty list of channels"
            }
            RuleError::NoSuchPassword => "The password you are trying to remove from the user does not exist",
            RuleError::BadHash => {
                "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
            }
            RuleError::FirstArg => "Allowing first-arg of a subcommand is not supported",
        }
    }
}

/// Joins the words of a selector that spaces have torn apart: `(+get`, `~a)` is one rule.
///
/// # Errors
/// The words that follow a parenthesis that isn't closed.
pub(crate) fn join_selectors(words: &[&[u8]]) -> Result<Vec<Vec<u8>>, Vec<u8>> {
    let mut rules: Vec<Vec<u8>> = Vec::new();
    let mut open: Option<Vec<u8>> = None;
    for word in words {
        let rule = match open.take() {
            Some(mut begun) => {
                begun.push(b' ');
                begun.extend_from_slice(word);
                begun
            }
            None => word.to_vec(),
        };
        if rule.first() == Some(&b'(') && rule.last() != Some(&b')') {
            open = Some(rule);
        } else {
            rules.push(rule);
        }
    }
    open.map_or(Ok(rules), Err)
}

impl User {
    /// Applies a rule. `all_channels` is what a new selector begins with.
    ///
    /// # Errors
    /// When it makes no sense; then nothing has changed.
    pub(crate) fn apply(&mut self, rule: &[u8], all_channels: bool) -> Result<(), RuleError> {
        match rule.to_ascii_lowercase().as_slice() {
            b"" => {}
            b"on" => self.enabled = true,
            b"off" => self.enabled = false,
            b"nopass" => self.set_no_password(),
            b"resetpass" => {
                self.passwords.clear();
                self.no_password = false;
            }
            b"skip-sanitize-payload" => self.sanitize = Some(false),
            b"sanitize-payload" => self.sanitize = Some(true),
            b"clearselectors" => self.selectors.truncate(1),
            b"reset" => {
                let name = std::mem::take(&mut self.name);
                *self = User { sanitize: Some(true), ..User::nothing(&name, all_channels) };
            }
            _ => return self.apply_with_value(rule, all_channels),
        }
        Ok(())
    }

    fn apply_with_value(&mut self, rule: &[u8], all_channels: bool) -> Result<(), RuleError> {
        match rule {
            [b'>', password @ ..] => self.add_password(Password::new(password)),
            [b'#', hash @ ..] => self.add_password(Password::from_hex(hash).ok_or(RuleError::BadHash)?),
            [b'<', password @ ..] => self.remove_password(Password::new(password))?,
            [b'!', hash @ ..] => {
                self.remove_password(Password::from_hex(hash).ok_or(RuleError::BadHash)?)?;
            }
            [b'(', inner @ .., b')'] => {
                let mut selector = Selector::nothing(all_channels);
                for rule in inner.split(|byte| *byte == b' ').filter(|rule| !rule.is_empty()) {
                    selector.apply(rule)?;
                }
                self.selectors.push(selector);
            }
            _ => self.selectors[0].apply(rule)?,
        }
        Ok(())
    }

    fn add_password(&mut self, password: Password) {
        if !self.passwords.contains(&password) {
            self.passwords.push(password);
        }
        self.no_password = false;
    }

    fn remove_password(&mut self, password: Password) -> Result<(), RuleError> {
        let place = self.passwords.iter().position(|it| *it == password).ok_or(RuleError::NoSuchPassword)?;
        self.passwords.remove(place);
        Ok(())
    }
}

impl Selector {
    fn apply(&mut self, rule: &[u8]) -> Result<(), RuleError> {
        match rule.to_ascii_lowercase().as_slice() {
            b"allkeys" | b"~*" => {
                self.all_keys = true;
                self.keys.clear();
            }
            b"resetkeys" => {
                self.all_keys = false;
                self.keys.clear();
            }
            b"allchannels" | b"&*" => {
                self.all_channels = true;
                self.channels.clear();
            }
            b"resetchannels" => {
                self.all_channels = false;
                self.channels.clear();
            }
            b"allcommands" | b"+@all" => self.allow_all(),
            b"nocommands" | b"-@all" => self.forbid_all(),
            _ => return self.apply_with_value(rule),
        }
        Ok(())
    }

    fn apply_with_value(&mut self, rule: &[u8]) -> Result<(), RuleError> {
        match rule {
            [b'~', pattern @ ..] => self.add_keys(pattern, true, true),
            [b'%', rest @ ..] => {
                let tilde = rest.iter().position(|byte| *byte == b'~').unwrap_or(rest.len());
                let (mut read, mut write) = (false, false);
                for letter in &rest[..tilde] {
                    match letter.to_ascii_uppercase() {
                        b'R' if !read => read = true,
                        b'W' if !write => write = true,
                        _ => return Err(RuleError::Syntax),
                    }
                }
                if !read && !write {
                    return Err(RuleError::Syntax);
                }
                self.add_keys(rest.get(tilde + 1..).unwrap_or_default(), read, write)
            }
            [b'&', pattern @ ..] => {
                if self.all_channels {
                    return Err(RuleError::AfterAllChannels);
                }
                if has_forbidden(pattern) {
                    return Err(RuleError::Syntax);
                }
                if !self.channels.iter().any(|it| **it == *pattern) {
                    self.channels.push(pattern.into());
                }
                Ok(())
            }
            [sign @ (b'+' | b'-'), b'@', category @ ..] => {
                let bit = acl::NAMES.iter().position(|name| category.eq_ignore_ascii_case(name.as_bytes()));
                self.change_categories(1 << bit.ok_or(RuleError::Unknown)?, *sign == b'+');
                Ok(())
            }
            [b'+', name @ ..] => self.allow(name),
            [b'-', name @ ..] => {
                let command = table().get_full(name).ok_or(RuleError::Unknown)?;
                self.change(command, false);
                Ok(())
            }
            _ => Err(RuleError::Syntax),
        }
    }

    fn add_keys(&mut self, pattern: &[u8], read: bool, write: bool) -> Result<(), RuleError> {
        if self.all_keys {
            return Err(RuleError::AfterAllKeys);
        }
        if has_forbidden(pattern) {
            return Err(RuleError::Syntax);
        }
        match self.keys.iter_mut().find(|it| *it.pattern == *pattern) {
            Some(known) => {
                known.read |= read;
                known.write |= write;
            }
            None => self.keys.push(KeyPattern { pattern: pattern.into(), read, write }),
        }
        Ok(())
    }

    /// `+get`, `+config|get`, or a command with one first argument: `+select|0`.
    fn allow(&mut self, name: &[u8]) -> Result<(), RuleError> {
        if let Some(command) = table().get_full(name) {
            self.change(command, true);
            return Ok(());
        }
        let bar = name.iter().position(|byte| *byte == b'|').ok_or(RuleError::Unknown)?;
        let command = table().get(&name[..bar]).ok_or(RuleError::Unknown)?;
        let arg = str::from_utf8(&name[bar + 1..]).map_err(|_| RuleError::Syntax)?.to_ascii_lowercase();
        if arg.is_empty() {
            return Err(RuleError::Syntax);
        }
        if !command.subcommands.is_empty() {
            // Redis splits at the first bar, and looks for the subcommand up to the next.
            let sub = arg.split('|').next().unwrap_or_default();
            let exists = command.subcommands.iter().any(|it| it.own_name() == sub);
            return Err(if exists { RuleError::FirstArg } else { RuleError::Unknown });
        }
        if !self.allows(command) {
            let words = self.first_args.entry(command.id).or_default();
            if !words.contains(&arg) {
                words.push(arg);
            }
        }
        Ok(())
    }
}

/// What a pattern must not hold, since rules are written down with spaces between them.
fn has_forbidden(pattern: &[u8]) -> bool {
    pattern.iter().any(|byte| byte.is_ascii_whitespace() || *byte == 0)
}
