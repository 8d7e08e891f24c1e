//! Private servers: a port, a directory and a process each.

use std::fs::{self, DirBuilder, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{env, io, thread};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::watchdog::Watchdog;
use crate::{Raw, Reply, unique, wait_until};

/// A starting server gets this long to answer, which is generous: it takes some ten milliseconds.
const START: Duration = Duration::from_secs(30);

/// A server of this test, or of this process ([`crate::shared`]).
///
/// It listens on a loopback port, keeps nothing on disk unless told to, and ends when it is dropped or when this
/// process ends, in whatever way.
#[derive(Debug)]
pub struct Server {
    settings: Builder,
    port: u16,
    dir: PathBuf,
    process: Option<Process>,
    about: OnceLock<(Kind, Version)>,
}

/// The server's process and the one that watches over it.
#[derive(Debug)]
struct Process {
    child: Child,
    watchdog: Watchdog,
}

/// What makes a server differ from the ordinary one.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    args: Vec<String>,
    password: Option<String>,
    unix_socket: bool,
    cluster: bool,
}

/// Whose server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Redis.
    Redis,
    /// Valkey, which also tells clients a Redis version that it is compatible with.
    Valkey,
}

/// A server's version, comparable: `server.version() >= Version(7, 0, 0)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Builder {
    /// Adds an option and its value, as in `redis.conf` with two dashes: `.arg("--maxmemory", "4mb")`.
    pub fn arg(self, name: &str, value: &str) -> Builder {
        self.args(&[name, value])
    }

    /// Adds an option with any number of values: `.args(&["--user", "default", "off"])`.
    pub fn args(mut self, args: &[&str]) -> Builder {
        self.args.extend(args.iter().map(ToString::to_string));
        self
    }

    /// Sets the default user's password; [`Server::url`] then has it.
    pub fn password(mut self, password: &str) -> Builder {
        self.password = Some(password.to_owned());
        self
    }

    /// Also listens on a socket in the file system, [`Server::unix_path`].
    pub fn unix_socket(mut self) -> Builder {
        self.unix_socket = true;
        self
    }

    /// Whether the server is a node of a cluster. It owns no slots until [`Server::own_all_slots`], or until it joins
    /// others.
    pub fn cluster(mut self, cluster: bool) -> Builder {
        self.cluster = cluster;
        self
    }

    /// Starts the server and returns once it answers.
    ///
    /// # Panics
    /// When there is no server binary, or it doesn't start; with the server's own words.
    pub fn start(self) -> Server {
        let dir = env::temp_dir().join(unique("pottery"));
        DirBuilder::new().mode(0o700).create(&dir).expect("the directory for temporary files takes another");
        let mut server = Server { settings: self, port: 0, dir, process: None, about: OnceLock::new() };
        // Another process may take a port between the look at it and the start.
        for _ in 0..20 {
            server.port = server.free_port();
            if server.launch() {
                return server;
            }
        }
        panic!("20 ports were taken, one after the other; the last log:\n{}", server.log());
    }
}

impl Server {
    /// Starts a server with default settings and returns once it answers.
    ///
    /// The binary is the one named by the environment variable `POTTERY_TEST_SERVER`, or `redis-server`.
    ///
    /// # Panics
    /// When there is no server binary, or it doesn't start; with the server's own words.
    pub fn start() -> Server {
        Server::builder().start()
    }

    /// A server with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `redis://127.0.0.1:PORT/`, with the password if there is one.
    pub fn url(&self) -> String {
        self.url_at(self.port)
    }

    /// The same at another port: a proxy's.
    pub(crate) fn url_at(&self, port: u16) -> String {
        let login =
            self.settings.password.as_ref().map(|it| format!(":{}@", percent(it))).unwrap_or_default();
        format!("redis://{login}127.0.0.1:{port}/")
    }

    /// The default user's password.
    pub(crate) fn password(&self) -> Option<&str> {
        self.settings.password.as_deref()
    }

    /// The port, between 12,000 and 32,000.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The loopback address with the port.
    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The socket in the file system.
    ///
    /// # Panics
    /// When the server was built without [`Builder::unix_socket`].
    pub fn unix_path(&self) -> PathBuf {
        assert!(self.settings.unix_socket, "the server was built without unix_socket()");
        self.dir.join("s")
    }

    /// The server's own directory, removed with it.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the server has printed, since its first start.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    /// The process's number.
    ///
    /// # Panics
    /// When it has been killed.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server is running").child.id()
    }

    /// A new plain connection, logged in.
    ///
    /// # Panics
    /// When the server doesn't accept it.
    #[track_caller]
    pub fn raw(&self) -> Raw {
        let mut raw = Raw::connect(self.addr());
        if let Some(password) = &self.settings.password {
            assert_eq!(raw.command(&["AUTH", password]), Reply::Simple("OK".to_owned()));
        }
        raw
    }

    /// Sends one command on a connection of its own and returns the reply.
    ///
    /// # Panics
    /// When the server doesn't answer. An error reply is a reply.
    #[track_caller]
    pub fn cli<A: AsRef<[u8]>>(&self, args: &[A]) -> Reply {
        self.raw().command(args)
    }

    /// Whether it is Redis or Valkey.
    pub fn kind(&self) -> Kind {
        self.about().0
    }

    /// The version of Redis or of Valkey, whichever it is.
    pub fn version(&self) -> Version {
        self.about().1
    }

    /// Ends the process at once, as a crash would. Does nothing when it has ended already.
    pub fn kill(&mut self) {
        let Some(Process { mut child, watchdog }) = self.process.take() else { return };
        child.kill().expect("a child that hasn't been waited for can be killed");
        // Before the `wait` that frees the process number: the watchdog must never see it belong to another.
        drop(watchdog);
        child.wait().expect("a child can be waited for");
    }

    /// Ends the process if it runs, starts another on the same port, and returns once that answers. Data survive only
    /// with `.arg("--appendonly", "yes")`.
    ///
    /// # Panics
    /// When the server doesn't start.
    pub fn restart(&mut self) {
        self.kill();
        // Connections to the former process may hold the port for a moment.
        let deadline = Instant::now() + START;
        while !self.launch() {
            assert!(Instant::now() < deadline, "port {} stays taken; the log:\n{}", self.port, self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the process without ending it, and returns once it has stopped. Connections stay open, new ones succeed
    /// too (the kernel accepts them), and nothing is answered.
    ///
    /// # Panics
    /// When it has been killed.
    pub fn pause(&mut self) {
        self.signal(Signal::STOP);
        // The signal takes effect a little later.
        let pid = Pid::from_child(&self.process.as_ref().expect("it has just been sent a signal").child);
        let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED)
            .expect("a child can be waited for")
            .expect("without NOHANG there is a status");
        assert!(status.stopped(), "the server ended instead of stopping");
    }

    /// Lets a paused process go on.
    ///
    /// # Panics
    /// When it has been killed.
    pub fn resume(&mut self) {
        self.signal(Signal::CONT);
    }

    /// Makes a lone node of a cluster responsible for every slot, and returns once it calls the cluster healthy.
    ///
    /// # Panics
    /// When the server is no such node.
    pub fn own_all_slots(&self) {
        let slots = (0..16_384).map(|slot| slot.to_string());
        let command: Vec<String> =
            ["CLUSTER".to_owned(), "ADDSLOTS".to_owned()].into_iter().chain(slots).collect();
        assert_eq!(self.cli(&command), Reply::Simple("OK".to_owned()));
        wait_until("the cluster is healthy", START, || {
            self.cli(&["CLUSTER", "INFO"]).text().contains("cluster_state:ok")
        });
    }

    /// Adds or changes a user and returns the address to connect with as that user. The rules are those of `ACL
    /// SETUSER`, without the password: `&["~app:*", "+@read"]`.
    ///
    /// # Panics
    /// When the server refuses the rules.
    #[track_caller]
    pub fn acl_user(&self, name: &str, password: &str, rules: &[&str]) -> String {
        let password_rule = format!(">{password}");
        let mut command = vec!["ACL", "SETUSER", name, "reset", "on", &password_rule];
        command.extend(rules);
        assert_eq!(self.cli(&command), Reply::Simple("OK".to_owned()));
        format!("redis://{}:{}@127.0.0.1:{}/", percent(name), percent(password), self.port)
    }

    /// Sends the process a signal.
    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("the server is running");
        kill_process(Pid::from_child(&process.child), signal).expect("a child can be sent a signal");
    }

    /// Starts the process on `self.port`. Returns false when the port turns out to be taken.
    fn launch(&mut self) -> bool {
        let log = self.dir.join("log");
        let before = fs::metadata(&log).map_or(0, |it| it.len()) as usize;
        let output =
            File::options().create(true).append(true).open(&log).expect("the server's directory takes a log");
        let child = self.command(output).spawn();
        let child = child.unwrap_or_else(|error| no_binary(&error));
        let watchdog = Watchdog::over(&child, &self.dir);
        self.process = Some(Process { child, watchdog });

        let deadline = Instant::now() + START;
        while !self.answers() {
            let process = self.process.as_mut().expect("it has just been started");
            if let Some(status) = process.child.try_wait().expect("a child can be asked for its end") {
                self.process = None;
                let log = self.log();
                let log = log.get(before..).unwrap_or_default();
                // "Address already in use", and what Redis says when the port for the cluster's own talk is taken.
                if log.contains("already in use") || log.contains("Failed listening on port") {
                    return false;
                }
                panic!("{} ended at its start ({status}):\n{log}", binary().display());
            }
            assert!(Instant::now() < deadline, "the server hasn't answered in {START:?}:\n{}", self.log());
            thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// The command line.
    fn command(&self, output: File) -> Command {
        let mut command = Command::new(binary());
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"]);
        command.arg("--port").arg(self.port.to_string()).arg("--dir").arg(&self.dir);
        if self.settings.unix_socket {
            command.arg("--unixsocket").arg(self.dir.join("s"));
        }
        if let Some(password) = &self.settings.password {
            command.args(["--requirepass", password]);
        }
        if self.settings.cluster {
            command.args(["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"]);
            command.args(["--cluster-node-timeout", "2000"]);
        }
        command.args(&self.settings.args);
        let errors = output.try_clone().expect("an open file can be opened again");
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        command
    }

    /// Whether this very process answers on the port, and not another server that was quicker to take it.
    fn answers(&self) -> bool {
        let Ok(mut raw) = Raw::try_connect(self.addr()) else { return false };
        if let Some(password) = &self.settings.password {
            let _ = raw.try_command(&["AUTH", password]);
        }
        match raw.try_command(&["PING"]) {
            // Before the data of a restarted server are loaded.
            Ok(Reply::Error(error)) if error.starts_with("LOADING") => return false,
            Ok(_) => {}
            Err(_) => return false,
        }
        match raw.try_command(&["INFO", "server"]) {
            Ok(Reply::Bulk(info)) => {
                info_field(&String::from_utf8_lossy(&info), "process_id") == Some(&self.pid().to_string())
            }
            // A user who may not ask.
            Ok(_) => true,
            Err(_) => false,
        }
    }

    /// A port that nothing listens on: below those that the system gives to outgoing connections, so that none of
    /// these takes it while the server is down, and so that a cluster's second port, 10,000 above, is below them too.
    fn free_port(&self) -> u16 {
        let end = if self.settings.cluster { 22_000 } else { 32_000 };
        let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
        (0..1000)
            .map(|_| fastrand::u16(12_000..end))
            .find(|port| is_free(port) && (!self.settings.cluster || is_free(&(port + 10_000))))
            .expect("of a thousand ports one is free")
    }

    /// What the server says it is.
    fn about(&self) -> &(Kind, Version) {
        self.about.get_or_init(|| {
            let info = self.cli(&["INFO", "server"]).text();
            let (kind, version) = match info_field(&info, "valkey_version") {
                Some(version) => (Kind::Valkey, version),
                None => (Kind::Redis, info_field(&info, "redis_version").expect("INFO names the version")),
            };
            let mut numbers =
                version.split('.').map(|part| part.parse().expect("a version is made of numbers"));
            let mut number = || numbers.next().unwrap_or(0);
            (kind, Version(number(), number(), number()))
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// The server program to start.
fn binary() -> PathBuf {
    env::var_os("POTTERY_TEST_SERVER")
        .filter(|it| !it.is_empty())
        .unwrap_or_else(|| "redis-server".into())
        .into()
}

/// Says what to do about a program that doesn't start.
fn no_binary(error: &io::Error) -> ! {
    let binary = binary();
    let binary = binary.display();
    panic!(
        "the tests need a Redis or Valkey server, and {binary:?} doesn't start: {error}. Install it (Debian, Ubuntu: \
         `apt-get install redis-server`; `scripts/test` does), or set POTTERY_TEST_SERVER to the path of a server."
    )
}

/// A field of the reply to INFO.
fn info_field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// `text` as it may stand in the user and password part of a URL.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_answers_and_leaves_nothing_behind() {
        let server = Server::start();
        assert_eq!(server.cli(&["PING"]).text(), "PONG");
        assert_eq!(server.url(), format!("redis://127.0.0.1:{}/", server.port()));
        let (addr, dir) = (server.addr(), server.dir().to_owned());
        drop(server);
        assert!(Raw::try_connect(addr).is_err());
        assert!(!dir.exists());
    }

    #[test]
    fn knows_what_it_is() {
        let version = Server::start().version();
        assert!(version >= Version(6, 2, 0), "{version:?}");
        assert_eq!(info_field("a:1\r\nredis_version:7.0.15\r\n", "redis_version"), Some("7.0.15"));
    }

    #[test]
    fn restarts_on_the_same_port_and_keeps_what_is_on_disk() {
        let mut server = Server::builder().arg("--appendonly", "yes").arg("--appendfsync", "always").start();
        let (port, pid) = (server.port(), server.pid());
        server.cli(&["SET", "k", "v"]);
        server.kill();
        assert!(Raw::try_connect(server.addr()).is_err());
        server.restart();
        assert_eq!(server.cli(&["GET", "k"]).text(), "v");
        assert_eq!(server.port(), port);
        assert_ne!(server.pid(), pid);
    }

    #[test]
    fn answers_nothing_while_paused() {
        let mut server = Server::start();
        let mut raw = server.raw();
        raw.set_timeout(Duration::from_millis(50));
        server.pause();
        let error = raw.try_command(&["INCR", "n"]).expect_err("a paused server is silent");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        server.resume();
        raw.set_timeout(Duration::from_secs(10));
        assert_eq!(raw.read().expect("it goes on").int(), 1);
        // One that is dropped in this state ends all the same.
        server.pause();
    }

    #[test]
    fn a_password_is_needed_and_is_in_the_url() {
        let server = Server::builder().password("p@ss/word").start();
        assert!(server.url().starts_with("redis://:p%40ss%2Fword@127.0.0.1:"));
        assert!(Raw::connect(server.addr()).command(&["PING"]).is_error());
        assert_eq!(server.cli(&["PING"]).text(), "PONG");
    }

    #[test]
    fn a_user_may_do_what_the_rules_say() {
        let server = Server::start();
        let url = server.acl_user("ann", "secret", &["~app:*", "+get", "+set"]);
        assert_eq!(url, format!("redis://ann:secret@127.0.0.1:{}/", server.port()));
        let mut raw = server.raw();
        raw.command(&["AUTH", "ann", "secret"]);
        assert_eq!(raw.command(&["SET", "app:1", "x"]).text(), "OK");
        assert!(raw.command(&["SET", "other", "x"]).is_error());
        assert!(raw.command(&["DEL", "app:1"]).is_error());
    }

    #[test]
    fn listens_in_the_file_system() {
        let server = Server::builder().unix_socket().start();
        std::os::unix::net::UnixStream::connect(server.unix_path()).expect("the socket accepts");
    }

    #[test]
    fn a_lone_node_is_a_cluster() {
        let server = Server::builder().cluster(true).start();
        server.own_all_slots();
        assert_eq!(server.cli(&["SET", "k", "v"]).text(), "OK");
        let Reply::Error(error) = server.cli(&["MSET", "a", "1", "b", "2"]) else { panic!("two slots") };
        assert!(error.starts_with("CROSSSLOT"), "{error}");
    }

    #[test]
    #[should_panic(expected = "no-such-option")]
    fn a_server_that_refuses_its_options_says_so() {
        Server::builder().arg("--no-such-option", "1").start();
    }

    #[test]
    fn a_taken_port_is_noticed() {
        let first = Server::start();
        let mut second = Server::start();
        second.kill();
        second.port = first.port();
        assert!(!second.launch());
    }
}
