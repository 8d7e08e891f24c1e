//! One writer for one file.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};

use crate::persistence::error::OpenError;

/// The right to write a file, until it is dropped or the process ends in whatever way.
///
/// A file beside it, `PATH.lock`, is what is locked: rewriting puts another file in the place of the one at `PATH`, and a
/// lock would stay with the old one. It holds the owner's process number.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Open as long as the lock lasts.
    _file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock of the file at `path`, or says who has it.
    pub(crate) fn take(path: &Path) -> Result<Lock, OpenError> {
        let failed = |source| OpenError::Io { path: path.to_owned(), doing: "lock", source };
        let beside = with_suffix(path, ".lock");
        loop {
            let mut file = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&beside)
                .map_err(failed)?;
            match FileExt::try_lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(OpenError::Locked { path: path.to_owned(), pid: owner(&mut file) });
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // The former owner may have removed the file between our opening it and locking it.
            if !is_at(&file, &beside) {
                continue;
            }
            write_owner(&mut file).map_err(failed)?;
            return Ok(Lock { _file: file, path: beside });
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still locked, so that nobody else's is removed.
        let _ = fs::remove_file(&self.path);
    }
}

fn write_owner(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn owner(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Whether the open file is the one that is found at the path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(found)) => (open.dev(), open.ino()) == (found.dev(), found.ino()),
        _ => false,
    }
}

/// Elsewhere a file that is open can't be removed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// The path with more at the end of its last part.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persistence::tests::Dir;

    #[test]
    fn a_file_has_one_owner_whom_others_are_told_of() {
        let dir = Dir::new();
        let path = dir.path("a.aof");
        let lock = Lock::take(&path).expect("nobody else has it");
        let error = Lock::take(&path).expect_err("it is taken");
        assert!(
            matches!(&error, OpenError::Locked { pid: Some(pid), .. } if *pid == std::process::id()),
            "{error}"
        );
        assert!(error.to_string().contains("a.aof is open in this process"), "{error}");
        drop(lock);
        assert!(!dir.path("a.aof.lock").exists());
        Lock::take(&path).expect("it was given back");
    }

    #[test]
    fn what_a_killed_owner_leaves_is_no_hindrance() {
        let dir = Dir::new();
        fs::write(dir.path("a.aof.lock"), "123456789 and more than is expected here, for good measure")
            .expect("writes");
        drop(Lock::take(&dir.path("a.aof")).expect("nobody holds it"));
    }

    #[test]
    fn never_two_have_it_however_many_try() {
        let dir = Dir::new();
        let path = dir.path("a.aof");
        let inside = std::sync::atomic::AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let Ok(_lock) = Lock::take(&path) else { continue };
                        use std::sync::atomic::Ordering::SeqCst;
                        assert_eq!(inside.fetch_add(1, SeqCst), 0);
                        std::thread::yield_now();
                        inside.fetch_sub(1, SeqCst);
                    }
                });
            }
        });
    }
}
