//! Fields of every supported type, with defaults, codecs and other names.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use pottery::{ErrorKind, Outcome, RedisModel, RedisValue, Store};
use pottery_test_support::{shared, unique};
use serde::{Deserialize, Serialize};

use crate::way::{Run, WAYS};

fn store() -> Store {
    Store::open(&shared().url()).unwrap().namespace(&unique("fields"))
}

#[derive(Serialize, Deserialize, RedisValue, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Shape {
    Point,
    Circle(u32),
    Named { name: String, sides: Option<u8> },
}

#[derive(Serialize, Deserialize, RedisValue, Clone, Debug, PartialEq)]
struct Meters(f64);

type Aliased = Vec<String>;

#[derive(RedisModel, Clone, Debug, PartialEq)]
struct Everything {
    #[redis(id)]
    id: i128,
    a: u8,
    b: u16,
    c: u32,
    d: u64,
    e: u128,
    f: usize,
    g: i8,
    h: i16,
    i: i32,
    j: i64,
    k: i128,
    l: isize,
    m: f32,
    n: f64,
    o: bool,
    p: char,
    q: String,
    r: Duration,
    s: SystemTime,
    t: IpAddr,
    u: Ipv4Addr,
    v: Ipv6Addr,
    w: SocketAddr,
    x: NonZeroU32,
    y: NonZeroU64,
    z: PathBuf,
    boxed: Box<i64>,
    shape: Shape,
    meters: Meters,
    none: Option<String>,
    some: Option<Shape>,
    r#type: Option<u8>,
    #[redis(value)]
    tuple: (u8, String, Option<bool>),
    #[redis(value)]
    bytes: Vec<u8>,
    #[redis(value)]
    whole: HashMap<String, Vec<u8>>,
    #[redis(list)]
    octets: Vec<u8>,
    list: Vec<Shape>,
    options: Vec<Option<i32>>,
    aliased: Aliased,
    deque: VecDeque<f64>,
    map: HashMap<u16, Shape>,
    sorted: BTreeMap<String, (u8, u8)>,
    set: HashSet<Shape>,
    ordered: BTreeSet<i64>,
}

fn everything(low: bool) -> Everything {
    macro_rules! end {
        ($t:ident) => {
            if low { $t::MIN } else { $t::MAX }
        };
    }
    let named = Shape::Named { name: "é\0\r\n{}".into(), sides: Some(3) };
    Everything {
        id: end!(i128),
        a: end!(u8),
        b: end!(u16),
        c: end!(u32),
        d: end!(u64),
        e: end!(u128),
        f: end!(usize),
        g: end!(i8),
        h: end!(i16),
        i: end!(i32),
        j: end!(i64),
        k: end!(i128),
        l: end!(isize),
        m: end!(f32),
        n: if low { f64::MIN_POSITIVE } else { f64::MAX },
        o: low,
        p: if low { '\0' } else { char::MAX },
        q: if low { String::new() } else { "a\0\r\n\u{10ffff}".repeat(1_000) },
        r: if low { Duration::ZERO } else { Duration::new(u32::MAX.into(), 999_999_999) },
        s: SystemTime::UNIX_EPOCH + Duration::new(if low { 0 } else { 4_000_000_000 }, 1),
        t: if low { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() },
        u: Ipv4Addr::BROADCAST,
        v: Ipv6Addr::UNSPECIFIED,
        w: if low { "127.0.0.1:0" } else { "[::1]:65535" }.parse().unwrap(),
        x: if low { NonZeroU32::MIN } else { NonZeroU32::MAX },
        y: if low { NonZeroU64::MIN } else { NonZeroU64::MAX },
        z: "/tmp/é".into(),
        boxed: Box::new(end!(i64)),
        shape: if low { Shape::Point } else { named.clone() },
        meters: Meters(if low { -0.0 } else { 0.1 + 0.2 }),
        none: None,
        some: Some(Shape::Circle(u32::MAX)),
        r#type: if low { None } else { Some(0) },
        tuple: (1, "x".into(), if low { None } else { Some(true) }),
        bytes: if low { vec![] } else { (0..=255).collect() },
        whole: HashMap::from([("k".into(), vec![1, 2])]),
        octets: vec![0, 255],
        list: vec![Shape::Point, Shape::Circle(1), named.clone()],
        options: vec![Some(1), None, Some(i32::MIN)],
        aliased: vec![String::new(), "x".into()],
        deque: VecDeque::from([0.5, f64::MIN, f64::EPSILON]),
        map: HashMap::from([(0, Shape::Point), (u16::MAX, named.clone())]),
        sorted: BTreeMap::from([(String::new(), (0, 0)), ("z".into(), (1, 255))]),
        set: HashSet::from([Shape::Point, named]),
        ordered: BTreeSet::from([i64::MIN, -1, 0, i64::MAX]),
    }
}

#[test]
fn every_type_comes_back_as_it_was_to_its_ends() {
    for way in WAYS.iter().copied() {
        let store = store();
        for low in [true, false] {
            let object = everything(low);
            object.save(&store).run(way).unwrap();
            let at = Everything::at(&store, object.id);
            assert_eq!(at.load().run(way).unwrap().as_ref(), Some(&object));
            assert_eq!(at.id(), object.id);
            // an update writes nothing that was not changed, whatever the type
            at.update(|object| object.a = 1).run(way).unwrap();
            assert_eq!(at.load().run(way).unwrap(), Some(Everything { a: 1, ..object.clone() }));
            // one by one
            assert_eq!(at.e().get().run(way).unwrap(), object.e);
            assert_eq!(at.k().get().run(way).unwrap(), object.k);
            assert_eq!(at.m().get().run(way).unwrap(), object.m);
            assert_eq!(at.n().get().run(way).unwrap(), object.n);
            assert_eq!(at.p().get().run(way).unwrap(), object.p);
            assert_eq!(at.r#type().get().run(way).unwrap(), object.r#type);
            assert_eq!(at.shape().get().run(way).unwrap(), object.shape);
            assert_eq!(at.tuple().get().run(way).unwrap(), object.tuple);
            assert_eq!(at.map().get(u16::MAX).run(way).unwrap(), object.map.get(&u16::MAX).cloned());
            assert!(at.set().contains(Shape::Point).run(way).unwrap());
        }
    }
}

#[derive(RedisModel, Debug, PartialEq)]
struct Wide {
    #[redis(id)]
    id: u8,
    title: String,
    level: Option<u8>,
    #[redis(default)]
    points: u32,
    #[redis(default = 5)]
    lives: u8,
    #[redis(default = "nobody".to_owned())]
    owner: String,
    #[redis(skip)]
    cache: Vec<u8>,
    #[redis(skip, default = 9)]
    nine: u8,
    #[redis(rename = "t")]
    tags: Vec<String>,
}

#[test]
fn what_is_absent_is_none_or_its_default_or_an_error() {
    let server = shared();
    for way in WAYS.iter().copied() {
        let store = store();
        let at = Wide::at(&store, 1);
        server.cli(&[b"HSET", at.key().as_bytes(), b"id", b"1", b"title", b"x"]);
        let expected = Wide {
            id: 1,
            title: "x".into(),
            level: None,
            points: 0,
            lives: 5,
            owner: "nobody".into(),
            cache: vec![],
            nine: 9,
            tags: vec![],
        };
        assert_eq!(at.load().run(way).unwrap(), Some(expected));
        server.cli(&[b"HDEL", at.key().as_bytes(), b"title"]);
        let error = at.load().run(way).unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::MissingField, Outcome::NotApplied),
            "{error}"
        );
        assert_eq!((error.model(), error.id(), error.field()), (Some("Wide"), Some("1"), Some("title")));
        assert_eq!(error.key(), Some(at.key()));
        // without an id there is no object, whatever else there is
        server.cli(&[b"HDEL", at.key().as_bytes(), b"id"]);
        at.lives().set(3).run(way).unwrap();
        assert_eq!(at.load().run(way).unwrap(), None);
        assert!(!at.exists().run(way).unwrap());
    }
}

#[test]
fn skipped_fields_are_not_stored_and_renamed_ones_lie_elsewhere() {
    let (server, store) = (shared(), store());
    let at = Wide::at(&store, 1);
    let wide = Wide {
        id: 1,
        title: "x".into(),
        level: Some(0),
        points: 1,
        lives: 2,
        owner: "raj".into(),
        cache: vec![1],
        nine: 10,
        tags: vec!["a".into()],
    };
    wide.save(&store).go().unwrap();
    let mut names = server.cli(&[b"HKEYS", at.key().as_bytes()]).texts();
    names.sort();
    assert_eq!(names, ["id", "level", "lives", "owner", "points", "title"]);
    assert!(at.tags().key().as_bytes().ends_with(b"wide:{1}:t"));
    let loaded = at.load().go().unwrap().unwrap();
    assert_eq!(loaded, Wide { cache: vec![], nine: 9, ..wide });
}

#[derive(RedisModel, Debug)]
struct Unwritable {
    #[redis(id)]
    id: u8,
    fine: String,
    #[redis(value)]
    deep: Deep,
    words: Vec<String>,
}

#[derive(Serialize, Deserialize, Debug, Default)]
struct Deep(Vec<Deep>);

#[test]
fn what_has_no_encoding_is_refused_before_anything_is_sent() {
    let store = store();
    let mut deep = Deep::default();
    for _ in 0..200 {
        deep = Deep(vec![deep]);
    }
    let object = Unwritable { id: 1, fine: "x".into(), deep, words: vec!["y".into()] };
    let errors = [
        object.save(&store).go().unwrap_err(),
        object.create(&store).go().unwrap_err(),
        Unwritable::at(&store, 1).deep().set(&object.deep).go().unwrap_err(),
        store.transaction((Unwritable::at(&store, 1).fine().set("x"), object.save(&store))).go().unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Encode, Outcome::NotApplied), "{error}");
        assert_eq!(error.field(), Some("deep"), "{error}");
        assert!(error.key().unwrap().as_bytes().ends_with(b"unwritable:{1}"), "{error}");
    }
    for key in Unwritable::at(&store, 1).keys() {
        assert_eq!(shared().cli(&[b"EXISTS", key.as_bytes()]).int(), 0);
    }
}

#[cfg(all(feature = "json", feature = "msgpack", feature = "postcard"))]
#[test]
fn each_model_and_each_field_may_have_its_codec() {
    use pottery::{Json, MessagePack, Native, Postcard};

    #[derive(RedisModel, Clone, Debug, PartialEq)]
    #[redis(codec = Json)]
    struct Mixed {
        #[redis(id)]
        id: u8,
        json: String,
        #[redis(codec = MessagePack)]
        packed: String,
        #[redis(codec = Postcard)]
        posted: u32,
        #[redis(codec = Native)]
        native: String,
        shapes: Vec<Shape>,
        #[redis(codec = MessagePack)]
        by_name: HashMap<String, Shape>,
        #[redis(codec = Native)]
        numbers: HashSet<u32>,
        nothing: Option<u8>,
    }

    let mixed = Mixed {
        id: 1,
        json: "é".into(),
        packed: "é".into(),
        posted: 300,
        native: "é".into(),
        shapes: vec![Shape::Circle(3), Shape::Point],
        by_name: HashMap::from([("a".into(), Shape::Circle(3))]),
        numbers: HashSet::from([1]),
        nothing: None,
    };
    for way in WAYS.iter().copied() {
        let store = store();
        let at = Mixed::at(&store, 1);
        mixed.save(&store).run(way).unwrap();
        assert_eq!(at.load().run(way).unwrap().as_ref(), Some(&mixed));
        let read = |field: &str| shared().cli(&[b"HGET", at.key().as_bytes(), field.as_bytes()]);
        let bytes = |field: &str| match read(field) {
            pottery_test_support::Reply::Bulk(bytes) => bytes,
            other => panic!("{field}: {other:?}"),
        };
        assert_eq!(bytes("json"), br#""\u00e9""#);
        assert_eq!(bytes("packed"), b"\xa2\xc3\xa9");
        assert_eq!(bytes("posted"), b"\xac\x02");
        assert_eq!(bytes("native"), b"\xc3\xa9");
        assert!(read("nothing").is_nil());
        assert_eq!(shared().cli(&[b"LINDEX", at.shapes().key().as_bytes(), b"0"]).text(), r#"{"Circle": 3}"#);
        assert_eq!(at.posted().incr(1).run(way).unwrap_err().kind(), ErrorKind::Misuse);
        at.update(|mixed| mixed.by_name.clear()).run(way).unwrap();
        assert!(at.load().run(way).unwrap().unwrap().by_name.is_empty());
    }
}

#[cfg(all(
    feature = "uuid",
    feature = "chrono",
    feature = "time",
    feature = "bytes",
    feature = "rust_decimal"
))]
#[test]
fn types_of_other_crates_come_back_as_they_were() {
    use std::str::FromStr;

    #[derive(RedisModel, Clone, Debug, PartialEq)]
    struct Foreigners {
        #[redis(id)]
        id: uuid::Uuid,
        owner: uuid::Uuid,
        date: chrono::NaiveDate,
        at: chrono::DateTime<chrono::Utc>,
        moment: Option<chrono::NaiveDateTime>,
        other_date: time::Date,
        other_moment: time::OffsetDateTime,
        body: bytes::Bytes,
        price: rust_decimal::Decimal,
        owners: HashSet<uuid::Uuid>,
        prices: HashMap<uuid::Uuid, rust_decimal::Decimal>,
        moments: Vec<chrono::DateTime<chrono::Utc>>,
    }

    let id = uuid::Uuid::from_u128(0x6789_abcd_0000_1111_2222_3333_4444_ffff);
    let at = chrono::DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap();
    let price = rust_decimal::Decimal::from_str("79228162514264.337593543950335").unwrap();
    let foreigners = Foreigners {
        id,
        owner: uuid::Uuid::nil(),
        date: chrono::NaiveDate::MAX,
        at,
        moment: Some(at.naive_utc()),
        other_date: time::Date::MIN,
        other_moment: time::OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_789).unwrap(),
        body: bytes::Bytes::from_static(b"\0\xff"),
        price,
        owners: HashSet::from([id]),
        prices: HashMap::from([(id, price)]),
        moments: vec![at],
    };
    for way in WAYS.iter().copied() {
        let store = store();
        foreigners.save(&store).run(way).unwrap();
        let handle = Foreigners::at(&store, id);
        assert_eq!(handle.load().run(way).unwrap().as_ref(), Some(&foreigners));
        assert!(handle.key().as_bytes().ends_with(b"foreigners:{6789abcd-0000-1111-2222-33334444ffff}"));
        assert!(handle.owners().contains(id).run(way).unwrap());
        assert_eq!(handle.prices().get(id).run(way).unwrap(), Some(price));
        let read = |field: &str| shared().cli(&[b"HGET", handle.key().as_bytes(), field.as_bytes()]).text();
        assert_eq!(read("owner"), "00000000-0000-0000-0000-000000000000");
        assert_eq!(read("at"), "2023-11-14T22:13:20.123456789Z");
        assert_eq!(read("price"), "79228162514264.337593543950335");
        assert_eq!(Foreigners::ids(&store).run(way).unwrap(), [id]);
    }
}

#[cfg(feature = "rc")]
#[test]
fn shared_values_are_stored_as_what_they_share() {
    #[derive(RedisModel, Debug, PartialEq)]
    struct Sharing {
        #[redis(id)]
        id: u8,
        #[redis(value)]
        name: std::sync::Arc<str>,
        items: Vec<std::sync::Arc<String>>,
    }
    let store = store();
    let sharing = Sharing { id: 1, name: "raj".into(), items: vec![std::sync::Arc::new("x".to_owned())] };
    sharing.save(&store).go().unwrap();
    assert_eq!(Sharing::load(&store, 1).go().unwrap(), Some(sharing));
}
