//! Whole objects, their fields, and batches.

use std::collections::HashMap;
use std::time::SystemTime;

use pottery::{RedisModel, Result};

use crate::objects::{Thing, ThingHandle};
use crate::operations::{Ground, Spot, hour, rows};
use crate::way::{Run, Way};

/// A model with what [`Thing`] has not: a default, a declared time to live, and other kinds of fields.
#[derive(RedisModel, Clone, Debug, PartialEq)]
#[redis(ttl = "30m")]
struct Card {
    #[redis(id)]
    id: String,
    #[redis(default = 7)]
    level: u32,
    #[redis(text)]
    notes: String,
    #[redis(queue)]
    jobs: Vec<String>,
    #[redis(sorted_set)]
    ranks: HashMap<String, f64>,
}

impl Ground {
    pub(crate) fn at(&self) -> ThingHandle {
        Thing::at(&self.store, &self.id)
    }

    pub(crate) fn thing(&self) -> Thing {
        Thing::full(&self.id)
    }

    fn card_at(&self) -> CardHandle {
        Card::at(&self.store, &self.id)
    }

    fn card(&self) -> Card {
        Card {
            id: self.id.clone(),
            level: 3,
            notes: "a note".to_owned(),
            jobs: vec!["a job".to_owned()],
            ranks: HashMap::from([("a".to_owned(), 1.0)]),
        }
    }
}

fn full(g: &Ground, way: Way) -> Result<()> {
    g.thing().save(&g.store).run(way)
}

/// All but the level, of which only the declaration says something.
fn full_card(g: &Ground, way: Way) -> Result<()> {
    g.card().save(&g.store).run(way)?;
    g.card_at().level().remove().run(way).map(drop)
}

/// The keys of an object, which come into being together.
macro_rules! of_an_object {
    ($fill:ident: $($spot:ident $redis:literal |$g:ident| $key:expr;)*) => {
        $(pub(crate) static $spot: Spot = Spot {
            name: stringify!($spot),
            redis: $redis,
            key: |$g| $key.clone(),
            fill: $fill,
        };)*
    };
}

of_an_object! { full:
    OBJECT "hash" |g| g.at().key();
    TAGS "list" |g| g.at().tags().key();
    QUEUE "list" |g| g.at().queue().key();
    STATS "hash" |g| g.at().stats().key();
    FRIENDS "set" |g| g.at().friends().key();
}

of_an_object! { full_card:
    CARD "hash" |g| g.card_at().key();
    CARD_NOTES "string" |g| g.card_at().notes().key();
    CARD_JOBS "list" |g| g.card_at().jobs().key();
    CARD_RANKS "zset" |g| g.card_at().ranks().key();
}

rows! {
    // the whole object
    OBJECT Read "handle.load": |g| g.at().load();
    OBJECT Read "RedisModel::load": |g| Thing::load(&g.store, &g.id);
    OBJECT Read "RedisModel::load_many": |g| Thing::load_many(&g.store, [g.id.as_str()]);
    OBJECT Read "handle.exists": |g| g.at().exists();
    OBJECT Write "handle.save": |g| g.at().save(&Thing { title: "new".into(), ..g.thing() });
    OBJECT Write "RedisModel::save": |g| Thing { title: "new".into(), ..g.thing() }.save(&g.store);
    OBJECT Create "handle.create": |g| g.thing().create(&g.store);
    OBJECT Write "handle.update": |g| g.at().update(|thing| thing.total += 1);
    OBJECT Write "handle.try_update": |g| g.at().try_update(|thing| { thing.tags.push("z".into()); Ok::<_, ()>(()) });
    OBJECT Clear "handle.delete": |g| g.at().delete();
    OBJECT Any "handle.expire": |g| g.at().expire(hour());
    OBJECT Any "handle.expire_at": |g| g.at().expire_at(SystemTime::now() + hour());
    OBJECT Look "handle.ttl": |g| g.at().ttl();
    OBJECT Any "handle.persist": |g| g.at().persist();
    CARD Any "handle.touch": |g| g.card_at().touch();
    CARD Read "handle.load of other kinds": |g| g.card_at().load();
    CARD Write "handle.save of other kinds": |g| g.card_at().save(&Card { level: 5, ..g.card() });
    CARD Create "handle.create of other kinds": |g| g.card().create(&g.store);
    CARD Write "handle.update of other kinds": |g| g.card_at().update(|card| { card.level += 1; card.notes.push('!'); });
    CARD Clear "handle.delete of other kinds": |g| g.card_at().delete();
    // fields
    OBJECT Read "field.get": |g| g.at().title().get();
    OBJECT Read "field.get of a structure": |g| g.at().part().get();
    OBJECT Read "field.get of an option": |g| g.at().note().get();
    OBJECT Read "field.get_or": |g| g.at().count().get_or(7);
    OBJECT Read "field.exists": |g| g.at().title().exists();
    OBJECT Write "field.set": |g| g.at().title().set("new");
    OBJECT Write "field.set none": |g| g.at().note().set(None);
    OBJECT Write "field.set_if_absent": |g| g.at().title().set_if_absent("new");
    OBJECT Write "field.swap": |g| g.at().title().swap("new");
    OBJECT Write "field.compare_and_set": |g| g.at().title().compare_and_set("a title", "new");
    OBJECT Write "field.remove": |g| g.at().title().remove();
    OBJECT Write "field.update": |g| g.at().title().update(|title| title.push('!'));
    OBJECT Write "field.try_update": |g| g.at().title().try_update(|title| { title.push('!'); Ok::<_, ()>(()) });
    OBJECT Write "field.incr": |g| g.at().total().incr(2);
    OBJECT Write "field.incr in a range": |g| g.at().count().incr(2);
    OBJECT Write "field.decr": |g| g.at().total().decr(2);
    OBJECT Write "field.incr_up_to": |g| g.at().count().incr_up_to(2, 100);
    OBJECT Write "field.incr_float": |g| g.at().weight().incr_float(0.5);
    OBJECT Write "field.mul": |g| g.at().total().mul(2);
    OBJECT Write "field.div_floor": |g| g.at().total().div_floor(3);
    OBJECT Write "field.rem_floor": |g| g.at().total().rem_floor(3);
    OBJECT Write "field.pow": |g| g.at().total().pow(2);
    OBJECT Write "field.bit_and": |g| g.at().count().bit_and(2);
    OBJECT Write "field.bit_or": |g| g.at().count().bit_or(4);
    OBJECT Write "field.bit_xor": |g| g.at().count().bit_xor(6);
    OBJECT Write "field.shl": |g| g.at().count().shl(1);
    OBJECT Write "field.shr": |g| g.at().count().shr(1);
    OBJECT Write "field.incr_while": |g| g.at().total().incr_while(1, |n| async move { Ok::<_, ()>(n) });
    OBJECT Write "field.div": |g| g.at().weight().div(2.0);
    // a declared default, which whoever asks first stores
    CARD Write "field.get with a default": |g| g.card_at().level().get();
    CARD Write "field.get_or with a default": |g| g.card_at().level().get_or(1);
    CARD Write "field.set with a default": |g| g.card_at().level().set(8);
    CARD Write "field.set_if_absent with a default": |g| g.card_at().level().set_if_absent(8);
    CARD Write "field.swap with a default": |g| g.card_at().level().swap(8);
    CARD Write "field.compare_and_set with a default": |g| g.card_at().level().compare_and_set(7, 8);
    CARD Write "field.update with a default": |g| g.card_at().level().update(|level| *level += 1);
    CARD Write "field.incr with a default": |g| g.card_at().level().incr(1);
    CARD Write "field.incr_up_to with a default": |g| g.card_at().level().incr_up_to(1, 100);
    CARD Write "field.mul with a default": |g| g.card_at().level().mul(2);
    CARD Write "field.bit_or with a default": |g| g.card_at().level().bit_or(8);
    // fields of other kinds, which live as long as their object
    CARD_NOTES Read "text.get of an object": |g| g.card_at().notes().get();
    CARD_NOTES Write "text.append of an object": |g| g.card_at().notes().append("!");
    CARD_JOBS Write "queue.put of an object": |g| g.card_at().jobs().put("new");
    CARD_JOBS Write "queue.get of an object": |g| g.card_at().jobs().get();
    CARD_RANKS Write "sorted_set.insert of an object": |g| g.card_at().ranks().insert("new", 2.0);
    CARD_RANKS Write "sorted_set.pop_min of an object": |g| g.card_at().ranks().pop_min();
    CARD_RANKS Write "sorted_set.replace_all of an object": |g| g.card_at().ranks().replace_all([("new", 2.0)]);
    // batches
    TAGS Write "transaction": |g| g.store.transaction((g.at().title().get(), g.at().tags().push("new")));
    TAGS Write "pipeline": |g| g.store.pipeline(g.at().tags().push("new"));
    TAGS Read "pipeline of reads": |g| g.store.pipeline((g.at().tags().len(), g.at().tags().first()));
}
