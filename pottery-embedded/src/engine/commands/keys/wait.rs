//! `WAIT`, for replicas that there never are.

use crate::engine::commands::options::integer;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::parse_i64;

pub(super) fn wait(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let replicas = integer(args[1])?;
    let timeout = parse_i64(args[2]).ok_or(Error::text("ERR timeout is not an integer or out of range"))?;
    if timeout < 0 {
        return Err(Error::text("ERR timeout is negative"));
    }
    // Redis keeps the number in 32 bits.
    if replicas as i32 <= 0 || !ctx.may_block() {
        ctx.out.integer(0);
        return Ok(());
    }
    let deadline = (timeout > 0).then(|| ctx.now().saturating_add(timeout));
    // No key will ever serve it.
    ctx.block(&[], args, deadline, |_, _, _| Ok(false));
    if let Some(blocked) = &mut ctx.client().blocked {
        blocked.on_timeout(|out| out.integer(0));
    }
    Ok(())
}
