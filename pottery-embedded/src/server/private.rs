//! An address that only this user can reach.

use std::io;
use std::path::{Path, PathBuf};

/// A folder in that for temporary files, for this user alone, removed with everything in it when it is dropped.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    #[cfg(unix)]
    pub(super) fn new() -> io::Result<Folder> {
        use std::os::unix::fs::DirBuilderExt as _;
        loop {
            // short: the path of a socket has no more than a hundred bytes or so
            let name = format!("pottery-{:012x}", fastrand::u64(..) >> 16);
            let path = std::env::temp_dir().join(name);
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => return created.map(|()| Folder(path)),
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Somebody may have cleaned up before.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
