//! The patterns of `BY` and `GET`: where the value is that belongs to an element.

use crate::engine::context::Ctx;
use crate::engine::value::Value;

/// A pattern such as `weight_*` or `object_*->field`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pattern<'a> {
    /// `#`: the element itself.
    Element,
    /// Without a place for the element: nothing.
    Nothing,
    Key {
        before: &'a [u8],
        after: &'a [u8],
        /// The field of a hash.
        field: Option<&'a [u8]>,
    },
}

impl<'a> Pattern<'a> {
    pub(super) fn new(pattern: &'a [u8]) -> Pattern<'a> {
        if pattern == b"#" {
            return Pattern::Element;
        }
        let Some(star) = pattern.iter().position(|byte| *byte == b'*') else { return Pattern::Nothing };
        let (before, rest) = (&pattern[..star], &pattern[star + 1..]);
        let arrow = rest.windows(2).position(|pair| pair == b"->").filter(|at| at + 2 < rest.len());
        match arrow {
            Some(at) => Pattern::Key { before, after: &rest[..at], field: Some(&rest[at + 2..]) },
            None => Pattern::Key { before, after: rest, field: None },
        }
    }

    /// The value that belongs to an element, if there is one of the right type.
    pub(super) fn look_up(&self, ctx: &mut Ctx<'_>, element: &[u8]) -> Option<Vec<u8>> {
        match self {
            Pattern::Element => Some(element.to_vec()),
            Pattern::Nothing => None,
            Pattern::Key { before, after, field } => {
                let key = [*before, element, *after].concat();
                match (ctx.db.value(&key)?, field) {
                    (Value::Str(string), None) => Some(string.bytes().into_owned()),
                    (Value::Hash(hash), Some(field)) => hash.fields.get(field).map(|value| value.to_vec()),
                    _ => None,
                }
            }
        }
    }
}
