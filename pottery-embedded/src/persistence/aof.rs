//! The open file: what the engine's effects are written to.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::engine::Engine;
use crate::engine::db::Db;
use crate::engine::effects::Effects;
use crate::engine::error::Error;
use crate::persistence::disk::{Disk, write_all};
use crate::persistence::error::{OpenError, words};
use crate::persistence::load::run_again;
use crate::persistence::lock::Lock;
use crate::persistence::log::Log;
use crate::persistence::recovery::{self, Recovery};
use crate::persistence::rewrite::{self, Output, Rewrite, SLICE, Step};
use crate::persistence::sync::Syncer;
use crate::persistence::{Fsync, Persistence, Warning};

/// How long after a failed write the next attempt is made.
const RETRY: Duration = Duration::from_millis(100);
/// How long clients are served between two slices of a rewrite, and how often the disk is asked whether it is done.
const BREAK: Duration = Duration::from_millis(1);
/// How long after a failed rewrite the next one begins by itself.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same when nothing can be written before a rewrite has succeeded.
const URGENCY: Duration = Duration::from_secs(1);
/// A buffer that has become larger than this is given back when it is empty.
const KEEP: usize = 1024 * 1024;

/// The open file.
#[derive(Debug)]
pub(crate) struct Aof {
    options: Persistence,
    path: PathBuf,
    disk: Arc<dyn Disk>,
    /// What hasn't been written yet.
    log: Log,
    /// How long the file is, and how long it was when it was rewritten or opened.
    size: u64,
    base: u64,
    trouble: Option<Trouble>,
    syncer: Option<Syncer>,
    rewrite: Option<Rewrite>,
    /// Whether the last one succeeded, and before when none begins by itself.
    rewrite_failed: bool,
    not_before: Option<Instant>,
    /// Told when [`Effects::turn`] has something to do.
    wake: Arc<Notify>,
    /// Goes last: nobody else may open the file before all is written.
    _lock: Option<Lock>,
}

/// Why nothing can be made sure of.
#[derive(Debug)]
struct Trouble {
    cause: io::Error,
    /// Whether what was written before may be lost too, so that the file has to be written anew.
    anew: bool,
    retry: Instant,
}

/// Opens the file, has the engine run all that is in it, and has it write its effects there from now on.
pub(crate) fn open(engine: &mut Engine, options: Persistence) -> Result<Recovery, OpenError> {
    let failed = |source| OpenError::Io { path: options.path.clone(), doing: "open", source };
    let path = recovery::resolve(&options.path).map_err(failed)?;
    let lock = Lock::take(&path)?;
    // A rewrite that didn't come to its end.
    match std::fs::remove_file(rewrite::temporary(&path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let (file, recovery) = run_again(engine, |run| recovery::open(&options, &path, run))?;
    let mut aof = Aof::new(options.clone(), path, Arc::new(file), recovery.bytes).map_err(failed)?;
    aof._lock = Some(lock);
    engine.propagation.hook = Some(Box::new(aof));
    Ok(recovery)
}

impl Aof {
    /// Goes on writing to a file that has `size` bytes.
    pub(crate) fn new(
        options: Persistence,
        path: PathBuf,
        disk: Arc<dyn Disk>,
        size: u64,
    ) -> io::Result<Aof> {
        let wake = Arc::new(Notify::new());
        let syncer = match options.fsync {
            Fsync::EverySecond => Some(Syncer::start(Arc::clone(&disk), Arc::clone(&wake))?),
            Fsync::Always | Fsync::Never => None,
        };
        Ok(Aof {
            options,
            path,
            disk,
            log: Log::default(),
            size,
            base: size,
            trouble: None,
            syncer,
            rewrite: None,
            rewrite_failed: false,
            not_before: None,
            wake,
            _lock: None,
        })
    }

    /// Hands what was collected to the operating system, and to the disk if that is wanted each time.
    fn write(&mut self) -> Result<(), Trouble> {
        let (written, result) = write_all(&*self.disk, &self.log.bytes);
        self.size += written as u64;
        if written == self.log.bytes.len() && self.log.bytes.capacity() <= KEEP {
            self.log.bytes.clear();
        } else {
            // After an error the next attempt goes on where this one ended.
            self.log.bytes = self.log.bytes.split_off(written);
        }
        let retry = Instant::now() + RETRY;
        result.map_err(|cause| Trouble { cause, anew: false, retry })?;
        if written == 0 {
            return Ok(());
        }
        if let Some(syncer) = &self.syncer {
            syncer.written();
        }
        if self.options.fsync == Fsync::Always {
            // What couldn't be synced may be gone although a second attempt succeeds.
            self.disk.sync().map_err(|cause| Trouble { cause, anew: true, retry: Instant::now() })?;
        }
        Ok(())
    }

    /// Notes that something failed.
    fn fail(&mut self, trouble: Trouble) {
        let error = words(&trouble.cause);
        self.options.warn(&Warning::WriteFailed { path: self.path.clone(), error });
        if trouble.anew {
            self.not_before = None;
        }
        self.trouble = Some(trouble);
        self.wake.notify_one();
    }

    fn recover(&mut self) {
        if self.trouble.take().is_some() {
            self.options.warn(&Warning::WritesAgain { path: self.path.clone() });
        }
    }

    /// Tries again what failed.
    fn retry(&mut self) {
        let Some(trouble) = &mut self.trouble else { return };
        if trouble.anew || Instant::now() < trouble.retry {
            return;
        }
        match self.write() {
            Ok(()) => self.recover(),
            // The first cause was told; that it lasts is no news.
            Err(again) => self.trouble = Some(again),
        }
    }

    /// Whether the file should be rewritten by itself now.
    fn wants_rewrite(&self) -> bool {
        let due = match &self.trouble {
            Some(trouble) => trouble.anew,
            None => self.options.has_grown(self.size, self.base),
        };
        due && self.rewrite.is_none() && self.not_before.is_none_or(|time| Instant::now() >= time)
    }

    fn begin_rewrite(&mut self, databases: usize) -> io::Result<()> {
        match Rewrite::begin(&self.path, databases) {
            Ok(rewrite) => {
                self.rewrite = Some(rewrite);
                self.wake.notify_one();
                Ok(())
            }
            Err(error) => {
                self.rewrite_has_failed(&error);
                Err(error)
            }
        }
    }

    fn rewrite_has_failed(&mut self, error: &io::Error) {
        self.rewrite = None;
        self.rewrite_failed = true;
        let urgent = self.trouble.as_ref().is_some_and(|trouble| trouble.anew);
        self.not_before = Some(Instant::now() + if urgent { URGENCY } else { PATIENCE });
        self.options.warn(&Warning::RewriteFailed { path: self.path.clone(), error: words(error) });
    }

    /// Goes on in the new file.
    fn rewritten(&mut self, output: Output, synced: io::Result<()>) {
        self.rewrite = None;
        self.rewrite_failed = false;
        self.not_before = None;
        let disk: Arc<dyn Disk> = output.file;
        if let Some(syncer) = &self.syncer {
            syncer.replace(Arc::clone(&disk));
        }
        let old = std::mem::replace(&mut self.disk, disk);
        // The last to close a file that has no name any more waits until all of it is given back.
        let _ = std::thread::Builder::new().name("pottery-rewrite".to_owned()).spawn(move || drop(old));
        // What hadn't been written is in the new file already.
        self.log = output.log;
        (self.size, self.base) = (output.size, output.size);
        match synced {
            Ok(()) => self.recover(),
            Err(cause) => self.fail(Trouble { cause, anew: true, retry: Instant::now() }),
        }
    }

    /// Goes on with the rewrite that has begun. Returns when to do so again.
    fn go_on(&mut self, dbs: &[Db]) -> Option<Duration> {
        let step = self.rewrite.as_mut()?.step(dbs, Instant::now() + SLICE);
        match step {
            Ok(Step::Work | Step::Wait) => Some(BREAK),
            Ok(Step::Done { output, synced }) => {
                self.rewritten(output, synced);
                None
            }
            Err(error) => {
                self.rewrite_has_failed(&error);
                None
            }
        }
    }
}

impl Effects for Aof {
    fn propagate(&mut self, db: usize, args: &[&[u8]]) {
        if let Some(rewrite) = &mut self.rewrite
            && [&b"FLUSHALL"[..], b"FLUSHDB", b"SWAPDB"].iter().any(|it| args[0].eq_ignore_ascii_case(it))
        {
            rewrite.everything_changed();
        }
        self.log.command(db, args);
    }

    fn commit(&mut self) -> bool {
        // Commands were refused then: what is new is what has expired, and nobody is told of that.
        if self.trouble.is_some() {
            return true;
        }
        if let Err(trouble) = self.write() {
            self.fail(trouble);
            return false;
        }
        if self.wants_rewrite() {
            self.wake.notify_one();
        }
        true
    }

    fn together(&self) -> bool {
        self.options.fsync == Fsync::Always
    }

    fn changed(&mut self, db: usize, key: &[u8]) {
        if let Some(rewrite) = &mut self.rewrite {
            rewrite.changed(db, key);
        }
    }

    fn refusal(&self) -> Option<Error> {
        let trouble = self.trouble.as_ref()?;
        Some(Error::new(format!("MISCONF Errors writing to the AOF file: {}", words(&trouble.cause))))
    }

    fn rewrite(&mut self, databases: usize) -> Result<(), Error> {
        if self.rewrite.is_some() {
            return Err(Error::text("ERR Background append only file rewriting already in progress"));
        }
        self.begin_rewrite(databases).map_err(|_| {
            Error::text(
                "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.",
            )
        })
    }

    fn turn(&mut self, dbs: &[Db]) -> Option<Duration> {
        if let Some(cause) = self.syncer.as_ref().and_then(Syncer::take_error) {
            self.fail(Trouble { cause, anew: true, retry: Instant::now() });
        }
        self.retry();
        if self.wants_rewrite() {
            // That it failed has been told, and it is tried again.
            let _ = self.begin_rewrite(dbs.len());
        }
        let rewriting = self.go_on(dbs);
        let waiting = self.not_before.map(|time| time.saturating_duration_since(Instant::now()).max(BREAK));
        let waiting = waiting.filter(|_| self.trouble.as_ref().is_some_and(|trouble| trouble.anew));
        let failing = self.trouble.as_ref().filter(|trouble| !trouble.anew).map(|_| RETRY);
        rewriting.or(failing).or(waiting)
    }

    fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    fn describe(&self) -> Vec<String> {
        let ok = |failed: bool| if failed { "err" } else { "ok" };
        vec![
            "aof_enabled:1".to_owned(),
            format!("aof_rewrite_in_progress:{}", u8::from(self.rewrite.is_some())),
            format!("aof_last_bgrewrite_status:{}", ok(self.rewrite_failed)),
            format!("aof_last_write_status:{}", ok(self.trouble.is_some())),
            format!("aof_current_size:{}", self.size),
            format!("aof_base_size:{}", self.base),
            format!("aof_buffer_length:{}", self.log.bytes.len()),
        ]
    }
}

impl Drop for Aof {
    fn drop(&mut self) {
        // The thread first: it must not tell of an error that nobody waits for.
        self.syncer = None;
        let result = match self.write() {
            Ok(()) => self.disk.sync(),
            Err(trouble) => Err(trouble.cause),
        };
        if let Err(error) = result {
            let error = words(&error);
            self.options.warn(&Warning::WriteFailed { path: self.path.clone(), error });
        }
    }
}
