//! The client crate: the only place, with the links beside it, that names its connections and errors.

use redis::{
    ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo, RedisError,
    Value,
};

use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::options::Options;
use crate::reply::Replies;

impl Replies {
    pub(crate) fn none() -> Replies {
        Replies::many(Vec::new())
    }

    /// Whether the only reply says that the server has forgotten the script, and so has done nothing.
    pub(crate) fn lacks_script(&self) -> bool {
        matches!(self.values(), [Value::ServerError(error)] if error.code() == "NOSCRIPT")
    }

    /// The last so many numbers, of EXEC's answer if there is one; 0 where there is none.
    pub(crate) fn last_numbers(&self, count: usize) -> Vec<i64> {
        let values = match self.values().last() {
            Some(Value::Array(executed)) if executed.len() >= count => executed,
            _ => self.values(),
        };
        let behind = &values[values.len().saturating_sub(count)..];
        behind.iter().map(|value| if let Value::Int(number) = value { *number } else { 0 }).collect()
    }

    /// The first reply, if it is an error.
    pub(crate) fn refusal(&self) -> Option<Error> {
        match self.values().first() {
            Some(Value::ServerError(error)) => {
                Some(Error::server(error.code(), error.details().unwrap_or_default()))
            }
            _ => None,
        }
    }

    /// The reason for which the server did nothing of what was asked, where it may do so a little later.
    pub(crate) fn not_yet(&self) -> Option<Error> {
        let is_passing = |value: &Value| {
            matches!(value, Value::ServerError(error)
                if matches!(error.code(), "LOADING" | "TRYAGAIN" | "MASTERDOWN" | "CLUSTERDOWN"))
        };
        match self.values().first() {
            Some(Value::ServerError(error)) if self.values().iter().all(is_passing) => {
                Some(Error::server(error.code(), error.details().unwrap_or_default()))
            }
            _ => None,
        }
    }
}

/// Where the server is and who we are there, for the client crate.
pub(crate) fn connection_info(options: &Options) -> Result<ConnectionInfo> {
    let invalid = |error: RedisError| {
        // the text of a URL error never repeats the URL: it may hold a password
        Error::misuse(format!("the address of the store is not valid: {error}"))
    };
    let info = options.url.as_str().into_connection_info().map_err(invalid)?;
    let mut redis: RedisConnectionInfo = info.redis_settings().clone();
    if !options.url.contains("protocol=") {
        redis = redis.set_protocol(ProtocolVersion::RESP3);
    }
    if let Some(user) = &options.user {
        redis = redis.set_username(user);
    }
    if let Some(password) = &options.password {
        redis = redis.set_password(password);
    }
    if let Some(database) = options.database {
        redis = redis.set_db(database);
    }
    let tcp = redis::io::tcp::TcpSettings::default().set_nodelay(true);
    Ok(info.set_redis_settings(redis).set_tcp_settings(tcp))
}

/// The client of a server.
pub(crate) fn client(options: &Options) -> Result<redis::Client> {
    let info = connection_info(options)?;
    #[cfg(feature = "tls")]
    if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
        let certificates =
            redis::TlsCertificates { client_tls: None, root_cert: options.root_certificates.clone() };
        return redis::Client::build_with_tls(info, certificates)
            .map_err(|error| Error::misuse(format!("TLS cannot be set up: {}", category(&error))));
    }
    #[cfg(not(feature = "tls"))]
    if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
        return Err(Error::misuse("`rediss://` needs pottery's feature `tls`"));
    }
    redis::Client::open(info).map_err(|error| Error::misuse(category(&error)))
}

/// A failure to connect: nothing was sent.
pub(crate) fn not_connected(error: RedisError) -> Error {
    failure(error, Outcome::NotApplied)
}

/// A failure after the request was handed over: what became of it is not known.
pub(crate) fn lost(error: RedisError) -> Error {
    failure(error, Outcome::Unknown)
}

fn failure(error: RedisError, outcome: Outcome) -> Error {
    if let Some(code) = error.code() {
        return Error::server(code, error.detail().unwrap_or_default()).with_outcome(outcome);
    }
    let kind = match error.kind() {
        _ if error.is_timeout() => ErrorKind::Timeout,
        redis::ErrorKind::AuthenticationFailed => ErrorKind::Denied,
        redis::ErrorKind::InvalidClientConfig => ErrorKind::Misuse,
        redis::ErrorKind::RESP3NotSupported => ErrorKind::Unsupported,
        _ => ErrorKind::Connection,
    };
    let message = match kind {
        ErrorKind::Timeout => "the server did not answer in time".to_owned(),
        ErrorKind::Denied => "the server refused the credentials".to_owned(),
        _ if error.is_io_error() => format!("the connection failed: {error}"),
        _ => format!("the connection failed: {}", category(&error)),
    };
    let failure = Error::new(kind, message).with_outcome(outcome);
    // an I/O error is told in full; other texts of the client crate may repeat what was sent
    if error.is_io_error() { failure.with_source(error) } else { failure }
}

fn category(error: &RedisError) -> String {
    error.category().to_owned()
}

pub(crate) fn timed_out(outcome: Outcome) -> Error {
    let message = match outcome {
        Outcome::NotApplied => "the deadline passed before the request was sent",
        _ => "the server did not answer in time",
    };
    Error::new(ErrorKind::Timeout, message).with_outcome(outcome)
}

/// A request as the client crate's type, which has no way in for bytes that are packed already.
#[cfg(feature = "async")]
pub(crate) fn pipeline_of(request: &crate::request::Request) -> redis::Pipeline {
    let mut pipeline = redis::Pipeline::with_capacity(request.len());
    for args in request.commands() {
        pipeline.add_command(command_of(args));
    }
    pipeline
}

#[cfg(feature = "async")]
pub(crate) fn command_of(args: crate::request::CommandArgs<'_>) -> redis::Cmd {
    let mut command = redis::Cmd::with_capacity(args.len(), args.bytes());
    for arg in args {
        redis::RedisWrite::write_arg(&mut command, arg);
    }
    command
}

/// A connection that was given up after an error.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the connection that this operation held was lost")
}

/// A request as one argument of a command, to be taken out again below the client crate.
#[cfg(feature = "async")]
pub(crate) fn packed(request: &crate::request::Request) -> redis::Cmd {
    let mut command = redis::Cmd::with_capacity(1, request.packed().len());
    redis::RedisWrite::write_arg(&mut command, request.packed());
    command
}
