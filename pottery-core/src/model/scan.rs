//! Objects page by page.

use super::RedisModel;
use crate::collections::iter::Iter;
use crate::store::Store;

pub(crate) fn ids<M: RedisModel>(_: &Store) -> Iter<M::Id> {
    unreachable!()
}
pub(crate) fn all<M: RedisModel>(_: &Store) -> Iter<M> {
    unreachable!()
}
