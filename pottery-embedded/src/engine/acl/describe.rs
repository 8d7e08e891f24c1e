//! Rules that would make a user again.

use crate::engine::acl::selector::Selector;
use crate::engine::acl::user::User;
use crate::engine::command::{Command, acl, table};

impl User {
    /// The flags that `ACL GETUSER` lists.
    pub(crate) fn flags(&self) -> Vec<&'static str> {
        let all = [
            ("on", self.enabled),
            ("off", !self.enabled),
            ("nopass", self.no_password),
            ("skip-sanitize-payload", self.sanitize == Some(false)),
            ("sanitize-payload", self.sanitize == Some(true)),
        ];
        all.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect()
    }

    /// A line of `ACL LIST`.
    pub(crate) fn describe(&self) -> Vec<u8> {
        let mut line = [b"user ", &*self.name].concat();
        let flags = self.flags().into_iter().map(str::to_owned);
        let words = flags.chain(self.passwords.iter().map(|it| format!("#{}", it.hex())));
        for word in words {
            line.push(b' ');
            line.extend_from_slice(word.as_bytes());
        }
        for (index, selector) in self.selectors.iter().enumerate() {
            let rules = selector.describe();
            let parts: [&[u8]; 3] = if index == 0 { [b" ", &rules, b""] } else { [b" (", &rules, b")"] };
            line.extend(parts.concat());
        }
        line
    }
}

impl Selector {
    fn describe(&self) -> Vec<u8> {
        let mut words = Vec::new();
        if self.all_keys || !self.keys.is_empty() {
            words.push(self.describe_keys());
        }
        if !self.all_channels {
            words.push(b"resetchannels".to_vec());
        }
        if self.all_channels || !self.channels.is_empty() {
            words.push(self.describe_channels());
        }
        words.push(self.describe_commands().into_bytes());
        words.join(&b' ')
    }

    pub(crate) fn describe_keys(&self) -> Vec<u8> {
        if self.all_keys {
            return b"~*".to_vec();
        }
        let words: Vec<Vec<u8>> = self
            .keys
            .iter()
            .map(|it| {
                let prefix: &[u8] = match (it.read, it.write) {
                    (true, false) => b"%R~",
                    (false, true) => b"%W~",
                    _ => b"~",
                };
                [prefix, &it.pattern].concat()
            })
            .collect();
        words.join(&b' ')
    }

    pub(crate) fn describe_channels(&self) -> Vec<u8> {
        if self.all_channels {
            return b"&*".to_vec();
        }
        let words: Vec<Vec<u8>> = self.channels.iter().map(|it| [b"&", &**it].concat()).collect();
        words.join(&b' ')
    }

    /// The rules about commands, found as Redis finds them: from everything or from nothing, the category that fits best,
    /// again and again, and in the end single commands.
    pub(crate) fn describe_commands(&self) -> String {
        let additive = !self.future_commands;
        let (sign, opposite) = if additive { ('+', '-') } else { ('-', '+') };
        let mut rules = format!("{opposite}@all");
        let mut made = Selector::nothing(false);
        if !additive {
            made.allow_all();
        }
        let mut left = self.clone();
        let mut used = 0u32;
        while let Some(bit) = left.best_category(additive, used) {
            made.change_categories(1 << bit, additive);
            left.change_categories(1 << bit, !additive);
            rules.push_str(&format!(" {sign}@{}", acl::NAMES[bit]));
            used |= 1 << bit;
        }
        for command in table().commands() {
            self.describe_rest(command, &mut made, &mut rules);
        }
        rules
    }

    /// The category that has more in common with what is left than not, and differs least.
    fn best_category(&self, additive: bool, used: u32) -> Option<usize> {
        let mut best = None;
        for bit in (0..acl::NAMES.len()).filter(|bit| used & (1 << bit) == 0) {
            let (mut on, mut off) = (0, 0);
            for command in table().commands() {
                self.count(command, 1 << bit, &mut on, &mut off);
            }
            let (same, different) = if additive { (on, off) } else { (off, on) };
            let better =
                best.is_none_or(|(_, least, most)| different < least || (different == least && same > most));
            if same > different && better {
                best = Some((bit, different, same));
            }
        }
        best.map(|(bit, ..)| bit)
    }

    fn count(&self, command: &Command, category: u32, on: &mut usize, off: &mut usize) {
        if command.acl & category != 0 {
            *(if self.allows(command) { &mut *on } else { &mut *off }) += 1;
        }
        for subcommand in &command.subcommands {
            self.count(subcommand, category, on, off);
        }
    }

    /// What must be said of a command beyond the categories.
    fn describe_rest(&self, command: &Command, made: &mut Selector, rules: &mut String) {
        let allowed = self.allows(command);
        if allowed != made.allows(command) {
            rules.push_str(&format!(" {}{}", if allowed { '+' } else { '-' }, command.name));
            made.change(command, allowed);
        }
        for subcommand in &command.subcommands {
            self.describe_rest(subcommand, made, rules);
        }
        if !allowed {
            for arg in self.first_args.get(&command.id).into_iter().flatten() {
                rules.push_str(&format!(" +{}|{arg}", command.name));
            }
        }
    }
}
