//! Making a file safe once a second, on a thread that may wait for the disk.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::persistence::disk::Disk;

/// How much time lies between two syncs.
const INTERVAL: Duration = Duration::from_secs(1);

/// The thread. It ends when this is dropped; what was written last is the owner's to sync.
#[derive(Debug)]
pub(crate) struct Syncer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Who is told of an error.
    wake: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    disk: Arc<dyn Disk>,
    /// Whether something was written since the last sync began.
    due: bool,
    stop: bool,
    error: Option<io::Error>,
}

impl Syncer {
    pub(crate) fn start(disk: Arc<dyn Disk>, wake: Arc<Notify>) -> io::Result<Syncer> {
        let state = Mutex::new(State { disk, due: false, stop: false, error: None });
        let shared = Arc::new(Shared { state, changed: Condvar::new(), wake });
        let thread = {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("pottery-sync".to_owned()).spawn(move || shared.run())?
        };
        Ok(Syncer { shared, thread: Some(thread) })
    }

    /// Says that something was written.
    pub(crate) fn written(&self) {
        let mut state = self.shared.lock();
        if !state.due {
            state.due = true;
            self.shared.changed.notify_one();
        }
    }

    /// Goes on with another file, which is safe as it is. What became of the former one matters no more.
    pub(crate) fn replace(&self, disk: Arc<dyn Disk>) {
        let mut state = self.shared.lock();
        (state.disk, state.due, state.error) = (disk, false, None);
    }

    /// An error since the last call.
    pub(crate) fn take_error(&self) -> Option<io::Error> {
        self.shared.lock().error.take()
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.shared.lock().stop = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut state = self.lock();
        loop {
            // Until there is something to do...
            state = self
                .changed
                .wait_while(state, |state| !state.stop && !state.due)
                .unwrap_or_else(PoisonError::into_inner);
            if state.stop {
                return;
            }
            state.due = false;
            let disk = Arc::clone(&state.disk);
            drop(state);
            let begun = Instant::now();
            let result = disk.sync();
            state = self.lock();
            if let Err(error) = result
                && Arc::ptr_eq(&disk, &state.disk)
            {
                state.error = Some(error);
                self.wake.notify_one();
            }
            drop(disk);
            // ... and not again before its time.
            let rest = INTERVAL.saturating_sub(begun.elapsed());
            state = self
                .changed
                .wait_timeout_while(state, rest, |state| !state.stop)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Counting {
        syncs: AtomicU32,
        fails: bool,
    }

    impl Disk for Counting {
        fn write(&self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }
        fn sync(&self) -> io::Result<()> {
            self.syncs.fetch_add(1, Ordering::SeqCst);
            if self.fails { Err(io::Error::other("no")) } else { Ok(()) }
        }
    }

    fn wait(what: impl Fn() -> bool) {
        pottery_test_support::wait_until("the thread has synced", Duration::from_secs(10), what);
    }

    #[test]
    fn syncs_soon_after_a_write_and_at_most_once_a_second() {
        let disk = Arc::new(Counting::default());
        let syncer = Syncer::start(Arc::clone(&disk) as Arc<dyn Disk>, Arc::default()).expect("a thread");
        let begun = Instant::now();
        syncer.written();
        wait(|| disk.syncs.load(Ordering::SeqCst) == 1);
        while begun.elapsed() < Duration::from_millis(500) {
            syncer.written();
            assert_eq!(disk.syncs.load(Ordering::SeqCst), 1);
        }
        wait(|| disk.syncs.load(Ordering::SeqCst) == 2);
        assert!(begun.elapsed() >= INTERVAL);
        // It doesn't wait out its second at the end.
        let ended = Instant::now();
        drop(syncer);
        assert!(ended.elapsed() < INTERVAL / 2);
    }

    #[test]
    fn an_error_is_told_unless_the_file_was_replaced() {
        let failing = Arc::new(Counting { fails: true, ..Counting::default() });
        let syncer = Syncer::start(Arc::clone(&failing) as Arc<dyn Disk>, Arc::default()).expect("a thread");
        syncer.written();
        wait(|| syncer.take_error().is_some());
        assert!(syncer.take_error().is_none());
        let good = Arc::new(Counting::default());
        syncer.replace(Arc::clone(&good) as Arc<dyn Disk>);
        syncer.written();
        wait(|| good.syncs.load(Ordering::SeqCst) == 1);
        assert!(syncer.take_error().is_none());
    }
}
