//! `OBJECT`: how Redis would keep a value.

use crate::engine::command::{Group, Spec, acl, container, flag};
use crate::engine::context::Ctx;
use crate::engine::db::Entry;
use crate::engine::error::Error;
use crate::engine::keyspec::{KeySpec, key};
use crate::engine::value::{Str, Value};

const KEY: &[KeySpec] = &[KeySpec::range(2, 0, 1, key::RO)];
const TIPS: &[&str] = &["nondeterministic_output"];

pub(super) const OBJECT: Spec = Spec::new(
    "object",
    container,
    -2,
    0,
    Group::Generic,
    "2.2.3",
    "A container for object introspection commands",
)
.acl(0)
.subcommands(&[
    Spec::new(
        "encoding",
        encoding,
        3,
        flag::READONLY,
        Group::Generic,
        "2.2.3",
        "Inspect the internal encoding of a Redis object",
    )
    .keys(KEY)
    .tips(TIPS),
    Spec::new(
        "freq",
        freq,
        3,
        flag::READONLY,
        Group::Generic,
        "4.0.0",
        "Get the logarithmic access frequency counter of a Redis object",
    )
    .keys(KEY)
    .tips(TIPS),
    Spec::new(
        "help",
        help,
        2,
        flag::LOADING | flag::STALE,
        Group::Generic,
        "6.2.0",
        "Show helpful text about the different subcommands",
    )
    .acl(acl::KEYSPACE),
    Spec::new(
        "idletime",
        idletime,
        3,
        flag::READONLY,
        Group::Generic,
        "2.2.3",
        "Get the time since a Redis object was last accessed",
    )
    .keys(KEY)
    .tips(TIPS),
    Spec::new(
        "refcount",
        refcount,
        3,
        flag::READONLY,
        Group::Generic,
        "2.2.3",
        "Get the number of references to the value of the key",
    )
    .keys(KEY)
    .tips(TIPS),
]);

/// Integers below this one exist only once in Redis.
const SHARED: i64 = 10_000;

/// What Redis answers for what is shared by all.
const FOR_EVER: i64 = i32::MAX as i64;

fn help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "OBJECT",
        &[
            "ENCODING <key>",
            "    Return the kind of internal representation used in order to store the value",
            "    associated with a <key>.",
            "FREQ <key>",
            "    Return the access frequency index of the <key>. The returned integer is",
            "    proportional to the logarithm of the recent access frequency of the key.",
            "IDLETIME <key>",
            "    Return the idle time of the <key>, that is the approximated number of",
            "    seconds elapsed since the last access to the key.",
            "REFCOUNT <key>",
            "    Return the number of references of the value associated with the specified",
            "    <key>.",
        ],
    );
    Ok(())
}

/// Looks at a key, or answers that there is none.
fn look<T>(ctx: &mut Ctx<'_>, key: &[u8], show: impl FnOnce(&Entry) -> T) -> Option<T> {
    let shown = ctx.db.peek(key).map(show);
    if shown.is_none() {
        ctx.out.null();
    }
    shown
}

fn encoding(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if let Some(name) = look(ctx, args[2], |entry| entry.value.encoding()) {
        ctx.out.bulk(name.as_bytes());
    }
    Ok(())
}

fn refcount(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let count = look(ctx, args[2], |entry| match entry.value {
        Value::Str(Str::Int(0..SHARED)) => FOR_EVER,
        _ => 1,
    });
    if let Some(count) = count {
        ctx.out.integer(count);
    }
    Ok(())
}

fn idletime(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let now = ctx.now() / 1000;
    if let Some(accessed) = look(ctx, args[2], |entry| entry.accessed) {
        ctx.out.integer((now - i64::from(accessed)).max(0));
    }
    Ok(())
}

fn freq(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    match look(ctx, args[2], |_| ()) {
        Some(()) => Err(Error::text(
            "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when \
             switching between policies at runtime LRU and LFU data will take some time to adjust.",
        )),
        None => Ok(()),
    }
}
