//! Optimistic updates of one object: read, change, write what changed, unless somebody else was faster.

use super::RedisModel;
use super::handle::Handle;
use super::image::Image;
use super::kind;
use super::read::{self, Loading};
use super::save::{Plan, Write};
use crate::command::Command;
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::link::{BoxFuture, backoff};
use crate::operation::Run;
use crate::place::Place;
use crate::reader::{Exec, Read};
use crate::registry::ModelInfo;
use crate::reply::{Reply, Step};
use crate::request::{Arguments, Request};

/// The body of an update, to be run over whichever link there is.
pub(crate) fn update<'a, M: RedisModel, R: Send + 'a, E: Send + 'a>(
    handle: Handle<M>,
    mut f: impl FnMut(&mut M) -> Result<R, E> + Send + 'a,
) -> impl FnOnce(Run) -> BoxFuture<'a, Result<Result<R, E>>> + Send + 'a {
    move |run| {
        Box::pin(async move {
            let mut last = None;
            for attempt in 1..=handle.place().store().attempts() {
                if attempt > 1 {
                    run.link.sleep(backoff(attempt.min(5) - 1)).await;
                }
                let link = run.exclusive(handle.place()).await?;
                let loaded = run.command_on(&link, watch_and_load::<M>(&handle)).await;
                let mut model = match loaded {
                    Ok(Some(model)) => model,
                    Ok(None) => {
                        return Err(handle
                            .place()
                            .refuse(Error::new(ErrorKind::NotFound, "there is no such object")));
                    }
                    // nothing has been written: a lost connection costs an attempt and no more
                    Err(error) if error.kind() == ErrorKind::Connection => {
                        last = Some(error.settled_as(Outcome::NotApplied));
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                let (result, commit) = {
                    let before = Image::of(handle.place(), &model)?;
                    let result = f(&mut model);
                    handle.same_id(&model).map_err(|_| {
                        handle.place().refuse(Error::misuse("an update must not change the id of its object"))
                    })?;
                    let commit = match &result {
                        Ok(_) => {
                            commit(handle.place(), M::__INFO, &before, &Image::of(handle.place(), &model)?)
                        }
                        // the refusal counts only if what it was based on was so
                        Err(_) => commit(handle.place(), M::__INFO, &before, &before),
                    };
                    drop(model);
                    (result, commit)
                };
                let committed = run.command_on(&link, commit).await?;
                link.release();
                if committed.is_some() {
                    return Ok(result);
                }
            }
            Err(last.unwrap_or_else(|| {
                handle.place().refuse(Error::new(
                    ErrorKind::Conflict,
                    "the object was changed by others at every attempt",
                ))
            }))
        })
    }
}

/// `WATCH` for all keys of the object, and its reads behind it.
fn watch_and_load<M: RedisModel>(handle: &Handle<M>) -> Command<Option<M>> {
    struct Watched<M: RedisModel> {
        watched: bool,
        loading: Loading<M>,
    }
    impl<M: RedisModel> Read<Option<M>> for Watched<M> {
        fn resume(&mut self, reply: &mut Reply<'_>) -> Step<Option<M>> {
            if !self.watched {
                reply.token()?;
                self.watched = true;
            }
            self.loading.resume(reply)
        }

        fn restart(&mut self) -> bool {
            self.watched = false;
            self.loading.restart()
        }
    }
    let mut request = Request::read().command("WATCH", |a| {
        for place in handle.place().all_of_object() {
            a.key(place.key());
        }
    });
    request.join(read::request::<M>(handle.place()).unprotected());
    let loading = read::loading(handle.place());
    Command::reading(handle.place(), request, Box::new(Watched { watched: false, loading }))
}

/// MULTI, what makes `before` into `after`, EXEC.
fn commit(place: &Place, info: &'static ModelInfo, before: &Image, after: &Image) -> Command<Option<()>> {
    let mut plan = Plan::new(place);
    let (set, removed): (Vec<_>, Vec<_>) = info
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !field.kind.has_own_key())
        .map(|(at, field)| (field, before.field(at), after.field(at)))
        .filter(|(_, before, after)| !before.equals(*after))
        .partition(|(_, _, after)| after.len() > 0);
    if !set.is_empty() {
        let arguments = Box::new(|a: &mut Arguments<'_>| {
            for (field, _, after) in &set {
                a.raw(field.stored.as_bytes()).packed(after.item(0), 1);
            }
        });
        plan.write(place, Write { field: None, command: "HSET", bears: false, arguments });
    }
    if !removed.is_empty() {
        let arguments = Box::new(|a: &mut Arguments<'_>| {
            for (field, ..) in &removed {
                a.raw(field.stored.as_bytes());
            }
        });
        plan.write(place, Write { field: None, command: "HDEL", bears: false, arguments });
    }
    for (at, field) in info.fields.iter().enumerate() {
        let mut writes = Vec::new();
        kind::changes(field, before.field(at), after.field(at), &mut writes);
        for write in writes {
            plan.write(place, write);
        }
    }
    let (request, reader) = plan.parts();
    let request = request.guarded();
    let reader = Exec::new(Box::new(reader), &request);
    Command::guarded(place, request, Box::new(reader))
}
