//! What the attributes do.

use pottery::{RedisModel, models};

use crate::{nowhere, text};

#[derive(RedisModel)]
#[redis(prefix = "app:user", handle = UserRef, ttl = "1h30m", rename_all = "camelCase")]
struct User {
    #[redis(id)]
    user_id: u64,
    display_name: String,
    last_logins: Vec<u64>,
    #[redis(rename = "mail")]
    email_address: String,
}

fn names<M: RedisModel>() -> Vec<&'static str> {
    M::__INFO.fields.iter().map(|field| field.stored).collect()
}

#[test]
fn names_in_redis_are_chosen() {
    let user: UserRef = User::at(&nowhere(), 7);
    assert_eq!(text(user.last_logins().key()), "app:user:{7}:lastLogins");
    assert_eq!(User::PREFIX, "app:user");
    assert_eq!(User::__INFO.id.stored, "userId");
    assert_eq!(names::<User>(), ["displayName", "lastLogins", "mail"]);
}

#[test]
fn a_time_to_live_is_declared() {
    assert_eq!(User::__INFO.ttl, pottery::Ttl::Declared(std::time::Duration::from_secs(5400)));

    #[derive(RedisModel)]
    #[redis(ttl = "never")]
    struct Eternal {
        #[redis(id)]
        id: u64,
    }
    assert_eq!(Eternal::__INFO.ttl, pottery::Ttl::Never);
}

macro_rules! cased {
    ($case:literal, $name:ident, $expected:literal) => {{
        #[derive(RedisModel)]
        #[redis(rename_all = $case)]
        struct $name {
            #[redis(id)]
            id: u64,
            two_words: u8,
        }
        assert_eq!(names::<$name>(), [$expected]);
    }};
}

#[test]
fn names_take_every_case() {
    cased!("camelCase", Camel, "twoWords");
    cased!("snake_case", Snake, "two_words");
    cased!("kebab-case", Kebab, "two-words");
    cased!("PascalCase", Pascal, "TwoWords");
    cased!("SCREAMING_SNAKE_CASE", Screaming, "TWO_WORDS");
    cased!("lowercase", Lower, "two_words");
    cased!("UPPERCASE", Upper, "TWO_WORDS");
}

#[derive(RedisModel)]
struct Configured {
    #[redis(id)]
    id: u64,
    #[cfg(not(doctest))]
    there: u8,
    #[cfg(any())]
    gone: NoSuchType,
    #[cfg_attr(all(), redis(rename = "other"))]
    renamed: Vec<u8_::U8>,
}

mod u8_ {
    pub(super) type U8 = u8;
}

#[test]
fn a_field_that_is_configured_away_is_nowhere() {
    assert_eq!(names::<Configured>(), ["there", "other"]);
    assert_eq!(text(Configured::at(&nowhere(), 7).renamed().key()), "configured:{7}:other");
}

/// Each model is registered, where it has no parameters.
#[test]
fn models_are_registered() {
    let user = models().into_iter().find(|model| model.name == "User").unwrap();
    assert_eq!(user.prefix, "app:user");
    assert_eq!(user.module, "derive::attributes");
}

#[cfg(feature = "json")]
mod codecs {
    use pottery::{Field, Json, List, Map, Native, RedisModel};

    use crate::nowhere;

    type Names = Vec<String>;

    #[derive(RedisModel)]
    #[redis(codec = Json)]
    struct Document {
        #[redis(id)]
        id: u64,
        title: String,
        names: Names,
        words: std::collections::HashMap<String, u32>,
        #[redis(codec = Native)]
        visits: u64,
        #[redis(value, codec = pottery::Json)]
        raw: Vec<u8>,
        #[redis(list)]
        bytes: Vec<u8>,
    }

    #[test]
    fn a_codec_is_the_models_or_the_fields() {
        let document = Document::at(&nowhere(), 7);
        let _: Field<String, Json> = document.title();
        let _: List<String, Json> = document.names();
        let _: Map<String, u32, Json> = document.words();
        let _: Field<u64> = document.visits();
        let _: Field<Vec<u8>, Json> = document.raw();
        let _: List<u8, Json> = document.bytes();
        let codecs: Vec<_> = Document::__INFO.fields.iter().map(|field| field.codec).collect();
        assert_eq!(codecs, ["json", "json", "json", "native", "json", "json"]);
    }
}
