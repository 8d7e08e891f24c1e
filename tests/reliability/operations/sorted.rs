//! Sorted sets, and places on the map.

use pottery::{Geo, Position, Rule, SortedSet, Unit};

use crate::operations::{Ground, hour, rows, spots};
use crate::way::{Run, Way};

const ROME: Position = Position::new(12.5, 41.9);
const OSLO: Position = Position::new(10.7, 59.9);
const LIMA: Position = Position::new(-77.0, -12.0);

spots! {
    RANKS "zset": ranks() -> SortedSet<String> =
        |g| g.store.sorted_set(g.named("ranks")), |it| it.extend([("a", 1.0), ("b", 2.0), ("c", 3.0)]);
    MORE_RANKS "zset": more_ranks() -> SortedSet<String> =
        |g| g.store.sorted_set(g.named("more-ranks")), |it| it.extend([("a", 2.0), ("d", 4.0)]);
    PLACES "zset": places() -> Geo<String> = |g| g.store.geo(g.named("places")), |it| it.extend([("rome", ROME), ("oslo", OSLO)]);
    MORE_PLACES "zset": more_places() -> Geo<String> = |g| g.store.geo(g.named("more-places")), |it| it.insert("oslo", OSLO);
}

rows! {
    RANKS Write "sorted_set.insert": |g| g.ranks().insert("new", 5.0);
    RANKS Write "sorted_set.insert_if_absent": |g| g.ranks().insert_if_absent("new", 5.0);
    RANKS Write "sorted_set.raise": |g| g.ranks().raise("a", 5.0);
    RANKS Write "sorted_set.lower": |g| g.ranks().lower("c", 0.5);
    RANKS Write "sorted_set.insert_by": |g| g.ranks().insert_by(Rule::IfPresent, "a", 5.0);
    RANKS Write "sorted_set.extend": |g| g.ranks().extend([("new", 5.0), ("er", 6.0)]);
    RANKS Write "sorted_set.extend_by": |g| g.ranks().extend_by(Rule::Raise, [("a", 5.0), ("b", 0.0)]);
    RANKS Write "sorted_set.incr": |g| g.ranks().incr("a", 1.0);
    RANKS Read "sorted_set.score": |g| g.ranks().score("a");
    RANKS Read "sorted_set.score_many": |g| g.ranks().score_many(["a", "z"]);
    RANKS Read "sorted_set.contains": |g| g.ranks().contains("a");
    RANKS Read "sorted_set.rank": |g| g.ranks().rank("b");
    RANKS Read "sorted_set.rev_rank": |g| g.ranks().rev_rank("b");
    RANKS Read "sorted_set.len": |g| g.ranks().len();
    RANKS Read "sorted_set.is_empty": |g| g.ranks().is_empty();
    RANKS Write "sorted_set.remove": |g| g.ranks().remove("a");
    RANKS Write "sorted_set.try_remove": |g| g.ranks().try_remove("a");
    RANKS Write "sorted_set.remove_many": |g| g.ranks().remove_many(["a", "z"]);
    RANKS Read "sorted_set.random": |g| g.ranks().random();
    RANKS Read "sorted_set.sample": |g| g.ranks().sample(2);
    RANKS Read "sorted_set.first": |g| g.ranks().first();
    RANKS Read "sorted_set.last": |g| g.ranks().last();
    RANKS Read "sorted_set.range": |g| g.ranks().range(0..2);
    RANKS Write "sorted_set.pop_min": |g| g.ranks().pop_min();
    RANKS Write "sorted_set.pop_max": |g| g.ranks().pop_max();
    RANKS Write "sorted_set.pop_min_n": |g| g.ranks().pop_min_n(2);
    RANKS Write "sorted_set.pop_max_n": |g| g.ranks().pop_max_n(2);
    RANKS Write "sorted_set.pop_min_wait": |g| g.ranks().pop_min_wait(hour());
    RANKS Write "sorted_set.pop_max_wait": |g| g.ranks().pop_max_wait(hour());
    RANKS Read "sorted_set.collect": |g| g.ranks().collect::<Vec<_>>();
    RANKS Read "sorted_set.to_vec": |g| g.ranks().to_vec();
    RANKS Write "sorted_set.drain": |g| g.ranks().drain();
    RANKS Write "sorted_set.replace_all": |g| g.ranks().replace_all([("new", 1.0)]);
    RANKS Create "sorted_set.create": |g| g.ranks().create([("new", 1.0)]);
    RANKS Read "sorted_set.content_eq": |g| g.ranks().content_eq([("a", 1.0)]);
    RANKS Read "sorted_set.iter": |g| g.ranks().iter();
    RANKS Read "selection.members": |g| g.ranks().by_rank(0..2).rev().members();
    RANKS Read "selection.entries": |g| g.ranks().by_score(1.0..).limit(0, 2).entries();
    RANKS Read "selection.count": |g| g.ranks().by_lex("a".."c").count();
    RANKS Read "selection.count of ranks": |g| g.ranks().by_rank(1..).count();
    RANKS Write "selection.remove": |g| g.ranks().by_rank(0..2).remove();
    RANKS Write "selection.remove of some": |g| g.ranks().by_score(1.0..).limit(1, 1).remove();
    RANKS Write "selection.drain": |g| g.ranks().by_score(2.0..).drain();
    RANKS Write with MORE_RANKS "selection.store_into": |g| g.ranks().by_rank(0..2).store_into(&g.more_ranks());
    RANKS Write with MORE_RANKS "selection.store_into of none":
        |g| g.ranks().by_rank(0..0).store_into(&g.more_ranks());
    RANKS Read with MORE_RANKS "combination.members": |g| g.ranks().union(g.more_ranks()).members();
    RANKS Read with MORE_RANKS "combination.entries": |g| g.ranks().intersection(g.more_ranks()).entries();
    RANKS Write with MORE_RANKS "combination.store_into":
        |g| g.ranks().union(g.ranks()).weights([2.0, 1.0]).store_into(&g.more_ranks());
    RANKS Write with MORE_RANKS "combination.store_into of a difference":
        |g| g.ranks().difference(g.more_ranks()).store_into(&g.more_ranks());
    // places
    PLACES Write "geo.insert": |g| g.places().insert("lima", LIMA);
    PLACES Write "geo.insert_if_absent": |g| g.places().insert_if_absent("lima", LIMA);
    PLACES Write "geo.relocate": |g| g.places().relocate("rome", LIMA);
    PLACES Write "geo.extend": |g| g.places().extend([("lima", LIMA), ("oslo", ROME)]);
    PLACES Create "geo.create": |g| g.places().create([("lima", LIMA)]);
    PLACES Write "geo.replace_all": |g| g.places().replace_all([("lima", LIMA), ("oslo", ROME)]);
    PLACES Read "geo.position": |g| g.places().position("rome");
    PLACES Read "geo.position_many": |g| g.places().position_many(["rome", "lima"]);
    PLACES Read "geo.hash": |g| g.places().hash("rome");
    PLACES Read "geo.hash_many": |g| g.places().hash_many(["rome", "lima"]);
    PLACES Read "geo.distance": |g| g.places().distance("rome", "oslo", Unit::Kilometers);
    PLACES Read "search.members": |g| g.places().around(ROME).radius(5.0, Unit::Miles).nearest().members();
    PLACES Read "search.members around a member":
        |g| g.places().around_member("rome").rectangle(5.0, 5.0, Unit::Miles).members();
    PLACES Read "search.found": |g| g.places().around(ROME).radius(5000.0, Unit::Kilometers).limit(1).found();
    PLACES Write with MORE_PLACES "search.store_into":
        |g| g.places().around(ROME).radius(5.0, Unit::Miles).store_into(&g.more_places());
    MORE_PLACES Write beside PLACES "search.store_into of none":
        |g| g.places().around(ROME).radius(5.0, Unit::Miles).limit(0).store_into(&g.more_places());
    PLACES Write with MORE_PLACES "search.store_distances_into":
        |g| g.places().around(ROME).radius(5.0, Unit::Miles).store_distances_into(&g.more_places().members());
}
