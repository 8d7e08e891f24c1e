//! The append-only file.

use crate::engine::command::{Group, Spec, flag};
use crate::engine::context::Ctx;
use crate::engine::error::Error;

pub(crate) const COMMANDS: &[Spec] = &[Spec::new(
    "bgrewriteaof",
    bgrewriteaof,
    1,
    flag::ADMIN | flag::NOSCRIPT | flag::NO_ASYNC_LOADING,
    Group::Server,
    "1.0.0",
    "Asynchronously rewrite the append-only file to disk",
)];

/// Without a file there is nothing to rewrite. Redis then writes one all the same, and gives the same reply.
fn bgrewriteaof(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let nested = ctx.is_nested();
    let engine = ctx.engine();
    let databases = engine.dbs.len();
    let begun = engine.propagation.hook.as_mut().map_or(Ok(()), |hook| hook.rewrite(databases));
    if nested {
        // Redis begins after the transaction, and says here only that it will.
        ctx.out.simple("Background append only file rewriting scheduled");
        return Ok(());
    }
    begun?;
    ctx.out.simple("Background append only file rewriting started");
    Ok(())
}
