//! A connection that many tasks share: what is to be sent, and who waits for what.
//!
//! A caller appends its request to the buffer. If nothing is under way it writes it at once: a call alone costs no
//! switch to another task. If much has gathered it writes, too, so that the server has something to do while other
//! tasks still run. Else the driver writes for all, once they have had their turn.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::driver::Driver;
use super::slot::Taker;
use super::stream::{Source, Writer};

/// As much as this is written at once: the server shall not wait until all have had their turn. Some forty GETs.
const EARLY: usize = 1024;
/// As long as so many bytes have not been written, nobody may add to them.
const UNWRITTEN_AT_MOST: u64 = 4 << 20;
/// As long as so many requests have not been answered, nobody may add to them.
const UNANSWERED_AT_MOST: usize = 1 << 16;
/// What a buffer may keep for the next request after a large one.
pub(super) const KEPT: usize = 256 * 1024;
/// A connection that nobody has used for longer may be dead, and its end only waits to be seen.
const FRESH: Duration = Duration::from_millis(500);

/// What callers and the driver share.
pub(super) struct Wire {
    pub(super) state: Mutex<State>,
    /// There is room again.
    pub(super) room: Notify,
    pub(super) closed: AtomicBool,
}

pub(super) struct State {
    /// As long as the connection lives: dropping it tells the server the end. Under TLS only the driver can write.
    pub(super) writer: Option<Arc<Writer>>,
    /// Packed requests that nobody has begun to write.
    pub(super) out: Vec<u8>,
    /// Who waits for the answers to them, and to what was written before; the driver takes them out.
    pub(super) queue: VecDeque<Entry>,
    /// How many requests have not been answered, those that the driver has taken out included.
    pub(super) unanswered: usize,
    /// How many bytes there ever were to write, ...
    pub(super) enqueued: u64,
    /// ... and how many of them have been written.
    pub(super) written: u64,
    /// The driver has bytes that it has not written yet, which go before all others.
    pub(super) driver_writes: bool,
    /// The driver, where it waits.
    pub(super) driver: Option<Waker>,
    /// The earliest deadline that the driver does not know of.
    pub(super) deadline: Option<Instant>,
    /// When the driver looks for deadlines that have passed.
    pub(super) alarm: Option<Instant>,
    /// When the last answer came.
    pub(super) idle_since: Instant,
    /// Nobody has used it for long: the driver shall look before it writes.
    pub(super) is_stale: bool,
    /// Nobody holds it any more.
    pub(super) abandoned: bool,
    /// How often something was written.
    #[cfg(test)]
    pub(super) writes: usize,
}

impl State {
    /// So many bytes more have left.
    pub(super) fn has_written(&mut self, count: usize) {
        self.written += count as u64;
        #[cfg(test)]
        {
            self.writes += 1;
        }
    }

    /// Writes from the caller's task. What cannot be written, for whatever reason, is the driver's.
    fn write_through(&mut self) {
        let Some(writer) = &self.writer else { return };
        if let Ok(count) = writer.try_write(&self.out) {
            self.has_written(count);
            self.out.drain(..count);
            self.out.shrink_to(KEPT);
        }
    }

    /// Whether whoever wants to send must wait.
    pub(super) fn is_full(&self) -> bool {
        self.enqueued - self.written >= UNWRITTEN_AT_MOST || self.unanswered >= UNANSWERED_AT_MOST
    }
}

/// Who waits for an answer.
pub(super) struct Entry {
    pub(super) slot: Arc<dyn Taker>,
    /// Where its request begins among all the bytes that were ever to be written.
    pub(super) start: u64,
    pub(super) deadline: Option<Instant>,
}

/// What became of a request that was to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Taken,
    /// There is no room for it now.
    Full,
    Closed,
}

impl Wire {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offer(&self, slot: &Arc<dyn Taker>) -> Offer {
        // the caller may have gone
        let mut offer = Offer::Taken;
        let mut driver = None;
        slot.outgoing(&mut |request, deadline| {
            let mut state = self.lock();
            let state = &mut *state;
            if self.closed.load(Ordering::Acquire) {
                offer = Offer::Closed;
                return;
            }
            if state.is_full() {
                offer = Offer::Full;
                return;
            }
            let is_idle = state.unanswered == 0;
            let deadline = deadline.instant();
            state.queue.push_back(Entry { slot: slot.clone(), start: state.enqueued, deadline });
            state.unanswered += 1;
            state.out.extend_from_slice(request.packed());
            state.enqueued += request.packed().len() as u64;
            if is_idle && state.idle_since.elapsed() > FRESH {
                state.is_stale = true;
            }
            if (is_idle || state.out.len() >= EARLY) && !state.driver_writes && !state.is_stale {
                state.write_through();
            }
            let mut wakes = !state.out.is_empty();
            if let Some(deadline) = deadline
                && state.alarm.is_none_or(|alarm| deadline < alarm)
            {
                state.deadline = Some(state.deadline.map_or(deadline, |known| known.min(deadline)));
                wakes = true;
            }
            if wakes {
                driver = state.driver.take();
            }
        });
        if let Some(driver) = driver {
            driver.wake();
        }
        offer
    }
}

/// A hold on a connection. The last one that is dropped closes it.
#[derive(Clone)]
pub(super) struct Connection(Arc<Hold>);

struct Hold(Arc<Wire>);

impl Drop for Hold {
    fn drop(&mut self) {
        let (driver, writer) = {
            let mut state = self.0.lock();
            state.abandoned = true;
            (state.driver.take(), state.writer.take())
        };
        // now, not when the driver has its turn: what a server waits to do for this connection, it shall do for those
        // who ask after this
        drop(writer);
        if let Some(driver) = driver {
            driver.wake();
        }
    }
}

impl Connection {
    /// A connection over a socket on which the handshake is over, and its driver, which is to be spawned.
    pub(super) fn new(
        source: Source,
        writer: Option<Writer>,
        inbox: super::buffer::Inbox,
    ) -> (Connection, Driver) {
        let writer = writer.map(Arc::new);
        let for_driver = writer.as_ref().map(Arc::downgrade);
        let wire = Arc::new(Wire {
            state: Mutex::new(State {
                writer,
                out: Vec::new(),
                queue: VecDeque::new(),
                unanswered: 0,
                enqueued: 0,
                written: 0,
                driver_writes: false,
                driver: None,
                deadline: None,
                alarm: None,
                idle_since: Instant::now(),
                is_stale: false,
                abandoned: false,
                #[cfg(test)]
                writes: 0,
            }),
            room: Notify::new(),
            closed: AtomicBool::new(false),
        });
        let driver = Driver::new(wire.clone(), source, for_driver, inbox);
        (Connection(Arc::new(Hold(wire))), driver)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.0.closed.load(Ordering::Acquire)
    }

    /// Sends the request if that takes no waiting.
    pub(super) fn offer(&self, slot: &Arc<dyn Taker>) -> Offer {
        self.0.0.offer(slot)
    }

    /// Sends the request as soon as there is room for it; says whether it could.
    pub(super) async fn submit(&self, slot: &Arc<dyn Taker>) -> bool {
        loop {
            let mut room = std::pin::pin!(self.0.0.room.notified());
            // before looking, so that nothing is missed in between
            room.as_mut().enable();
            match self.offer(slot) {
                Offer::Taken => return true,
                Offer::Closed => return false,
                Offer::Full => room.await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;
    use crate::call::Call;
    use crate::link::slot::Ticket;
    use crate::link::target::Target;
    use crate::link::{Deadline, stream};
    use crate::request::Request;

    const TASKS: usize = 256;
    const CALLS: usize = 100;

    /// Says `OK` to everything, and to all that has come at once.
    fn says_ok() -> u16 {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let port = listener.local_addr().expect("its address").port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut room = vec![0; 65536];
            while let Ok(count @ 1..) = stream.read(&mut room) {
                let commands = room[..count].iter().filter(|byte| **byte == b'*').count();
                if stream.write_all(&b"+OK\r\n".repeat(commands)).is_err() {
                    return;
                }
            }
        });
        port
    }

    async fn calls_per_write() -> usize {
        let options = crate::Options::new(&format!("redis://127.0.0.1:{}/", says_ok()));
        let target = Target::new(&options).expect("an address");
        let (source, writer, inbox) = stream::connect(&target).await.expect("it accepts");
        let (connection, driver) = Connection::new(source, writer, inbox);
        tokio::spawn(driver);
        let mut tasks = Vec::new();
        for _ in 0..TASKS {
            let connection = connection.clone();
            tasks.push(tokio::spawn(async move {
                for _ in 0..CALLS {
                    let get = Request::read().command("GET", |a| _ = a.raw(b"value"));
                    let call = Call::new(get, crate::reader::done(), Deadline::after(None));
                    let (ticket, slot) = Ticket::new(call);
                    assert_eq!(connection.offer(&slot), Offer::Taken);
                    let (_, result) = ticket.await;
                    result.expect("it is answered");
                }
            }));
        }
        for task in tasks {
            task.await.expect("it ends well");
        }
        TASKS * CALLS / connection.0.0.lock().writes
    }

    #[tokio::test]
    async fn many_tasks_on_one_thread_share_their_writes() {
        let per_write = calls_per_write().await;
        assert!(per_write >= 20, "{per_write} calls in one write");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_tasks_on_several_threads_share_their_writes() {
        let per_write = calls_per_write().await;
        println!("{per_write} calls in one write");
        assert!(per_write >= 20, "{per_write} calls in one write");
    }
}
