//! What the accessors of a handle are.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use pottery::{Deque, Field, Handle, List, Map, RedisModel, RedisValue, Set};
use serde::{Deserialize, Serialize};

use crate::{nowhere, text};

#[derive(Serialize, Deserialize, RedisValue)]
struct Item {
    name: String,
}

type Names = Vec<String>;

#[derive(RedisModel)]
#[allow(dead_code, reason = "a skipped field need not be read")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
    nick: Option<String>,
    inventory: Vec<Item>,
    turns: VecDeque<u8>,
    stats: HashMap<String, u32>,
    sorted: BTreeMap<u8, u8>,
    friends: HashSet<u64>,
    ranks: BTreeSet<u64>,
    best: Item,
    aliases: Names,
    boxed: Box<Item>,
    #[redis(value)]
    avatar: Vec<u8>,
    #[redis(list)]
    samples: Vec<u8>,
    #[redis(kind = "value")]
    whole: Vec<Item>,
    #[redis(kind = "list")]
    listed: Names,
    #[redis(list)]
    queue: VecDeque<u8>,
    r#type: Vec<u8_alias::Byte>,
    #[redis(skip)]
    cache: Vec<u8>,
}

mod u8_alias {
    pub(super) type Byte = u8;
}

#[test]
fn a_field_is_the_redis_type_that_it_resembles() {
    let player: PlayerHandle = Player::at(&nowhere(), 7);
    let _: Field<String> = player.name();
    let _: Field<Option<String>> = player.nick();
    let _: List<Item> = player.inventory();
    let _: Deque<u8> = player.turns();
    let _: Map<String, u32> = player.stats();
    let _: Map<u8, u8> = player.sorted();
    let _: Set<u64> = player.friends();
    let _: Set<u64> = player.ranks();
    let _: Field<Item> = player.best();
    let _: List<String> = player.aliases();
    let _: Field<Box<Item>> = player.boxed();
}

#[test]
fn an_attribute_says_otherwise() {
    let player = Player::at(&nowhere(), 7);
    let _: Field<Vec<u8>> = player.avatar();
    let _: List<u8> = player.samples();
    let _: Field<Vec<Item>> = player.whole();
    let _: List<String> = player.listed();
    let _: Deque<u8> = player.queue();
}

#[test]
fn collections_have_keys_of_their_own_and_scalars_share_one() {
    let player = Player::at(&nowhere(), 7);
    assert_eq!(text(player.key()), "player:{7}");
    assert_eq!(text(player.inventory().key()), "player:{7}:inventory");
    assert_eq!(text(player.stats().key()), "player:{7}:stats");
    assert_eq!(text(player.friends().key()), "player:{7}:friends");
    assert_eq!(text(player.r#type().key()), "player:{7}:type");
    assert_eq!(text(player.name().key()), "player:{7}");
    assert_eq!(player.avatar().name(), "avatar");
}

#[test]
fn a_namespace_stands_before_all() {
    let store = nowhere().namespace("shop");
    assert_eq!(text(Player::at(&store, 7).inventory().key()), "shop:player:{7}:inventory");
}

#[test]
fn the_keys_of_an_object_are_listed() {
    let keys: Vec<_> = Player::at(&nowhere(), 7).keys().iter().map(text).collect();
    assert_eq!(keys.len(), 12);
    assert_eq!(keys[..2], ["player:{7}", "player:{7}:inventory"]);
    assert!(!keys.contains(&"player:{7}:cache".to_owned()));
}

#[test]
fn a_handle_is_copied_shown_and_turned_into_the_plain_one_and_back() {
    let player = Player::at(&nowhere(), 7);
    let plain: Handle<Player> = player.clone().into();
    let back = PlayerHandle::from(plain);
    assert_eq!(back.id(), 7);
    assert!(format!("{player:?}").contains("player:{7}"));
}

/// Fields that are called like what every handle has.
#[derive(RedisModel)]
struct Clash {
    #[redis(id)]
    id: u64,
    load: String,
    save: String,
    update: u8,
    clone: u8,
    lock: bool,
    delete: Vec<u16>,
    exists: HashSet<u8>,
    key: String,
    deref: String,
    from: String,
    fmt: String,
    expire: i64,
    drop: i64,
    into: i64,
}

#[test]
fn a_field_comes_before_the_method_of_its_name_and_both_are_reached() {
    let clash = Clash::at(&nowhere(), 7);
    let _: Field<String> = clash.load();
    let _: Field<u8> = clash.update();
    let _: List<u16> = clash.delete();
    let _: Set<u8> = clash.exists();
    let _: Field<String> = clash.fmt();
    drop::<pottery::Command<Option<Clash>>>(Handle::load(&clash));
    drop::<pottery::Command<bool>>(Handle::delete(&clash));
    assert_eq!(text(Handle::key(&clash)), "clash:{7}");
    let copy: ClashHandle = Clone::clone(&clash);
    assert_eq!(text(copy.delete().key()), "clash:{7}:delete");
}

/// Nothing but an id.
#[derive(RedisModel)]
struct Tag {
    #[redis(id)]
    name: String,
}

#[test]
fn a_model_may_have_nothing_but_its_id() {
    assert_eq!(text(Tag::at(&nowhere(), "a").key()), "tag:{a}");
    assert!(Tag { name: "a".to_owned() }.handle(&nowhere()).keys().len() == 1);
}

#[test]
fn handles_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<PlayerHandle>();
    shared::<Handle<Player>>();
}

/// A struct in a function has its handle there.
#[test]
fn a_model_can_be_declared_in_a_function() {
    #[derive(RedisModel)]
    struct Inner {
        #[redis(id)]
        id: u8,
        items: Vec<Item>,
    }
    let inner: InnerHandle = Inner::at(&nowhere(), 1);
    assert_eq!(text(inner.items().key()), "inner:{1}:items");
}
