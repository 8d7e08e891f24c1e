//! Every public operation, in a table: what it is called, which key it is about, and what it may do there.

use std::time::{Duration, SystemTime};

use pottery::{Deque, Key, List, Map, RedisModel, Result, Set, Store, Value};

use crate::objects::{Thing, ThingHandle};
use crate::way::{Run, Way};

/// What the operations work on: an object, and collections of their own.
pub(crate) struct Ground {
    pub(crate) store: Store,
    pub(crate) thing: Thing,
    pub(crate) at: ThingHandle,
    pub(crate) value: Value<String>,
    pub(crate) scores: Map<String, f64>,
    pub(crate) others: List<String>,
    pub(crate) strangers: Set<u64>,
}

/// The key that an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Object,
    Tags,
    Queue,
    Stats,
    Friends,
    Value,
    Scores,
}

/// What an operation may do at its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Reads.
    Read,
    /// Writes what the key's type has.
    Write,
    /// Writes where there is nothing, and says so where there is something.
    Create,
    /// Writes, and looks at no type: lifetimes and names.
    Any,
    /// Removes or replaces whatever is there, as its name says.
    Clear,
}

/// One row of the table.
pub(crate) struct Op {
    pub(crate) name: &'static str,
    pub(crate) on: On,
    pub(crate) class: Class,
    pub(crate) run: fn(&Ground, Way) -> Result<()>,
}

impl Ground {
    pub(crate) fn new(store: &Store, id: &str) -> Ground {
        let thing = Thing::full(id);
        Ground {
            store: store.clone(),
            at: Thing::at(store, id),
            thing,
            value: store.value(format!("value:{{{id}}}")),
            scores: store.map(format!("scores:{{{id}}}")),
            others: store.list(format!("others:{{{id}}}")),
            strangers: store.set(format!("strangers:{{{id}}}")),
        }
    }

    /// Puts everything where it was in the beginning.
    pub(crate) fn reset(&self, way: Way) {
        let own = self.store.pipeline((
            self.at.delete(),
            self.value.clear(),
            self.scores.clear(),
            self.others.clear(),
            self.strangers.clear(),
            self.store.list::<u8>(self.moved()).clear(),
        ));
        own.run(way).expect("a healthy server");
        self.thing.save(&self.store).run(way).expect("a healthy server");
        let loose = self.store.pipeline((
            self.value.set("a value"),
            self.scores.insert("a", 1.5),
            self.others.extend(["x", "y"]),
            self.strangers.extend([9, 10]),
        ));
        loose.run(way).expect("a healthy server");
    }

    pub(crate) fn key(&self, on: On) -> Key {
        match on {
            On::Object => self.at.key().clone(),
            On::Tags => self.at.tags().key().clone(),
            On::Queue => self.at.queue().key().clone(),
            On::Stats => self.at.stats().key().clone(),
            On::Friends => self.at.friends().key().clone(),
            On::Value => self.value.key().clone(),
            On::Scores => self.scores.key().clone(),
        }
    }

    /// Every key that an operation may touch.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut keys = self.at.keys();
        keys.extend(
            [self.value.key(), self.scores.key(), self.others.key(), self.strangers.key()].map(Key::from),
        );
        keys.push(self.store.list::<u8>(self.moved()).key().clone());
        keys
    }

    /// Where renames and copies go.
    pub(crate) fn moved(&self) -> String {
        format!("moved:{{{}}}", self.thing.id)
    }

    fn queue(&self) -> Deque<u32> {
        self.at.queue()
    }
}

fn hour() -> Duration {
    Duration::from_secs(3600)
}

macro_rules! operations {
    ($($on:ident $class:ident $name:literal: |$ground:ident| $what:expr;)*) => {
        /// The table.
        pub(crate) fn operations() -> Vec<Op> {
            vec![$(Op {
                name: $name,
                on: On::$on,
                class: Class::$class,
                run: |$ground: &Ground, way: Way| $what.run(way).map(drop),
            }),*]
        }
    };
}

operations! {
    // the whole object
    Object Read "load": |g| g.at.load();
    Object Read "RedisModel::load": |g| Thing::load(&g.store, &g.thing.id);
    Object Read "load_many": |g| Thing::load_many(&g.store, [g.thing.id.as_str()]);
    Object Read "exists": |g| g.at.exists();
    Object Write "save": |g| g.at.save(&Thing { title: "new".into(), ..g.thing.clone() });
    Object Write "RedisModel::save": |g| Thing { title: "new".into(), ..g.thing.clone() }.save(&g.store);
    Object Create "create": |g| g.thing.create(&g.store);
    Object Write "update": |g| g.at.update(|thing| thing.total += 1);
    Object Write "try_update": |g| g.at.try_update(|thing| { thing.tags.push("z".into()); Ok::<_, ()>(()) });
    Object Clear "delete": |g| g.at.delete();
    Object Any "expire": |g| g.at.expire(hour());
    Object Any "expire_at": |g| g.at.expire_at(SystemTime::now() + hour());
    Object Read "ttl": |g| g.at.ttl();
    Object Any "persist": |g| g.at.persist();
    // fields
    Object Read "field.get": |g| g.at.title().get();
    Object Read "field.get of a structure": |g| g.at.part().get();
    Object Read "field.get of an option": |g| g.at.note().get();
    Object Read "field.get_or": |g| g.at.count().get_or(7);
    Object Read "field.exists": |g| g.at.title().exists();
    Object Write "field.set": |g| g.at.title().set("new");
    Object Write "field.set none": |g| g.at.note().set(None);
    Object Write "field.set_if_absent": |g| g.at.title().set_if_absent("new");
    Object Write "field.swap": |g| g.at.title().swap("new");
    Object Write "field.compare_and_set": |g| g.at.title().compare_and_set("a title", "new");
    Object Write "field.remove": |g| g.at.title().remove();
    Object Write "field.update": |g| g.at.title().update(|title| title.push('!'));
    Object Write "field.try_update": |g| g.at.title().try_update(|title| { title.push('!'); Ok::<_, ()>(()) });
    Object Write "field.incr": |g| g.at.total().incr(2);
    Object Write "field.incr in a range": |g| g.at.count().incr(2);
    Object Write "field.decr": |g| g.at.total().decr(2);
    Object Write "field.incr_up_to": |g| g.at.count().incr_up_to(2, 100);
    Object Write "field.incr_float": |g| g.at.weight().incr_float(0.5);
    Object Write "field.mul": |g| g.at.total().mul(2);
    Object Write "field.div_floor": |g| g.at.total().div_floor(3);
    Object Write "field.rem_floor": |g| g.at.total().rem_floor(3);
    Object Write "field.pow": |g| g.at.total().pow(2);
    Object Write "field.bit_and": |g| g.at.count().bit_and(2);
    Object Write "field.bit_or": |g| g.at.count().bit_or(4);
    Object Write "field.bit_xor": |g| g.at.count().bit_xor(6);
    Object Write "field.shl": |g| g.at.count().shl(1);
    Object Write "field.shr": |g| g.at.count().shr(1);
    // lists
    Tags Write "list.push": |g| g.at.tags().push("new");
    Tags Write "list.push_front": |g| g.at.tags().push_front("new");
    Tags Write "list.extend": |g| g.at.tags().extend(["new", "er"]);
    Tags Write "list.prepend": |g| g.at.tags().prepend(["new", "er"]);
    Tags Write "list.pop": |g| g.at.tags().pop();
    Tags Write "list.pop_front": |g| g.at.tags().pop_front();
    Tags Write "list.pop_n": |g| g.at.tags().pop_n(2);
    Tags Write "list.pop_front_n": |g| g.at.tags().pop_front_n(2);
    Tags Write "list.pop_wait": |g| g.at.tags().pop_wait(hour());
    Tags Write "list.pop_front_wait": |g| g.at.tags().pop_front_wait(hour());
    Tags Write "list.move_last_to_front_of": |g| g.at.tags().move_last_to_front_of(&g.others);
    Tags Write "list.move_last_to_back_of": |g| g.at.tags().move_last_to_back_of(&g.others);
    Tags Write "list.move_first_to_back_of": |g| g.at.tags().move_first_to_back_of(&g.others);
    Tags Write "list.move_first_to_front_of": |g| g.at.tags().move_first_to_front_of(&g.others);
    Tags Write "list.move_last_to_front_of_wait": |g| g.at.tags().move_last_to_front_of_wait(&g.others, hour());
    Tags Write "list.move_first_to_back_of_wait": |g| g.at.tags().move_first_to_back_of_wait(&g.others, hour());
    Tags Read "list.get": |g| g.at.tags().get(1);
    Tags Read "list.first": |g| g.at.tags().first();
    Tags Read "list.last": |g| g.at.tags().last();
    Tags Write "list.set": |g| g.at.tags().set(0, "new");
    Tags Read "list.len": |g| g.at.tags().len();
    Tags Read "list.is_empty": |g| g.at.tags().is_empty();
    Tags Read "list.to_vec": |g| g.at.tags().to_vec();
    Tags Read "list.iter": |g| g.at.tags().iter();
    Tags Read "list.range": |g| g.at.tags().range(0..1);
    Tags Read "list.slice": |g| g.at.tags().slice(0, 2, 2);
    Tags Write "list.splice": |g| g.at.tags().splice(0..1, ["new"]);
    Tags Write "list.drain": |g| g.at.tags().drain(0..1);
    Tags Write "list.trim": |g| g.at.tags().trim(0..1);
    Tags Write "list.truncate": |g| g.at.tags().truncate(1);
    Tags Write "list.insert": |g| g.at.tags().insert(1, "new");
    Tags Write "list.remove_at": |g| g.at.tags().remove_at(0);
    Tags Write "list.swap": |g| g.at.tags().swap(0, 1);
    Tags Write "list.reverse": |g| g.at.tags().reverse();
    Tags Write "list.rotate": |g| g.at.tags().rotate(1);
    Tags Write "list.repeat": |g| g.at.tags().repeat(2);
    Tags Write "list.replace_all": |g| g.at.tags().replace_all(["new"]);
    Tags Create "list.create": |g| g.at.tags().create(["new"]);
    Tags Write "list.sort": |g| g.at.tags().sort();
    Tags Write "list.sort_desc": |g| g.at.tags().sort_by(|a, b| a.len().cmp(&b.len()).reverse());
    Tags Write "list.retain": |g| g.at.tags().retain(|tag| tag == "blue");
    Tags Read "list.contains": |g| g.at.tags().contains("red");
    Tags Read "list.index_of": |g| g.at.tags().index_of("blue");
    Tags Read "list.last_index_of": |g| g.at.tags().last_index_of("blue");
    Tags Read "list.indexes_of": |g| g.at.tags().indexes_of("blue");
    Tags Read "list.count": |g| g.at.tags().count("blue");
    Tags Write "list.remove": |g| g.at.tags().remove("blue");
    Tags Write "list.remove_last": |g| g.at.tags().remove_last("blue");
    Tags Write "list.remove_n": |g| g.at.tags().remove_n("blue", 1);
    Tags Write "list.remove_all": |g| g.at.tags().remove_all("blue");
    Tags Read "list.content_eq": |g| g.at.tags().content_eq(["red", "blue"]);
    // double-ended queues
    Queue Write "deque.push_back": |g| g.queue().push_back(1);
    Queue Write "deque.push_front": |g| g.queue().push_front(1);
    Queue Write "deque.push_back in bounds": |g| g.queue().bounded(3).push_back(1);
    Queue Read "deque.check_bound": |g| g.queue().bounded(3).check_bound();
    Queue Write "deque.extend": |g| g.queue().extend([1, 2]);
    Queue Write "deque.extend_front": |g| g.queue().extend_front([1, 2]);
    Queue Write "deque.pop_back": |g| g.queue().pop_back();
    Queue Write "deque.pop_front": |g| g.queue().pop_front();
    Queue Write "deque.pop_back_n": |g| g.queue().pop_back_n(2);
    Queue Write "deque.pop_front_n": |g| g.queue().pop_front_n(2);
    Queue Write "deque.pop_back_wait": |g| g.queue().pop_back_wait(hour());
    Queue Write "deque.pop_front_wait": |g| g.queue().pop_front_wait(hour());
    Queue Read "deque.get": |g| g.queue().get(1);
    Queue Read "deque.front": |g| g.queue().front();
    Queue Read "deque.back": |g| g.queue().back();
    Queue Write "deque.set": |g| g.queue().set(0, 1);
    Queue Write "deque.insert": |g| g.queue().insert(1, 1);
    Queue Write "deque.remove_at": |g| g.queue().remove_at(0);
    Queue Write "deque.remove": |g| g.queue().remove(8);
    Queue Write "deque.remove_all": |g| g.queue().remove_all(8);
    Queue Write "deque.swap": |g| g.queue().swap(0, 1);
    Queue Write "deque.rotate": |g| g.queue().rotate(1);
    Queue Write "deque.reverse": |g| g.queue().reverse();
    Queue Write "deque.truncate": |g| g.queue().truncate(1);
    Queue Write "deque.drain": |g| g.queue().drain(0..1);
    Queue Write "deque.replace_all": |g| g.queue().replace_all([1]);
    Queue Create "deque.create": |g| g.queue().create([1]);
    Queue Read "deque.contains": |g| g.queue().contains(8);
    Queue Read "deque.index_of": |g| g.queue().index_of(8);
    Queue Read "deque.count": |g| g.queue().count(8);
    Queue Read "deque.len": |g| g.queue().len();
    Queue Read "deque.is_empty": |g| g.queue().is_empty();
    Queue Read "deque.range": |g| g.queue().range(0..2);
    Queue Read "deque.to_vec": |g| g.queue().to_vec();
    Queue Read "deque.to_deque": |g| g.queue().to_deque();
    Queue Read "deque.iter": |g| g.queue().iter();
    Queue Read "deque.content_eq": |g| g.queue().content_eq([7, 8, 9]);
    // maps
    Stats Read "map.get": |g| g.at.stats().get("hp");
    Stats Read "map.get_or": |g| g.at.stats().get_or("hp", 1);
    Stats Read "map.get_many": |g| g.at.stats().get_many(["hp", "mp"]);
    Stats Read "map.contains_key": |g| g.at.stats().contains_key("hp");
    Stats Read "map.len": |g| g.at.stats().len();
    Stats Read "map.is_empty": |g| g.at.stats().is_empty();
    Stats Write "map.insert": |g| g.at.stats().insert("new", 1);
    Stats Write "map.insert_if_absent": |g| g.at.stats().insert_if_absent("new", 1);
    Stats Write "map.get_or_insert": |g| g.at.stats().get_or_insert("new", 1);
    Stats Write "map.swap": |g| g.at.stats().swap("hp", 1);
    Stats Write "map.remove": |g| g.at.stats().remove("hp");
    Stats Write "map.take": |g| g.at.stats().take("hp");
    Stats Write "map.pop_any": |g| g.at.stats().pop_any();
    Stats Write "map.remove_many": |g| g.at.stats().remove_many(["hp", "mp"]);
    Stats Write "map.extend": |g| g.at.stats().extend([("new", 1), ("er", 2)]);
    Stats Write "map.extend_keys": |g| g.at.stats().extend_keys(["new", "er"], 1);
    Stats Read "map.random_key": |g| g.at.stats().random_key();
    Stats Read "map.random_entries": |g| g.at.stats().random_entries(2);
    Stats Read "map.keys": |g| g.at.stats().keys();
    Stats Read "map.values": |g| g.at.stats().values();
    Stats Write "map.incr": |g| g.at.stats().incr("hp", 1);
    Scores Write "map.incr_float": |g| g.scores.incr_float("a", 0.5);
    Stats Read "map.collect": |g| g.at.stats().collect::<Vec<_>>();
    Stats Read "map.to_map": |g| g.at.stats().to_map();
    Stats Write "map.drain": |g| g.at.stats().drain();
    Stats Write "map.replace_all": |g| g.at.stats().replace_all([("new", 1)]);
    Stats Create "map.create": |g| g.at.stats().create([("new", 1)]);
    Stats Read "map.content_eq": |g| g.at.stats().content_eq([("hp", 12)]);
    Stats Read "map.iter": |g| g.at.stats().iter();
    // sets
    Friends Write "set.insert": |g| g.at.friends().insert(1);
    Friends Write "set.extend": |g| g.at.friends().extend([1, 2]);
    Friends Write "set.remove": |g| g.at.friends().remove(9);
    Friends Write "set.try_remove": |g| g.at.friends().try_remove(9);
    Friends Write "set.remove_many": |g| g.at.friends().remove_many([9, 1]);
    Friends Write "set.move_to": |g| g.at.friends().move_to(9, &g.strangers);
    Friends Write "set.pop": |g| g.at.friends().pop();
    Friends Write "set.pop_n": |g| g.at.friends().pop_n(2);
    Friends Read "set.random": |g| g.at.friends().random();
    Friends Read "set.sample": |g| g.at.friends().sample(2);
    Friends Read "set.contains": |g| g.at.friends().contains(9);
    Friends Read "set.contains_many": |g| g.at.friends().contains_many([9, 1]);
    Friends Read "set.len": |g| g.at.friends().len();
    Friends Read "set.is_empty": |g| g.at.friends().is_empty();
    Friends Read "set.collect": |g| g.at.friends().collect::<Vec<_>>();
    Friends Read "set.to_set": |g| g.at.friends().to_set();
    Friends Write "set.drain": |g| g.at.friends().drain();
    Friends Write "set.replace_all": |g| g.at.friends().replace_all([1]);
    Friends Create "set.create": |g| g.at.friends().create([1]);
    Friends Read "set.iter": |g| g.at.friends().iter();
    Friends Read "set.union": |g| g.at.friends().union(&g.strangers);
    Friends Read "set.intersection": |g| g.at.friends().intersection(&g.strangers);
    Friends Read "set.difference": |g| g.at.friends().difference(&g.strangers);
    Friends Read "set.symmetric_difference": |g| g.at.friends().symmetric_difference(&g.strangers);
    Friends Write "set.union_with": |g| g.at.friends().union_with(&g.strangers);
    Friends Write "set.intersect_with": |g| g.at.friends().intersect_with([&[1u64, 2]]);
    Friends Write "set.difference_with": |g| g.at.friends().difference_with(&g.strangers);
    Friends Write "set.symmetric_difference_with": |g| g.at.friends().symmetric_difference_with(&g.strangers);
    Friends Write "set.union_into": |g| g.at.friends().union_into([&[1u64, 2]], &g.strangers);
    Friends Write "set.intersection_into": |g| g.at.friends().intersection_into([&[9u64]], &g.strangers);
    Friends Write "set.difference_into": |g| g.at.friends().difference_into([&[1u64]], &g.strangers);
    Friends Write "set.symmetric_difference_into":
        |g| g.at.friends().symmetric_difference_into([&[1u64]], &g.strangers);
    Friends Read "set.is_disjoint": |g| g.at.friends().is_disjoint(&g.strangers);
    Friends Read "set.is_subset": |g| g.at.friends().is_subset(&g.strangers);
    Friends Read "set.is_superset": |g| g.at.friends().is_superset(&g.strangers);
    Friends Read "set.is_proper_subset": |g| g.at.friends().is_proper_subset(&g.strangers);
    Friends Read "set.is_proper_superset": |g| g.at.friends().is_proper_superset(&g.strangers);
    Friends Read "set.content_eq": |g| g.at.friends().content_eq(&g.strangers);
    // single values, and what every key has
    Value Read "value.get": |g| g.value.get();
    Value Read "value.get_or": |g| g.value.get_or("other".to_owned());
    Value Clear "value.set": |g| g.value.set("new");
    Value Clear "value.set_for": |g| g.value.set_for("new", hour());
    Value Any "value.set_if_absent": |g| g.value.set_if_absent("new");
    Value Clear "value.set_if_present": |g| g.value.set_if_present("new");
    Value Create "value.create": |g| g.value.create("new");
    Value Write "value.swap": |g| g.value.swap("new");
    Value Write "value.take": |g| g.value.take();
    Value Read "value.size": |g| g.value.size();
    Value Any "keyed.exists": |g| g.value.exists();
    Value Clear "keyed.clear": |g| g.value.clear();
    Value Any "keyed.ttl": |g| g.value.ttl();
    Value Any "keyed.expire": |g| g.value.expire(hour());
    Value Any "keyed.expire_at": |g| g.value.expire_at(SystemTime::now() + hour());
    Value Any "keyed.persist": |g| g.value.persist();
    Value Clear "keyed.rename": |g| g.value.rename(g.moved());
    Value Any "keyed.copy_to": |g| g.value.copy_to(g.moved());
    // batches
    Tags Write "transaction": |g| g.store.transaction((g.at.title().get(), g.at.tags().push("new")));
    Tags Write "pipeline": |g| g.store.pipeline(g.at.tags().push("new"));
    Tags Read "pipeline of reads": |g| g.store.pipeline((g.at.tags().len(), g.at.tags().first()));
}
