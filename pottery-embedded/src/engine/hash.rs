//! What a hash does besides holding fields: it remembers how Redis would keep it.

use crate::engine::value::Hash;

/// Up to how many fields, and up to how many bytes in each, Redis keeps a hash as a listpack.
pub(crate) type Limits = (usize, usize);

impl Hash {
    /// Sets a field. Returns whether it is new.
    pub(crate) fn set(&mut self, field: &[u8], value: &[u8], (entries, bytes): Limits) -> bool {
        let new = self.fields.insert(field, value.into()).is_none();
        if !self.table {
            self.table = field.len() > bytes || value.len() > bytes || self.fields.len() > entries;
        }
        new
    }
}
