//! Creating whole objects.
use super::RedisModel;
use crate::command::Command;
use crate::place::Place;
pub(crate) fn create<M: RedisModel>(_: &Place, _: &M) -> Command<()> {
    unreachable!()
}
