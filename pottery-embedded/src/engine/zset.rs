//! Sorted sets: a table from members to scores, and the same in order.
//!
//! The order is kept in chunks, each a sorted piece of a few hundred elements. Finding a chunk is a binary search,
//! counting what lies before it is a sum over the chunks' lengths (a million elements have some five thousand).
//! Everything that Redis asks of a sorted set is then a question about ranks: ranges by score or by member are the
//! ranks between two bounds.

use std::cmp::Ordering;
use std::ops::Range;
use std::rc::Rc;

use crate::engine::dict::Dict;

/// The largest chunk; one that grows beyond it becomes two.
const CHUNK: usize = 256;

/// A sorted set. No score is NaN: who adds one checks.
#[derive(Clone, Debug, Default)]
pub(crate) struct SortedSet {
    members: Dict<f64, Rc<[u8]>>,
    /// No chunk is empty.
    chunks: Vec<Vec<Element>>,
    /// Whether Redis would have turned from a listpack to a skip list, from which it never returns.
    pub(crate) skiplist: bool,
}

/// A score and its member.
pub(crate) type Element = (f64, Rc<[u8]>);

/// The most elements of a set that Redis keeps in a listpack, and the most bytes of their members:
/// [`crate::engine::config::Config::zset_listpack`].
pub(crate) type Limits = (usize, usize);

/// By score, and by member among equal scores; both zeros are equal.
pub(crate) fn order(score: f64, member: &[u8], other_score: f64, other: &[u8]) -> Ordering {
    score.partial_cmp(&other_score).unwrap_or(Ordering::Equal).then_with(|| member.cmp(other))
}

impl SortedSet {
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn score(&self, member: &[u8]) -> Option<f64> {
        self.members.get(member).copied()
    }

    /// The table, for scans and random members.
    pub(crate) fn members(&self) -> &Dict<f64, Rc<[u8]>> {
        &self.members
    }

    /// A set of elements that are in order and whose members differ.
    pub(crate) fn from_sorted(elements: Vec<Element>, limits: Limits) -> SortedSet {
        debug_assert!(elements.is_sorted_by(|a, b| order(a.0, &a.1, b.0, &b.1) == Ordering::Less));
        let mut set = SortedSet {
            skiplist: elements.len() > limits.0 || elements.iter().any(|(_, member)| member.len() > limits.1),
            ..SortedSet::default()
        };
        let mut elements = elements.into_iter().peekable();
        while elements.peek().is_some() {
            let chunk: Vec<Element> =
                elements.by_ref().take(CHUNK).map(|(score, member)| (set.as_kept(score), member)).collect();
            for (score, member) in &chunk {
                if let Err(absent) = set.members.find(member) {
                    set.members.insert_absent(absent, Rc::clone(member), *score);
                }
            }
            set.chunks.push(chunk);
        }
        set
    }

    /// Sets the score of a member, if `decide` says so, which is told the present one. Turns to a skip list when Redis
    /// does.
    pub(crate) fn update<E>(
        &mut self,
        member: &[u8],
        limits: Limits,
        decide: impl FnOnce(Option<f64>) -> Result<Option<f64>, E>,
    ) -> Result<(), E> {
        match self.members.find(member) {
            Ok(place) => {
                let former = *self.members.at(place).1;
                // One zero doesn't replace the other.
                if let Some(score) = decide(Some(former))?.filter(|score| *score != former) {
                    let score = self.as_kept(score);
                    *self.members.at_mut(place) = score;
                    let shared = Rc::clone(self.members.at(place).0);
                    self.take(former, member);
                    self.put((score, shared));
                }
            }
            Err(absent) => {
                if let Some(score) = decide(None)? {
                    self.skiplist |= self.len() >= limits.0 || member.len() > limits.1;
                    let score = self.as_kept(score);
                    let shared: Rc<[u8]> = member.into();
                    self.members.insert_absent(absent, Rc::clone(&shared), score);
                    self.put((score, shared));
                }
            }
        }
        Ok(())
    }

    /// A score as it is read again: a listpack holds whole numbers, and so no negative zero.
    fn as_kept(&self, score: f64) -> f64 {
        debug_assert!(!score.is_nan(), "NaN has no place in an order");
        if score == 0.0 && !self.skiplist { 0.0 } else { score }
    }

    /// Sets the score of a member. Returns the former score. The set stays a listpack or a skip list.
    #[cfg(test)]
    pub(crate) fn insert(&mut self, member: &[u8], score: f64) -> Option<f64> {
        let mut former = None;
        let updated = self.update(member, (usize::MAX, usize::MAX), |present| {
            former = present;
            Ok::<_, std::convert::Infallible>(Some(score))
        });
        updated.map_or_else(|never| match never {}, |()| former)
    }

    /// Removes a member. Returns its score.
    pub(crate) fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let (_, score) = self.members.remove(member)?;
        self.take(score, member);
        Some(score)
    }

    /// How many elements come before the member.
    pub(crate) fn rank(&self, member: &[u8]) -> Option<usize> {
        let score = self.score(member)?;
        Some(self.rank_where(|element| order(score, member, element.0, &element.1) == Ordering::Greater))
    }

    /// How many elements come before a bound: those at the start for which `before` is true. It must be false for all
    /// after the first for which it is false.
    pub(crate) fn rank_where(&self, before: impl Fn(&Element) -> bool) -> usize {
        let chunk = self.chunks.partition_point(|chunk| chunk.last().is_some_and(&before));
        let within = self.chunks.get(chunk).map_or(0, |chunk| chunk.partition_point(&before));
        self.chunks[..chunk].iter().map(Vec::len).sum::<usize>() + within
    }

    /// The elements at some ranks, in order; both ends can be taken from.
    pub(crate) fn range(&self, ranks: Range<usize>) -> impl DoubleEndedIterator<Item = &Element> {
        let end = ranks.end.min(self.len());
        let start = ranks.start.min(end);
        let (first, skipped) = self.locate(start);
        let (last, kept) = self.locate(end);
        let chunks =
            self.chunks.get(first..=last.min(self.chunks.len().saturating_sub(1))).unwrap_or_default();
        let count = chunks.len();
        chunks.iter().enumerate().flat_map(move |(index, chunk)| {
            let from = if index == 0 { skipped } else { 0 };
            let to = if first + index == last { kept } else { chunk.len() };
            debug_assert!(index < count && from <= to);
            &chunk[from..to]
        })
    }

    /// All elements in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Element> {
        self.chunks.iter().flatten()
    }

    /// The chunk that holds the element at a rank, and where in it. For the rank after the last, the chunk after the
    /// last.
    fn locate(&self, rank: usize) -> (usize, usize) {
        let mut left = rank;
        for (index, chunk) in self.chunks.iter().enumerate() {
            if left < chunk.len() {
                return (index, left);
            }
            left -= chunk.len();
        }
        (self.chunks.len(), 0)
    }

    fn put(&mut self, element: Element) {
        let before = |other: &Element| order(element.0, &element.1, other.0, &other.1) == Ordering::Greater;
        let index = self.chunks.partition_point(|chunk| chunk.last().is_some_and(before));
        // What is after everything goes into the last chunk.
        let index = index.min(self.chunks.len().saturating_sub(1));
        let Some(chunk) = self.chunks.get_mut(index) else {
            self.chunks.push(vec![element]);
            return;
        };
        let at = chunk.partition_point(before);
        chunk.insert(at, element);
        if chunk.len() > CHUNK {
            // Growth at the end leaves a full chunk behind, as when elements come in order.
            let keep = if at == CHUNK { CHUNK } else { CHUNK / 2 };
            let rest = chunk.split_off(keep);
            self.chunks.insert(index + 1, rest);
        }
    }

    fn take(&mut self, score: f64, member: &[u8]) {
        let before = |other: &Element| order(score, member, other.0, &other.1) == Ordering::Greater;
        let index = self.chunks.partition_point(|chunk| chunk.last().is_some_and(before));
        let Some(chunk) = self.chunks.get_mut(index) else { return };
        let at = chunk.partition_point(before);
        if chunk.get(at).is_some_and(|found| found.1[..] == *member) {
            chunk.remove(at);
        }
        let small = chunk.len() < CHUNK / 4;
        let next = self.chunks.get(index + 1).map_or(usize::MAX, Vec::len);
        if self.chunks[index].is_empty() {
            self.chunks.remove(index);
        } else if small && next <= CHUNK / 2 {
            let next = self.chunks.remove(index + 1);
            self.chunks[index].extend(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Inserts, or removes where there is no score.
    fn steps() -> impl Strategy<Value = Vec<(u16, Option<i8>)>> {
        prop::collection::vec((0u16..900, prop::option::weighted(0.7, any::<i8>())), 0..3000)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn keeps_the_order_and_the_ranks_of_a_sorted_list(steps in steps(), start in 0usize..900, length in 0usize..900) {
            let mut set = SortedSet::default();
            let mut model: Vec<(i8, Vec<u8>)> = Vec::new();
            for (member, score) in steps {
                let member = member.to_string().into_bytes();
                let former = model.iter().position(|(_, it)| *it == member).map(|at| f64::from(model.remove(at).0));
                match score {
                    Some(score) => {
                        model.push((score, member.clone()));
                        prop_assert_eq!(set.insert(&member, f64::from(score)), former);
                    }
                    None => prop_assert_eq!(set.remove(&member), former),
                }
            }
            model.sort();
            let found: Vec<(i8, Vec<u8>)> = set.iter().map(|(score, member)| (*score as i8, member.to_vec())).collect();
            prop_assert_eq!(&found, &model);
            prop_assert_eq!(set.len(), model.len());
            for (rank, (score, member)) in model.iter().enumerate() {
                prop_assert_eq!(set.rank(member), Some(rank));
                prop_assert_eq!(set.score(member), Some(f64::from(*score)));
            }
            let expected = model.iter().skip(start).take(length).map(|(_, member)| member.clone());
            let expected: Vec<_> = expected.collect();
            let range = || set.range(start..start + length).map(|(_, member)| member.to_vec());
            prop_assert_eq!(&range().collect::<Vec<_>>(), &expected);
            let mut backwards: Vec<_> = range().rev().collect();
            backwards.reverse();
            prop_assert_eq!(&backwards, &expected);
            let zero = set.rank_where(|(score, _)| *score < 0.0);
            prop_assert_eq!(zero, model.iter().filter(|(score, _)| *score < 0).count());
            prop_assert!(set.chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= CHUNK));
            let built = SortedSet::from_sorted(set.iter().cloned().collect(), (128, 64));
            prop_assert!(built.iter().eq(set.iter()));
            prop_assert!(set.iter().all(|(score, member)| built.score(member) == Some(*score)));
            prop_assert_eq!(built.skiplist, set.len() > 128);
        }
    }
}
