//! The server's thread: what runs on it, and its end.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::task::{LocalSet, spawn_local};

use crate::engine::Engine;
use crate::engine::clock::Clock;
use crate::engine::config::Config;
use crate::engine::script::busy::Attendant;
use crate::persistence::{self, Persistence, Recovery};
use crate::server::connection;
use crate::server::control::{Control, Message};
use crate::server::desk::Desk;
use crate::server::line::Stream;
use crate::testing::Rig;

/// The engine, as the tasks of one thread share it. Nobody holds a borrow across an `await`.
pub(super) type Shared = Rc<RefCell<Engine>>;

/// What the thread starts with.
pub(super) struct Setup {
    pub(super) tcp: Option<TcpListener>,
    pub(super) unix: Option<UnixListener>,
    pub(super) unix_path: Option<PathBuf>,
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) port: u16,
    /// Dropped when the thread ends.
    pub(super) running: Option<watch::Sender<()>>,
    /// What `CONFIG GET` says of settings that aren't the engine's.
    pub(super) shown: Vec<(&'static str, String)>,
    pub(super) rig: Rig,
    pub(super) persistence: Option<Persistence>,
}

/// The thread's stack, in bytes: scripts nest data thousands of levels deep. What isn't used costs nothing.
const STACK: usize = 16 * 1024 * 1024;

/// Starts the thread. If data are kept in a file, it returns when they are there.
pub(super) fn start(mut setup: Setup) -> io::Result<(Control, JoinHandle<()>, Option<Recovery>)> {
    if let Some(listener) = &setup.tcp {
        listener.set_nonblocking(true)?;
    }
    if let Some(listener) = &setup.unix {
        listener.set_nonblocking(true)?;
    }
    // Here, so that its failure is the caller's to know.
    let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let (control, messages) = Control::new();
    let ending = control.ending();
    let loading = setup.persistence.take().map(|persistence| (persistence, mpsc::sync_channel(1)));
    let (loading, loaded) = loading.map(|(it, (sender, receiver))| ((it, sender), receiver)).unzip();
    let thread = std::thread::Builder::new().name("pottery-embedded".to_owned()).stack_size(STACK).spawn(
        move || {
            let _running = setup.running.take();
            let mut engine = Engine::new(setup.clock.clone(), setup.config.clone());
            engine.port = setup.port;
            engine.rig = std::mem::take(&mut setup.rig);
            if let Some((persistence, loaded)) = loading {
                let result = persistence::open(&mut engine, persistence);
                let failed = result.is_err();
                // Nobody waits any more if the caller's thread has died.
                let _ = loaded.send(result);
                if failed {
                    return;
                }
            }
            let local = LocalSet::new();
            if let Err(error) = local.block_on(&runtime, run(engine, setup, messages, ending)) {
                // A listener that the runtime can't watch: nobody can connect, and nobody could be told otherwise.
                eprintln!("pottery-embedded: {error}");
            }
            // Dropping the set closes all connections.
        },
    )?;
    let recovery = match loaded.map(|loaded| loaded.recv()) {
        None => None,
        Some(Ok(result)) => Some(result?),
        Some(Err(_)) => return Err(io::Error::other("the server's thread has died")),
    };
    Ok((control, thread, recovery))
}

async fn run(
    engine: Engine,
    setup: Setup,
    mut messages: UnboundedReceiver<Message>,
    ending: Arc<AtomicBool>,
) -> io::Result<()> {
    let wake = engine.propagation.hook.as_ref().map(|hook| hook.wake());
    let engine = Rc::new(RefCell::new(engine));
    for (name, value) in setup.shown {
        engine.borrow_mut().config.values.insert(name, value);
    }
    let path = setup.unix_path.map(|path| path.display().to_string()).unwrap_or_default();
    let desk = Desk::new(
        &engine,
        setup.tcp.as_ref().map(TcpListener::try_clone).transpose()?,
        setup
            .unix
            .as_ref()
            .map(UnixListener::try_clone)
            .transpose()?
            .map(|listener| (listener, path.clone())),
        ending,
    );
    let attendant: Rc<dyn Attendant> = Rc::<Desk>::clone(&desk);
    engine.borrow_mut().busy.attendant = Some(attendant);
    if let Some(listener) = setup.tcp {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        spawn_local(accept_tcp(listener, Rc::clone(&engine), Rc::clone(&desk)));
    }
    if let Some(listener) = setup.unix {
        let listener = tokio::net::UnixListener::from_std(listener)?;
        spawn_local(accept_unix(listener, path, Rc::clone(&engine), desk));
    }
    spawn_local(keep_time(Rc::clone(&engine)));
    if let Some(wake) = wake {
        spawn_local(keep_effects(Rc::clone(&engine), wake));
    }
    loop {
        let message = poll_fn(|cx| match engine.borrow_mut().poll_shutdown(cx.waker()) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => messages.poll_recv(cx),
        });
        let Some(Message::Run(job)) = message.await else { break };
        let mut engine = engine.borrow_mut();
        job(&mut engine);
        engine.end_unit();
        engine.commit_effects();
    }
    Ok(())
}

/// How long to leave clients alone when the system has no more sockets.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(10);

async fn accept_tcp(listener: tokio::net::TcpListener, engine: Shared, desk: Rc<Desk>) {
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            tokio::time::sleep(OUT_OF_SOCKETS).await;
            continue;
        };
        if engine.borrow().rig.refuses {
            continue;
        }
        let peer = connection::tcp_peer(&stream, address);
        spawn_local(connection::serve(Stream::Tcp(stream), peer, Rc::clone(&engine), Rc::clone(&desk)));
    }
}

async fn accept_unix(listener: tokio::net::UnixListener, path: String, engine: Shared, desk: Rc<Desk>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(OUT_OF_SOCKETS).await;
            continue;
        };
        if engine.borrow().rig.refuses {
            continue;
        }
        let peer = connection::unix_peer(&path);
        spawn_local(connection::serve(Stream::Unix(stream), peer, Rc::clone(&engine), Rc::clone(&desk)));
    }
}

/// Has the engine do what is due when it is due.
async fn keep_time(engine: Shared) {
    loop {
        let more = engine.borrow_mut().tick();
        if more {
            tokio::task::yield_now().await;
            continue;
        }
        let wait = engine.borrow().until_deadline();
        // The runtime counts in milliseconds, and waking too early would be for nothing.
        let mut sleep = pin!(tokio::time::sleep(wait.unwrap_or_default() + Duration::from_micros(500)));
        poll_fn(|cx| {
            if engine.borrow_mut().alarm_rang(cx.waker()) {
                return Poll::Ready(());
            }
            if wait.is_some() { sleep.as_mut().poll(cx) } else { Poll::Pending }
        })
        .await;
    }
}

/// Has the append-only file do what it does between commands.
async fn keep_effects(engine: Shared, wake: Arc<Notify>) {
    loop {
        let wait = engine.borrow_mut().effects_turn();
        match wait {
            // Whatever it is told meanwhile, it does when the time has come.
            Some(wait) => tokio::time::sleep(wait).await,
            None => wake.notified().await,
        }
    }
}
