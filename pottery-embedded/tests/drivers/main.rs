//! Clients that others use: each connects and tours types, pipelines, transactions, scripts, messages and waiting.

mod fred;
mod python;
mod redis_cli;
mod redis_rs;
mod rustis;

use pottery_embedded::Server;

/// A script that writes and returns a number and a string.
const SCRIPT: &str = "return {redis.call('incrby', KEYS[1], ARGV[1]), ARGV[2]}";

fn server() -> Server {
    Server::start().expect("it starts")
}

/// Waits until a client waits for a key.
async fn someone_waits(server: &Server) {
    let addr = server.addr().expect("it listens on a port");
    let blocked = move || {
        let info = pottery_test_support::Raw::connect(addr).command(&["INFO", "clients"]).text();
        info.contains("blocked_clients:1\r")
    };
    tokio::task::spawn_blocking(move || {
        pottery_test_support::wait_until("a client is blocked", std::time::Duration::from_secs(10), blocked);
    })
    .await
    .expect("nobody is blocked");
}
