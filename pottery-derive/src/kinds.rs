//! The kinds that an attribute can make of a field: what each is called, which types fit, what the accessor returns.

use crate::types::Spelled;

/// A kind of field.
pub(crate) struct Kind {
    /// As in `#[redis(list)]`.
    pub(crate) name: &'static str,
    /// The type that stands for it in the façade's hidden module.
    pub(crate) marker: &'static str,
    /// The Rust types that it fits.
    pub(crate) fits: Fits,
    /// What the accessor returns.
    pub(crate) handle: Handle,
    /// What lies in Redis, in words; nothing for a field of the object's hash.
    pub(crate) redis: Option<&'static str>,
}

/// Rust types, as far as a derive can know them.
#[derive(Clone, Copy)]
pub(crate) enum Fits {
    Any,
    /// `Vec`, `VecDeque`
    Sequence,
    /// `HashMap`, `BTreeMap`
    Map,
    /// A map to scores, or a `Vec` of pairs
    Scores,
    /// `HashSet`, `BTreeSet`
    Set,
    /// `String`
    Text,
}

/// A handle and its type parameters.
#[derive(Clone, Copy)]
pub(crate) enum Handle {
    /// What the type says.
    OfType,
    /// `Field<ty>`
    Field,
    /// `List<item>` for a `Vec`, `Deque<item>` for a `VecDeque`.
    OfSequence,
    /// Of the items of a sequence, or of the keys of a map.
    OfItem(&'static str),
    /// Of the keys and the values of a map.
    OfEntry(&'static str),
    /// Without type parameters.
    Plain(&'static str),
}

impl Fits {
    /// Whether a type fits; of one with another name, traits will judge.
    pub(crate) fn holds(self, spelled: &Spelled<'_>) -> bool {
        match (self, spelled) {
            (Fits::Any, _) | (_, Spelled::Other) => true,
            (Fits::Sequence, spelled) => matches!(spelled, Spelled::List(_) | Spelled::Deque(_)),
            (Fits::Map, spelled) => matches!(spelled, Spelled::Map(..)),
            (Fits::Scores, spelled) => matches!(spelled, Spelled::Map(..) | Spelled::List(_)),
            (Fits::Set, spelled) => matches!(spelled, Spelled::Set(_)),
            (Fits::Text, spelled) => matches!(spelled, Spelled::Scalar("String")),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Fits::Any => "any type",
            Fits::Sequence => "a `Vec` or a `VecDeque`",
            Fits::Map => "a `HashMap` or a `BTreeMap`",
            Fits::Scores => "a `HashMap` or a `BTreeMap` to `f64`, or a `Vec<(T, f64)>`,",
            Fits::Set => "a `HashSet<u64>` or a `BTreeSet<u64>`",
            Fits::Text => "a `String`",
        }
    }
}

impl Kind {
    pub(crate) const ALL: &'static [Kind] = &[
        Kind::new("value", "AsValue", Fits::Any, Handle::Field, None),
        Kind::new("list", "AsList", Fits::Sequence, Handle::OfSequence, Some("list")),
        Kind::new("queue", "AsQueue", Fits::Sequence, Handle::OfItem("Queue"), Some("list")),
        Kind::new("stack", "AsStack", Fits::Sequence, Handle::OfItem("Stack"), Some("list")),
        Kind::new("unique_list", "AsUniqueList", Fits::Sequence, Handle::OfItem("UniqueList"), Some("list")),
        Kind::new(
            "unique_queue",
            "AsUniqueQueue",
            Fits::Sequence,
            Handle::OfItem("UniqueQueue"),
            Some("sorted set"),
        ),
        Kind::new(
            "unique_stack",
            "AsUniqueStack",
            Fits::Sequence,
            Handle::OfItem("UniqueStack"),
            Some("sorted set"),
        ),
        Kind::new("sorted_set", "AsSortedSet", Fits::Scores, Handle::OfItem("SortedSet"), Some("sorted set")),
        Kind::new("counter", "AsCounter", Fits::Map, Handle::OfItem("MultiSet"), Some("hash")),
        Kind::new("default_map", "AsDefaultMap", Fits::Map, Handle::OfEntry("DefaultMap"), Some("hash")),
        Kind::new("bits", "AsBits", Fits::Set, Handle::Plain("Bits"), Some("string")),
        Kind::new("text", "AsText", Fits::Text, Handle::Plain("Text"), Some("string")),
    ];

    const fn new(
        name: &'static str,
        marker: &'static str,
        fits: Fits,
        handle: Handle,
        redis: Option<&'static str>,
    ) -> Kind {
        Kind { name, marker, fits, handle, redis }
    }

    pub(crate) fn named(name: &str) -> Option<&'static Kind> {
        Kind::ALL.iter().find(|kind| kind.name == name)
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Kind::ALL.iter().map(|kind| kind.name)
    }

    /// Why a type cannot be of this kind.
    pub(crate) fn refusal(&self) -> String {
        format!("only {} can be a {}", self.fits.words(), self.name.replace('_', " "))
    }
}
