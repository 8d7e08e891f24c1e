//! The framing of the Redis protocol: where one request or reply ends and the next begins.

use crate::Reply;

/// Cuts a stream of bytes, arriving in any portions, into whole requests or replies.
#[derive(Debug)]
pub(crate) struct Framer {
    /// Bytes received; those before `start` belong to frames already handed out.
    buffer: Vec<u8>,
    /// Where the current frame starts.
    start: usize,
    /// Up to where the current frame has been read: always the start of an element.
    at: usize,
    /// Elements of the current frame still to come, 0 between frames. One number is enough for any nesting: an array
    /// of three is itself one element and adds three more.
    left: u64,
    /// Whether a line that starts with none of the protocol's marks is a request typed by hand.
    inline: bool,
}

impl Framer {
    /// For what a client sends.
    pub(crate) fn requests() -> Framer {
        Framer { inline: true, ..Framer::replies() }
    }

    /// For what a server sends, in either version of the protocol.
    pub(crate) fn replies() -> Framer {
        Framer { buffer: Vec::new(), start: 0, at: 0, left: 0, inline: false }
    }

    /// Takes the next portion.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.at -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame, or `None` until more has come.
    ///
    /// # Errors
    /// When the bytes aren't the protocol.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        if self.left == 0 {
            self.left = 1;
        }
        while self.left > 0 {
            let Some((mark, rest, after)) = line(&self.buffer, self.at) else { return Ok(None) };
            let first = self.at == self.start;
            match mark {
                b'+' | b'-' | b':' | b'_' | b'#' | b',' | b'(' => self.at = after,
                b'$' | b'=' | b'!' => {
                    // The null bulk string has length -1 and nothing after it.
                    let end = match number(rest)? {
                        length if length < 0 => after,
                        length => after + length.unsigned_abs() as usize + 2,
                    };
                    if self.buffer.len() < end {
                        return Ok(None);
                    }
                    self.at = end;
                }
                b'*' | b'~' | b'>' | b'%' | b'|' => {
                    let count = number(rest)?.max(0).unsigned_abs();
                    self.left += match mark {
                        b'%' => 2 * count,
                        // Attributes stand before the value they belong to.
                        b'|' => 2 * count + 1,
                        _ => count,
                    };
                    self.at = after;
                }
                _ if self.inline && first => self.at = after,
                _ => return Err(format!("no RESP element starts with {:?}", char::from(mark))),
            }
            self.left -= 1;
        }
        let frame = self.buffer[self.start..self.at].to_vec();
        self.start = self.at;
        Ok(Some(frame))
    }
}

/// The line that starts at `at`: its first byte, the rest without the end, and where the next one starts. An empty line
/// counts as a line with the mark `\r`.
fn line(bytes: &[u8], at: usize) -> Option<(u8, &[u8], usize)> {
    let length = bytes[at..].windows(2).position(|pair| pair == b"\r\n")?;
    let text = &bytes[at..at + length];
    Some((text.first().copied().unwrap_or(b'\r'), text.get(1..).unwrap_or_default(), at + length + 2))
}

/// A decimal number.
fn number(text: &[u8]) -> Result<i64, String> {
    str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("{:?} is no length", String::from_utf8_lossy(text)))
}

/// A request as clients send it: an array of bulk strings.
pub(crate) fn encode<A: AsRef<[u8]>>(args: &[A]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        let arg = arg.as_ref();
        out.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// The arguments of one whole request.
pub(crate) fn arguments(frame: &[u8]) -> Vec<Vec<u8>> {
    if frame.first() != Some(&b'*') {
        return frame
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
            .map(<[u8]>::to_vec)
            .collect();
    }
    match parse(frame) {
        Reply::Array(items) => items
            .into_iter()
            .map(|item| match item {
                Reply::Bulk(bytes) => bytes,
                other => other.text().into_bytes(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The value of one whole frame.
pub(crate) fn parse(frame: &[u8]) -> Reply {
    let mut at = 0;
    element(frame, &mut at).expect("a frame was found to be whole")
}

/// The element at `at`, which moves past it.
fn element(bytes: &[u8], at: &mut usize) -> Option<Reply> {
    let (mark, rest, after) = line(bytes, *at)?;
    *at = after;
    let text = || String::from_utf8_lossy(rest).into_owned();
    Some(match mark {
        b'-' => Reply::Error(text()),
        b':' => Reply::Int(number(rest).ok()?),
        b'#' => Reply::Int(i64::from(rest == b"t")),
        b'_' => Reply::Nil,
        b'$' | b'=' | b'!' => match number(rest).ok()? {
            length if length < 0 => Reply::Nil,
            length => {
                let end = after + length.unsigned_abs() as usize;
                *at = end + 2;
                let body = bytes.get(after..end)?.to_vec();
                match mark {
                    b'!' => Reply::Error(String::from_utf8_lossy(&body).into_owned()),
                    _ => Reply::Bulk(body),
                }
            }
        },
        b'*' | b'~' | b'>' | b'%' => match number(rest).ok()? {
            count if count < 0 => Reply::Nil,
            count => {
                let count = if mark == b'%' { 2 * count } else { count };
                Reply::Array((0..count).map(|_| element(bytes, at)).collect::<Option<_>>()?)
            }
        },
        b'|' => {
            for _ in 0..2 * number(rest).ok()? {
                element(bytes, at)?;
            }
            element(bytes, at)?
        }
        _ => Reply::Simple(text()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each, some nested and empty.
    const REPLIES: &[&[u8]] = &[
        b"+OK\r\n",
        b"-ERR no\r\n",
        b":-12\r\n",
        b"$5\r\na\r\nbc\r\n",
        b"$0\r\n\r\n",
        b"$-1\r\n",
        b"*-1\r\n",
        b"*0\r\n",
        b"*2\r\n*1\r\n:1\r\n$1\r\nx\r\n",
        b"%2\r\n+a\r\n:1\r\n+b\r\n*2\r\n_\r\n#t\r\n",
        b"~2\r\n,1.5\r\n(123456789012345678901234567890\r\n",
        b">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n",
        b"|1\r\n+ttl\r\n:9\r\n*1\r\n:1\r\n",
        b"=7\r\ntxt:abc\r\n",
        b"!5\r\nERR x\r\n",
    ];

    #[test]
    fn finds_every_frame_however_the_bytes_arrive() {
        let all = REPLIES.concat();
        for portion in 1..=all.len() {
            let mut framer = Framer::replies();
            let mut found = Vec::new();
            for bytes in all.chunks(portion) {
                framer.push(bytes);
                while let Some(frame) = framer.next().expect("these are replies") {
                    found.push(frame);
                }
            }
            assert_eq!(found, REPLIES, "in portions of {portion}");
        }
    }

    #[test]
    fn reads_requests_encoded_or_typed() {
        let mut framer = Framer::requests();
        framer.push(&encode(&["SET", "k", "a\r\nb"]));
        framer.push(b"PING  hello\r\n");
        let frames: Vec<_> = std::iter::from_fn(|| framer.next().expect("these are requests")).collect();
        assert_eq!(arguments(&frames[0]), [&b"SET"[..], b"k", b"a\r\nb"]);
        assert_eq!(arguments(&frames[1]), [&b"PING"[..], b"hello"]);
    }

    #[test]
    fn refuses_what_is_not_the_protocol() {
        let mut framer = Framer::replies();
        framer.push(b"HTTP/1.1 200\r\n");
        assert!(framer.next().is_err());
        let mut framer = Framer::replies();
        framer.push(b"$x\r\n");
        assert!(framer.next().is_err());
    }
}
