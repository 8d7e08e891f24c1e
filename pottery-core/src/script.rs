//! Lua scripts: what Redis cannot do in one command, done in one step on the server.
//!
//! Each script is a file of `scripts/`. Alone it is sent by its digest, and once more with its text if the server
//! has forgotten it; in a batch the text goes along, because a miss in the middle of a batch cannot be mended.

use std::sync::OnceLock;

use crate::place::Place;
use crate::request::Request;

/// A script.
#[derive(Debug)]
pub(crate) struct Script {
    source: &'static str,
    sent: OnceLock<Sent>,
}

/// What is sent of a script: its text, without what only people read, or the digest of that.
#[derive(Debug)]
struct Sent {
    text: String,
    digest: String,
}

impl Script {
    pub(crate) const fn new(source: &'static str) -> Script {
        Script { source, sent: OnceLock::new() }
    }

    pub(crate) fn text(&self) -> &str {
        &self.sent().text
    }

    pub(crate) fn digest(&self) -> &str {
        &self.sent().digest
    }

    fn sent(&self) -> &Sent {
        self.sent.get_or_init(|| {
            let lines =
                self.source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("--"));
            let text = lines.collect::<Vec<_>>().join("\n");
            let digest = sha1_smol::Sha1::from(&text).digest().to_string();
            Sent { text, digest }
        })
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
