//! `MurmurHash64A`, by which Redis scatters the elements of a HyperLogLog. It must be this one, or a value written here
//! and read by Redis would count the same element twice.

const MULTIPLIER: u64 = 0xc6a4_a793_5bd1_e995;
const ROTATION: u32 = 47;
const SEED: u64 = 0xadc8_3b19;

pub(super) fn murmur64(bytes: &[u8]) -> u64 {
    let mut hash = SEED ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let (blocks, rest) = bytes.as_chunks::<8>();
    for block in blocks {
        let mut word = u64::from_le_bytes(*block).wrapping_mul(MULTIPLIER);
        word ^= word >> ROTATION;
        hash ^= word.wrapping_mul(MULTIPLIER);
        hash = hash.wrapping_mul(MULTIPLIER);
    }
    if !rest.is_empty() {
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        hash ^= u64::from_le_bytes(word);
        hash = hash.wrapping_mul(MULTIPLIER);
    }
    hash ^= hash >> ROTATION;
    hash = hash.wrapping_mul(MULTIPLIER);
    hash ^ (hash >> ROTATION)
}
