//! Ids in keys.

use pottery::{RedisId, RedisModel, Store};

use crate::{nowhere, text};

#[derive(RedisId, Clone, PartialEq, Debug)]
struct UserId(u64);

#[derive(RedisId, Clone, Copy, PartialEq, Debug)]
#[redis(copy)]
struct TenantId(u32);

#[derive(RedisId, Clone, PartialEq, Debug)]
struct Slug {
    text: String,
}

#[derive(RedisId, Clone, PartialEq, Debug)]
struct Tagged<T>(T);

#[derive(RedisModel)]
struct Named {
    #[redis(id)]
    name: String,
}

#[derive(RedisModel)]
struct User {
    #[redis(id)]
    id: UserId,
}

#[derive(RedisModel)]
struct Page {
    #[redis(id)]
    id: (TenantId, Slug),
    words: Vec<String>,
}

#[derive(RedisModel)]
struct Thing {
    #[redis(id)]
    id: Tagged<(u8, String)>,
}

#[test]
fn newtypes_stand_in_keys_as_what_they_wrap() {
    let store = nowhere();
    assert_eq!(text(User::at(&store, &UserId(7)).key()), "user:{7}");
    assert_eq!(User::of(&store, UserId(7)).id(), UserId(7));
    let slug = Slug { text: "a b".to_owned() };
    let page = Page::at(&store, (TenantId(3), &slug));
    assert_eq!(text(page.words().key()), "page:{3:a b}:words");
    assert_eq!(page.id(), (TenantId(3), slug));
    let thing = Thing::at(&store, &Tagged((1, "x".to_owned())));
    assert_eq!(text(thing.key()), "thing:{1:x}");
    assert_eq!(thing.id(), Tagged((1, "x".to_owned())));
}

fn key(store: &Store, name: &str) -> String {
    text(Named::at(store, name).key())
}

#[test]
fn no_id_breaks_out_of_its_braces_and_no_two_share_a_key() {
    let store = nowhere();
    let hostile = [
        "", "%", "}", "{", "{}", "a}:b", ":", "%3A", "\0", "\n", "ü", "a", "A", " ", "%00", "7", "07",
        "\u{7f}",
    ];
    let mut keys: Vec<_> = hostile.iter().map(|name| key(&store, name)).collect();
    for (name, key) in hostile.iter().zip(&keys) {
        assert!(key.starts_with("named:{") && key.ends_with('}') && key.len() > "named:{}".len(), "{key}");
        assert_eq!(key.matches(['{', '}']).count(), 2, "{key}");
        assert!(!key.contains(char::is_control), "{key:?}");
        assert_eq!(Named::at(&store, name).id(), *name);
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), hostile.len());
}
