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
}

impl Fits {
    /// Whether a type fits; of one with another name, traits will judge.
    pub(crate) fn holds(self, spelled: &Spelled<'_>) -> bool {
        match (self, spelled) {
            (Fits::Any, _) | (_, Spelled::Other) => true,
            (Fits::Sequence, spelled) => matches!(spelled, Spelled::List(_) | Spelled::Deque(_)),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Fits::Any => "any type",
            Fits::Sequence => "a `Vec` or a `VecDeque`",
        }
    }
}

impl Kind {
    pub(crate) const ALL: &'static [Kind] = &[
        Kind { name: "value", marker: "AsValue", fits: Fits::Any, handle: Handle::Field, redis: None },
        Kind {
            name: "list",
            marker: "AsList",
            fits: Fits::Sequence,
            handle: Handle::OfSequence,
            redis: Some("list"),
        },
    ];

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
