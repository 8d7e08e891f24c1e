//! A whole object of a model.

use std::collections::{HashMap, HashSet};

use pottery::RedisModel;

use crate::comparison::{Comparison, Exchange, both};
use crate::context::Context;
use crate::raw::{encode, encode_text};

#[derive(RedisModel, Clone, Debug, PartialEq)]
struct Account {
    #[redis(id)]
    id: u64,
    name: String,
    email: String,
    country: String,
    level: u32,
    score: i64,
    balance: i64,
    rating: f64,
    active: bool,
    visits: u64,
    since: u64,
    orders: Vec<u64>,
    stock: HashMap<String, u64>,
    friends: HashSet<u64>,
}

/// The fields of the hash, in the order of the struct.
const SCALARS: &str = "name email country level score balance rating active visits since";
/// They as the client crate reads them.
type Scalars = (u64, String, String, String, u32, i64, i64, f64, bool, u64, u64);

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let store = &context.store;
    account(1).save(store).wait().expect("it is saved");
    let load = {
        let store = store.clone();
        both(
            context,
            "load it",
            move || Account::load(&store, 1),
            load_by_hand,
            read_by_hand,
            &Exchange::of(load_raw()),
        )
    };
    let save = |what: &str, clear: Clear, id: u64| {
        let (store, ours, by_hand) = (store.clone(), account(id), account(id + 1));
        both(
            context,
            what,
            move || ours.save(&store),
            move || save_by_hand(&by_hand, clear),
            |()| (),
            &Exchange::of(save_raw(&account(id + 2), clear)),
        )
    };
    let saves =
        [save("save it", Clear::IfOurs, 2), save("save it, beside a plain UNLINK by hand", Clear::Anyway, 5)];
    let field = {
        let store = store.clone();
        both(
            context,
            "store one field of it",
            move || Account::at(&store, 1).score().set(17),
            || {
                let mut set = redis::cmd("HSET");
                set.arg("account:{1}").arg("score").arg(17);
                set
            },
            |()| (),
            &Exchange::of([encode_text("HSET account:{1} score 17")]),
        )
    };
    load.into_iter().chain(saves.into_iter().flatten()).chain(field).collect()
}

fn account(id: u64) -> Account {
    Account {
        id,
        name: "Rajiv Bakulesh Shah".into(),
        email: "raj@example.org".into(),
        country: "US".into(),
        level: 40,
        score: 17,
        balance: -125_000,
        rating: 4.75,
        active: true,
        visits: 1_234_567,
        since: 1_700_000_000,
        orders: (100_000..100_100).collect(),
        stock: (0..50).map(|number| (format!("item:{number}"), number)).collect(),
        friends: (5_000..5_050).collect(),
    }
}

fn load_by_hand() -> redis::Pipeline {
    let mut pipe = redis::pipe();
    pipe.atomic().cmd("HMGET").arg("account:{1}").arg("id");
    for name in SCALARS.split(' ') {
        pipe.arg(name);
    }
    pipe.lrange("account:{1}:orders", 0, -1);
    pipe.hgetall("account:{1}:stock");
    pipe.smembers("account:{1}:friends");
    pipe
}

fn read_by_hand(
    (scalars, orders, stock, friends): (Scalars, Vec<u64>, HashMap<String, u64>, HashSet<u64>),
) -> Option<Account> {
    let (id, name, email, country, level, score, balance, rating, active, visits, since) = scalars;
    Some(Account {
        id,
        name,
        email,
        country,
        level,
        score,
        balance,
        rating,
        active,
        visits,
        since,
        orders,
        stock,
        friends,
    })
}

/// How the collections are emptied before they are written anew.
#[derive(Clone, Copy)]
enum Clear {
    /// As pottery does: a key of another type is left alone, and the save fails.
    IfOurs,
    /// Whatever the keys hold is destroyed.
    Anyway,
}

/// The script that pottery sends.
const CLEAR: &str = include_str!("../../../pottery-core/src/scripts/model_clear.lua");

fn save_by_hand(it: &Account, clear: Clear) -> redis::Pipeline {
    let key = format!("account:{{{}}}", it.id);
    let [orders, stock, friends] = ["orders", "stock", "friends"].map(|name| format!("{key}:{name}"));
    let mut pipe = redis::pipe();
    pipe.atomic();
    match clear {
        Clear::IfOurs => {
            pipe.cmd("EVAL").arg(CLEAR).arg(3).arg(&orders).arg(&stock).arg(&friends);
            pipe.arg("list").arg("hash").arg("set").ignore();
        }
        Clear::Anyway => {
            pipe.cmd("UNLINK").arg(&orders).arg(&stock).arg(&friends).ignore();
        }
    }
    pipe.cmd("HSET").arg(&key).arg("id").arg(it.id);
    pipe.arg("name").arg(&it.name).arg("email").arg(&it.email).arg("country").arg(&it.country);
    pipe.arg("level").arg(it.level).arg("score").arg(it.score).arg("balance").arg(it.balance);
    pipe.arg("rating").arg(it.rating).arg("active").arg(it.active).arg("visits").arg(it.visits);
    pipe.arg("since").arg(it.since).ignore();
    pipe.cmd("RPUSH").arg(&orders).arg(&it.orders).ignore();
    pipe.cmd("HSET").arg(&stock).arg(&it.stock).ignore();
    pipe.cmd("SADD").arg(&friends).arg(&it.friends).ignore();
    pipe
}

fn load_raw() -> Vec<Vec<u8>> {
    vec![
        encode_text("MULTI"),
        encode_text(&format!("HMGET account:{{1}} id {SCALARS}")),
        encode_text("LRANGE account:{1}:orders 0 -1"),
        encode_text("HGETALL account:{1}:stock"),
        encode_text("SMEMBERS account:{1}:friends"),
        encode_text("EXEC"),
    ]
}

fn save_raw(it: &Account, clear: Clear) -> Vec<Vec<u8>> {
    let pipe = save_by_hand(it, clear);
    let commands = pipe.cmd_iter().map(|command| {
        let args = command.args_iter().map(|arg| match arg {
            redis::Arg::Simple(bytes) => bytes,
            _ => b"",
        });
        encode(&args.collect::<Vec<_>>())
    });
    [encode_text("MULTI")].into_iter().chain(commands).chain([encode_text("EXEC")]).collect()
}
