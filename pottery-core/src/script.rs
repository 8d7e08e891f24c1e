//! Lua scripts: what Redis cannot do in one command, done in one step on the server.
//!
//! Each script is a file of `scripts/`. Alone it is sent by its digest, and once more with its text if the server
//! has forgotten it; in a batch the text goes along, because a miss in the middle of a batch cannot be mended.

use std::sync::OnceLock;

use crate::place::Place;
use crate::request::Request;

/// A script and its digest.
#[derive(Debug)]
pub(crate) struct Script {
    text: &'static str,
    digest: OnceLock<String>,
}

impl Script {
    pub(crate) const fn new(text: &'static str) -> Script {
        Script { text, digest: OnceLock::new() }
    }

    pub(crate) fn text(&self) -> &'static str {
        self.text
    }

    pub(crate) fn digest(&self) -> &str {
        self.digest.get_or_init(|| sha1_smol::Sha1::from(self.text).digest().to_string())
    }
}

/// Gives `family`, collections of the object that `place` belongs to, the time to live of that object.
pub(crate) fn inherit(place: &Place, family: &[Place]) -> Request {
    static INHERIT: Script = Script::new(include_str!("scripts/inherit.lua"));
    let Some(object) = place.object() else { return Request::write() };
    let mut keys = vec![&object.main];
    keys.extend(family.iter().map(Place::key).filter(|key| **key != object.main));
    Request::write().eval(&INHERIT, &keys, |a| {
        a.int(object.model.ttl.declared_millis()).raw(object.model.id.stored.as_bytes());
    })
}
