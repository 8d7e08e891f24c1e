//! Options: where the server is, who we are there, and how long we wait.

use std::fmt;
use std::time::Duration;

use crate::error::Result;
use crate::store::Store;

/// How to reach a server, and how to behave there. [`Options::open`] makes a [`Store`] of it.
///
/// ```
/// # use pottery_core::Store;
/// # use std::time::Duration;
/// # fn main() -> pottery_core::Result<()> {
/// let store = Store::options("redis://127.0.0.1:6390/")
///     .user("worker")
///     .password("secret")
///     .database(2)
///     .namespace("shop")
///     .timeout(Duration::from_millis(800))
///     .open()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Options {
    pub(crate) url: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) database: Option<i64>,
    pub(crate) namespace: String,
    pub(crate) timeout: Option<Duration>,
    pub(crate) connect_timeout: Duration,
    pub(crate) attempts: u32,
    pub(crate) shared_prefixes: bool,
    #[cfg(feature = "tls")]
    pub(crate) root_certificates: Option<Vec<u8>>,
    /// The server in this process that the store is on, and keeps alive.
    #[cfg(feature = "embedded")]
    pub(crate) embedded: Option<std::sync::Arc<crate::embedded::Running>>,
}

impl Options {
    pub(crate) fn new(url: &str) -> Options {
        Options {
            url: url.to_owned(),
            user: None,
            password: None,
            database: None,
            namespace: String::new(),
            timeout: Some(Duration::from_secs(5)),
            connect_timeout: Duration::from_secs(2),
            attempts: 16,
            shared_prefixes: false,
            #[cfg(feature = "tls")]
            root_certificates: None,
            #[cfg(feature = "embedded")]
            embedded: None,
        }
    }

    /// The ACL user. In a URL: `redis://user:password@host/`.
    pub fn user(mut self, user: &str) -> Options {
        self.user = Some(user.to_owned());
        self
    }

    /// The password, sent with `HELLO` when a connection is made; it appears in no error and no debug output.
    pub fn password(mut self, password: &str) -> Options {
        self.password = Some(password.to_owned());
        self
    }

    /// The number of the database. In a URL: `redis://host/2`, `unix:///run/redis.sock?db=2`.
    pub fn database(mut self, number: i64) -> Options {
        self.database = Some(number);
        self
    }

    /// What all keys begin with, and a colon: see [`Store::namespace`].
    pub fn namespace(mut self, name: &str) -> Options {
        self.namespace = name.to_owned();
        self
    }

    /// How long one command may take, connecting and repeating included. 5 seconds unless set.
    pub fn timeout(mut self, time: Duration) -> Options {
        self.timeout = Some(time);
        self
    }

    /// Commands wait for ever.
    pub fn no_timeout(mut self) -> Options {
        self.timeout = None;
        self
    }

    /// How long it may take to connect. 2 seconds unless set; the time of the command ends it as well.
    pub fn connect_timeout(mut self, time: Duration) -> Options {
        self.connect_timeout = time;
        self
    }

    /// How often an optimistic update or transaction begins before it ends with
    /// [`Conflict`](crate::ErrorKind::Conflict). 16 unless set; at least 1.
    pub fn attempts(mut self, attempts: u32) -> Options {
        self.attempts = attempts.max(1);
        self
    }

    /// Lets several models of the program share one prefix: an old and a new version of one, for a migration.
    pub fn shared_prefixes(mut self) -> Options {
        self.shared_prefixes = true;
        self
    }

    /// The roots that `rediss://` trusts, as PEM, instead of those of the system.
    #[cfg(feature = "tls")]
    pub fn root_certificates(mut self, pem: &[u8]) -> Options {
        self.root_certificates = Some(pem.to_vec());
        self
    }

    /// Makes a store of it. Nothing is sent: connections are made when they are needed.
    ///
    /// # Errors
    /// [`Misuse`](crate::ErrorKind::Misuse) if the address is not valid, if it needs a feature that is off, or if two
    /// models of the program share one prefix.
    pub fn open(self) -> Result<Store> {
        Store::from_options(self)
    }
}

impl fmt::Debug for Options {
    /// Neither the address nor the credentials: a URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("database", &self.database)
            .field("namespace", &self.namespace)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
