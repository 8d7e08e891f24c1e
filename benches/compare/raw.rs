//! The limit: sockets that send what is encoded already, and pass over what comes back without decoding it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A command in Redis's protocol.
pub(crate) fn encode(args: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        let arg = arg.as_ref();
        out.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// The same from text, split at spaces.
pub(crate) fn encode_text(command: &str) -> Vec<u8> {
    encode(&command.split(' ').collect::<Vec<_>>())
}

/// Finds the end of replies.
struct Scanner {
    buffer: Vec<u8>,
    /// What has been read and not been passed over: from here ...
    from: usize,
    /// ... to here.
    to: usize,
    /// Bytes of a string that are still to come.
    skip: usize,
    /// Values that are still to come.
    owed: usize,
}

impl Scanner {
    fn new() -> Scanner {
        Scanner { buffer: vec![0; 64 << 10], from: 0, to: 0, skip: 0, owed: 0 }
    }

    /// Where the next bytes go.
    fn room(&mut self) -> &mut [u8] {
        self.buffer.copy_within(self.from..self.to, 0);
        self.to -= self.from;
        self.from = 0;
        &mut self.buffer[self.to..]
    }

    /// Takes in `read` more bytes. Returns whether the last reply has ended.
    fn advance(&mut self, read: usize) -> bool {
        assert!(read > 0, "the server closed the connection");
        self.to += read;
        loop {
            let skipped = self.skip.min(self.to - self.from);
            self.from += skipped;
            self.skip -= skipped;
            if self.owed == 0 && self.skip == 0 {
                return true;
            }
            if self.skip > 0 || !self.token() {
                return false;
            }
        }
    }

    /// Passes over one header or one short value, if it is there.
    fn token(&mut self) -> bool {
        let bytes = &self.buffer[self.from..self.to];
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return false };
        let number = || {
            let digits = bytes[1..end - 1].iter();
            digits.fold(0, |number, digit| number * 10 + usize::from(digit.wrapping_sub(b'0')))
        };
        self.owed -= 1;
        match bytes[0] {
            b'$' | b'=' if bytes[1] != b'-' => self.skip = number() + 2,
            b'*' | b'~' if bytes[1] != b'-' => self.owed += number(),
            b'%' => self.owed += 2 * number(),
            b'-' | b'!' => panic!("the server refused: {}", String::from_utf8_lossy(bytes)),
            _ => {}
        }
        self.from += end + 1;
        true
    }
}

/// A blocking socket.
pub(crate) struct Blocking {
    stream: TcpStream,
    scanner: Scanner,
}

impl Blocking {
    pub(crate) fn connect(addr: SocketAddr) -> Blocking {
        let stream = TcpStream::connect(addr).expect("the server accepts");
        stream.set_nodelay(true).expect("an option of TCP");
        let mut raw = Blocking { stream, scanner: Scanner::new() };
        raw.exchange(&encode_text("HELLO 3"), 1);
        raw
    }

    /// Sends, and waits for that many replies.
    pub(crate) fn exchange(&mut self, request: &[u8], replies: usize) {
        self.stream.write_all(request).expect("the server reads");
        self.scanner.owed = replies;
        loop {
            let read = self.stream.read(self.scanner.room()).expect("the server writes");
            if self.scanner.advance(read) {
                return;
            }
        }
    }
}

/// The same on tokio.
pub(crate) struct Asynchronous {
    stream: tokio::net::TcpStream,
    scanner: Scanner,
}

impl Asynchronous {
    pub(crate) async fn connect(addr: SocketAddr) -> Asynchronous {
        let stream = tokio::net::TcpStream::connect(addr).await.expect("the server accepts");
        stream.set_nodelay(true).expect("an option of TCP");
        let mut raw = Asynchronous { stream, scanner: Scanner::new() };
        raw.exchange(&encode_text("HELLO 3"), 1).await;
        raw
    }

    /// Sends, and waits for that many replies.
    pub(crate) async fn exchange(&mut self, request: &[u8], replies: usize) {
        self.stream.write_all(request).await.expect("the server reads");
        self.scanner.owed = replies;
        loop {
            let read = self.stream.read(self.scanner.room()).await.expect("the server writes");
            if self.scanner.advance(read) {
                return;
            }
        }
    }
}
