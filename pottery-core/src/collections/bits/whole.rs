//! All bits at once, by the positions of those that are set.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::collections::iter::Iter;
use crate::command::Command;
use crate::decode::{Bytes, Decode};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::Operation;
use crate::reply::{Reply, Step};
use crate::request::Request;
use crate::script::Script;

use super::{Bits, check};

/// The bytes of a page of [`Bits::iter`].
const PAGE: u64 = 4096;
/// The bytes that are stored together by [`Bits::create`] and [`Bits::replace_all`].
const PART: u64 = 512;

impl Bits {
    /// The positions of all bits that are set, in order. `GET`, O(n); what is large is better [iterated](Bits::iter).
    pub fn to_positions(&self) -> Command<Vec<u64>> {
        let request = Request::read().command("GET", |a| _ = a.key(self.key()));
        Command::new::<Bytes>(self.place(), request).mapped(|bytes| positions(0, &bytes.unwrap_or_default()))
    }

    /// Whether these are the positions of all bits that are set, whatever their order. `GET`, O(n).
    pub fn content_eq(&self, positions: impl IntoIterator<Item = u64>) -> Command<bool> {
        let mut expected: Vec<u64> = positions.into_iter().collect();
        expected.sort_unstable();
        expected.dedup();
        self.to_positions().mapped(move |found| found == expected)
    }

    /// The positions of all bits that are set, in order, fetched in pages of 4 KiB of bits as they are needed. A script
    /// of `BITPOS` and `GETRANGE` for each page; stretches without any bit are passed over on the server.
    ///
    /// Others may change bits meanwhile: what is set from beginning to end comes once, what is changed meanwhile may
    /// come or not.
    pub fn iter(&self) -> Iter<u64> {
        static NEXT: Script = Script::new(include_str!("../../scripts/bits_page.lua"));
        let place = self.place().clone();
        Iter::new(move |cursor| {
            let request = Request::read().eval(&NEXT, &[place.key()], |a| _ = a.int(cursor).int(PAGE));
            let page = Command::new::<Page>(&place, request).mapped(|page| match page {
                Some((from, bytes)) => {
                    let next = from + bytes.len() as u64;
                    (positions(from, &bytes), (bytes.len() as u64 == PAGE).then_some(next))
                }
                None => (Vec::new(), None),
            });
            Operation::new(place.store(), |run| async move { run.command(page).await })
        })
    }

    /// Sets the bits at these positions where there is nothing yet. `SETRANGE` in a script, O(n) in the number of
    /// positions and in the bytes up to the last. Without positions it only looks whether the key is free.
    ///
    /// # Errors
    /// `KeyExists` if anything is at the key, which then stays as it was. `IndexOutOfRange` for a position beyond 2³².
    pub fn create(&self, positions: impl IntoIterator<Item = u64>) -> Command<()> {
        self.write(b"create", positions)
    }

    /// Clears all bits and sets those at these positions instead, in one step. Without positions the key is removed.
    /// `SETRANGE` in a script, O(n) in the number of positions and in the bytes up to the last.
    ///
    /// # Errors
    /// `IndexOutOfRange` for a position beyond 2³².
    pub fn replace_all(&self, positions: impl IntoIterator<Item = u64>) -> Command<()> {
        self.write(b"replace", positions)
    }

    fn write(&self, mode: &[u8], positions: impl IntoIterator<Item = u64>) -> Command<()> {
        static FILL: Script = Script::new(include_str!("../../scripts/bits_fill.lua"));
        let mut parts: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        for position in positions {
            if let Err(error) = check(position, 1) {
                return Command::refused(self.place(), error);
            }
            let (byte, part) = (position / 8, position / 8 / PART);
            let bytes = parts.entry(part).or_default();
            let at = (byte - part * PART) as usize;
            if bytes.len() <= at {
                bytes.resize(at + 1, 0);
            }
            bytes[at] |= 0x80 >> (position % 8);
        }
        self.done(Request::write().eval(&FILL, &[self.key()], |a| {
            a.raw(mode);
            for (part, bytes) in &parts {
                a.int(part * PART).raw(bytes);
            }
        }))
    }
}

/// The bytes in which the bits at these positions are set.
pub(crate) fn bytes_of(positions: impl IntoIterator<Item = u64>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for position in positions {
        check(position, 1)?;
        let at = (position / 8) as usize;
        if bytes.len() <= at {
            bytes.resize(at + 1, 0);
        }
        bytes[at] |= 0x80_u8 >> (position % 8);
    }
    Ok(bytes)
}

/// The positions of all bits of a string that are set, in a collection `M`.
pub(crate) struct Positions<M>(PhantomData<M>);

impl<M: FromIterator<u64>> Decode for Positions<M> {
    type Output = M;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<M> {
        Bytes::resume(&mut (), reply)
            .map(|bytes| positions(0, &bytes.unwrap_or_default()).into_iter().collect())
    }
}

/// The positions of the bits that are set in bytes of which the first is that number.
fn positions(first: u64, bytes: &[u8]) -> Vec<u64> {
    let count = bytes.iter().map(|byte| byte.count_ones() as usize).sum();
    let mut positions = Vec::with_capacity(count);
    for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| **byte != 0) {
        let at = (first + at as u64) * 8;
        positions.extend((0..8).filter(|bit| byte & (0x80 >> bit) != 0).map(|bit| at + bit));
    }
    positions
}

/// Where some bytes begin, and they; or an empty array.
struct Page;

impl Decode for Page {
    type Output = Option<(u64, Vec<u8>)>;
    type Partial = (bool, Option<u64>);
    fn resume((begun, from): &mut (bool, Option<u64>), reply: &mut Reply<'_>) -> Step<Self::Output> {
        if !*begun {
            if reply.aggregate()?.unwrap_or(0) == 0 {
                return Ok(None);
            }
            *begun = true;
        }
        let first = match *from {
            Some(first) => first,
            None => *from.insert(crate::decode::Number::<u64>::resume(&mut (), reply)?),
        };
        match crate::decode::Bytes::resume(&mut (), reply)? {
            Some(bytes) => Ok(Some((first, bytes))),
            None => Err(Error::new(ErrorKind::Decode, "a page without bytes").into()),
        }
    }
}
