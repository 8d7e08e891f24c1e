//! `embedded:` addresses: a server inside this process, for as long as somebody uses it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pottery_embedded::Server;

use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;

/// The server of some stores. Handles keep it running through their store.
#[derive(Debug)]
pub(crate) struct Running {
    // before `_over`: dropped first, and a server that is dropped has let go of its file
    server: Arc<Server>,
    /// Tells who waits for the file that the server has ended.
    _over: Option<Sender<()>>,
}

impl Running {
    /// A server that somebody else holds as well.
    pub(crate) fn shared(server: Arc<Server>) -> Self {
        Running { server, _over: None }
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }
}

/// The server that keeps a file, as long as a store uses it.
struct Kept {
    running: Weak<Running>,
    over: Receiver<()>,
}

/// Starts the server that an address speaks of, a new one for `embedded:`, that which keeps the file for
/// `embedded:PATH`, and puts its real address in place. Leaves every other address as it is.
pub(crate) fn settle(options: &mut Options) -> Result<()> {
    if let Some(rest) = options.url.strip_prefix("embedded:") {
        options.embedded = Some(match rest {
            "" => Arc::new(Running::shared(Arc::new(start(Server::builder().private())?))),
            path if path.starts_with("//") => {
                return Err(Error::misuse(
                    "behind `embedded:` stands the path of a file, without slashes of an address: `embedded:app.aof`, \
                     `embedded:/var/lib/app.aof`",
                ));
            }
            path => keeping(Path::new(path))?,
        });
    }
    if let Some(running) = &options.embedded {
        options.url = running.server().url();
    }
    Ok(())
}

/// Starts a server.
pub(crate) fn start(builder: pottery_embedded::Builder) -> Result<Server> {
    builder.start().map_err(|error| {
        Error::new(ErrorKind::Unavailable, format!("the embedded server cannot start: {error}"))
            .with_source(error)
    })
}

/// The server of this process that keeps its data in the file at `path`. All stores on one file share one server.
fn keeping(path: &Path) -> Result<Arc<Running>> {
    static OPEN: Mutex<Option<HashMap<PathBuf, Kept>>> = Mutex::new(None);
    let path = canonical(path).map_err(|error| {
        Error::misuse(format!("the address `embedded:{}` names no file: {error}", path.display()))
    })?;
    // held while the server starts, so that two threads that open one file get one server
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let open = open.get_or_insert_default();
    if let Some(kept) = open.get(&path) {
        match kept.running.upgrade() {
            Some(running) if running.server().is_running() => return Ok(running),
            // a client has ended it with `SHUTDOWN`
            Some(_) => {}
            // the last store is about to end it, in another thread: an error says that it has
            None => _ = kept.over.recv(),
        }
    }
    open.retain(|_, kept| matches!(kept.over.try_recv(), Err(TryRecvError::Empty)));
    let (sender, over) = channel();
    let server = Arc::new(start(Server::builder().private().persist(&path))?);
    let running = Arc::new(Running { server, _over: Some(sender) });
    open.insert(path, Kept { running: Arc::downgrade(&running), over });
    Ok(running)
}

/// The one name of a file that may not exist yet.
fn canonical(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it ends in no name of a file"))?;
    if let Ok(whole) = path.canonicalize() {
        return Ok(whole);
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    Ok(folder.canonicalize()?.join(name))
}
