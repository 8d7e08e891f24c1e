//! Iteration in pages: a large collection never travels at once, and never holds up the server.

use std::fmt;
use std::vec;

use crate::error::Result;
use crate::operation::Operation;

/// One page, and where the next one begins; `None` after the last.
pub(crate) type Page<T> = (Vec<T>, Option<u64>);

/// What brings a page, from a cursor on.
type Fetch<T> = dyn FnMut(u64) -> Operation<'static, Page<Result<T>>> + Send;

/// Elements, fetched page by page as they are needed.
///
/// Use it as a `Stream` (feature `async`), by [`next`](Iter::next), or as a plain iterator after
/// [`wait`](Iter::wait) (feature `blocking`). When a page cannot be fetched, it ends with the error.
#[must_use = "nothing is fetched until the iterator is used"]
pub struct Iter<T> {
    fetch: Box<Fetch<T>>,
    /// Where the next page begins; `None` after the last.
    cursor: Option<u64>,
    /// The page on its way.
    #[cfg(feature = "async")]
    coming: Option<Operation<'static, Page<Result<T>>>>,
    page: vec::IntoIter<Result<T>>,
}

impl<T> Iter<T> {
    /// Pages by what `fetch` brings from a cursor on. The first is 0.
    pub(crate) fn new(mut fetch: impl FnMut(u64) -> Operation<'static, Page<T>> + Send + 'static) -> Iter<T>
    where
        T: Send + 'static,
    {
        Iter::of_results(move |cursor| {
            fetch(cursor).map(|(page, next)| (page.into_iter().map(Ok).collect(), next))
        })
    }

    /// The same where an element may fail by itself, without ending the iteration.
    pub(crate) fn of_results(
        fetch: impl FnMut(u64) -> Operation<'static, Page<Result<T>>> + Send + 'static,
    ) -> Iter<T> {
        Iter {
            fetch: Box::new(fetch),
            cursor: Some(0),
            #[cfg(feature = "async")]
            coming: None,
            page: Vec::new().into_iter(),
        }
    }

    #[cfg(any(feature = "async", feature = "blocking"))]
    fn turn(&mut self, page: Result<Page<Result<T>>>) -> Result<()> {
        let (page, cursor) = page.inspect_err(|_| self.cursor = None)?;
        self.page = page.into_iter();
        self.cursor = cursor;
        Ok(())
    }

    /// The next element, or `None` at the end.
    ///
    /// # Errors
    /// Those of fetching a page; then the iterator ends.
    #[cfg(feature = "async")]
    pub async fn next(&mut self) -> Option<Result<T>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    #[cfg(feature = "async")]
    fn poll(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<Result<T>>> {
        use std::future::Future;
        use std::pin::Pin;
        use std::task::{Poll, ready};
        loop {
            if let Some(item) = self.page.next() {
                return Poll::Ready(Some(item));
            }
            let coming = match &mut self.coming {
                Some(coming) => coming,
                None => {
                    let Some(cursor) = self.cursor else { return Poll::Ready(None) };
                    self.coming.insert((self.fetch)(cursor))
                }
            };
            let page = ready!(Pin::new(coming).poll(cx));
            self.coming = None;
            if let Err(error) = self.turn(page) {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    /// The same elements as a plain iterator, which blocks this thread for each page.
    #[cfg(feature = "blocking")]
    pub fn wait(self) -> Blocking<T> {
        Blocking(self)
    }
}

#[cfg(feature = "async")]
impl<T> futures_core::Stream for Iter<T> {
    type Item = Result<T>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<T>>> {
        self.get_mut().poll(cx)
    }
}

#[cfg(feature = "async")]
impl<T> Unpin for Iter<T> {}

impl<T> fmt::Debug for Iter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").field("cursor", &self.cursor).field("buffered", &self.page.len()).finish()
    }
}

/// The plain iterator of [`Iter::wait`].
#[cfg(feature = "blocking")]
#[must_use = "nothing is fetched until the iterator is used"]
pub struct Blocking<T>(Iter<T>);

#[cfg(feature = "blocking")]
impl<T> Iterator for Blocking<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        loop {
            if let Some(item) = self.0.page.next() {
                return Some(item);
            }
            let page = (self.0.fetch)(self.0.cursor?).wait();
            if let Err(error) = self.0.turn(page) {
                return Some(Err(error));
            }
        }
    }
}

#[cfg(feature = "blocking")]
impl<T> fmt::Debug for Blocking<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
