//! `embedded:` addresses: a server inside this process, for as long as somebody uses it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pottery_embedded::Server;

use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;

/// Starts the server that an address speaks of, a new one for `embedded:`, that which keeps the file for
/// `embedded:PATH`, and puts its real address in place. Leaves every other address as it is.
pub(crate) fn settle(options: &mut Options) -> Result<()> {
    if let Some(rest) = options.url.strip_prefix("embedded:") {
        options.embedded = Some(match rest {
            "" => start(Server::builder().private())?,
            path if path.starts_with("//") => {
                return Err(Error::misuse(
                    "behind `embedded:` stands the path of a file, without slashes of an address: `embedded:app.aof`, \
                     `embedded:/var/lib/app.aof`",
                ));
            }
            path => keeping(Path::new(path))?,
        });
    }
    if let Some(server) = &options.embedded {
        options.url = server.url();
    }
    Ok(())
}

/// Starts a server.
pub(crate) fn start(builder: pottery_embedded::Builder) -> Result<Arc<Server>> {
    let server = builder.start().map_err(|error| {
        Error::new(ErrorKind::Unavailable, format!("the embedded server cannot start: {error}"))
            .with_source(error)
    })?;
    Ok(Arc::new(server))
}

/// The server of this process that keeps its data in the file at `path`. All stores on one file share one server.
fn keeping(path: &Path) -> Result<Arc<Server>> {
    static OPEN: Mutex<Option<HashMap<PathBuf, Weak<Server>>>> = Mutex::new(None);
    let path = canonical(path).map_err(|error| {
        Error::misuse(format!("the address `embedded:{}` names no file: {error}", path.display()))
    })?;
    // held while the server starts, so that two threads that open one file get one server
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let open = open.get_or_insert_default();
    // a client may have ended it with `SHUTDOWN`
    if let Some(server) = open.get(&path).and_then(Weak::upgrade).filter(|server| server.is_running()) {
        return Ok(server);
    }
    open.retain(|_, server| server.strong_count() > 0);
    let server = start(Server::builder().private().persist(&path))?;
    open.insert(path, Arc::downgrade(&server));
    Ok(server)
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
