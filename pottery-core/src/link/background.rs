//! Work that nobody waits for: what is left to do when an owner is dropped.

use crate::operation::Operation;

/// Does it in the background, with best effort: as a task of the runtime in which this is called, or else in a thread
/// of pottery's own. What fails is forgotten.
pub(crate) fn detach(work: Operation<'static, ()>) {
    #[cfg(feature = "async")]
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(work);
        return;
    }
    #[cfg(feature = "blocking")]
    thread::detach(work);
    #[cfg(all(feature = "async", not(feature = "blocking")))]
    super::asynchronous::background().spawn(work);
    #[cfg(not(any(feature = "async", feature = "blocking")))]
    drop(work);
}

#[cfg(feature = "blocking")]
mod thread {
    use std::sync::OnceLock;
    use std::sync::mpsc::{SyncSender, sync_channel};

    use crate::operation::Operation;

    /// More work than this is not kept while the server is slow: it is given up.
    const WAITING_AT_MOST: usize = 1024;

    pub(super) fn detach(work: Operation<'static, ()>) {
        static WORKER: OnceLock<Option<SyncSender<Operation<'static, ()>>>> = OnceLock::new();
        let worker = WORKER.get_or_init(|| {
            let (sender, work) = sync_channel::<Operation<'static, ()>>(WAITING_AT_MOST);
            let worker = move || {
                for work in work {
                    // there is nobody to be told
                    _ = work.wait();
                }
            };
            std::thread::Builder::new().name("pottery".into()).spawn(worker).ok().map(|_| sender)
        });
        if let Some(worker) = worker {
            _ = worker.try_send(work);
        }
    }
}
