//! Places: where in Redis a handle points, and what that place is called in the user's program.

use std::sync::Arc;

use crate::error::{Error, Outcome};
use crate::key::Key;
use crate::registry::{FieldInfo, ModelInfo, Ttl};
use crate::store::Store;

/// A place in Redis: a store, a key, and the model and field that own it. Cheap to clone.
#[derive(Clone)]
pub struct Place(Arc<Spot>);

struct Spot {
    store: Store,
    key: Key,
    object: Option<Object>,
}

/// The object that a place belongs to.
pub(crate) struct Object {
    pub(crate) model: &'static ModelInfo,
    /// The object's hash.
    pub(crate) main: Key,
    pub(crate) field: Option<&'static FieldInfo>,
}

impl Place {
    /// A key that belongs to no object; the store's namespace goes before it.
    pub(crate) fn free(store: &Store, key: Key) -> Place {
        Place(Arc::new(Spot { store: store.clone(), key: key.behind(store.prefix()), object: None }))
    }

    /// A key that belongs to no object, with the namespace before it already.
    pub(crate) fn at(store: &Store, key: Key) -> Place {
        Place(Arc::new(Spot { store: store.clone(), key, object: None }))
    }

    /// No place in particular: that of a batch.
    pub(crate) fn none(store: &Store) -> Place {
        Place(Arc::new(Spot { store: store.clone(), key: Key::from(&[][..]), object: None }))
    }

    /// The object of `model` with the id that `write_id` appends.
    pub(crate) fn object_of(
        store: &Store,
        model: &'static ModelInfo,
        write_id: impl FnOnce(&mut String),
    ) -> Place {
        let namespace = store.prefix();
        let mut key = String::with_capacity(namespace.len() + model.prefix.len() + 24);
        key.push_str(std::str::from_utf8(namespace).unwrap_or_default());
        key.push_str(model.prefix);
        key.push_str(":{");
        write_id(&mut key);
        key.push('}');
        let main = Key::from(key);
        Place(Arc::new(Spot {
            store: store.clone(),
            key: main.clone(),
            object: Some(Object { model, main, field: None }),
        }))
    }

    /// A field of the object at this place: of its hash, or at a key of its own.
    pub(crate) fn field(&self, field: &'static FieldInfo) -> Place {
        let spot = &*self.0;
        let Some(object) = &spot.object else { return self.clone() };
        let key = if field.kind.has_own_key() {
            let main = object.main.as_bytes();
            let mut key = Vec::with_capacity(main.len() + 1 + field.stored.len());
            key.extend_from_slice(main);
            key.push(b':');
            key.extend_from_slice(field.stored.as_bytes());
            Key::from(key)
        } else {
            object.main.clone()
        };
        Place(Arc::new(Spot {
            store: spot.store.clone(),
            key,
            object: Some(Object { model: object.model, main: object.main.clone(), field: Some(field) }),
        }))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn key(&self) -> &Key {
        &self.0.key
    }

    pub(crate) fn object(&self) -> Option<&Object> {
        self.0.object.as_ref()
    }

    /// The id of the object, as it stands in its keys.
    pub(crate) fn id(&self) -> &str {
        self.object().map_or("", Object::id)
    }

    /// The name of this place's field in the object's hash.
    pub(crate) fn member(&self) -> &'static str {
        self.object().and_then(|object| object.field).map_or("", |field| field.stored)
    }

    /// Whether a write that brings this key into being must look after its time to live.
    pub(crate) fn inherits_ttl(&self) -> bool {
        self.object().is_some_and(|object| match object.model.ttl {
            Ttl::Declared(_) => true,
            // the hash of the object has nobody to inherit from
            Ttl::Open => self.0.key != object.main,
            Ttl::Never => false,
        })
    }

    /// Whether its model declares a time to live.
    pub(crate) fn is_mortal(&self) -> bool {
        self.object().is_some_and(|object| matches!(object.model.ttl, Ttl::Declared(_)))
    }

    pub(crate) fn same_key(&self, other: &Place) -> bool {
        self.0.key == other.0.key
    }

    pub(crate) fn same_object(&self, other: &Place) -> bool {
        match (self.object(), other.object()) {
            (Some(a), Some(b)) => a.main == b.main,
            _ => false,
        }
    }

    /// Names this place in an error, where nothing nearer has been named.
    pub(crate) fn blame(&self, mut error: Error) -> Error {
        if let Some(object) = self.object() {
            error = error.with_object(object.model.name, object.id());
            if let Some(field) = object.field {
                error = error.with_field(field.name);
            }
        }
        if self.0.key.as_bytes().is_empty() && self.object().is_none() {
            error
        } else {
            error.with_key(&self.0.key)
        }
    }

    /// All places of the object at this one: its hash first, then its collections.
    pub(crate) fn all_of_object(&self) -> Vec<Place> {
        let fields = self.object().map_or(&[][..], |object| object.model.fields);
        let collections = fields.iter().filter(|field| field.kind.has_own_key());
        std::iter::once(self.clone()).chain(collections.map(|field| self.field(field))).collect()
    }

    /// Names the field's place in an error about a whole object that names the field already.
    pub(crate) fn blame_field(&self, model: &'static ModelInfo, error: Error) -> Error {
        match model.fields.iter().find(|field| Some(field.name) == error.field()) {
            Some(field) => self.field(field).blame(error),
            None => self.blame(error),
        }
    }

    /// An error about this place, found before anything was sent.
    pub(crate) fn refuse(&self, error: Error) -> Error {
        self.blame(error.with_outcome(Outcome::NotApplied))
    }
}

impl Object {
    /// The id as it stands in the key.
    pub(crate) fn id(&self) -> &str {
        let key = std::str::from_utf8(self.main.as_bytes()).unwrap_or_default();
        key.find('{').map_or("", |at| key[at + 1..].trim_end_matches('}'))
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0.key, f)
    }
}
