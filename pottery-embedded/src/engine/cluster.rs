//! A cluster of one node: which slots it has, and which keys may be in one request.

use crate::engine::Engine;
use crate::engine::client::ClientId;
use crate::engine::command::{Command, flag};
use crate::engine::error::Error;

/// How many slots there are.
pub(crate) const SLOTS: usize = 16_384;

/// There are slots that nobody has.
pub(crate) const CLUSTER_DOWN: Error = Error::text("CLUSTERDOWN The cluster is down");

/// What the node knows of its cluster: itself.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Forty hexadecimal digits.
    pub(crate) id: String,
    /// Which slots it has.
    slots: Vec<bool>,
    /// How many that are.
    count: usize,
    /// Grows with `CLUSTER BUMPEPOCH`.
    pub(crate) epoch: i64,
}

impl Cluster {
    pub(crate) fn new(id: String, all_slots: bool) -> Cluster {
        Cluster { id, slots: vec![all_slots; SLOTS], count: if all_slots { SLOTS } else { 0 }, epoch: 0 }
    }

    pub(crate) fn has(&self, slot: usize) -> bool {
        self.slots[slot]
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn set(&mut self, slot: usize, has: bool) {
        if std::mem::replace(&mut self.slots[slot], has) != has {
            self.count = if has { self.count + 1 } else { self.count - 1 };
        }
    }

    /// The slots that it has, as ranges with both ends.
    pub(crate) fn ranges(&self) -> Vec<(usize, usize)> {
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for slot in (0..SLOTS).filter(|slot| self.slots[*slot]) {
            match ranges.last_mut() {
                Some((_, end)) if *end + 1 == slot => *end = slot,
                _ => ranges.push((slot, slot)),
            }
        }
        ranges
    }
}

/// The slot of a key: that of what is between the first `{` and the next `}`, if there is anything.
pub(crate) fn slot(key: &[u8]) -> usize {
    let tag = key.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = &key[open + 1..];
        let close = rest.iter().position(|byte| *byte == b'}')?;
        (close > 0).then(|| &rest[..close])
    });
    usize::from(crc16(tag.unwrap_or(key))) % SLOTS
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    const TABLE: [u16; 256] = table();
    bytes.iter().fold(0, |crc, byte| (crc << 8) ^ TABLE[usize::from((crc >> 8) as u8 ^ byte)])
}

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = (index as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 != 0 { (crc << 1) ^ 0x1021 } else { crc << 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

impl Engine {
    /// Whether it serves requests.
    pub(crate) fn cluster_is_up(&self) -> bool {
        self.cluster.as_ref().is_none_or(|cluster| {
            cluster.count() == SLOTS || (!self.config.cluster_full_coverage && cluster.count() > 0)
        })
    }

    /// Whether the keys of a request, or of the transaction that `EXEC` is about to run, are where they may be.
    ///
    /// # Errors
    /// In Redis's words, when they aren't.
    pub(crate) fn check_slots(&self, id: ClientId, command: &Command, args: &[&[u8]]) -> Result<(), Error> {
        let Some(cluster) = &self.cluster else { return Ok(()) };
        let mut found = Found { cluster, slot: None, shards: false };
        if command.name == "exec" {
            let Some(client) = self.clients.get(&id) else { return Ok(()) };
            for (command, args) in client.transaction.queued.iter().flatten() {
                found.add(command, &args.as_args())?;
            }
        } else {
            found.add(command, args)?;
        }
        if found.slot.is_none() || found.shards || self.cluster_is_up() {
            return Ok(());
        }
        Err(CLUSTER_DOWN)
    }
}

/// What has been seen of a request's keys.
struct Found<'a> {
    cluster: &'a Cluster,
    slot: Option<usize>,
    /// Whether it is about channels, which are served also when the cluster is down.
    shards: bool,
}

impl Found<'_> {
    fn add(&mut self, command: &Command, args: &[&[u8]]) -> Result<(), Error> {
        if !command.has_keys() {
            return Ok(());
        }
        self.shards |= command.has(flag::PUBSUB);
        for (place, _) in command.keys_of(args).unwrap_or_default() {
            let slot = slot(args[place]);
            match self.slot {
                None if !self.cluster.has(slot) => {
                    return Err(Error::text("CLUSTERDOWN Hash slot not served"));
                }
                None => self.slot = Some(slot),
                Some(first) if first != slot => {
                    return Err(Error::text("CROSSSLOT Keys in request don't hash to the same slot"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_where_redis_has_them() {
        for (key, expected) in [
            (&b"a"[..], 15495),
            (b"{a}b", 15495),
            (b"a{}b", 13694),
            (b"123456789", 12739),
            (b"", 0),
            (b"{a", 10276),
        ] {
            assert_eq!(slot(key), expected, "{}", key.escape_ascii());
        }
        assert_eq!(slot(b"x{a}{b}"), slot(b"a"));
        assert_eq!(slot(b"{{a}}"), slot(b"{a"));
    }
}
