//! No warning comes out of generated code, whatever the user denies.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused, unused_qualifications)]
#![deny(single_use_lifetimes, trivial_casts, unused_lifetimes, unused_results, non_ascii_idents)]
#![deny(let_underscore_drop, elided_lifetimes_in_paths, explicit_outlives_requirements, unit_bindings)]
#![forbid(unsafe_code)]

/// A module.
mod inner {
    use pottery::{RedisId, RedisModel, RedisValue};
    use serde::{Deserialize, Serialize};

    /// An id.
    #[derive(RedisId, Clone, Copy, Debug)]
    #[redis(copy)]
    pub(crate) struct PlayerId(u64);

    /// A value.
    #[derive(Serialize, Deserialize, RedisValue, Debug)]
    pub(crate) struct Item {
        name: String,
    }

    /// A model.
    #[derive(RedisModel, Debug)]
    pub(crate) struct Player {
        #[redis(id)]
        id: PlayerId,
        /// Its name.
        pub name: String,
        pub(crate) inventory: Vec<Item>,
        items: Vec<(u8, (u8, u8))>,
        best: Option<Item>,
        #[redis(value)]
        avatar: Vec<u8>,
        #[redis(default = 5)]
        level: u8,
        #[redis(default)]
        score: i64,
        /// Not stored.
        #[redis(skip)]
        pub cache: String,
    }

    /// A model with parameters.
    #[derive(RedisModel, Debug)]
    pub(crate) struct Cart<T, const N: usize> {
        #[redis(id)]
        id: u64,
        items: Vec<T>,
        #[redis(skip)]
        marker: std::marker::PhantomData<[T; N]>,
    }

    /// A model that nobody uses.
    #[derive(RedisModel, Debug)]
    struct Private {
        #[redis(id)]
        id: String,
        odd: Vec<String>,
    }

    /// Reads every field, so that none is unused.
    pub(crate) fn read(player: &Player, cart: &Cart<u8, 1>) -> usize {
        let Player { id, name, inventory, items, best, avatar, level, score, cache } = player;
        let private = Private { id: String::new(), odd: Vec::new() };
        let _unused = (&id.0, name, best, level, score, cache, &cart.id, &cart.items, &cart.marker);
        inventory.iter().map(|item| item.name.len()).sum::<usize>()
            + items.len()
            + avatar.len()
            + private.id.len()
            + private.odd.len()
    }
}

fn main() {
    let _read: fn(&inner::Player, &inner::Cart<u8, 1>) -> usize = inner::read;
}
