//! The embedded server as a program of its own, with the options of `redis-server` as far as it has what they are about.

use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::process::ExitCode;
use std::task::Poll;

use pottery_embedded::{Builder, Fsync, Persistence, Server};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

const HELP: &str = "\
Usage: pottery-embedded [--option value ...]

A Redis-compatible server, in memory or with a file. Options are those of redis.conf, with two dashes:
  --port 7000                      the port, 6379 unless said otherwise; 0 for none
  --bind 127.0.0.1                 the address
  --unixsocket path                also a socket in the file system
  --dir path                       where to run
  --requirepass password
  --user name rules...             more than once
  --cluster-enabled yes            a cluster of one node
  --notify-keyspace-events KEA
  --maxmemory 100mb
  --databases 16
  --appendonly yes                 keep data in the file --appendfilename, with --appendfsync
and others. What it doesn't know, or can't do, it refuses.
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("--help" | "-h") => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Some("--version" | "-v") => {
            println!("pottery-embedded v={} as Redis server v=7.0.15", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("pottery-embedded: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<(), String> {
    let builder = configure(&split(args)?)?;
    // Before the server starts, so that no signal goes unheard.
    let runtime = runtime::Builder::new_current_thread().enable_io().build().map_err(|it| it.to_string())?;
    let entered = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|it| it.to_string())?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|it| it.to_string())?;
    drop(entered);
    let server = builder.start().map_err(|it| it.to_string())?;
    if let Some(addr) = server.addr() {
        println!("Ready to accept connections at {addr}");
    }
    if let Some(path) = server.unix_path() {
        println!("Ready to accept connections at {}", path.display());
    }
    let mut ended = pin!(server.ended());
    let why = runtime.block_on(poll_fn(|cx| {
        if interrupt.poll_recv(cx).is_ready() {
            return Poll::Ready("Received SIGINT");
        }
        if terminate.poll_recv(cx).is_ready() {
            return Poll::Ready("Received SIGTERM");
        }
        ended.as_mut().poll(cx).map(|()| "A client asked for the end")
    }));
    println!("{why}");
    drop(server);
    println!("bye bye...");
    Ok(())
}

/// An option and its values.
type Given<'a> = (&'a str, Vec<&'a str>);

/// The options of a command line: each begins with two dashes and ends where the next begins.
fn split(args: &[String]) -> Result<Vec<Given<'_>>, String> {
    let mut options: Vec<Given<'_>> = Vec::new();
    for arg in args {
        match (arg.strip_prefix("--"), options.last_mut()) {
            (Some(name), _) => options.push((name, Vec::new())),
            (None, Some((_, values))) => values.push(arg),
            (None, None) => return Err(format!("'{arg}': configuration files aren't supported")),
        }
    }
    Ok(options)
}

/// Turns options into a server that can be started.
fn configure(options: &[Given<'_>]) -> Result<Builder, String> {
    let mut builder = Server::builder();
    let (mut port, mut unix) = (6379, None);
    let (mut append, mut file, mut fsync) = (false, "appendonly.aof", Fsync::EverySecond);
    for (name, values) in options {
        let name = name.to_ascii_lowercase();
        let failed = |why: &str| format!("'{name} {}': {why}", values.join(" "));
        let one = || match values[..] {
            [value] => Ok(value),
            _ => Err(failed("wrong number of arguments")),
        };
        match name.as_str() {
            "port" => port = one()?.parse().map_err(|_| failed("that is no port"))?,
            "unixsocket" => unix = Some(one()?).filter(|path| !path.is_empty()),
            "dir" => std::env::set_current_dir(one()?).map_err(|error| failed(&error.to_string()))?,
            "bind" => {
                builder = builder.bind(address(values).ok_or_else(|| failed("one address is supported"))?)
            }
            "appendonly" if one()?.eq_ignore_ascii_case("yes") => append = true,
            "appendonly" => append = false,
            "appendfilename" => file = one()?,
            "appendfsync" => {
                fsync = match one()?.to_ascii_lowercase().as_str() {
                    "always" => Fsync::Always,
                    "everysec" => Fsync::EverySecond,
                    "no" => Fsync::Never,
                    _ => return Err(failed("always, everysec or no")),
                };
                builder = builder.setting("appendfsync", one()?);
            }
            _ => builder = builder.setting(name, values.join(" ")),
        }
    }
    if append {
        builder = builder.persist(Persistence::at(file).fsync(fsync));
    }
    match (port, unix) {
        (0, None) => Err("configured to listen nowhere".to_owned()),
        (0, Some(path)) => Ok(builder.unix(path)),
        (port, None) => Ok(builder.port(port)),
        (port, Some(path)) => Ok(builder.port(port).unix(path)),
    }
}

/// The address to listen on. Those with a dash before them are wanted only if they can be had.
fn address(values: &[&str]) -> Option<IpAddr> {
    let mut wanted = values.iter().filter(|value| !value.starts_with('-'));
    match (wanted.next(), wanted.next()) {
        (Some(&"*"), None) => Some(IpAddr::from([0, 0, 0, 0])),
        (Some(value), None) => value.parse().ok(),
        _ => None,
    }
}
