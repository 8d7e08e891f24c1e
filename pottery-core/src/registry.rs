//! The registry: what models a program has, and how each lies in Redis.

use std::collections::HashMap;
use std::time::Duration;

use crate::error::{Error, Result};

/// One model: the struct, its keys, its fields.
#[derive(Debug)]
pub struct ModelInfo {
    /// The struct's name.
    pub name: &'static str,
    /// The module it is defined in.
    pub module: &'static str,
    /// What its keys begin with.
    pub prefix: &'static str,
    /// The field that holds the id.
    pub id: FieldInfo,
    /// The other fields, as they stand in the struct.
    pub fields: &'static [FieldInfo],
    /// How long its objects live.
    pub ttl: Ttl,
    /// Whether it belongs to a test, where several may be called the same.
    #[doc(hidden)]
    pub __in_test: bool,
}

/// One field of a model.
#[derive(Debug)]
pub struct FieldInfo {
    /// Its name in the struct.
    pub name: &'static str,
    /// Its name in Redis.
    pub stored: &'static str,
    /// The Redis type that holds it.
    pub kind: Kind,
    /// Its type, as written in the struct.
    pub type_name: &'static str,
    /// The name of its codec.
    pub codec: &'static str,
}

/// Which Redis type holds a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A field of the object's hash.
    Scalar,
    /// A list at a key of its own.
    List,
    /// A hash at a key of its own.
    Hash,
    /// A set at a key of its own.
    Set,
    /// A sorted set at a key of its own.
    SortedSet,
    /// A string at a key of its own.
    String,
}

impl Kind {
    /// Whether it lies at a key of its own, and not in the object's hash.
    pub const fn has_own_key(self) -> bool {
        !matches!(self, Kind::Scalar)
    }

    /// What Redis's `TYPE` says of the key it lies at.
    pub const fn redis_type(self) -> &'static str {
        match self {
            Kind::Scalar | Kind::Hash => "hash",
            Kind::List => "list",
            Kind::Set => "set",
            Kind::SortedSet => "zset",
            Kind::String => "string",
        }
    }
}

/// How long the objects of a model live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// For ever, unless `expire` is called: then all keys of the object, also those born later, end with it.
    Open,
    /// As declared, from the first save on.
    Declared(Duration),
    /// For ever; `expire` is refused, and no write needs to look.
    Never,
}

impl Ttl {
    /// The declared time in milliseconds; 0 where none is declared.
    pub(crate) fn declared_millis(self) -> u64 {
        match self {
            Ttl::Declared(time) => u64::try_from(time.as_millis()).unwrap_or(u64::MAX >> 12).max(1),
            Ttl::Open | Ttl::Never => 0,
        }
    }
}

/// Every non-generic model of the program. Versioned by name, because two slices of one name cannot be in one program.
#[doc(hidden)]
#[linkme::distributed_slice]
pub static MODELS_1: [&'static ModelInfo];

/// Every model of the program that has no type parameters, by name: what lies where in Redis.
///
/// A model in a crate of which the program uses nothing is not in it.
///
/// ```
/// for model in pottery_core::models() {
///     println!("{} at {}:{{{}}}", model.name, model.prefix, model.id.name);
///     for field in model.fields {
///         println!("  {}: {} as {:?}", field.name, field.type_name, field.kind);
///     }
/// }
/// ```
pub fn models() -> Vec<&'static ModelInfo> {
    let mut models: Vec<_> = MODELS_1.iter().copied().collect();
    models.sort_by_key(|model| (model.name, model.module));
    models
}

/// Two models of the program that share one prefix are an error: each would read what the other wrote. Models of tests
/// do not count: each test may have a `Player` of its own.
pub(crate) fn check() -> Result<()> {
    check_among(&models())
}

fn check_among(models: &[&'static ModelInfo]) -> Result<()> {
    let mut by_prefix: HashMap<&str, &ModelInfo> = HashMap::new();
    for model in models.iter().filter(|model| !model.__in_test) {
        if let Some(other) = by_prefix.insert(model.prefix, model) {
            return Err(Error::misuse(format!(
                "the models `{}::{}` and `{}::{}` share the prefix `{}`: give one of them another with \
                 `#[redis(prefix = \"...\")]`, or allow it with `Options::shared_prefixes`",
                other.module, other.name, model.module, model.name, model.prefix
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn model(name: &'static str, prefix: &'static str, in_test: bool) -> ModelInfo {
        let id = FieldInfo { name: "id", stored: "id", kind: Kind::Scalar, type_name: "u64", codec: "id" };
        ModelInfo { name, module: "shop", prefix, id, fields: &[], ttl: Ttl::Open, __in_test: in_test }
    }

    #[test]
    fn two_models_with_one_prefix_are_named() {
        static PLAYER: ModelInfo = model("Player", "player", false);
        static GAMER: ModelInfo = model("Gamer", "player", false);
        static OTHER: ModelInfo = model("Other", "other", false);
        static TEST: ModelInfo = model("Player", "player", true);
        assert!(check_among(&[&PLAYER, &OTHER]).is_ok());
        assert!(check_among(&[&PLAYER, &OTHER, &TEST, &TEST]).is_ok());
        let error = check_among(&[&PLAYER, &OTHER, &GAMER]).expect_err("two with one prefix").to_string();
        assert!(error.contains("`shop::Player` and `shop::Gamer`") && error.contains("`player`"), "{error}");
    }
}
