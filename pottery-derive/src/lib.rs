//! The derives of [pottery](https://docs.rs/pottery). Use them through that crate.
//!
//! A pass for each concern: `parse` says what the user wrote, `check` judges it, `expand` writes the code.

mod check;
mod duration;
mod errors;
mod expand;
mod kinds;
mod names;
mod parse;
mod types;

use errors::Errors;
use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct one whose fields live in Redis.
///
/// Every field becomes the Redis type that it resembles: `Vec` and `VecDeque` a list, `HashMap` and `BTreeMap` a hash,
/// `HashSet` and `BTreeSet` a set. Numbers, `bool`, `char`, `String`, an `Option` of those, and every type with
/// `#[derive(RedisValue)]` are fields of the object's own hash. The derive implements `RedisModel` for the struct, and
/// declares a handle beside it, `PlayerHandle` for `Player`, with a method for each field. A method is as visible as its
/// field, and has its documentation.
///
/// ```
/// use std::collections::{HashMap, HashSet};
/// use pottery::{RedisModel, Store};
///
/// #[derive(RedisModel)]
/// #[redis(prefix = "app:player", ttl = "30d", rename_all = "camelCase")]
/// struct Player {
///     #[redis(id)]
///     id: u64,
///     display_name: String,
///     inventory: Vec<String>,      // a list, `app:player:{7}:inventory`
///     stats: HashMap<String, u32>, // a hash
///     friends: HashSet<u64>,       // a set
///     #[redis(value)]
///     avatar: Vec<u8>, // bytes, a field of the object's hash
///     #[redis(default = 1)]
///     level: u8,
///     #[redis(skip)]
///     cached: Option<String>,
/// }
///
/// # fn main() -> pottery::Result<()> {
/// let store = Store::open("redis://127.0.0.1/")?;
/// let raj: PlayerHandle = Player::at(&store, 7); // nothing is sent yet
/// assert_eq!(raj.inventory().key().as_bytes(), b"app:player:{7}:inventory");
/// # Ok(()) }
/// ```
///
/// # On the struct
/// | `#[redis(...)]` | |
/// |---|---|
/// | `prefix = "app:player"` | what the keys begin with; by default the struct's name in snake case |
/// | `handle = PlayerRef` | the handle's name; by default the struct's with `Handle` behind it |
/// | `codec = Json` | the codec of all fields that name none; by default `Native` |
/// | `ttl = "1h30m"` | how long an object lives from its first save on, in `ms`, `s`, `m`, `h`, `d` and `w`; `"never"` refuses to let one expire; by default it lives for ever unless `expire` is called |
/// | `rename_all = "camelCase"` | the case of the fields' names in Redis: also `snake_case`, `kebab-case`, `PascalCase`, `SCREAMING_SNAKE_CASE`, `lowercase`, `UPPERCASE` |
/// | `crate = "path"` | where pottery is, if not at `::pottery` |
///
/// # On a field
/// | `#[redis(...)]` | |
/// |---|---|
/// | `id` | it distinguishes the objects; every model has one: an integer, a `String`, a tuple of those, a type with `#[derive(RedisId)]` |
/// | `rename = "name"` | its name in Redis |
/// | `skip` | it is not stored; when an object is loaded it is `Default::default()`, or what `default = ..` says |
/// | `default`, `default = 5` | what it is when Redis has nothing, instead of an error |
/// | `value` | it is stored whole, as one value, whatever its type is |
/// | `list` | it is a list: for `Vec<u8>`, which could be bytes as well |
/// | `kind = "list"` | the same in other words |
/// | `codec = Json` | its codec |
///
/// # Generics
/// Type and const parameters are kept, with their bounds, defaults and where clauses; what the fields' types need
/// besides is asked where the model is used. Such a model is not in the registry. Lifetimes are refused: what is
/// read from Redis can be borrowed from nobody.
#[proc_macro_derive(RedisModel, attributes(redis))]
pub fn redis_model(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    let mut model = check::check(parse::Input::new(input, &mut errors), &mut errors);
    if errors.is_empty() {
        return expand::model(&model).into();
    }
    let mut tokens = errors.into_tokens();
    tokens.extend(expand::fallback(&mut model));
    tokens.into()
}

/// Makes a type one that is stored whole: as a field of an object's hash, in which it is one value.
///
/// It needs serde's `Serialize` and `Deserialize`. An element of a collection needs no more than those; a field of its
/// own needs this as well, so that no collection is stored whole by mistake.
///
/// ```
/// use pottery::{RedisModel, RedisValue};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, RedisValue)]
/// struct Position {
///     x: f32,
///     y: f32,
/// }
///
/// #[derive(RedisModel)]
/// struct Sprite {
///     #[redis(id)]
///     id: u64,
///     position: Position,
/// }
/// ```
///
/// `#[redis(crate = "path")]` says where pottery is, if not at `::pottery`.
#[proc_macro_derive(RedisValue, attributes(redis))]
pub fn redis_value(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    check::refuse_lifetimes(&input.generics, "a value", &mut errors);
    let attrs = parse::ValueAttrs::of_value(&input.attrs, &mut errors);
    let mut tokens = expand::value(&input.ident, &input.generics, &check::krate(attrs.krate));
    if !errors.is_empty() && input.generics.lifetimes().next().is_some() {
        tokens = Default::default();
    }
    tokens.extend(errors.into_tokens());
    tokens.into()
}

/// Makes a newtype one that can be the id of a model. It stands in keys as what it wraps.
///
/// Callers hand it over by reference, or by value with `#[redis(copy)]`, for which it should be `Copy`.
///
/// ```
/// use pottery::{RedisId, RedisModel, Store};
///
/// #[derive(RedisId, Clone, Copy)]
/// #[redis(copy)]
/// struct UserId(u64);
///
/// #[derive(RedisModel)]
/// struct User {
///     #[redis(id)]
///     id: UserId,
///     name: String,
/// }
///
/// # fn main() -> pottery::Result<()> {
/// let store = Store::open("redis://127.0.0.1/")?;
/// assert_eq!(User::at(&store, UserId(7)).key().as_bytes(), b"user:{7}");
/// # Ok(()) }
/// ```
///
/// `#[redis(crate = "path")]` says where pottery is, if not at `::pottery`.
#[proc_macro_derive(RedisId, attributes(redis))]
pub fn redis_id(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = Errors::default();
    check::refuse_lifetimes(&input.generics, "an id", &mut errors);
    let attrs = parse::ValueAttrs::of_id(&input.attrs, &mut errors);
    let newtype = check::newtype(input, attrs, &mut errors);
    let mut tokens = errors.into_tokens();
    tokens.extend(newtype.as_ref().map(expand::id));
    tokens.into()
}
