//! Commands as they stand in the file.

/// Commands to be written: their bytes, and which database is selected behind them.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) bytes: Vec<u8>,
    /// `None` while it isn't known, so that the next command begins with a `SELECT`.
    pub(crate) db: Option<usize>,
}

impl Log {
    /// Adds a command that runs in database `db`.
    pub(crate) fn command(&mut self, db: usize, args: &[&[u8]]) {
        self.select(db);
        self.raw(args);
    }

    /// Selects a database, if it isn't selected already.
    pub(crate) fn select(&mut self, db: usize) {
        if self.db != Some(db) {
            self.raw(&[b"SELECT", itoa::Buffer::new().format(db).as_bytes()]);
            self.db = Some(db);
        }
    }

    /// Adds a command as it is.
    pub(crate) fn raw(&mut self, args: &[&[u8]]) {
        self.head(args.len());
        for arg in args {
            self.arg(arg);
        }
    }

    /// Begins a command of so many arguments, which must follow.
    pub(crate) fn head(&mut self, count: usize) {
        self.number(b'*', count);
    }

    pub(crate) fn arg(&mut self, arg: &[u8]) {
        self.number(b'$', arg.len());
        self.bytes.extend_from_slice(arg);
        self.bytes.extend_from_slice(b"\r\n");
    }

    fn number(&mut self, sign: u8, value: usize) {
        self.bytes.push(sign);
        self.bytes.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_selected_once() {
        let mut log = Log::default();
        log.command(0, &[b"DEL", b"a"]);
        log.command(0, &[b"DEL", b"b"]);
        log.command(12, &[b"DEL", b"c"]);
        let expected = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$3\r\nDEL\r\n$1\r\na\r\n*2\r\n$3\r\nDEL\r\n$1\r\nb\r\n\
                        *2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n*2\r\n$3\r\nDEL\r\n$1\r\nc\r\n";
        assert_eq!(String::from_utf8(log.bytes).expect("text"), expected);
    }
}
