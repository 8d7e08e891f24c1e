//! Looks after clients while a script runs and runs.
//!
//! The thread is the script's then: no task of a connection gets its turn. So the script itself calls here from time to
//! time, and whoever has sent something meanwhile is told that the server is busy, or has the script ended.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::net::{TcpStream, UnixStream};
use tokio::task::spawn_local;

use crate::engine::Engine;
use crate::engine::client::{ClientId, Closing, Peer};
use crate::engine::resp::{Limits, Parser, Step};
use crate::engine::script::busy::Attendant;
use crate::server::connection;
use crate::server::line::{Line, Stream};
use crate::server::thread::Shared;

/// How often clients are looked after.
const EVERY: Duration = Duration::from_millis(1);
/// How much of a client's requests is read while a script runs.
const READ: usize = 64 * 1024;

/// All that it takes to look after clients.
pub(super) struct Desk {
    engine: Weak<RefCell<Engine>>,
    tcp: Option<TcpListener>,
    unix: Option<(UnixListener, String)>,
    lines: RefCell<HashMap<ClientId, Line>>,
    ending: Arc<AtomicBool>,
    last: Cell<Option<Instant>>,
    myself: Weak<Desk>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("lines", &self.lines.borrow().len()).finish_non_exhaustive()
    }
}

impl Desk {
    pub(super) fn new(
        engine: &Shared,
        tcp: Option<TcpListener>,
        unix: Option<(UnixListener, String)>,
        ending: Arc<AtomicBool>,
    ) -> Rc<Desk> {
        Rc::new_cyclic(|myself| Desk {
            engine: Rc::downgrade(engine),
            tcp,
            unix,
            lines: RefCell::default(),
            ending,
            last: Cell::new(None),
            myself: Weak::clone(myself),
        })
    }

    /// Takes in a connection's line.
    pub(super) fn add(&self, id: ClientId, line: Line) {
        self.lines.borrow_mut().insert(id, line);
    }

    pub(super) fn remove(&self, id: ClientId) {
        self.lines.borrow_mut().remove(&id);
    }

    /// Takes in those who have connected since the script began.
    fn accept(&self, engine: &mut Engine) {
        while let Some(Ok((stream, address))) = self.tcp.as_ref().map(TcpListener::accept) {
            let ready = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
            if let Ok(stream) = ready {
                let peer = connection::tcp_peer(&stream, address);
                self.welcome(engine, Stream::Tcp(stream), peer);
            }
        }
        while let Some((Ok((stream, _)), path)) = self.unix.as_ref().map(|(it, path)| (it.accept(), path)) {
            let ready = stream.set_nonblocking(true).and_then(|()| UnixStream::from_std(stream));
            if let Ok(stream) = ready {
                self.welcome(engine, Stream::Unix(stream), connection::unix_peer(path));
            }
        }
    }

    fn welcome(&self, engine: &mut Engine, stream: Stream, peer: Peer) {
        if engine.rig.refuses {
            return;
        }
        if let (Some(shared), Some(desk)) = (self.engine.upgrade(), self.myself.upgrade()) {
            let id = engine.connect(peer);
            let line = Line::new(stream);
            self.add(id, line.clone());
            spawn_local(connection::serve_connected(line, id, shared, desk));
        }
    }

    /// Answers what a client has sent.
    fn answer(engine: &mut Engine, id: ClientId, line: &Line) {
        let ended = line.read_early(READ).is_err();
        line.early(|bytes| {
            let mut parser = Parser::default();
            let mut start = 0;
            while let Some(client) = engine.clients.get(&id).filter(|client| client.closing == Closing::Open)
            {
                let limits =
                    Limits { unauthenticated: !client.authenticated, longest: engine.config.longest_string };
                let input = &bytes[start..];
                match parser.next(input, limits) {
                    Ok(Step::Command(length)) => {
                        engine.execute_amid_script(id, &parser.args(input));
                        start += length;
                    }
                    Ok(Step::Nothing(length)) if length > 0 => start += length,
                    // What makes no sense is for the connection itself to refuse.
                    _ => break,
                }
            }
            start
        });
        let Some(client) = engine.clients.get_mut(&id) else { return };
        if !client.out.is_empty() {
            let sent = line.write_now(&client.out);
            client.out.drain(..sent);
        }
        // The rest is for the connection to read and send, when the script is over.
        let mut rest = ended || !client.out.is_empty() || client.closing != Closing::Open;
        line.early(|bytes| {
            rest |= !bytes.is_empty();
            0
        });
        if rest {
            client.wake();
        }
    }
}

impl Attendant for Desk {
    fn attend(&self, engine: &mut Engine) {
        let now = Instant::now();
        if self.last.get().is_some_and(|last| now - last < EVERY) {
            return;
        }
        self.last.set(Some(now));
        self.accept(engine);
        let lines: Vec<(ClientId, Line)> =
            self.lines.borrow().iter().map(|(id, line)| (*id, line.clone())).collect();
        for (id, line) in lines {
            let free = engine
                .clients
                .get(&id)
                .is_some_and(|client| client.closing == Closing::Open && !client.is_blocked());
            // The one whose script runs waits for its reply.
            if free && line.is_idle() && engine.current != Some(id) {
                Desk::answer(engine, id, &line);
            }
        }
    }

    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }
}
