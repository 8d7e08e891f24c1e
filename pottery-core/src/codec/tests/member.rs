//! Set members and hash keys: one value, one encoding.

use super::{Item, Suit, encode, encode_member, with_each_codec};
use crate::codec::Codec;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

#[test]
fn what_has_one_encoding_is_written_as_always() {
    fn same<C: Codec, T: Serialize + 'static>(value: T) {
        assert_eq!(encode_member::<C, T>(&value).expect("canonical"), encode::<C, T>(&value), "{}", C::NAME);
    }
    fn check<C: Codec>() {
        same::<C, _>(7_u64);
        same::<C, _>("x".to_owned());
        same::<C, _>(vec![1_u8, 2]);
        same::<C, _>(1.5_f64);
        same::<C, _>((1_u8, "x".to_owned()));
        same::<C, _>(Item { name: "x".into(), weight: 1.0 });
        same::<C, _>(Suit::Hearts);
        same::<C, _>(Some(Some(1)));
        same::<C, _>(BTreeSet::from([2, 1]));
        same::<C, _>(vec![(1.5_f32, [Suit::Spades])]);
    }
    with_each_codec!(check());
}

#[test]
fn what_has_several_encodings_is_refused() {
    #[derive(Serialize)]
    struct Deep {
        tags: Vec<Option<HashSet<u8>>>,
    }
    fn refused<C: Codec, T: Serialize + 'static>(value: T) {
        let error = encode_member::<C, T>(&value).expect_err("not canonical");
        assert!(error.to_string().contains("equal values"), "{}: {error}", C::NAME);
    }
    fn check<C: Codec>() {
        refused::<C, _>(HashMap::from([(1, 2)]));
        refused::<C, _>(HashSet::from([1]));
        refused::<C, _>(BTreeMap::from([(1, 2)]));
        refused::<C, _>((1, HashSet::from([1])));
        refused::<C, _>(Some(vec![HashMap::<u8, u8>::new()]));
        refused::<C, _>(Deep { tags: vec![None] });
        refused::<C, _>(Deep { tags: vec![Some(HashSet::from([1]))] });
        encode_member::<C, _>(&f64::NAN).expect_err("NaN");
        encode_member::<C, _>(&(1, f32::NAN)).expect_err("NaN");
    }
    with_each_codec!(check());
}
