//! `CLIENT KILL`.

use crate::engine::client::{Client, ClientId, Closing};
use crate::engine::commands::client::client_id;
use crate::engine::commands::client::list::Type;
use crate::engine::commands::options::is;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::parse_i64;

/// Which clients are meant.
#[derive(Debug, Default)]
struct Filter<'a> {
    id: Option<ClientId>,
    kind: Option<Type>,
    address: Option<&'a [u8]>,
    local: Option<&'a [u8]>,
    user: Option<&'a [u8]>,
    not_me: bool,
}

impl<'a> Filter<'a> {
    /// Reads pairs of an option and its value.
    fn parse(ctx: &mut Ctx<'_>, options: &[&'a [u8]]) -> Result<Filter<'a>, Error> {
        let mut filter = Filter { not_me: true, ..Filter::default() };
        for option in options.chunks(2) {
            let [word, value] = option else { return Err(Error::SYNTAX) };
            if is(word, "ID") {
                let number = parse_i64(value).filter(|number| *number > 0).and_then(client_id);
                filter.id = Some(number.ok_or(Error::text("ERR client-id should be greater than 0"))?);
            } else if is(word, "TYPE") {
                filter.kind = Some(Type::parse(value)?);
            } else if is(word, "ADDR") {
                filter.address = Some(value);
            } else if is(word, "LADDR") {
                filter.local = Some(value);
            } else if is(word, "USER") {
                if ctx.engine().users.get(value).is_none() {
                    return Err(Error::bytes([b"ERR No such user '", *value, b"'"].concat()));
                }
                filter.user = Some(value);
            } else if is(word, "SKIPME") {
                filter.not_me = match value {
                    it if is(it, "YES") => true,
                    it if is(it, "NO") => false,
                    _ => return Err(Error::SYNTAX),
                };
            } else {
                return Err(Error::SYNTAX);
            }
        }
        Ok(filter)
    }

    fn means(&self, client: &Client, me: ClientId) -> bool {
        self.id.is_none_or(|id| client.id == id)
            && self.kind.is_none_or(|kind| Type::of(client) == kind)
            && self.address.is_none_or(|address| client.peer.address.as_bytes() == address)
            && self.local.is_none_or(|local| client.peer.local.as_bytes() == local)
            && self.user.is_none_or(|user| *client.user.name == *user)
            && !(self.not_me && client.id == me)
    }
}

pub(super) fn kill(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let old_form = args.len() == 3;
    let filter = match args {
        [_, _, address] => Filter { address: Some(address), ..Filter::default() },
        _ => Filter::parse(ctx, &args[2..])?,
    };
    let me = ctx.db.client;
    let meant: Vec<ClientId> = ctx
        .engine()
        .clients
        .values()
        .filter(|client| filter.means(client, me))
        .map(|client| client.id)
        .collect();
    for id in &meant {
        if *id == me {
            ctx.client().closing = Closing::AfterReply;
        } else {
            ctx.engine().kill(*id);
        }
    }
    match (old_form, meant.len()) {
        (true, 0) => return Err(Error::text("ERR No such client")),
        (true, _) => ctx.out.ok(),
        (false, count) => ctx.out.count(count),
    }
    Ok(())
}
