//! A server that says what a test wants it to say.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Listens on a loopback port for as long as the test runs; each connection is a thread's.
pub(crate) struct Fake {
    port: u16,
    accepted: Arc<AtomicUsize>,
}

/// One connection, seen from the server.
pub(crate) struct Peer {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Which connection it is, from 0.
    pub(crate) number: usize,
}

impl Fake {
    /// A server that greets, and then does what `script` says.
    pub(crate) fn start(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Fake {
        Fake::rude(move |peer| {
            for _ in 0..3 {
                let Some(request) = peer.request() else { return };
                peer.say(if request[0] == "HELLO" { "%0\r\n" } else { "+OK\r\n" });
            }
            script(peer);
        })
    }

    /// A server whose script begins with the greeting.
    pub(crate) fn rude(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (script, accepted) = (Arc::new(script), Arc::new(AtomicUsize::new(0)));
        let counter = accepted.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), script) = (stream, script.clone()) else { return };
                let number = counter.fetch_add(1, Ordering::SeqCst);
                stream.set_nodelay(true).unwrap();
                thread::spawn(move || script(&mut Peer { stream, buffer: Vec::new(), number }));
            }
        });
        Fake { port, accepted }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// How many connections there were.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Peer {
    /// The next request; `None` when the client has gone.
    pub(crate) fn request(&mut self) -> Option<Vec<String>> {
        loop {
            if let Some((request, used)) = parse(&self.buffer) {
                self.buffer.drain(..used);
                return Some(request);
            }
            let mut room = [0; 65536];
            match self.stream.read(&mut room) {
                Ok(0) | Err(_) => return None,
                Ok(count) => self.buffer.extend_from_slice(&room[..count]),
            }
        }
    }

    /// Sends bytes. A client that has gone does not mind.
    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Says that nothing more will be said. The client may have gone already.
    pub(crate) fn hang_up(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}

fn parse(bytes: &[u8]) -> Option<(Vec<String>, usize)> {
    let mut at = 0;
    let number = |at: &mut usize| -> Option<usize> {
        let end = *at + bytes.get(*at..)?.iter().position(|byte| *byte == b'\n')?;
        let number = std::str::from_utf8(&bytes[*at + 1..end - 1]).unwrap().parse().unwrap();
        *at = end + 1;
        Some(number)
    };
    let count = number(&mut at)?;
    let mut request = Vec::with_capacity(count);
    for _ in 0..count {
        let length = number(&mut at)?;
        request.push(String::from_utf8_lossy(bytes.get(at..at + length)?).into_owned());
        at += length + 2;
    }
    (at <= bytes.len()).then_some((request, at))
}
