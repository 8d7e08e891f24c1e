//! The file as what can fail.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};

/// A file that is written from its beginning to its end. Shared with the thread that syncs it.
pub(crate) trait Disk: fmt::Debug + Send + Sync {
    /// Hands bytes to the operating system: all, some of them, or none with an error.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;
    /// Returns when what was written is safe from a loss of power.
    fn sync(&self) -> io::Result<()>;
}

impl Disk for File {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut &*self, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Writes all bytes. Returns how many were written before an error, and the error.
pub(crate) fn write_all(disk: &dyn Disk, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match disk.write(&bytes[written..]) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}
