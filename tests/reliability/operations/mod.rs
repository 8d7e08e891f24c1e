//! Every public operation, in a table: what it is called, which key it is about, and what it may do there.
//!
//! Each family of types has a file: its `spots!` say which keys there are, how their handles are opened, and what lies
//! there in the beginning; its `rows!` are rows of the table. A new type goes into the file of its family, or into
//! a new one, which is named in [`operations`]. `whole` finds the operations that are in no row.

mod lists;
mod maps;
mod model;
mod numbers;
mod queues;
mod sets;
mod sorted;
mod streams;
mod strings;
mod values;
mod whole;

use std::time::Duration;

use pottery::{Key, Result, Store};
use pottery_test_support::Raw;

use crate::way::Way;

pub(crate) use model::{CARD, OBJECT};
pub(crate) use streams::STREAM;

/// Where the operations work: the handles are methods, each in the file of its family.
pub(crate) struct Ground {
    pub(crate) store: Store,
    pub(crate) id: String,
}

/// A key that operations are about.
#[derive(Debug)]
pub(crate) struct Spot {
    name: &'static str,
    /// Its Redis type.
    pub(crate) redis: &'static str,
    key: fn(&Ground) -> Key,
    fill: fn(&Ground, Way) -> Result<()>,
}

/// What an operation may do at its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Reads.
    Read,
    /// Reads, and may take what it finds for nothing, or as it is, whatever the type.
    Look,
    /// Writes what the key's type has.
    Write,
    /// Writes where there is nothing, and says so where there is something.
    Create,
    /// Writes, and looks at no type: lifetimes and names.
    Any,
    /// Removes or replaces whatever is there, as its name says.
    Clear,
}

/// One row of the table.
pub(crate) struct Op {
    pub(crate) name: &'static str,
    pub(crate) on: &'static Spot,
    /// The other key that it is about, whose type it looks at too.
    pub(crate) with: Option<&'static Spot>,
    /// A key that is to be there.
    beside: Option<&'static Spot>,
    pub(crate) class: Class,
    pub(crate) run: fn(&Ground, Way) -> Result<()>,
}

impl PartialEq for Spot {
    fn eq(&self, other: &Spot) -> bool {
        self.name == other.name
    }
}

impl Ground {
    pub(crate) fn new(store: &Store, id: &str) -> Ground {
        Ground { store: store.clone(), id: id.to_owned() }
    }

    /// A key that nothing else has, in the same slot as all others of this ground.
    fn named(&self, name: &str) -> String {
        format!("{name}:{{{}}}", self.id)
    }

    /// Where renames and copies go.
    fn moved(&self) -> String {
        self.named("moved")
    }

    /// Empties the server, past pottery, and puts there what the operation needs.
    pub(crate) fn reset(&self, raw: &mut Raw, op: &Op, way: Way) {
        assert_eq!(raw.command(&["FLUSHALL"]).text(), "OK");
        self.fill(op, way);
    }

    /// Puts what the operation needs where there is nothing.
    pub(crate) fn fill(&self, op: &Op, way: Way) {
        for spot in [Some(op.on), op.with, op.beside].into_iter().flatten() {
            (spot.fill)(self, way).unwrap_or_else(|error| panic!("{} at {}: {error}", op.name, spot.name));
        }
    }
}

impl Spot {
    pub(crate) fn key(&self, ground: &Ground) -> Key {
        (self.key)(ground)
    }
}

impl Op {
    /// Whether it changes nothing, and so may be sent again.
    pub(crate) fn only_reads(&self) -> bool {
        matches!(self.class, Class::Read | Class::Look)
    }

    /// Whether it is sent again where the connection is lost. Who waits on a connection of its own is told.
    pub(crate) fn is_repeated(&self) -> bool {
        self.only_reads() && self.name != "stream.read_after_wait"
    }

    /// Whether it changes something in more than one step, so that a cut between them leaves a part: then it is unknown
    /// what became of it. A default is stored by itself; an item is taken, and who waits for room is waked after that.
    pub(crate) fn goes_in_steps(&self) -> bool {
        self.name == "field.update with a default" || self.name.ends_with(".get_wait in bounds")
    }

    /// Whether it is about the end of a single entry of a hash.
    fn is_of_an_entry(&self) -> bool {
        matches!(self.name, "map.expire_entry" | "map.entry_ttl" | "map.persist_entry")
    }

    /// Whether it asks for what this server has not: ends of single entries, before Redis 7.4 and Valkey 9.
    pub(crate) fn is_beyond(&self, raw: &mut Raw) -> bool {
        self.is_of_an_entry() && raw.command(&["COMMAND", "INFO", "HPEXPIRE"]).array()[0].is_nil()
    }
}

/// All rows.
pub(crate) fn operations() -> Vec<Op> {
    let families = [
        model::rows(),
        values::rows(),
        numbers::rows(),
        strings::rows(),
        lists::rows(),
        queues::rows(),
        maps::rows(),
        sets::rows(),
        sorted::rows(),
        streams::rows(),
    ];
    families.into_iter().flatten().collect()
}

fn hour() -> Duration {
    Duration::from_secs(3600)
}

/// The keys of a family, each with its handle, and with what lies there in the beginning.
macro_rules! spots {
    ($($spot:ident $redis:literal: $handle:ident() -> $type:ty = |$g:ident| $open:expr, |$h:ident| $content:expr;)*) => {
        impl $crate::operations::Ground {
            $(fn $handle(&self) -> $type {
                let $g = self;
                $open
            })*
        }
        $(pub(super) static $spot: $crate::operations::Spot = $crate::operations::Spot {
            name: stringify!($spot),
            redis: $redis,
            key: |ground| ground.$handle().key().clone(),
            fill: |$g, way| {
                let $h = $g.$handle();
                $content.run(way).map(drop)
            },
        };)*
    };
}
use spots;

/// The rows of a family: the key, what is done there, its name, and how it is done. `with` names another key whose type
/// it looks at, `beside` one that is to be there.
macro_rules! rows {
    (@other) => { None };
    (@other $spot:ident) => { Some(&$spot) };
    ($($on:ident $class:ident $(with $with:ident)? $(beside $beside:ident)? $name:literal: |$ground:ident| $what:expr;)*) => {
        pub(super) fn rows() -> Vec<$crate::operations::Op> {
            vec![$($crate::operations::Op {
                name: $name,
                on: &$on,
                with: rows!(@other $($with)?),
                beside: rows!(@other $($beside)?),
                class: $crate::operations::Class::$class,
                run: |$ground: &Ground, way: Way| $what.run(way).map(drop),
            }),*]
        }
    };
}
use rows;
