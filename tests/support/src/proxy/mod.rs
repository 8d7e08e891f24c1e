//! A proxy between a client and a server that makes faults at chosen requests.

mod fault;
mod link;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use self::fault::Rule;
use self::link::Link;
use crate::{Raw, Server};

pub use self::fault::{Armed, Command, Fault, When};

/// A proxy on a loopback port of its own.
///
/// It reads the protocol, so that "the third request" means the same whether it comes alone, in a pipeline, or in
/// pieces. Without faults it changes nothing. It lives as long as this value; dropping it closes its connections.
///
/// A test of a fault means nothing unless the fault happened: end it with a look at [`Proxy::fired`] or
/// [`Armed::fired`].
///
/// ```
/// use pottery_test_support::{Fault, Proxy, When, shared, unique};
///
/// let proxy = Proxy::start(shared());
/// let key = unique("counter");
///
/// // The second INCR runs, and its reply is lost.
/// let lost = proxy.fault(Fault::CutAfter, When::command("INCR").nth(2));
/// let mut client = proxy.raw();
/// assert_eq!(client.command(&["INCR", &key]).int(), 1);
/// assert!(client.try_command(&["INCR", &key]).is_err());
///
/// assert_eq!(shared().cli(&["GET", &key]).int(), 2);
/// assert_eq!(lost.fired(), 1);
/// ```
#[derive(Debug)]
pub struct Proxy {
    hub: Arc<Hub>,
    port: u16,
    url: String,
    password: Option<String>,
    acceptor: Option<JoinHandle<()>>,
}

/// What all connections of a proxy share.
#[derive(Debug)]
struct Hub {
    target: SocketAddr,
    rules: Mutex<Vec<Arc<Rule>>>,
    links: Mutex<Vec<Arc<Link>>>,
    connections: AtomicU64,
    requests: AtomicU64,
    refusing: AtomicBool,
    stopping: AtomicBool,
    /// Whatever somebody may be waiting for announces itself here.
    changes: Mutex<()>,
    changed: Condvar,
}

impl Proxy {
    /// A proxy in front of `server`, which may be killed and restarted meanwhile.
    ///
    /// # Panics
    /// When no port is free.
    pub fn start(server: &Server) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port is free");
        let port = listener.local_addr().expect("a listener has an address").port();
        let hub = Arc::new(Hub {
            target: server.addr(),
            rules: Mutex::default(),
            links: Mutex::default(),
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            refusing: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            changes: Mutex::default(),
            changed: Condvar::new(),
        });
        let acceptor = thread::spawn({
            let hub = Arc::clone(&hub);
            move || hub.accept(&listener)
        });
        let password = server.password().map(str::to_owned);
        Proxy { hub, port, url: server.url_at(port), password, acceptor: Some(acceptor) }
    }

    /// The server's URL with the proxy's port.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The proxy's port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The proxy's address.
    pub fn addr(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// A new plain connection through the proxy, logged in.
    ///
    /// # Panics
    /// When the server doesn't accept it.
    #[track_caller]
    pub fn raw(&self) -> Raw {
        let mut raw = Raw::connect(self.addr());
        if let Some(password) = &self.password {
            assert_eq!(raw.command(&["AUTH", password]).text(), "OK");
        }
        raw
    }

    /// Sets a fault. When several are set, each request goes to the first that takes it, in the order in which they
    /// were set; the others then don't count it.
    pub fn fault(&self, fault: Fault, when: When) -> Armed {
        let rule = Arc::new(Rule::new(fault, when));
        lock(&self.hub.rules).push(Arc::clone(&rule));
        Armed { rule, hub: Arc::clone(&self.hub) }
    }

    /// Ends all faults and lets go what they hold. Connections that swallow stay as they are.
    pub fn clear(&self) {
        for rule in lock(&self.hub.rules).iter() {
            rule.disarm();
        }
        self.hub.wake();
    }

    /// How many faults have had their effect, over the proxy's life. A fault on a reply counts when the reply has come.
    pub fn fired(&self) -> u64 {
        lock(&self.hub.rules).iter().map(|rule| rule.fired()).sum()
    }

    /// How many connections clients have made, those refused included.
    pub fn connections(&self) -> u64 {
        self.hub.connections.load(Ordering::SeqCst)
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> usize {
        lock(&self.hub.links).iter().filter(|link| !link.is_closed()).count()
    }

    /// How many requests have come, without those that only prepare a connection ([`Command::is_setup`]).
    pub fn requests(&self) -> u64 {
        self.hub.requests.load(Ordering::SeqCst)
    }

    /// Closes all connections now, wherever they are.
    pub fn cut_all(&self) {
        for link in lock(&self.hub.links).iter() {
            link.close();
        }
    }

    /// Whether new connections are closed as soon as they are made. Open ones stay.
    pub fn refuse(&self, refuse: bool) {
        self.hub.refusing.store(refuse, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.hub.stopping.store(true, Ordering::SeqCst);
        // A connection wakes the acceptor, which then ends the rest.
        let woken = TcpStream::connect(self.addr()).is_ok();
        if let Some(acceptor) = self.acceptor.take().filter(|_| woken) {
            let _ = acceptor.join();
        }
    }
}

impl Hub {
    /// Accepts connections until the proxy is dropped, then closes them all.
    fn accept(self: Arc<Hub>, listener: &TcpListener) {
        let mut threads: Vec<JoinHandle<()>> = Vec::new();
        let mut id = 0;
        for client in listener.incoming() {
            if self.stopping.load(Ordering::SeqCst) {
                break;
            }
            let Ok(client) = client else { continue };
            self.connections.fetch_add(1, Ordering::SeqCst);
            if self.refusing.load(Ordering::SeqCst) {
                continue;
            }
            // With the server down, the client sees its connection end.
            let Ok(server) = TcpStream::connect_timeout(&self.target, Duration::from_secs(2)) else {
                continue;
            };
            id += 1;
            let Ok(link) = Link::new(id, client, server, Arc::clone(&self)) else { continue };
            let link = Arc::new(link);
            {
                let mut links = lock(&self.links);
                links.retain(|link| !link.is_closed());
                links.push(Arc::clone(&link));
            }
            threads.retain(|thread| !thread.is_finished());
            let other = Arc::clone(&link);
            threads.push(thread::spawn(move || link.requests()));
            threads.push(thread::spawn(move || other.replies()));
        }
        for link in lock(&self.links).drain(..) {
            link.close();
        }
        for thread in threads {
            let _ = thread.join();
        }
    }

    /// The fault that strikes this request, if any.
    fn decide(&self, command: &Command) -> Option<Arc<Rule>> {
        if !command.is_setup() {
            self.requests.fetch_add(1, Ordering::SeqCst);
        }
        lock(&self.rules).iter().find(|rule| rule.takes(command)).cloned()
    }

    /// Returns when `condition` holds, or at `deadline`.
    fn wait(&self, deadline: Option<Instant>, mut condition: impl FnMut() -> bool) {
        let mut changes = lock(&self.changes);
        while !condition() {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            changes = match left {
                None => self.changed.wait(changes).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return,
                Some(left) => {
                    self.changed.wait_timeout(changes, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Makes everybody who waits look again.
    fn wake(&self) {
        // Whoever has just found the condition false holds this until it waits.
        let _changes = lock(&self.changes);
        self.changed.notify_all();
    }
}

/// Locks, also when a thread that held the lock has panicked: what it protects is whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
