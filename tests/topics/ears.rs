//! The two ways to listen: what holds for one must hold for the other.

use std::sync::OnceLock;
use std::time::Duration;

use pottery::{Event, Events, Operation, Result, Store, Subscription};
use pottery_test_support::{shared, unique};
use tokio::runtime::{Builder, Runtime};

/// Whatever comes does so in this time, generously.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// How one listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Waited,
    Awaited,
}

pub(crate) const WAYS: [Way; 2] = [Way::Waited, Way::Awaited];

/// One who listens.
pub(crate) enum Ears<M> {
    Waited(Events<M>),
    Awaited(Subscription<M>),
}

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap())
}

impl Way {
    pub(crate) fn run<R>(self, operation: Operation<'_, R>) -> Result<R> {
        match self {
            Way::Waited => operation.wait(),
            Way::Awaited => runtime().block_on(operation),
        }
    }

    pub(crate) fn try_open<M: Send + 'static>(
        self,
        opening: Operation<'static, Subscription<M>>,
    ) -> Result<Ears<M>> {
        let subscription = self.run(opening)?;
        Ok(match self {
            Way::Waited => Ears::Waited(subscription.into_iter()),
            Way::Awaited => Ears::Awaited(subscription),
        })
    }

    pub(crate) fn open<M: Send + 'static>(self, opening: Operation<'static, Subscription<M>>) -> Ears<M> {
        self.try_open(opening).unwrap()
    }
}

impl<M: Send + std::fmt::Debug + 'static> Ears<M> {
    /// The next event, if it comes in time.
    pub(crate) fn within(&mut self, time: Duration) -> Option<Result<Event<M>>> {
        match self {
            Ears::Waited(events) => events.next_timeout(time),
            Ears::Awaited(subscription) => runtime()
                .block_on(async { tokio::time::timeout(time, subscription.next()).await })
                .unwrap_or_default(),
        }
    }

    #[track_caller]
    pub(crate) fn event(&mut self) -> Event<M> {
        self.within(SOON).expect("an event comes soon").unwrap()
    }

    #[track_caller]
    pub(crate) fn message(&mut self) -> M {
        self.event().message().expect("a message and no gap")
    }

    #[track_caller]
    pub(crate) fn gap(&mut self) {
        let event = self.event();
        assert!(matches!(event, Event::Gap), "{event:?}");
    }

    pub(crate) fn unsubscribe(self) -> Result<()> {
        match self {
            Ears::Waited(events) => events.unsubscribe().wait(),
            Ears::Awaited(subscription) => runtime().block_on(subscription.unsubscribe()),
        }
    }
}

/// A store with a namespace of its own on the shared server.
pub(crate) fn store() -> Store {
    Store::open(&shared().url()).unwrap().namespace(&unique("topics"))
}
