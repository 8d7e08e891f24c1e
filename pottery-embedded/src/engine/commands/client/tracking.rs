//! `CLIENT TRACKING`, `CACHING`, `GETREDIR` and `TRACKINGINFO`.

use crate::engine::commands::client::client_id;
use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::tracking::Tracking;

pub(super) fn tracking(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (wanted, prefixes) = options(ctx, &args[3..])?;
    let id = ctx.db.client;
    if is(args[2], "ON") {
        let former = ctx.client().tracking.as_deref().cloned();
        check(&wanted, &prefixes, former.as_ref())?;
        let prefixes = prefixes.into_iter().map(Into::into).collect();
        ctx.engine().start_tracking(id, Tracking { prefixes, ..wanted });
    } else if is(args[2], "OFF") {
        ctx.engine().stop_tracking(id);
    } else {
        return Err(Error::SYNTAX);
    }
    ctx.out.ok();
    Ok(())
}

/// Reads what follows `ON` or `OFF`. The prefixes are in the order in which they came.
fn options<'a>(ctx: &mut Ctx<'_>, options: &[&'a [u8]]) -> Result<(Tracking, Vec<&'a [u8]>), Error> {
    let mut wanted = Tracking::default();
    let mut prefixes = Vec::new();
    let mut rest = options;
    while !rest.is_empty() {
        rest = match rest {
            [word, id, after @ ..] if is(word, "REDIRECT") => {
                if wanted.redirect.is_some() {
                    return Err(Error::text("ERR A client can only redirect to a single other client"));
                }
                let id = client_id(integer(id)?).filter(|id| ctx.engine().clients.contains_key(id));
                wanted.redirect =
                    Some(id.ok_or(Error::text("ERR The client ID you want redirect to does not exist"))?);
                after
            }
            [word, prefix, after @ ..] if is(word, "PREFIX") => {
                prefixes.push(*prefix);
                after
            }
            [word, after @ ..] => {
                let option = match word {
                    it if is(it, "BCAST") => &mut wanted.broadcast,
                    it if is(it, "OPTIN") => &mut wanted.opt_in,
                    it if is(it, "OPTOUT") => &mut wanted.opt_out,
                    it if is(it, "NOLOOP") => &mut wanted.no_loop,
                    _ => return Err(Error::SYNTAX),
                };
                *option = true;
                after
            }
            [] => rest,
        };
    }
    Ok((wanted, prefixes))
}

/// Whether options go together, and with what the client has asked for before.
fn check(wanted: &Tracking, prefixes: &[&[u8]], former: Option<&Tracking>) -> Result<(), Error> {
    if !wanted.broadcast && !prefixes.is_empty() {
        return Err(Error::text("ERR PREFIX option requires BCAST mode to be enabled"));
    }
    if former.is_some_and(|former| former.broadcast != wanted.broadcast) {
        return Err(Error::text(
            "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it \
             with a different mode.",
        ));
    }
    if wanted.broadcast && (wanted.opt_in || wanted.opt_out) {
        return Err(Error::text("ERR OPTIN and OPTOUT are not compatible with BCAST"));
    }
    if wanted.opt_in && wanted.opt_out {
        return Err(Error::text("ERR You can't specify both OPTIN mode and OPTOUT mode"));
    }
    if former.is_some_and(|it| (wanted.opt_in && it.opt_out) || (wanted.opt_out && it.opt_in)) {
        return Err(Error::text(
            "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it \
             with a different mode.",
        ));
    }
    for (index, prefix) in prefixes.iter().enumerate() {
        if let Some(other) = former.and_then(|it| it.prefixes.iter().find(|other| overlap(prefix, other))) {
            return Err(collision(prefix, "an existing prefix", other));
        }
        if let Some(other) = prefixes[index + 1..].iter().find(|other| overlap(prefix, other)) {
            return Err(collision(prefix, "another provided prefix", other));
        }
    }
    Ok(())
}

fn overlap(a: &[u8], b: &[u8]) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

fn collision(prefix: &[u8], what: &str, other: &[u8]) -> Error {
    Error::bytes(
        [
            b"ERR Prefix '",
            prefix,
            b"' overlaps with ",
            what.as_bytes(),
            b" '",
            other,
            b"'. Prefixes for a single client must not overlap.",
        ]
        .concat(),
    )
}

pub(super) fn caching(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    const NOT_TRACKING: Error = Error::text(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
    );
    let tracking = ctx.client().tracking.as_mut().ok_or(NOT_TRACKING)?;
    if is(args[2], "YES") {
        if !tracking.opt_in {
            return Err(Error::text(
                "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
            ));
        }
    } else if is(args[2], "NO") {
        if !tracking.opt_out {
            return Err(Error::text(
                "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
            ));
        }
    } else {
        return Err(Error::SYNTAX);
    }
    tracking.caching = true;
    ctx.out.ok();
    Ok(())
}

/// The number of the client that is told in this one's place: 0 for none, -1 when nothing is tracked.
fn redirect(tracking: Option<&Tracking>) -> i64 {
    match tracking {
        Some(tracking) => tracking.redirect.map_or(0, |id| i64::try_from(id.0).unwrap_or(i64::MAX)),
        None => -1,
    }
}

pub(super) fn getredir(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let redirect = redirect(ctx.client().tracking.as_deref());
    ctx.out.integer(redirect);
    Ok(())
}

pub(super) fn trackinginfo(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let tracking = ctx.client().tracking.clone();
    let mut flags = vec![if tracking.is_some() { "on" } else { "off" }];
    if let Some(it) = &tracking {
        let all = [
            ("bcast", it.broadcast),
            ("optin", it.opt_in),
            ("caching-yes", it.opt_in && it.caching),
            ("optout", it.opt_out),
            ("caching-no", it.opt_out && it.caching),
            ("noloop", it.no_loop),
            ("broken_redirect", it.broken),
        ];
        flags.extend(all.iter().filter(|(_, set)| *set).map(|(name, _)| *name));
    }
    let out = &mut ctx.out;
    out.map(3);
    out.bulk(b"flags");
    out.set(flags.len());
    for flag in flags {
        out.bulk(flag.as_bytes());
    }
    out.bulk(b"redirect");
    out.integer(redirect(tracking.as_deref()));
    out.bulk(b"prefixes");
    let prefixes = tracking.map(|it| it.prefixes).unwrap_or_default();
    out.array(prefixes.len());
    for prefix in &prefixes {
        out.bulk(prefix);
    }
    Ok(())
}
