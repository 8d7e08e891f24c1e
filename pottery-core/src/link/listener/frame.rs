//! Words of the server, whole: what RESP3 sends as a push, and RESP2 as if it were a reply.

use crate::reply::Token;
use crate::resp::{self, Arrived};

/// One word: a push, a reply, or attributes, which are a word of their own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a>(&'a [u8]);

impl<'a> Frame<'a> {
    /// The first word of these bytes, if it has arrived whole.
    pub(super) fn first(bytes: &'a [u8]) -> Result<Option<Frame<'a>>, &'static str> {
        let (mut at, mut owed) = (0_usize, 1_u64);
        while owed > 0 {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(element) = resp::element(rest)? else { return Ok(None) };
            let string = usize::try_from(element.bytes).map_err(|_| "a string that is too long")?;
            if rest.len() - element.used < string {
                return Ok(None);
            }
            at += element.used + string;
            let whole = owed - 1;
            owed = whole.checked_add(element.children).ok_or("more values than can be counted")?;
        }
        Ok(Some(Frame(&bytes[..at])))
    }

    /// How many bytes it has.
    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    /// The error that it is, without its mark.
    pub(crate) fn error(self) -> Option<&'a [u8]> {
        match resp::token(self.0) {
            Ok(Some((Arrived::Error(text), _))) => Some(text),
            _ => None,
        }
    }

    /// What it consists of: nothing if it is not a push or an array.
    pub(crate) fn parts(self) -> Parts<'a> {
        match resp::token(self.0) {
            Ok(Some((Arrived::Aside(_) | Arrived::Value(Token::Array(_)), used))) => Parts(&self.0[used..]),
            _ => Parts(&[]),
        }
    }
}

/// The parts of a word, and the parts of those.
#[derive(Clone, Debug)]
pub(crate) struct Parts<'a>(&'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        match resp::token(self.0) {
            Ok(Some((Arrived::Value(token), used))) => {
                self.0 = &self.0[used..];
                Some(token)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(bytes: &[u8]) -> Vec<Token<'_>> {
        let frame = Frame::first(bytes).expect("RESP").expect("whole");
        assert_eq!(frame.len(), bytes.len());
        frame.parts().collect()
    }

    #[test]
    fn a_word_comes_whole_or_not_at_all() {
        let words: [&[u8]; 4] = [
            b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n",
            b"*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n",
            b">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
            b"+PONG\r\n",
        ];
        for word in words {
            for end in 0..word.len() {
                assert!(Frame::first(&word[..end]).expect("RESP").is_none(), "{end}");
            }
            let two = [word, b"+"].concat();
            assert_eq!(Frame::first(&two).expect("RESP").map(Frame::len), Some(word.len()));
        }
        let message = [Token::Bytes(b"message"), Token::Bytes(b"c"), Token::Bytes(b"hi")];
        assert_eq!(parts(words[0]), message);
        assert_eq!(parts(words[2]).len(), 4);
        assert_eq!(parts(words[3]), []);
    }

    #[test]
    fn errors_and_nonsense_are_told_apart() {
        assert_eq!(
            Frame::first(b"-NOPERM no\r\n").expect("RESP").and_then(Frame::error),
            Some(&b"NOPERM no"[..])
        );
        assert!(Frame::first(b"HTTP/1.1 400\r\n").is_err());
        assert!(Frame::first(b">9223372036854775807\r\n").is_err());
    }
}
