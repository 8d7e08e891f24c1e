//! The arguments of a command.

use smallvec::SmallVec;

/// Arguments that lie elsewhere: in the buffer that they were read into, or in an [`Owned`]. The first is the command's
/// name. Eight fit without memory of their own.
pub(crate) type Args<'a> = SmallVec<[&'a [u8]; 8]>;

/// Arguments kept for later: a queued or blocked command, an effect. All lie in one piece of memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owned {
    bytes: Vec<u8>,
    /// Where each argument ends.
    ends: SmallVec<[usize; 4]>,
}

impl Owned {
    pub(crate) fn new(args: &[&[u8]]) -> Owned {
        let mut owned =
            Owned { bytes: Vec::with_capacity(args.iter().map(|arg| arg.len()).sum()), ..Owned::default() };
        for arg in args {
            owned.push(arg);
        }
        owned
    }

    pub(crate) fn push(&mut self, arg: &[u8]) {
        self.bytes.extend_from_slice(arg);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// How many bytes they take.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<usize>()
    }

    pub(crate) fn as_args(&self) -> Args<'_> {
        let mut start = 0;
        self.ends.iter().map(|end| &self.bytes[std::mem::replace(&mut start, *end)..*end]).collect()
    }
}
