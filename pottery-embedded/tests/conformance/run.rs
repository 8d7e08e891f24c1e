//! Running a case on a server.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use pottery_test_support::{Raw, wait_until};

use crate::case::{Action, Case, Tolerance};
use crate::compare::whole;

/// What a server said at one step.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) line: usize,
    pub(crate) step: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) tolerance: Tolerance,
}

/// In place of a reply that doesn't come.
pub(crate) const SILENCE: &[u8] = b"(silence)";

/// A reply may take this long.
const REPLY: Duration = Duration::from_secs(2);

/// Runs a case and returns what the server said.
///
/// # Panics
/// When it doesn't answer; with the place in the case.
pub(crate) fn run(addr: SocketAddr, case: &Case, resp3: bool) -> Vec<Said> {
    let mut control = Raw::connect(addr);
    assert_eq!(control.command(&["FLUSHALL"]).text(), "OK");
    let mut connections: HashMap<usize, Connection> = HashMap::new();
    let mut said = Vec::new();
    for step in &case.steps {
        let place = format!("{}:{} on {addr}: {}", case.file, step.line, step.text);
        let mut connection = |number: usize| {
            connections.entry(number).or_insert_with(|| Connection::open(addr, resp3));
        };
        match &step.action {
            Action::Command(number, ..)
            | Action::Send(number, ..)
            | Action::Receive(number, ..)
            | Action::Raw(number, ..) => {
                connection(*number);
            }
            Action::Blocked(_) | Action::Sleep(_) => {}
        }
        let filled = |args: &[Vec<u8>], connections: &HashMap<usize, Connection>| {
            args.iter().map(|arg| fill(arg, connections)).collect::<Vec<_>>()
        };
        let mut say = |bytes: Vec<u8>, tolerance: Tolerance| {
            said.push(Said { line: step.line, step: step.text.clone(), bytes, tolerance });
        };
        match &step.action {
            Action::Command(number, args, tolerance) => {
                let args = filled(args, &connections);
                let connection = connections.get_mut(number).expect("it has just been opened");
                connection.send(&encode(&args), &place);
                say(connection.receive(&place), *tolerance);
            }
            Action::Send(number, args) => {
                let args = filled(args, &connections);
                connections.get_mut(number).expect("it has just been opened").send(&encode(&args), &place);
            }
            Action::Receive(number, tolerance) => {
                let connection = connections.get_mut(number).expect("it has just been opened");
                say(connection.receive(&place), *tolerance);
            }
            Action::Raw(number, bytes) => {
                let connection = connections.get_mut(number).expect("it has just been opened");
                connection.send(bytes, &place);
                say(connection.receive_all(), Tolerance::Exact);
            }
            Action::Blocked(count) => wait_until(&place, REPLY, || {
                control.command(&["INFO", "clients"]).text().contains(&format!("blocked_clients:{count}\r"))
            }),
            Action::Sleep(millis) => thread::sleep(Duration::from_millis(*millis)),
        }
    }
    said
}

/// An argument, where `{id2}` stands for the number that the server gave to connection 2.
fn fill(arg: &[u8], connections: &HashMap<usize, Connection>) -> Vec<u8> {
    let number = arg.strip_prefix(b"{id").and_then(|rest| rest.strip_suffix(b"}"));
    let number: Option<usize> = number.and_then(|it| str::from_utf8(it).ok()?.parse().ok());
    match number.and_then(|number| connections.get(&number)) {
        Some(connection) => connection.id.clone(),
        None => arg.to_vec(),
    }
}

struct Connection {
    stream: TcpStream,
    /// Its number at the server, in digits.
    id: Vec<u8>,
    /// What was received and belongs to the next reply.
    buffer: Vec<u8>,
}

impl Connection {
    fn open(addr: SocketAddr, resp3: bool) -> Connection {
        let stream = TcpStream::connect(addr).expect("the server accepts");
        stream.set_nodelay(true).expect("a socket takes options");
        let mut connection = Connection { stream, id: Vec::new(), buffer: Vec::new() };
        if resp3 {
            connection.send(b"HELLO 3\r\n", "HELLO 3");
            connection.receive("HELLO 3");
        }
        connection.send(b"CLIENT ID\r\n", "CLIENT ID");
        let reply = connection.receive("CLIENT ID");
        connection.id = reply.iter().copied().filter(u8::is_ascii_digit).collect();
        connection
    }

    fn send(&mut self, bytes: &[u8], place: &str) {
        match self.stream.write_all(bytes) {
            // What is read next tells that the connection has ended.
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {}
            result => result.unwrap_or_else(|error| panic!("{place}: {error}")),
        }
    }

    /// One whole reply, or what came before the connection ended.
    fn receive(&mut self, place: &str) -> Vec<u8> {
        self.stream.set_read_timeout(Some(REPLY)).expect("a socket takes options");
        loop {
            if let Some(length) = whole(&self.buffer) {
                return self.buffer.drain(..length).collect();
            }
            match self.read() {
                Ok(0) => return [&std::mem::take(&mut self.buffer)[..], b"(end)"].concat(),
                Ok(_) => {}
                // What was sent before may have been refused with a reset already.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    return [&std::mem::take(&mut self.buffer)[..], b"(end)"].concat();
                }
                // The other server may have something to say here: that is a difference like others.
                Err(error) if error.kind() == ErrorKind::WouldBlock => return SILENCE.to_vec(),
                Err(error) => panic!("{place}: no reply: {error}"),
            }
        }
    }

    /// Everything until the connection ends, or until nothing has come for a moment after the first reply.
    fn receive_all(&mut self) -> Vec<u8> {
        self.stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a socket takes options");
        loop {
            match self.read() {
                Ok(0) => return [&std::mem::take(&mut self.buffer)[..], b"(end)"].concat(),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    return [&std::mem::take(&mut self.buffer)[..], b"(end)"].concat();
                }
                Err(_) => return std::mem::take(&mut self.buffer),
            }
        }
    }

    fn read(&mut self) -> std::io::Result<usize> {
        let mut portion = [0; 16 * 1024];
        let read = self.stream.read(&mut portion)?;
        self.buffer.extend_from_slice(&portion[..read]);
        Ok(read)
    }
}

fn encode(args: &[Vec<u8>]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        out.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
    out
}
