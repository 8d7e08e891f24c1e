//! Sets.

use pottery::Set;

use crate::operations::model::FRIENDS;
use crate::operations::{Ground, rows, spots};
use crate::way::{Run, Way};

spots! {
    STRANGERS "set": strangers() -> Set<u64> = |g| g.store.set(g.named("strangers")), |it| it.extend([9, 10]);
}

rows! {
    FRIENDS Write "set.insert": |g| g.at().friends().insert(1);
    FRIENDS Write "set.extend": |g| g.at().friends().extend([1, 2]);
    FRIENDS Write "set.remove": |g| g.at().friends().remove(9);
    FRIENDS Write "set.try_remove": |g| g.at().friends().try_remove(9);
    FRIENDS Write "set.remove_many": |g| g.at().friends().remove_many([9, 1]);
    FRIENDS Write with STRANGERS "set.move_to": |g| g.at().friends().move_to(9, &g.strangers());
    FRIENDS Write "set.pop": |g| g.at().friends().pop();
    FRIENDS Write "set.pop_n": |g| g.at().friends().pop_n(2);
    FRIENDS Read "set.random": |g| g.at().friends().random();
    FRIENDS Read "set.sample": |g| g.at().friends().sample(2);
    FRIENDS Read "set.contains": |g| g.at().friends().contains(9);
    FRIENDS Read "set.contains_many": |g| g.at().friends().contains_many([9, 1]);
    FRIENDS Read "set.len": |g| g.at().friends().len();
    FRIENDS Read "set.is_empty": |g| g.at().friends().is_empty();
    FRIENDS Read "set.collect": |g| g.at().friends().collect::<Vec<_>>();
    FRIENDS Read "set.to_set": |g| g.at().friends().to_set();
    FRIENDS Write "set.drain": |g| g.at().friends().drain();
    FRIENDS Write "set.replace_all": |g| g.at().friends().replace_all([1]);
    FRIENDS Create "set.create": |g| g.at().friends().create([1]);
    FRIENDS Read "set.iter": |g| g.at().friends().iter();
    FRIENDS Read with STRANGERS "set.union": |g| g.at().friends().union(g.strangers());
    FRIENDS Read with STRANGERS "set.intersection": |g| g.at().friends().intersection(g.strangers());
    FRIENDS Read with STRANGERS "set.difference": |g| g.at().friends().difference(g.strangers());
    FRIENDS Read with STRANGERS "set.symmetric_difference": |g| g.at().friends().symmetric_difference(g.strangers());
    FRIENDS Write with STRANGERS "set.union_with": |g| g.at().friends().union_with(g.strangers());
    FRIENDS Write "set.intersect_with": |g| g.at().friends().intersect_with([&[1u64, 2]]);
    FRIENDS Write with STRANGERS "set.difference_with": |g| g.at().friends().difference_with(g.strangers());
    FRIENDS Write with STRANGERS "set.symmetric_difference_with": |g| g.at().friends().symmetric_difference_with(g.strangers());
    FRIENDS Write with STRANGERS "set.union_into": |g| g.at().friends().union_into([&[1u64, 2]], &g.strangers());
    FRIENDS Write with STRANGERS "set.intersection_into": |g| g.at().friends().intersection_into([&[9u64]], &g.strangers());
    FRIENDS Write with STRANGERS "set.difference_into": |g| g.at().friends().difference_into([&[1u64]], &g.strangers());
    FRIENDS Write with STRANGERS "set.symmetric_difference_into":
        |g| g.at().friends().symmetric_difference_into([&[1u64]], &g.strangers());
    FRIENDS Read with STRANGERS "set.is_disjoint": |g| g.at().friends().is_disjoint(g.strangers());
    FRIENDS Read with STRANGERS "set.is_subset": |g| g.at().friends().is_subset(g.strangers());
    FRIENDS Read with STRANGERS "set.is_superset": |g| g.at().friends().is_superset(g.strangers());
    FRIENDS Read with STRANGERS "set.is_proper_subset": |g| g.at().friends().is_proper_subset(g.strangers());
    FRIENDS Read with STRANGERS "set.is_proper_superset": |g| g.at().friends().is_proper_superset(g.strangers());
    FRIENDS Read with STRANGERS "set.content_eq": |g| g.at().friends().content_eq(g.strangers());
}
