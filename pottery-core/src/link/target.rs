//! Where the server is and who we are there: the client crate's options, and what TLS needs.

use redis::{ConnectionAddr, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo, RedisError};

use crate::error::{Error, Result};
use crate::options::Options;

/// A server, and how it is greeted.
pub(crate) struct Target {
    pub(crate) address: ConnectionAddr,
    pub(crate) settings: RedisConnectionInfo,
    #[cfg(feature = "tls")]
    pub(crate) tls: super::tls::Trust,
}

impl Target {
    pub(crate) fn new(options: &Options) -> Result<Target> {
        let invalid = |error: RedisError| {
            // the text of a URL error never repeats the URL: it may hold a password
            Error::misuse(format!("the address of the store is not valid: {error}"))
        };
        if options.url.to_ascii_lowercase().starts_with("embedded") {
            return Err(Error::misuse(if cfg!(feature = "embedded") {
                "the address of an embedded server is `embedded:`, or `embedded:` and the path of a file"
            } else {
                "`embedded:` needs pottery's feature `embedded`"
            }));
        }
        let info = options.url.as_str().into_connection_info().map_err(invalid)?;
        let mut settings: RedisConnectionInfo = info.redis_settings().clone();
        if !options.url.contains("protocol=") {
            settings = settings.set_protocol(ProtocolVersion::RESP3);
        }
        if let Some(user) = &options.user {
            settings = settings.set_username(user);
        }
        if let Some(password) = &options.password {
            settings = settings.set_password(password);
        }
        if let Some(database) = options.database {
            settings = settings.set_db(database);
        }
        let address = info.addr().clone();
        match &address {
            #[cfg(feature = "tls")]
            ConnectionAddr::TcpTls { insecure: true, .. } => {
                return Err(Error::misuse("`#insecure` is not supported: `rediss://` is always verified"));
            }
            #[cfg(not(feature = "tls"))]
            ConnectionAddr::TcpTls { .. } => {
                return Err(Error::misuse("`rediss://` needs pottery's feature `tls`"));
            }
            #[cfg(not(unix))]
            ConnectionAddr::Unix(_) => {
                return Err(Error::misuse("this system has no unix sockets"));
            }
            _ => {}
        }
        Ok(Target {
            address,
            settings,
            #[cfg(feature = "tls")]
            tls: super::tls::Trust::new(options)?,
        })
    }
}
