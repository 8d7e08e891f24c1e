//! The store: a server, and a name for everything that lives there.

use std::fmt;
use std::sync::Arc;

use crate::batch::{self, Batch};
use crate::command::Command;
use crate::error::Result;
use crate::link::{Carrier, Deadline, Foreign, Link};
use crate::options::Options;

/// A server and what belongs to it: connections, a namespace, limits. Cheap to clone, to be shared by all threads,
/// usable from several runtimes and from none. Opening one does no I/O and does not fail when the server is down.
///
/// ```
/// # fn main() -> pottery_core::Result<()> {
/// let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let lyrics = store.list::<String>("lyrics"); // nothing is sent yet
/// # let _ = lyrics; Ok(()) }
/// ```
#[derive(Clone)]
pub struct Store(Arc<StoreInner>);

struct StoreInner {
    links: Arc<Links>,
    namespace: Box<[u8]>,
}

struct Links {
    #[cfg(feature = "async")]
    asynchronous: Arc<dyn Carrier>,
    #[cfg(feature = "blocking")]
    blocking: Arc<dyn Carrier>,
    options: Options,
}

impl Store {
    /// A store on the server at `url`: `redis://[user:password@]host[:port][/database]`, `rediss://` with the
    /// feature `tls`, `unix:///path[?db=..]` or `redis+unix:///path`.
    ///
    /// With the feature `embedded`, also a server inside this process, with nothing to install: `embedded:` keeps its
    /// data in memory, and each such store has a server of its own; `embedded:PATH` keeps them in a file as well, which
    /// all stores of the process on that path share, and which no second process can open at the same time.
    ///
    /// # Errors
    /// [`Misuse`](crate::ErrorKind::Misuse) if the address is not valid, or if two models of the program share one
    /// prefix; never because of the network. [`Unavailable`](crate::ErrorKind::Unavailable) if an embedded server cannot
    /// start: its file is in use or damaged.
    pub fn open(url: &str) -> Result<Store> {
        Store::options(url).open()
    }

    /// The same with options.
    pub fn options(url: &str) -> Options {
        Options::new(url)
    }

    pub(crate) fn from_options(
        #[allow(unused_mut, reason = "changed with the feature `embedded`")] mut options: Options,
    ) -> Result<Store> {
        if !options.shared_prefixes {
            crate::registry::check()?;
        }
        #[cfg(feature = "embedded")]
        crate::embedded::settle(&mut options)?;
        // also where no link is compiled in, a wrong address is an error here and not later
        crate::link::target::Target::new(&options)?;
        let links = Links {
            #[cfg(feature = "async")]
            asynchronous: Arc::new(crate::link::asynchronous::AsyncLink::new(&options)?),
            #[cfg(feature = "blocking")]
            blocking: Arc::new(crate::link::blocking::BlockingLink::new(&options)?),
            options,
        };
        Store::with(Arc::new(links), "")
    }

    /// A store over a link of one's own: the seam for tests.
    pub fn over(link: impl Link) -> Store {
        let link: Arc<dyn Carrier> = Arc::new(Foreign(Box::new(link)));
        let links = Links {
            #[cfg(feature = "async")]
            asynchronous: link.clone(),
            #[cfg(feature = "blocking")]
            blocking: link.clone(),
            options: Options::new(""),
        };
        drop(link);
        Store(Arc::new(StoreInner { links: Arc::new(links), namespace: Box::default() }))
    }

    fn with(links: Arc<Links>, around: &str) -> Result<Store> {
        let mut namespace = around.to_owned();
        if !links.options.namespace.is_empty() {
            push_namespace(&mut namespace, &links.options.namespace);
        }
        Ok(Store(Arc::new(StoreInner { links, namespace: namespace.into_bytes().into() })))
    }

    /// The same server, with `name` and a colon before every key: for tenants, tests, several programs on one
    /// server. Namespaces nest. Braces, colons and the like are escaped, so no name reaches into another.
    ///
    /// ```
    /// # fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let shop = store.namespace("shop");
    /// assert_eq!(shop.list::<u64>("orders").key().as_bytes(), b"shop:orders");
    /// # Ok(()) }
    /// ```
    pub fn namespace(&self, name: &str) -> Store {
        let mut namespace = String::from_utf8_lossy(&self.0.namespace).into_owned();
        push_namespace(&mut namespace, name);
        Store(Arc::new(StoreInner { links: self.0.links.clone(), namespace: namespace.into_bytes().into() }))
    }

    /// The server inside this process that the store is on, if its address was `embedded:`. It ends with the last
    /// store and the last handle.
    #[cfg(feature = "embedded")]
    pub fn embedded(&self) -> Option<&pottery_embedded::Server> {
        self.0.links.options.embedded.as_ref().map(|running| running.server())
    }

    /// Several commands as one atomic unit (`MULTI`, ..., `EXEC`): nobody sees some of them done and others not.
    /// Takes a command, a tuple of up to 12, a `Vec`, an array or an `Option` of them, nested as you like, and
    /// yields their results in the same shape. One round trip.
    ///
    /// Redis does not roll back: a command that fails while the unit runs (for example on a key of another type)
    /// leaves its neighbours applied. The error then says which one it was ([`Error::index`](crate::Error::index)), and its
    /// [outcome](crate::Error::outcome) is [`PartiallyApplied`](crate::Outcome::PartiallyApplied).
    ///
    /// On a cluster all keys must be in one slot, as those of one object are.
    pub fn transaction<B: Batch>(&self, batch: B) -> Command<B::Output> {
        batch::command_of(self, batch, true)
    }

    /// Several commands in one round trip, one after the other, not atomic: others may come in between.
    ///
    /// If one fails, the rest is executed all the same, and the first error is returned. To have each result for
    /// itself, use [`Command::attempt`].
    pub fn pipeline<B: Batch>(&self, batch: B) -> Command<B::Output> {
        batch::command_of(self, batch, false)
    }

    /// Checks what can be checked of the program itself: that no two of its models share a prefix. Nothing is sent.
    /// Opening a store does the same, unless [`Options::shared_prefixes`] says otherwise.
    ///
    /// # Errors
    /// `Misuse` names the two models.
    pub fn check(&self) -> Result<()> {
        crate::registry::check()
    }

    /// What keys begin with.
    pub(crate) fn prefix(&self) -> &[u8] {
        &self.0.namespace
    }

    /// The deadline of a call that begins now.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.0.links.options.timeout)
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.0.links.options.attempts
    }

    pub(crate) fn shares_link_with(&self, other: &Store) -> bool {
        Arc::ptr_eq(&self.0.links, &other.0.links)
    }

    #[cfg(feature = "async")]
    pub(crate) fn async_link(&self) -> Result<Arc<dyn Carrier>> {
        Ok(self.0.links.asynchronous.clone())
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn blocking_link(&self) -> Result<Arc<dyn Carrier>> {
        Ok(self.0.links.blocking.clone())
    }
}

fn push_namespace(namespace: &mut String, name: &str) {
    crate::id::escape(name, namespace);
    namespace.push(':');
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("namespace", &String::from_utf8_lossy(&self.0.namespace))
            .field("options", &self.0.links.options)
            .finish()
    }
}
