//! What can be stored.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What can be an element, a member, a key or a field: anything that serde can write and read and that owns its data.
///
/// It is implemented for every such type. `Sync` is not asked for: values are encoded at once, and nothing borrows
/// one across an await.
pub trait Storable: Serialize + DeserializeOwned + Send + 'static {}

impl<T: Serialize + DeserializeOwned + Send + 'static> Storable for T {}
