//! Generated code among the strangest neighbours: see also `tests/ui/pass`.

use pottery::RedisModel;

use crate::{nowhere, text};

macro_rules! model {
    ($name:ident, $field:ident: $ty:ty) => {
        #[derive(RedisModel)]
        struct $name {
            #[redis(id)]
            id: u64,
            $field: $ty,
        }
    };
}

model!(Made, items: Vec<String>);
model!(MadeOfBytes, data: std::collections::VecDeque<u8>);

#[test]
fn a_macro_can_declare_models() {
    let _: pottery::List<String> = Made::at(&nowhere(), 7).items();
    assert_eq!(text(MadeOfBytes::at(&nowhere(), 7).data().key()), "made_of_bytes:{7}:data");
}

mod outer {
    pub(crate) mod inner {
        use pottery::RedisModel;

        #[derive(RedisModel)]
        pub(in crate::hygiene) struct Seen {
            #[redis(id)]
            pub(super) id: u64,
            pub(in crate::hygiene) wide: Vec<String>,
            pub(super) narrow: Vec<String>,
            own: Vec<String>,
        }

        pub(super) fn own(seen: &SeenHandle) -> pottery::List<String> {
            seen.own()
        }
    }

    pub(super) fn all(seen: &inner::SeenHandle) -> [pottery::List<String>; 3] {
        [seen.wide(), seen.narrow(), inner::own(seen)]
    }
}

#[test]
fn accessors_are_seen_where_their_fields_are() {
    let seen = outer::inner::Seen::at(&nowhere(), 7);
    assert_eq!(text(seen.wide().key()), "seen:{7}:wide");
    assert_eq!(outer::all(&seen).len(), 3);
}
