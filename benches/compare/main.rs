//! pottery beside the same work by hand on the `redis` crate, and beside a raw socket that decodes nothing.
//!
//! ```sh
//! cargo bench                                          # everything, on a private server
//! cargo bench --bench compare -- object                # one group
//! POTTERY_BENCH_ROUNDS=5 cargo bench --bench compare   # a quick look
//! ```
//!
//! By hand means what a careful programmer would write: the same commands, read into the same Rust types, over RESP3,
//! without Nagle's delay and without a response timeout. Everybody has a connection of his own to the same server.

mod comparison;
mod context;
mod groups;
mod measure;
mod pinning;
mod raw;

use comparison::Asked;
use context::Context;
use pottery_test_support::Server;

fn main() {
    let asked = Asked::read();
    let (server, cores) = pinning::apart(Server::start);
    let context = Context::new(server);
    println!("{}, medians of {} rounds; cores: {cores}.", context.server(), asked.rounds);
    println!("Below 1 pottery is faster.");
    for (name, about, group) in groups::ALL {
        if !asked.wants(name) {
            continue;
        }
        println!("\n## {name}: {about}\n\n{}", measure::HEAD);
        for comparison in group(&context) {
            println!("{}", measure::row(comparison, asked.rounds));
        }
        context.clear();
    }
}
