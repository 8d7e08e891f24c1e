//! Creating objects that must not exist.

use super::RedisModel;
use super::image::Image;
use super::save::{blame_collection, writes};
use crate::command::Command;
use crate::decode::Done;
use crate::place::Place;
use crate::request::Request;
use crate::script::Script;

/// The command that writes `model` at `place` unless there is an object.
pub(crate) fn create<M: RedisModel>(place: &Place, model: &M) -> Command<()> {
    static CREATE: Script = Script::new(include_str!("../scripts/model_create.lua"));
    let info = M::__INFO;
    let image = match Image::of(place, model) {
        Ok(image) => image,
        Err(error) => return Command::refused(place, error),
    };
    let collections: Vec<_> = info.fields.iter().filter(|field| field.kind.has_own_key()).collect();
    let places: Vec<_> = collections.iter().map(|field| place.field(field)).collect();
    let mut keys = vec![place.key()];
    keys.extend(places.iter().map(Place::key));
    let request = Request::write().eval(&CREATE, &keys, |a| {
        a.raw(info.id.stored.as_bytes()).int(info.ttl.declared_millis());
        for field in &collections {
            a.raw(field.kind.redis_type().as_bytes());
        }
        for write in writes(place, info, &image) {
            let key = write
                .field
                .and_then(|field| collections.iter().position(|known| std::ptr::eq(*known, field)));
            a.int(key.map_or(1, |at| at + 2)).raw(write.command.as_bytes()).counted(write.arguments);
        }
    });
    let place = place.clone();
    Command::new::<Done>(&place.clone(), request).recover(move |error| Err(blame_collection(&place, error)))
}
