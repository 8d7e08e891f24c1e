//! Keyspace notifications: messages about what happens to keys.

use crate::engine::Engine;

/// One kind of event, as the letters of `notify-keyspace-events` name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class(u32);

impl Class {
    pub(crate) const KEYSPACE: Class = Class(1 << 0);
    pub(crate) const KEYEVENT: Class = Class(1 << 1);
    pub(crate) const GENERIC: Class = Class(1 << 2);
    pub(crate) const STRING: Class = Class(1 << 3);
    pub(crate) const LIST: Class = Class(1 << 4);
    pub(crate) const SET: Class = Class(1 << 5);
    pub(crate) const HASH: Class = Class(1 << 6);
    pub(crate) const ZSET: Class = Class(1 << 7);
    pub(crate) const EXPIRED: Class = Class(1 << 8);
    pub(crate) const EVICTED: Class = Class(1 << 9);
    pub(crate) const STREAM: Class = Class(1 << 10);
    pub(crate) const KEY_MISS: Class = Class(1 << 11);
    pub(crate) const MODULE: Class = Class(1 << 13);
    pub(crate) const NEW: Class = Class(1 << 14);
}

/// The classes that `A` stands for.
const ALL: u32 = Class::GENERIC.0
    | Class::STRING.0
    | Class::LIST.0
    | Class::SET.0
    | Class::HASH.0
    | Class::ZSET.0
    | Class::EXPIRED.0
    | Class::EVICTED.0
    | Class::STREAM.0
    | Class::MODULE.0;

/// Letters and classes, in the order in which Redis writes them.
const LETTERS: [(u8, Class); 14] = [
    (b'g', Class::GENERIC),
    (b'$', Class::STRING),
    (b'l', Class::LIST),
    (b's', Class::SET),
    (b'h', Class::HASH),
    (b'z', Class::ZSET),
    (b'x', Class::EXPIRED),
    (b'e', Class::EVICTED),
    (b't', Class::STREAM),
    (b'd', Class::MODULE),
    (b'n', Class::NEW),
    (b'K', Class::KEYSPACE),
    (b'E', Class::KEYEVENT),
    (b'm', Class::KEY_MISS),
];

/// The events that are to be told: the value of `notify-keyspace-events`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Classes(u32);

impl Classes {
    /// Reads letters such as `KEA`.
    pub(crate) fn parse(letters: &[u8]) -> Option<Classes> {
        letters.iter().try_fold(Classes(0), |all, letter| match letter {
            b'A' => Some(Classes(all.0 | ALL)),
            letter => {
                let (_, class) = LETTERS.iter().find(|(it, _)| it == letter)?;
                Some(Classes(all.0 | class.0))
            }
        })
    }

    /// The letters, as `CONFIG GET` shows them.
    pub(crate) fn letters(self) -> String {
        let mut letters = String::new();
        let all = self.0 & ALL == ALL;
        if all {
            letters.push('A');
        }
        for (letter, class) in LETTERS {
            // Although `A` doesn't mean new keys, they aren't shown beside it.
            if self.has(class) && !(all && (ALL | Class::NEW.0) & class.0 != 0) {
                letters.push(char::from(letter));
            }
        }
        letters
    }

    pub(crate) fn has(self, class: Class) -> bool {
        self.0 & class.0 != 0
    }
}

impl Engine {
    /// Tells subscribers what happened to a key, if anyone asked for it.
    pub(crate) fn notify(&mut self, db: usize, class: Class, event: &str, key: &[u8]) {
        let classes = self.config.notify;
        if !classes.has(class) {
            return;
        }
        if classes.has(Class::KEYSPACE) {
            let channel = [format!("__keyspace@{db}__:").as_bytes(), key].concat();
            self.publish(&channel, event.as_bytes());
        }
        if classes.has(Class::KEYEVENT) {
            let channel = format!("__keyevent@{db}__:{event}");
            self.publish(channel.as_bytes(), key);
        }
    }
}
