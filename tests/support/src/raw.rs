//! A client that sends a command and returns the reply, and knows nothing else.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::resp::{Framer, encode, parse};

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A status such as `OK`.
    Simple(String),
    /// An error, without the leading `-`.
    Error(String),
    /// A number.
    Int(i64),
    /// A string of bytes.
    Bulk(Vec<u8>),
    /// Nothing: a null string or a null array.
    Nil,
    /// Several replies.
    Array(Vec<Reply>),
}

impl Reply {
    /// The text of a status, a string or a number.
    ///
    /// # Panics
    /// On any other reply, with the reply.
    #[track_caller]
    pub fn text(&self) -> String {
        match self {
            Reply::Simple(text) => text.clone(),
            Reply::Bulk(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Reply::Int(number) => number.to_string(),
            other => panic!("the server's reply is no text: {other:?}"),
        }
    }

    /// A number, also when the server sends it as a string.
    ///
    /// # Panics
    /// On any other reply, with the reply.
    #[track_caller]
    pub fn int(&self) -> i64 {
        match self {
            Reply::Int(number) => Some(*number),
            Reply::Bulk(bytes) => str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()),
            _ => None,
        }
        .unwrap_or_else(|| panic!("the server's reply is no number: {self:?}"))
    }

    /// The elements of an array.
    ///
    /// # Panics
    /// On any other reply, with the reply.
    #[track_caller]
    pub fn array(&self) -> &[Reply] {
        match self {
            Reply::Array(items) => items,
            other => panic!("the server's reply is no array: {other:?}"),
        }
    }

    /// The texts of an array.
    ///
    /// # Panics
    /// On any other reply, with the reply.
    #[track_caller]
    pub fn texts(&self) -> Vec<String> {
        self.array().iter().map(Reply::text).collect()
    }

    /// Whether there was nothing.
    pub fn is_nil(&self) -> bool {
        *self == Reply::Nil
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        matches!(self, Reply::Error(_))
    }
}

/// One plain connection.
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    framer: Framer,
}

impl Raw {
    /// Connects; a reply may then take a minute ([`Raw::set_timeout`]).
    ///
    /// # Panics
    /// When nothing listens there.
    #[track_caller]
    pub fn connect(addr: impl ToSocketAddrs + std::fmt::Debug) -> Raw {
        Raw::try_connect(&addr).unwrap_or_else(|error| panic!("can't connect to {addr:?}: {error}"))
    }

    /// Connects, and says why not.
    ///
    /// # Errors
    /// When nothing listens there.
    pub fn try_connect(addr: impl ToSocketAddrs) -> io::Result<Raw> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        let raw = Raw { stream, framer: Framer::replies() };
        raw.set_timeout(Duration::from_secs(60));
        Ok(raw)
    }

    /// How long [`Raw::read`] waits for the server.
    pub fn set_timeout(&self, timeout: Duration) {
        self.stream.set_read_timeout(Some(timeout)).expect("a read timeout above zero can be set");
    }

    /// Sends one command and returns its reply, an error reply included.
    ///
    /// # Panics
    /// When the connection fails.
    #[track_caller]
    pub fn command<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Reply {
        self.try_command(args).unwrap_or_else(|error| {
            let name = String::from_utf8_lossy(args.first().map_or(b"", |name| name.as_ref())).into_owned();
            panic!("no reply to {name}: {error}")
        })
    }

    /// Sends one command and returns its reply, or what became of the connection.
    ///
    /// # Errors
    /// When the connection ends (`UnexpectedEof`), fails, or no reply comes in time (`WouldBlock`).
    pub fn try_command<A: AsRef<[u8]>>(&mut self, args: &[A]) -> io::Result<Reply> {
        self.send(args)?;
        self.read()
    }

    /// Sends one command without waiting for the reply.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn send<A: AsRef<[u8]>>(&mut self, args: &[A]) -> io::Result<()> {
        self.send_bytes(&encode(args))
    }

    /// Sends commands in one write, so that the server receives them together, without waiting for the replies.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn send_all(&mut self, commands: &[&[&str]]) -> io::Result<()> {
        self.send_bytes(&commands.iter().flat_map(|args| encode(args)).collect::<Vec<_>>())
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next reply.
    ///
    /// # Errors
    /// When the connection ends (`UnexpectedEof`), fails, or no reply comes in time (`WouldBlock`).
    pub fn read(&mut self) -> io::Result<Reply> {
        let mut portion = [0; 16 * 1024];
        loop {
            if let Some(frame) = self.framer.next().map_err(io::Error::other)? {
                return Ok(parse(&frame));
            }
            match self.stream.read(&mut portion)? {
                0 => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the connection has ended")),
                read => self.framer.push(&portion[..read]),
            }
        }
    }
}
