//! Rewriting the file while clients are served.
//!
//! All keys are written to a file beside it, a slice at a time, newest key first. A key that changes is noted. When the
//! walk is over the noted ones are written again, `DEL` first, and again those that change meanwhile; the thread that
//! syncs the file gives this time. At last, in one go between two commands, what is still noted is written, and the new
//! file takes the place of the old one: it then holds the data as they are at that moment. Nothing is copied and
//! nothing has to be read back. Keys that change all the time are written a few times.

use std::fs::{self, File};
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use hashbrown::HashSet;

use crate::engine::db::Db;
use crate::persistence::disk::write_all;
use crate::persistence::dump::dump;
use crate::persistence::lock::with_suffix;
use crate::persistence::log::Log;
use crate::persistence::recovery::sync_folder;

/// This much is collected before it is written.
const PORTION: usize = 256 * 1024;
/// How many keys are written before the time is looked at.
const KEYS: usize = 16;
/// With so few keys left, the rest is done in one go.
const FEW: usize = 64;
/// After so many rounds it is too, with however many are left.
const ROUNDS: u32 = 6;
/// If all keys go away so often, the walk after that is in one go.
const RESTARTS: u32 = 4;

type Keys = HashSet<Box<[u8]>>;

/// The new file.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) file: Arc<File>,
    /// What hasn't been written yet.
    pub(crate) log: Log,
    pub(crate) size: u64,
}

/// A rewrite that has begun.
#[derive(Debug)]
pub(crate) struct Rewrite {
    path: PathBuf,
    temporary: PathBuf,
    output: Output,
    /// Keys that have changed since they were written, by database.
    changed: Vec<Keys>,
    stage: Stage,
    rounds: u32,
    restarts: u32,
    /// Whether all keys of a database went away.
    again: bool,
}

#[derive(Debug)]
enum Stage {
    /// Writing all keys: this database from this cursor on, and those after it.
    Walk(usize, u64),
    /// Writing those that have changed.
    Changes(Vec<(usize, Box<[u8]>)>),
    /// Waiting for the disk.
    Sync(Receiver<io::Result<()>>),
}

/// How far a rewrite has come.
#[derive(Debug)]
pub(crate) enum Step {
    /// There is more to do.
    Work,
    /// There will be when the disk is done.
    Wait,
    /// The new file is in its place.
    Done {
        output: Output,
        /// Whether the file system has made sure that it will be found there.
        synced: io::Result<()>,
    },
}

impl Output {
    /// Writes what has been collected if it is enough to be worth it.
    pub(crate) fn spill(&mut self) -> io::Result<()> {
        if self.log.bytes.len() >= PORTION { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        let (written, result) = write_all(&*self.file, &self.log.bytes);
        self.size += written as u64;
        self.log.bytes.clear();
        result
    }
}

/// Where a file is written that will take the place of `path`.
pub(crate) fn temporary(path: &Path) -> PathBuf {
    with_suffix(path, ".rewrite")
}

impl Rewrite {
    /// Begins to rewrite the file at `path`.
    pub(crate) fn begin(path: &Path, databases: usize) -> io::Result<Rewrite> {
        let temporary = temporary(path);
        let file = File::options().write(true).create(true).truncate(true).open(&temporary)?;
        if let Ok(old) = fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        Ok(Rewrite {
            path: path.to_owned(),
            temporary,
            output: Output { file: Arc::new(file), log: Log::default(), size: 0 },
            changed: vec![Keys::new(); databases],
            stage: Stage::Walk(0, 0),
            rounds: 0,
            restarts: 0,
            again: false,
        })
    }

    /// Notes that a key has changed.
    pub(crate) fn changed(&mut self, db: usize, key: &[u8]) {
        if let Some(keys) = self.changed.get_mut(db) {
            keys.get_or_insert_with(key, |key| key.into());
        }
    }

    /// Notes that a database was emptied or exchanged with another.
    pub(crate) fn everything_changed(&mut self) {
        self.again = true;
    }

    /// Works until `deadline`, or a little longer.
    pub(crate) fn step(&mut self, dbs: &[Db], deadline: Instant) -> io::Result<Step> {
        if std::mem::take(&mut self.again) {
            self.restart()?;
        }
        let in_time = || self.restarts > RESTARTS || Instant::now() < deadline;
        match &mut self.stage {
            Stage::Walk(db, cursor) => {
                while *db < dbs.len() {
                    if !in_time() {
                        return Ok(Step::Work);
                    }
                    let (output, changed) = (&mut self.output, &mut self.changed[*db]);
                    let mut result = Ok(());
                    *cursor = dbs[*db].keys().scan(*cursor, KEYS, |key, entry| {
                        if result.is_ok() {
                            changed.remove(&**key);
                            result = dump(output, *db, key, entry);
                        }
                    });
                    result?;
                    if *cursor == 0 {
                        *db += 1;
                    }
                }
                self.next_round()
            }
            Stage::Changes(keys) => {
                while let Some((db, key)) = keys.pop() {
                    self.changed[db].remove(&key);
                    write_again(&mut self.output, dbs, db, &key)?;
                    if !in_time() {
                        return Ok(Step::Work);
                    }
                }
                self.next_round()
            }
            Stage::Sync(done) => match done.try_recv() {
                Ok(result) => {
                    result?;
                    if self.rounds < ROUNDS && self.left() > FEW {
                        return self.next_round();
                    }
                    self.finish(dbs)
                }
                Err(TryRecvError::Empty) => Ok(Step::Wait),
                Err(TryRecvError::Disconnected) => Err(io::Error::other("the thread that syncs has died")),
            },
        }
    }

    /// How many keys have changed since they were written.
    fn left(&self) -> usize {
        self.changed.iter().map(Keys::len).sum()
    }

    /// Goes on with what has changed meanwhile or, if that is little, has the disk make sure of what is written.
    fn next_round(&mut self) -> io::Result<Step> {
        self.rounds += 1;
        if self.rounds < ROUNDS && self.left() > FEW {
            let keys = self.changed.iter_mut().enumerate();
            let keys = keys.flat_map(|(db, keys)| std::mem::take(keys).into_iter().map(move |key| (db, key)));
            self.stage = Stage::Changes(keys.collect());
            return Ok(Step::Work);
        }
        self.output.write()?;
        let (sender, receiver) = sync_channel(1);
        let file = Arc::clone(&self.output.file);
        // Nobody waits any more if the server has ended.
        let sync = move || drop(sender.send(file.sync_data()));
        thread::Builder::new().name("pottery-rewrite".to_owned()).spawn(sync)?;
        self.stage = Stage::Sync(receiver);
        Ok(Step::Wait)
    }

    /// Writes the rest and puts the new file in the place of the old one.
    fn finish(&mut self, dbs: &[Db]) -> io::Result<Step> {
        for (db, keys) in self.changed.iter_mut().enumerate() {
            for key in keys.drain() {
                write_again(&mut self.output, dbs, db, &key)?;
            }
        }
        self.output.write()?;
        self.output.file.sync_all()?;
        fs::rename(&self.temporary, &self.path)?;
        let synced = sync_folder(&self.path);
        let Output { file, log, size } = &mut self.output;
        let output = Output { file: Arc::clone(file), log: std::mem::take(log), size: *size };
        Ok(Step::Done { output, synced })
    }

    fn restart(&mut self) -> io::Result<()> {
        (&*self.output.file).rewind()?;
        self.output.file.set_len(0)?;
        self.output.log = Log::default();
        self.output.size = 0;
        self.changed.iter_mut().for_each(Keys::clear);
        self.stage = Stage::Walk(0, 0);
        self.rounds = 0;
        self.restarts += 1;
        Ok(())
    }
}

impl Drop for Rewrite {
    fn drop(&mut self) {
        // It isn't there any more if all went well.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Writes a key whose former self is in the file already.
fn write_again(output: &mut Output, dbs: &[Db], db: usize, key: &[u8]) -> io::Result<()> {
    output.log.command(db, &[b"DEL", key]);
    match dbs[db].keys().get(key) {
        Some(entry) => dump(output, db, key, entry),
        None => output.spill(),
    }
}

/// How long a slice may take.
pub(crate) const SLICE: Duration = Duration::from_millis(1);
