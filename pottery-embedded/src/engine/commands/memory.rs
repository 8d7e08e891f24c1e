//! `MEMORY`.

use crate::engine::command::{Group, Spec, container, flag};
use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::keyspec::{KeySpec, key};
use crate::engine::memory::usage as estimate;

pub(crate) const COMMANDS: &[Spec] = &[Spec::new(
    "memory",
    container,
    -2,
    0,
    Group::Server,
    "4.0.0",
    "A container for memory diagnostics commands",
)
.subcommands(&[
    Spec::new("doctor", doctor, 2, 0, Group::Server, "4.0.0", "Outputs memory problems report").tips(&[
        "nondeterministic_output",
        "request_policy:all_shards",
        "response_policy:special",
    ]),
    Spec::new(
        "help",
        help,
        2,
        flag::LOADING | flag::STALE,
        Group::Server,
        "4.0.0",
        "Show helpful text about the different subcommands",
    ),
    Spec::new("malloc-stats", malloc_stats, 2, 0, Group::Server, "4.0.0", "Show allocator internal stats")
        .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
    Spec::new("purge", purge, 2, 0, Group::Server, "4.0.0", "Ask the allocator to release memory")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    Spec::new(
        "usage",
        usage,
        -3,
        flag::READONLY,
        Group::Server,
        "4.0.0",
        "Estimate the memory usage of a key",
    )
    .keys(&[KeySpec::range(2, 0, 1, key::RO)]),
])];

/// How many elements are looked at unless it is said.
const SAMPLES: usize = 5;

fn help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "MEMORY",
        &[
            "DOCTOR",
            "    Return memory problems reports.",
            "MALLOC-STATS",
            "    Return internal statistics report from the memory allocator.",
            "PURGE",
            "    Attempt to purge dirty pages for reclamation by the allocator.",
            "STATS",
            "    Return information about the memory usage of the server.",
            "USAGE <key> [SAMPLES <count>]",
            "    Return memory in bytes used by <key> and its value. Nested values are",
            "    sampled up to <count> times (default: 5, 0 means sample all).",
        ],
    );
    Ok(())
}

fn usage(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut samples = SAMPLES;
    let mut options = &args[3..];
    while !options.is_empty() {
        let [word, count, rest @ ..] = options else { return Err(Error::SYNTAX) };
        if !is(word, "SAMPLES") {
            return Err(Error::SYNTAX);
        }
        samples = match usize::try_from(integer(count)?).map_err(|_| Error::SYNTAX)? {
            0 => usize::MAX,
            count => count,
        };
        options = rest;
    }
    match ctx.db.peek(args[2]).map(|entry| estimate(args[2], entry, samples)) {
        Some(bytes) => ctx.out.count(bytes),
        None => ctx.out.null(),
    }
    Ok(())
}

fn doctor(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let text: &[u8] = b"Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this \
                        base.\n";
    ctx.out.verbatim("txt", text);
    Ok(())
}

fn malloc_stats(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.verbatim("txt", b"Stats not supported for the current allocator");
    Ok(())
}

fn purge(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.ok();
    Ok(())
}
