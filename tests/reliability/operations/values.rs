//! Single values, what every key has, and keys behind a prefix.

use std::time::SystemTime;

use pottery::{Flag, Keyspace, List, Pattern, Value};

use crate::operations::{Ground, hour, rows, spots};
use crate::way::{Run, Way};

impl Ground {
    fn space(&self) -> Keyspace<String> {
        self.store.keyspace(self.named("space") + ":")
    }
}

spots! {
    VALUE "string": value() -> Value<String> = |g| g.store.value(g.named("value")), |it| it.set("a value");
    FLAG "string": flag() -> Flag = |g| g.store.flag(g.named("flag")), |it| it.mark();
    SPACE "string": in_space() -> Value<String> = |g| g.space().at("a"), |it| it.set("a value");
}

rows! {
    VALUE Read "value.get": |g| g.value().get();
    VALUE Read "value.get_or": |g| g.value().get_or("other".to_owned());
    VALUE Clear "value.set": |g| g.value().set("new");
    VALUE Clear "value.set_for": |g| g.value().set_for("new", hour());
    VALUE Any "value.set_if_absent": |g| g.value().set_if_absent("new");
    VALUE Clear "value.set_if_present": |g| g.value().set_if_present("new");
    VALUE Create "value.create": |g| g.value().create("new");
    VALUE Write "value.swap": |g| g.value().swap("new");
    VALUE Write "value.take": |g| g.value().take();
    VALUE Read "value.size": |g| g.value().size();
    VALUE Look "keyed.exists": |g| g.value().exists();
    VALUE Clear "keyed.clear": |g| g.value().clear();
    VALUE Look "keyed.ttl": |g| g.value().ttl();
    VALUE Any "keyed.expire": |g| g.value().expire(hour());
    VALUE Any "keyed.expire_at": |g| g.value().expire_at(SystemTime::now() + hour());
    VALUE Any "keyed.persist": |g| g.value().persist();
    VALUE Clear "keyed.rename": |g| g.value().rename(g.moved());
    VALUE Any "keyed.copy_to": |g| g.value().copy_to(g.moved());
    VALUE Write "value.compare_and_set": |g| g.value().compare_and_set("a value", "new");
    VALUE Read "value.content_eq": |g| g.value().content_eq("a value".to_owned());
    VALUE Write "value.get_for": |g| g.value().get_for(hour());
    VALUE Write "value.append_to": |g| g.value().append_to(g.moved(), "!");
    VALUE Write "value.prepend_to": |g| g.value().prepend_to(g.moved(), "!");
    VALUE Write "value.repeat_to": |g| g.value().repeat_to(g.moved(), 2);
    VALUE Write "value.replace_range_to": |g| g.value().replace_range_to(g.moved(), 0..1, "!");
    VALUE Any "temporary.remove": |g| g.store.temporary::<List<u8>>().remove();
    // marks
    FLAG Write "flag.mark": |g| g.flag().mark();
    FLAG Write "flag.mark_for": |g| g.flag().mark_for(hour());
    FLAG Any "flag.mark_if_absent": |g| g.flag().mark_if_absent();
    FLAG Any "flag.mark_if_absent_for": |g| g.flag().mark_if_absent_for(hour());
    FLAG Read "flag.is_marked": |g| g.flag().is_marked();
    FLAG Write "flag.unmark": |g| g.flag().unmark();
    // keys behind a prefix
    SPACE Read "keyspace.get": |g| g.space().get("a");
    SPACE Read "keyspace.get_or": |g| g.space().get_or("a", "other".to_owned());
    SPACE Look "keyspace.get_many": |g| g.space().get_many(["a", "b"]);
    SPACE Clear "keyspace.set": |g| g.space().set("a", "new");
    SPACE Clear "keyspace.set_for": |g| g.space().set_for("a", "new", hour());
    SPACE Any "keyspace.set_if_absent": |g| g.space().set_if_absent("a", "new");
    SPACE Clear "keyspace.set_many": |g| g.space().set_many([("a", "new"), ("b", "er")]);
    SPACE Write "keyspace.take": |g| g.space().take("a");
    SPACE Clear "keyspace.remove": |g| g.space().remove("a");
    SPACE Clear "keyspace.remove_many": |g| g.space().remove_many(["a", "b"]);
    SPACE Look "keyspace.contains": |g| g.space().contains("a");
    SPACE Look "keyspace.keys": |g| g.space().keys(Pattern::all());
    SPACE Look "keyspace.iter": |g| g.space().iter();
    SPACE Look "keyspace.len": |g| g.space().len();
    SPACE Look "keyspace.is_empty": |g| g.space().is_empty();
    SPACE Any "keyspace.clear": |g| g.space().clear();
}
