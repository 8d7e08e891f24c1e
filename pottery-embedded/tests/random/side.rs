//! One of the two servers, and the clients' connections to it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::compare::whole;
use crate::program::CLIENTS;

/// A reply may take this long.
const REPLY: Duration = Duration::from_secs(10);

/// What is said in place of a reply when the connection has ended.
pub(crate) const END: &[u8] = b"(the connection has ended)";

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    start: usize,
}

/// A server's connections.
#[derive(Debug)]
pub(crate) struct Side {
    addr: SocketAddr,
    pub(crate) control: Connection,
    pub(crate) clients: Vec<Connection>,
}

impl Side {
    /// Connects all, to an empty server.
    pub(crate) fn new(addr: SocketAddr) -> io::Result<Side> {
        let mut control = Connection::new(addr)?;
        control.ask(&[b"HELLO".to_vec(), b"3".to_vec()]);
        control.ask(&[b"FLUSHALL".to_vec()]);
        control.ask(&[b"SCRIPT".to_vec(), b"FLUSH".to_vec()]);
        let clients = (0..CLIENTS).map(|_| Connection::new(addr)).collect::<io::Result<_>>()?;
        Ok(Side { addr, control, clients })
    }

    /// How many clients are blocked.
    pub(crate) fn blocked(&mut self) -> usize {
        let info = self.control.ask(&[b"INFO".to_vec(), b"clients".to_vec()]);
        let info = String::from_utf8_lossy(&info).into_owned();
        let count = info.lines().find_map(|line| line.strip_prefix("blocked_clients:"));
        count.and_then(|it| it.trim().parse().ok()).unwrap_or(usize::MAX)
    }

    /// Ends a client's connection and makes a new one.
    pub(crate) fn reconnect(&mut self, client: usize) -> io::Result<()> {
        self.clients[client] = Connection::new(self.addr)?;
        Ok(())
    }
}

impl Connection {
    fn new(addr: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: Vec::new(), start: 0 })
    }

    /// Sends commands in one write. That the other end is gone will be seen in the reply.
    pub(crate) fn send<'a>(&mut self, commands: impl IntoIterator<Item = &'a [Vec<u8>]>) {
        let mut bytes = Vec::new();
        for args in commands {
            bytes.extend_from_slice(format!("*{}\r\n", args.len()).as_bytes());
            for arg in args {
                bytes.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
                bytes.extend_from_slice(arg);
                bytes.extend_from_slice(b"\r\n");
            }
        }
        let _ = self.stream.write_all(&bytes);
    }

    /// The next reply.
    pub(crate) fn receive(&mut self) -> Vec<u8> {
        self.receive_within(REPLY).unwrap_or_else(|| b"(no reply)".to_vec())
    }

    /// The next reply, if it comes in time.
    pub(crate) fn receive_within(&mut self, time: Duration) -> Option<Vec<u8>> {
        self.stream.set_read_timeout(Some(time)).expect("a socket takes options");
        let mut portion = [0; 16 * 1024];
        loop {
            if let Some(length) = whole(&self.buffer[self.start..]) {
                let reply = self.buffer[self.start..self.start + length].to_vec();
                self.start += length;
                if self.start == self.buffer.len() {
                    self.buffer.clear();
                    self.start = 0;
                }
                return Some(reply);
            }
            match self.stream.read(&mut portion) {
                Ok(0) => return Some(END.to_vec()),
                Ok(read) => self.buffer.extend_from_slice(&portion[..read]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return None;
                }
                Err(_) => return Some(END.to_vec()),
            }
        }
    }

    /// Whether a whole reply has arrived.
    pub(crate) fn has_reply(&mut self) -> bool {
        let mut portion = [0; 16 * 1024];
        self.stream.set_nonblocking(true).expect("a socket takes options");
        while let Ok(read @ 1..) = self.stream.read(&mut portion) {
            self.buffer.extend_from_slice(&portion[..read]);
        }
        self.stream.set_nonblocking(false).expect("a socket takes options");
        whole(&self.buffer[self.start..]).is_some()
    }

    /// Sends one command and returns the reply.
    pub(crate) fn ask(&mut self, args: &[Vec<u8>]) -> Vec<u8> {
        self.send([args]);
        self.receive()
    }

    /// Sends commands and returns their replies.
    pub(crate) fn ask_all(&mut self, commands: &[Vec<Vec<u8>>]) -> Vec<Vec<u8>> {
        let mut replies = Vec::with_capacity(commands.len());
        for portion in commands.chunks(500) {
            self.send(portion.iter().map(Vec::as_slice));
            replies.extend(portion.iter().map(|_| self.receive()));
        }
        replies
    }
}
