//! One user.

use crate::engine::acl::selector::{Denied, Selector};
use crate::engine::command::Command;

/// A password, as what is kept of it: its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Password([u8; 32]);

impl Password {
    pub(crate) fn new(password: &[u8]) -> Password {
        Password(hmac_sha256::Hash::hash(password))
    }

    /// From 64 hexadecimal digits in lower case.
    pub(crate) fn from_hex(digits: &[u8]) -> Option<Password> {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        if digits.len() != 64 {
            return None;
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
            *byte = value(pair[0])? * 16 + value(pair[1])?;
        }
        Some(Password(hash))
    }

    pub(crate) fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Takes as long for a wrong one as for the right one.
    fn is(&self, other: &Password) -> bool {
        self.0.iter().zip(&other.0).fold(0, |all, (a, b)| all | (a ^ b)) == 0
    }
}

/// A user.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: Box<[u8]>,
    pub(crate) enabled: bool,
    /// Whether any password is right.
    pub(crate) no_password: bool,
    /// What was said of `sanitize-payload`, which means nothing here.
    pub(crate) sanitize: Option<bool>,
    pub(crate) passwords: Vec<Password>,
    /// What it may do: what any of these allows. The first one is what rules outside of parentheses are about.
    pub(crate) selectors: Vec<Selector>,
}

impl User {
    /// One who may do nothing.
    pub(crate) fn nothing(name: &[u8], all_channels: bool) -> User {
        User {
            name: name.into(),
            enabled: false,
            no_password: false,
            sanitize: None,
            passwords: Vec::new(),
            selectors: vec![Selector::nothing(all_channels)],
        }
    }

    /// One who may do everything, without a password.
    pub(crate) fn everything(name: &[u8]) -> User {
        User {
            enabled: true,
            no_password: true,
            selectors: vec![Selector::everything()],
            ..User::nothing(name, true)
        }
    }

    pub(crate) fn set_only_password(&mut self, password: &[u8]) {
        self.passwords = vec![Password::new(password)];
        self.no_password = false;
    }

    pub(crate) fn set_no_password(&mut self) {
        self.passwords.clear();
        self.no_password = true;
    }

    /// Whether a password is right.
    pub(crate) fn accepts(&self, password: &[u8]) -> bool {
        let given = Password::new(password);
        self.no_password || self.passwords.iter().any(|it| it.is(&given))
    }

    /// Whether there is nothing to check.
    pub(crate) fn may_do_everything(&self) -> bool {
        self.selectors.iter().any(Selector::is_everything)
    }

    /// Whether it may read keys of any name.
    pub(crate) fn may_read_all_keys(&self) -> bool {
        self.selectors
            .iter()
            .any(|it| it.all_keys || it.keys.iter().any(|keys| keys.read && *keys.pattern == *b"*"))
    }

    /// Whether it may run a command. Of several reasons against it, the one that is told is that of the selector which
    /// came closest.
    pub(crate) fn check(&self, command: &Command, args: &[&[u8]]) -> Result<(), Denied> {
        let mut closest = Denied::Command;
        for selector in &self.selectors {
            match selector.check(command, args) {
                Ok(()) => return Ok(()),
                Err(denied) => closest = closest.max(denied),
            }
        }
        Err(closest)
    }
}
