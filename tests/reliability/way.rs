//! The two ways to run a command: a test that holds for one link must hold for the other.

use pottery::{Command, Iter, Operation, Result};

/// How a command, an operation or an iterator is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By `.wait()`, on blocking connections.
    #[cfg(feature = "blocking")]
    Waited,
    /// By `.await`, on a runtime that all tests of the binary share.
    #[cfg(feature = "async")]
    Awaited,
}

/// The ways that the features allow.
pub(crate) const WAYS: &[Way] = &[
    #[cfg(feature = "blocking")]
    Way::Waited,
    #[cfg(feature = "async")]
    Way::Awaited,
];

/// What can be run in either way.
pub(crate) trait Run: Sized {
    type Output;

    fn run(self, way: Way) -> Result<Self::Output>;

    /// Runs it in one of the ways, where it does not matter which.
    fn go(self) -> Result<Self::Output> {
        self.run(WAYS[0])
    }
}

impl<R: Send + 'static> Run for Command<R> {
    type Output = R;

    fn run(self, way: Way) -> Result<R> {
        match way {
            #[cfg(feature = "blocking")]
            Way::Waited => self.wait(),
            #[cfg(feature = "async")]
            Way::Awaited => runtime().block_on(self),
        }
    }
}

impl<R> Run for Operation<'_, R> {
    type Output = R;

    fn run(self, way: Way) -> Result<R> {
        match way {
            #[cfg(feature = "blocking")]
            Way::Waited => self.wait(),
            #[cfg(feature = "async")]
            Way::Awaited => runtime().block_on(self),
        }
    }
}

impl<T> Run for Iter<T> {
    type Output = Vec<T>;

    fn run(self, way: Way) -> Result<Vec<T>> {
        match way {
            #[cfg(feature = "blocking")]
            Way::Waited => self.wait().collect(),
            #[cfg(feature = "async")]
            Way::Awaited => runtime().block_on(async {
                let (mut iter, mut items) = (self, Vec::new());
                while let Some(item) = iter.next().await {
                    items.push(item?);
                }
                Ok(items)
            }),
        }
    }
}

/// The runtime of all awaited commands of the binary.
#[cfg(feature = "async")]
pub(crate) fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: std::sync::OnceLock<tokio::runtime::Runtime> = std::sync::OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads for a runtime")
    })
}

/// All that an iterator yields, errors included.
#[allow(dead_code, reason = "not every test target that shares this iterates")]
pub(crate) fn collect<T>(iter: Iter<T>, way: Way) -> Vec<Result<T>> {
    match way {
        #[cfg(feature = "blocking")]
        Way::Waited => iter.wait().collect(),
        #[cfg(feature = "async")]
        Way::Awaited => runtime().block_on(async {
            let (mut iter, mut items) = (iter, Vec::new());
            while let Some(item) = iter.next().await {
                items.push(item);
            }
            items
        }),
    }
}
