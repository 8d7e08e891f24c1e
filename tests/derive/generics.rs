//! Models with parameters.

use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;

use pottery::{Field, List, Map, RedisId, RedisModel, RedisValue, Storable, Store};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{nowhere, text};

/// No bounds at all: what its fields need is asked where it is used.
#[derive(RedisModel)]
struct Cart<T> {
    #[redis(id)]
    id: u64,
    items: Vec<T>,
    last: Option<T>,
    counts: HashMap<String, T>,
    #[redis(value)]
    all: Vec<T>,
    note: String,
    #[redis(skip)]
    marker: PhantomData<T>,
}

#[test]
fn a_model_without_bounds_takes_what_its_fields_take() {
    let cart = Cart::<u8>::at(&nowhere(), 7);
    let _: List<u8> = cart.items();
    let _: Field<Option<u8>> = cart.last();
    let _: Map<String, u8> = cart.counts();
    let _: Field<Vec<u8>> = cart.all();
    assert_eq!(text(cart.items().key()), "cart:{7}:items");
    assert_eq!(Cart::<u8>::__INFO.fields.len(), 5);
}

fn add<T: Storable + RedisValue + Clone>(cart: &CartHandle<T>, item: &T) -> pottery::Command<usize> {
    cart.items().push(item.clone())
}

#[test]
fn generic_code_uses_generic_models() {
    fn keys<T: RedisValue>(store: &Store) -> usize {
        Cart::<T>::at(store, 7).keys().len()
    }
    drop(add(&Cart::<String>::at(&nowhere(), 7), &"a".to_owned()));
    assert_eq!(keys::<String>(&nowhere()), 3);
}

/// Bounds, defaults, a where clause, a constant.
#[derive(RedisModel)]
#[redis(prefix = "bounded")]
struct Bounded<I: RedisId, K: Storable + Eq + Hash, V = u8, const N: usize = 3>
where
    V: Serialize + DeserializeOwned + Send + 'static,
{
    #[redis(id)]
    id: I,
    map: HashMap<K, V>,
    grid: Grid<N>,
    #[redis(value)]
    pair: (K, V),
}

#[derive(Serialize, Deserialize, RedisValue)]
struct Grid<const N: usize> {
    cells: Vec<u8>,
}

#[test]
fn bounds_defaults_and_constants_are_kept() {
    let bounded: BoundedHandle<String, u8> = Bounded::at(&nowhere(), "x");
    let _: Map<u8, u8> = bounded.map();
    let _: Field<(u8, u8)> = bounded.pair();
    assert_eq!(text(bounded.map().key()), "bounded:{x}:map");
    assert_eq!(Bounded::<u64, u8, u8, 5>::__INFO.fields[1].type_name, "Grid<N>");
}

/// `Self` in a field's type and in a default.
#[derive(RedisModel, Serialize, Deserialize)]
struct Node {
    #[redis(id)]
    id: u64,
    children: Vec<Self>,
    #[redis(default = Self::first_level())]
    level: u8,
}

impl Node {
    fn first_level() -> u8 {
        1
    }
}

#[test]
fn self_means_the_model() {
    let _: List<Node> = Node::at(&nowhere(), 7).children();
}

/// Generic code over any model.
#[test]
fn a_function_takes_any_model() {
    fn key<M: RedisModel>(store: &Store, id: M::Id) -> String {
        text(M::of(store, id).key())
    }
    assert_eq!(key::<Cart<u8>>(&nowhere(), 7), "cart:{7}");
    assert_eq!(key::<Node>(&nowhere(), 8), "node:{8}");
}

/// A value with parameters.
#[derive(Serialize, Deserialize, RedisValue)]
struct Pair<A, B>(A, B);

#[derive(RedisModel)]
struct Paired<T: Storable> {
    #[redis(id)]
    id: u64,
    pair: Pair<T, u8>,
    pairs: Vec<Pair<T, T>>,
}

#[test]
fn values_have_parameters_too() {
    let paired = Paired::<String>::at(&nowhere(), 7);
    let _: Field<Pair<String, u8>> = paired.pair();
    let _: List<Pair<String, String>> = paired.pairs();
}
