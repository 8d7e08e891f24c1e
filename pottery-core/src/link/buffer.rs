//! Bytes that have arrived and have not been read yet.

/// What a connection keeps, large enough that a bulk read costs few system calls.
const USUAL: usize = 64 * 1024;
/// What it may keep after a large reply.
const KEPT: usize = 4 * USUAL;

/// A buffer that grows only as bytes arrive, whatever a header announces.
#[derive(Debug)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    from: usize,
    to: usize,
}

impl Inbox {
    pub(crate) fn new() -> Inbox {
        Inbox { bytes: vec![0; USUAL], from: 0, to: 0 }
    }

    /// What has not been read.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.bytes[self.from..self.to]
    }

    /// The first so many have been read.
    pub(crate) fn read(&mut self, count: usize) {
        self.from = self.to.min(self.from + count);
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
            if self.bytes.len() > KEPT {
                self.bytes = vec![0; USUAL];
            }
        }
    }

    /// Room for more: never nothing.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        let unread = self.to - self.from;
        if self.from > 0
            && (self.bytes.len() - self.to < self.bytes.len() / 2)
            && unread <= self.bytes.len() / 2
        {
            self.bytes.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, unread);
        } else if self.to == self.bytes.len() {
            // one value that is longer than all this: as much again as has come
            self.bytes.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, unread);
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        &mut self.bytes[self.to..]
    }

    /// So many have arrived in the room.
    pub(crate) fn arrived(&mut self, count: usize) {
        self.to = self.bytes.len().min(self.to + count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_whatever_is_read_of_what_arrives() {
        let (mut inbox, mut arrived, mut read) = (Inbox::new(), 0_u32, 0_u32);
        for step in 0..2_000_usize {
            let room = inbox.room();
            assert!(!room.is_empty());
            let count = room.len().min(1 + step * 7919 % 9_000);
            for byte in &mut room[..count] {
                *byte = (arrived % 251) as u8;
                arrived += 1;
            }
            inbox.arrived(count);
            let part = inbox.unread().len() * (step % 4) / 3;
            for byte in &inbox.unread()[..part] {
                assert_eq!(*byte, (read % 251) as u8);
                read += 1;
            }
            inbox.read(part);
        }
        assert_eq!(inbox.unread().len(), (arrived - read) as usize);
    }

    #[test]
    fn it_grows_with_what_arrives_and_shrinks_again() {
        let mut inbox = Inbox::new();
        for _ in 0..40 {
            let count = inbox.room().len();
            inbox.arrived(count);
            assert!(inbox.bytes.len() <= 2 * inbox.unread().len());
            if inbox.unread().len() > 10 << 20 {
                break;
            }
        }
        inbox.read(inbox.unread().len());
        assert_eq!(inbox.bytes.len(), USUAL);
    }
}
