//! `CLIENT LIST` and `CLIENT INFO`.

use crate::engine::client::{Client, ClientId};
use crate::engine::commands::client::client_id;
use crate::engine::commands::options::is;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::parse_i64;
use crate::engine::{Engine, transaction::Transaction};

/// What `TYPE` tells apart. There are no masters and replicas here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Normal,
    Pubsub,
    Other,
}

impl Type {
    pub(super) fn parse(name: &[u8]) -> Result<Type, Error> {
        match name {
            it if is(it, "NORMAL") => Ok(Type::Normal),
            it if is(it, "PUBSUB") => Ok(Type::Pubsub),
            it if is(it, "MASTER") || is(it, "SLAVE") || is(it, "REPLICA") => Ok(Type::Other),
            it => Err(Error::bytes([b"ERR Unknown client type '", it, b"'"].concat())),
        }
    }

    pub(super) fn of(client: &Client) -> Type {
        if client.subscriptions.is_empty() { Type::Normal } else { Type::Pubsub }
    }
}

pub(super) fn info(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let id = ctx.db.client;
    settle(ctx);
    let mut lines = Vec::new();
    ctx.engine().describe_client(id, &mut lines);
    ctx.out.verbatim("txt", &lines);
    Ok(())
}

pub(super) fn list(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    settle(ctx);
    let mut ids: Vec<ClientId> = match &args[2..] {
        [] => ctx.engine().clients.keys().copied().collect(),
        [word, name] if is(word, "TYPE") => {
            let wanted = Type::parse(name)?;
            let clients = ctx.engine().clients.values();
            clients.filter(|client| Type::of(client) == wanted).map(|client| client.id).collect()
        }
        [word, ids @ ..] if is(word, "ID") && !ids.is_empty() => {
            let mut wanted = Vec::new();
            for id in ids {
                let number = parse_i64(id).ok_or(Error::text("ERR Invalid client ID"))?;
                wanted.extend(client_id(number));
            }
            // In the order that was asked for.
            return write(ctx, &wanted);
        }
        _ => return Err(Error::SYNTAX),
    };
    ids.sort();
    write(ctx, &ids)
}

fn write(ctx: &mut Ctx<'_>, ids: &[ClientId]) -> Result<(), Error> {
    let mut lines = Vec::new();
    for id in ids {
        ctx.engine().describe_client(*id, &mut lines);
    }
    ctx.out.verbatim("txt", &lines);
    Ok(())
}

/// Tells the client's state what the context knows better.
fn settle(ctx: &mut Ctx<'_>) {
    let (db, resp3) = (ctx.db.index, ctx.out.resp3);
    let client = ctx.client();
    (client.db, client.resp3) = (db, resp3);
}

impl Engine {
    /// One line about a client, if there is one of that number.
    pub(crate) fn describe_client(&self, id: ClientId, lines: &mut Vec<u8>) {
        if let Some(client) = self.clients.get(&id) {
            describe(client, self.now_ms(), lines);
        }
    }
}

fn describe(client: &Client, now: i64, lines: &mut Vec<u8>) {
    let seconds = |since: i64| (now - since).max(0) / 1000;
    let count = |transaction: &Transaction| match &transaction.queued {
        Some(queued) => queued.len().to_string(),
        None => "-1".to_owned(),
    };
    let redirect = match &client.tracking {
        Some(tracking) => tracking.redirect.map_or(0, |id| i64::try_from(id.0).unwrap_or(i64::MAX)),
        None => -1,
    };
    let mut line = |text: &str| lines.extend_from_slice(text.as_bytes());
    line(&format!(
        "id={} addr={} laddr={} fd={} name=",
        client.id.0,
        client.peer.address,
        client.peer.local,
        client.id.0 + 6
    ));
    line(&String::from_utf8_lossy(&client.name));
    line(&format!(
        " age={} idle={} flags={} db={} sub={} psub={} ssub={} multi={} qbuf=0 qbuf-free=0 argv-mem=0 multi-mem={} \
         rbs=1024 rbp=0 obl={} oll=0 omem=0 tot-mem={} events=r cmd={} user={} redir={redirect} resp={}\n",
        seconds(client.connected_at),
        seconds(client.active_at),
        flags(client),
        client.db,
        client.subscriptions.channels.len(),
        client.subscriptions.patterns.len(),
        client.subscriptions.shards.len(),
        count(&client.transaction),
        client.transaction.memory(),
        client.out.len(),
        client.memory(),
        client.last_command.map_or("NULL", |command| &command.name),
        String::from_utf8_lossy(&client.user.name),
        if client.resp3 { 3 } else { 2 },
    ));
}

/// Letters for what is special about a client.
fn flags(client: &Client) -> String {
    let tracking = client.tracking.as_deref();
    let all = [
        ('O', client.monitor),
        ('P', !client.subscriptions.is_empty()),
        ('x', client.transaction.is_open()),
        ('b', client.is_blocked()),
        ('t', tracking.is_some()),
        ('R', tracking.is_some_and(|it| it.broken)),
        ('B', tracking.is_some_and(|it| it.broadcast)),
        ('d', client.transaction.conflict),
        ('U', client.peer.unix),
        ('r', client.readonly),
        ('e', client.no_evict),
    ];
    let flags: String = all.iter().filter(|(_, set)| *set).map(|(letter, _)| *letter).collect();
    if flags.is_empty() { "N".to_owned() } else { flags }
}
