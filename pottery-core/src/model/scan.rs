//! All objects of a model, page by page.

use super::RedisModel;
use crate::collections::iter::{Iter, Page};
use crate::command::Command;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::key::escape_glob_into;
use crate::operation::Operation;
use crate::place::Place;
use crate::reader::Read;
use crate::reply::{Reply, Step, Token};
use crate::request::Request;
use crate::store::Store;

/// How many keys the server looks at for one page.
const COUNT: usize = 500;

/// The ids of all objects.
pub(crate) fn ids<M: RedisModel>(store: &Store) -> Iter<M::Id> {
    let store = store.clone();
    Iter::new(move |cursor| {
        let page = page::<M>(&store, cursor);
        Operation::new(&store, move |run| async move { run.command(page).await })
    })
}

/// All objects; those that have gone since their id was seen are left out, and one that cannot be read does not hide
/// the others.
pub(crate) fn all<M: RedisModel>(store: &Store) -> Iter<M> {
    let store = store.clone();
    Iter::of_results(move |cursor| {
        let page = page::<M>(&store, cursor);
        let store = store.clone();
        Operation::new(&store.clone(), move |run| async move {
            let (ids, next): Page<M::Id> = run.command(page).await?;
            let loads: Vec<_> = ids
                .iter()
                .map(|id| {
                    super::read::load::<M>(&Place::object_of(&store, M::__INFO, |out| {
                        crate::RedisId::__write(id, out)
                    }))
                    .attempt()
                })
                .collect();
            let objects = run.command(store.pipeline(loads)).await?;
            Ok((objects.into_iter().filter_map(Result::transpose).collect(), next))
        })
    })
}

/// `SCAN`, for the keys of the objects' hashes alone: those of collections do not end with a brace.
fn page<M: RedisModel>(store: &Store, cursor: u64) -> Command<Page<M::Id>> {
    let mut prefix = store.prefix().to_vec();
    prefix.extend_from_slice(M::__INFO.prefix.as_bytes());
    prefix.extend_from_slice(b":{");
    let mut pattern = Vec::with_capacity(prefix.len() + 8);
    escape_glob_into(&prefix, &mut pattern);
    pattern.extend_from_slice(b"*}");
    let request = Request::read().command("SCAN", |a| {
        a.int(cursor).raw(b"MATCH").raw(&pattern).raw(b"COUNT").int(COUNT).raw(b"TYPE").raw(b"hash");
    });
    Command::reading(
        &Place::none(store),
        request,
        Box::new(Keys::<M> { prefix, opened: false, cursor: None, left: None, ids: Vec::new() }),
    )
}

/// Reads a cursor and the keys behind it as ids.
struct Keys<M: RedisModel> {
    prefix: Vec<u8>,
    opened: bool,
    cursor: Option<u64>,
    left: Option<usize>,
    ids: Vec<M::Id>,
}

impl<M: RedisModel> Read<Page<M::Id>> for Keys<M> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<Page<M::Id>> {
        if !self.opened {
            reply.aggregate()?;
            self.opened = true;
        }
        let cursor = match self.cursor {
            Some(cursor) => cursor,
            None => {
                let cursor = read_cursor(reply)?;
                *self.cursor.insert(cursor)
            }
        };
        let left = match &mut self.left {
            Some(left) => left,
            None => {
                let count = reply.aggregate()?.unwrap_or(0);
                self.left.insert(count)
            }
        };
        while *left > 0 {
            let prefix = &self.prefix;
            let id = reply.nil_or(|key| {
                let tag = key.strip_prefix(&prefix[..]).and_then(|rest| rest.strip_suffix(b"}"));
                // a foreign key that looks like one of ours is none: it was not made from an id
                Ok(tag.and_then(|tag| std::str::from_utf8(tag).ok()).and_then(crate::RedisId::__read))
            })?;
            self.ids.extend(id.flatten());
            *left -= 1;
        }
        Ok((std::mem::take(&mut self.ids), (cursor != 0).then_some(cursor)))
    }

    fn restart(&mut self) -> bool {
        (self.opened, self.cursor, self.left) = (false, None, None);
        self.ids.clear();
        true
    }
}

/// The cursor in what SCAN and its kin answer: 0 is the end.
pub(crate) fn read_cursor(reply: &mut Reply<'_>) -> Step<u64> {
    match reply.token()? {
        Token::Bytes(digits) => std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()),
        Token::Int(number) => u64::try_from(number).ok(),
        _ => None,
    }
    .ok_or_else(|| {
        Error::new(ErrorKind::Decode, "the server answered with something else than a cursor").into()
    })
}
