//! How often pottery and the work by hand allocate, for the same work as in the benchmark `compare`.
//!
//! ```sh
//! cargo bench --bench allocations
//! cargo bench --bench allocations -- object   # one group
//! ```
//!
//! A program of its own, because counting takes time.

#[path = "../compare/comparison.rs"]
mod comparison;
#[path = "../compare/context.rs"]
mod context;
#[path = "../compare/groups/mod.rs"]
mod groups;
#[path = "../compare/raw.rs"]
mod raw;

use std::alloc::System;

use comparison::{Asked, Way};
use context::Context;
use pottery_test_support::Server;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let asked = Asked::read();
    let context = Context::new(Server::start());
    println!("{}; allocations and their bytes, means of {} calls.", context.server(), asked.rounds);
    for (name, about, group) in groups::ALL {
        if !asked.wants(name) {
            continue;
        }
        println!("\n## {name}: {about}\n\n| | pottery | by hand |\n|---|--:|--:|");
        for mut comparison in group(&context) {
            let [pottery, by_hand, _] = &mut comparison.ways;
            let [pottery, by_hand] =
                [pottery, by_hand].map(|way| counted(way, asked.rounds, f64::from(comparison.per)));
            println!("| {} | {pottery} | {by_hand} |", comparison.what);
        }
        context.clear();
    }
}

/// How often, and how much, one call of `way` allocates.
fn counted(way: &mut Way, calls: u32, per: f64) -> String {
    way(3); // buffers that grow once
    let region = Region::new(COUNTING);
    way(calls);
    let change = region.change();
    let all = f64::from(calls) * per;
    let times = (change.allocations + change.reallocations) as f64 / all;
    format!("{times:.1} ({:.0} bytes)", change.bytes_allocated as f64 / all)
}
