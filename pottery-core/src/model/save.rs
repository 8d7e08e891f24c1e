//! Saving whole objects.

use super::RedisModel;
use super::image::Image;
use super::kind;
use crate::command::Command;
use crate::error::Error;
use crate::place::Place;
use crate::reader::Read;
use crate::registry::{FieldInfo, ModelInfo, Ttl};
use crate::reply::{Interrupt, Reply, Scope, Step};
use crate::request::{Arguments, Request};
use crate::script::Script;

/// The command that saves `model` at `place`.
pub(crate) fn save<M: RedisModel>(place: &Place, model: &M) -> Command<()> {
    static BORN: Script = Script::new(include_str!("../scripts/model_born.lua"));
    static CLEAR: Script = Script::new(include_str!("../scripts/model_clear.lua"));
    let info = M::__INFO;
    let image = match Image::of(place, model) {
        Ok(image) => image,
        Err(error) => return Command::refused(place, error),
    };
    let mut plan = Plan::new(place);
    if let Ttl::Declared(_) = info.ttl {
        plan.add(
            None,
            Request::write().eval(&BORN, &[place.key()], |a| {
                a.int(info.ttl.declared_millis()).raw(info.id.stored.as_bytes()).raw(place.id().as_bytes());
            }),
        );
    }
    let collections: Vec<_> = info.fields.iter().filter(|field| field.kind.has_own_key()).collect();
    if !collections.is_empty() {
        let places: Vec<_> = collections.iter().map(|field| place.field(field)).collect();
        let keys: Vec<_> = places.iter().map(Place::key).collect();
        plan.add(
            None,
            Request::write().eval(&CLEAR, &keys, |a| {
                for field in &collections {
                    a.raw(field.kind.redis_type().as_bytes());
                }
            }),
        );
    }
    for write in writes(place, info, &image) {
        plan.write(place, write);
    }
    plan.command()
}

/// One command of a save or of an update: what it does to which field. `None` is the object's hash.
pub(crate) struct Write<'a> {
    pub(crate) field: Option<&'static FieldInfo>,
    pub(crate) command: &'static str,
    pub(crate) arguments: Box<dyn FnOnce(&mut Arguments<'_>) + 'a>,
    /// Whether its key may come into being by it.
    pub(crate) bears: bool,
}

/// Everything an object has, as commands.
pub(crate) fn writes<'a>(place: &'a Place, info: &'static ModelInfo, image: &'a Image) -> Vec<Write<'a>> {
    let scalars = || {
        info.fields
            .iter()
            .enumerate()
            .filter(|(_, field)| !field.kind.has_own_key())
            .map(|(at, field)| (image.field(at), field))
    };
    let mut writes = vec![Write {
        field: None,
        command: "HSET",
        bears: false,
        arguments: Box::new(move |a| {
            a.raw(info.id.stored.as_bytes()).raw(place.id().as_bytes());
            for (view, field) in scalars().filter(|(view, _)| view.len() > 0) {
                a.raw(field.stored.as_bytes()).packed(view.item(0), 1);
            }
        }),
    }];
    if scalars().any(|(view, _)| view.len() == 0) {
        writes.push(Write {
            field: None,
            command: "HDEL",
            bears: false,
            arguments: Box::new(move |a| {
                for (_, field) in scalars().filter(|(view, _)| view.len() == 0) {
                    a.raw(field.stored.as_bytes());
                }
            }),
        });
    }
    for (at, field) in info.fields.iter().enumerate().filter(|(_, field)| field.kind.has_own_key()) {
        kind::append(field, image.field(at), 0, &mut writes);
    }
    writes
}

/// Commands for one object, and what each of them is about.
pub(crate) struct Plan {
    place: Place,
    request: Request,
    targets: Vec<Option<&'static FieldInfo>>,
}

impl Plan {
    pub(crate) fn new(place: &Place) -> Plan {
        Plan { place: place.clone(), request: Request::write().atomic(), targets: Vec::new() }
    }

    pub(crate) fn add(&mut self, target: Option<&'static FieldInfo>, request: Request) {
        self.request.join(request);
        self.targets.push(target);
    }

    pub(crate) fn write(&mut self, place: &Place, write: Write<'_>) {
        let at = write.field.map_or_else(|| place.clone(), |field| place.field(field));
        self.request.push(write.command, |a| {
            a.key(at.key());
            (write.arguments)(a);
        });
        if write.bears {
            self.request.expect_birth(&at);
        }
        self.targets.push(write.field);
    }

    pub(crate) fn command(self) -> Command<()> {
        let (request, reader) = self.parts();
        Command::reading(&reader.place.clone(), request, Box::new(reader))
    }

    pub(crate) fn parts(self) -> (Request, Written) {
        let reader = Written {
            place: self.place,
            targets: self.targets,
            read: 0,
            around: None,
            failure: None,
            exact: false,
        };
        (self.request, reader)
    }
}

/// Reads the answers to the commands of a [`Plan`], and names the field of the first that failed.
pub(crate) struct Written {
    place: Place,
    targets: Vec<Option<&'static FieldInfo>>,
    read: usize,
    around: Option<Scope>,
    failure: Option<Error>,
    /// Whether the failure is that of a command about one field.
    exact: bool,
}

impl Read<()> for Written {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<()> {
        while let Some(target) = self.targets.get(self.read) {
            if self.around.is_none() {
                self.around = Some(reply.enter(1));
            }
            match reply.token() {
                Ok(_) => {}
                Err(Interrupt::Incomplete) => return Err(Interrupt::Incomplete),
                Err(Interrupt::Failed(error)) => {
                    let place = target.map_or_else(|| self.place.clone(), |field| self.place.field(field));
                    // what a later command says is more exact than what the clearing of all collections says
                    if self.failure.is_none() || (!self.exact && target.is_some()) {
                        let error = blame_collection(&self.place, error.with_index(self.read));
                        self.failure = Some(place.blame(error));
                        self.exact = target.is_some();
                    }
                }
            }
            if let Some(around) = self.around.take() {
                reply.leave(around);
            }
            self.read += 1;
        }
        self.failure.take().map_or(Ok(()), |error| Err(error.into()))
    }

    fn restart(&mut self) -> bool {
        (self.read, self.around, self.failure, self.exact) = (0, None, None, false);
        true
    }
}

/// Names the collection that a script found to be of a foreign type, and told by its number.
pub(crate) fn blame_collection(place: &Place, error: Error) -> Error {
    let number = error.message().rsplit_once(" is stored as collection ").and_then(|(_, number)| {
        let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        number[..digits].parse::<usize>().ok()?.checked_sub(1)
    });
    let fields = place.object().map_or(&[][..], |object| object.model.fields);
    match number.and_then(|number| fields.iter().filter(|field| field.kind.has_own_key()).nth(number)) {
        Some(field) => place.field(field).blame(error),
        None => error,
    }
}
