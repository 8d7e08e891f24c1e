//! `MULTI`, `EXEC`, `DISCARD`, `WATCH` and `UNWATCH`.

use crate::engine::acl::{Context, Denied};
use crate::engine::command::{Group, Spec, flag};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::keyspec::{KeySpec, key};

const FLAGS: u32 = flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::ALLOW_BUSY;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new(
        "discard",
        discard,
        1,
        FLAGS | flag::FAST | flag::IN_MULTI,
        Group::Transactions,
        "2.0.0",
        "Discard all commands issued after MULTI",
    ),
    Spec::new(
        "exec",
        exec,
        1,
        flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SKIP_SLOWLOG | flag::IN_MULTI,
        Group::Transactions,
        "1.2.0",
        "Execute all commands issued after MULTI",
    ),
    Spec::new(
        "multi",
        multi,
        1,
        FLAGS | flag::FAST | flag::IN_MULTI,
        Group::Transactions,
        "1.2.0",
        "Mark the start of a transaction block",
    ),
    Spec::new(
        "unwatch",
        unwatch,
        1,
        FLAGS | flag::FAST,
        Group::Transactions,
        "2.2.0",
        "Forget about all watched keys",
    ),
    Spec::new(
        "watch",
        watch,
        -2,
        FLAGS | flag::FAST | flag::IN_MULTI,
        Group::Transactions,
        "2.2.0",
        "Watch the given keys to determine execution of the MULTI/EXEC block",
    )
    .keys(&[KeySpec::range(1, -1, 1, key::RO)]),
];

fn multi(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let transaction = &mut ctx.client().transaction;
    if transaction.is_open() {
        return Err(Error::text("ERR MULTI calls can not be nested"));
    }
    transaction.queued = Some(Vec::new());
    ctx.out.ok();
    Ok(())
}

fn exec(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let id = ctx.db.client;
    let expired = ctx.engine().watched_key_expired(id);
    let transaction = &mut ctx.client().transaction;
    let Some(queued) = transaction.queued.take() else {
        return Err(Error::text("ERR EXEC without MULTI"));
    };
    let (aborted, conflict) = (transaction.aborted, transaction.conflict || expired);
    ctx.engine().end_transaction(id);
    if aborted {
        return Err(Error::text("EXECABORT Transaction discarded because of previous errors."));
    }
    if conflict {
        ctx.out.null_array();
        return Ok(());
    }
    ctx.out.array(queued.len());
    ctx.nested(|ctx| {
        for (command, args) in &queued {
            let args = args.as_args();
            match ctx.engine().permit(id, command, &args, Context::Multi) {
                Ok(()) => ctx.call(command, &args),
                // The rules may have changed since the command was queued.
                Err(denied) => ctx.out.error(&no_longer_permitted(denied)),
            }
        }
    });
    // Every command inside has spoken for itself.
    ctx.propagate_nothing();
    Ok(())
}

fn no_longer_permitted(denied: Denied) -> Error {
    let reason = match denied {
        Denied::Command => "no permission to execute the command or subcommand",
        Denied::Key(_) => "no permission to touch the specified keys",
        Denied::Channel(_) => "no permission to access one of the channels used as arguments to the command",
    };
    Error::new(format!(
        "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no \
         longer allowed for the following reason: {reason}"
    ))
}

fn discard(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    if !ctx.client().transaction.is_open() {
        return Err(Error::text("ERR DISCARD without MULTI"));
    }
    let id = ctx.db.client;
    ctx.engine().end_transaction(id);
    ctx.out.ok();
    Ok(())
}

fn watch(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let transaction = &ctx.client().transaction;
    if transaction.is_open() {
        return Err(Error::text("ERR WATCH inside MULTI is not allowed"));
    }
    // One more key can't make a lost transaction any worse.
    if !transaction.conflict {
        let (id, db) = (ctx.db.client, ctx.db.index);
        for key in &args[1..] {
            ctx.engine().watch(id, db, key);
        }
    }
    ctx.out.ok();
    Ok(())
}

fn unwatch(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let id = ctx.db.client;
    ctx.engine().unwatch(id);
    ctx.client().transaction.conflict = false;
    ctx.out.ok();
    Ok(())
}
