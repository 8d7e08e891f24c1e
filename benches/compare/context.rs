//! What every comparison works with: one private server, and the three ways to it.

use std::rc::Rc;

use pottery::Store;
use pottery_test_support::Server;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Connection, IntoConnectionInfo, ProtocolVersion};
use tokio::runtime::{Builder, Runtime};

use crate::raw;

/// A server and the ways to it. Each comparison takes connections of its own.
pub(crate) struct Context {
    server: Server,
    /// pottery, with its default options.
    pub(crate) store: Store,
    client: Client,
    /// One thread, which runs the tasks and the drivers of all connections.
    pub(crate) current_thread: Rc<Runtime>,
    /// Two workers, on the core that is ours.
    pub(crate) multi_thread: Rc<Runtime>,
}

impl Context {
    pub(crate) fn new(server: Server) -> Context {
        let info = server.url().into_connection_info().expect("the server's own address");
        // as pottery does it: RESP3, and nothing waits for more to send
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let tcp = redis::io::tcp::TcpSettings::default().set_nodelay(true);
        let client = Client::open(info.set_redis_settings(settings).set_tcp_settings(tcp))
            .expect("the server's own address");
        let one = Builder::new_current_thread().enable_all().build().expect("a poll descriptor");
        let two = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("two threads");
        let store = Store::open(&server.url()).expect("the server's own address");
        Context { server, store, client, current_thread: Rc::new(one), multi_thread: Rc::new(two) }
    }

    /// By hand, blocking.
    pub(crate) fn connection(&self) -> Connection {
        self.client.get_connection().expect("the server accepts")
    }

    /// By hand, asynchronous. The driver lives on `runtime`.
    pub(crate) fn multiplexed(&self, runtime: &Runtime) -> MultiplexedConnection {
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(5)));
        let connecting = self.client.get_multiplexed_async_connection_with_config(&config);
        runtime.block_on(connecting).expect("the server accepts")
    }

    /// The socket, blocking.
    pub(crate) fn raw(&self) -> raw::Blocking {
        raw::Blocking::connect(self.server.addr())
    }

    /// The socket, on `runtime`.
    pub(crate) fn raw_on(&self, runtime: &Runtime) -> raw::Asynchronous {
        runtime.block_on(raw::Asynchronous::connect(self.server.addr()))
    }

    /// Makes a script known to the server, and returns its name there.
    pub(crate) fn load(&self, script: &str) -> String {
        self.server.cli(&["SCRIPT", "LOAD", script]).text().to_owned()
    }

    /// Removes all keys.
    pub(crate) fn clear(&self) {
        self.server.cli(&["FLUSHALL"]);
    }

    /// What runs, and its version.
    pub(crate) fn server(&self) -> String {
        let version = self.server.version();
        format!("{:?} {}.{}.{}", self.server.kind(), version.0, version.1, version.2)
    }
}
