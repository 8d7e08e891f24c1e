//! The dense form: 16,384 registers of six bits, the lowest bits of a byte first.

use super::{HEADER, REGISTERS};

/// The length of a value in this form.
pub(super) const SIZE: usize = HEADER + REGISTERS * 6 / 8;

/// The register's value. `registers` is what follows the header.
pub(super) fn get(registers: &[u8], index: usize) -> u8 {
    let (byte, shift) = (index * 6 / 8, index * 6 % 8);
    let next = registers.get(byte + 1).copied().unwrap_or(0);
    ((u16::from_le_bytes([registers[byte], next]) >> shift) & 63) as u8
}

/// Raises a register and says whether it was lower.
pub(super) fn raise(registers: &mut [u8], index: usize, value: u8) -> bool {
    if get(registers, index) >= value {
        return false;
    }
    set(registers, index, value);
    true
}

fn set(registers: &mut [u8], index: usize, value: u8) {
    let (byte, shift) = (index * 6 / 8, index * 6 % 8);
    let keep = !(63u16 << shift);
    let next = registers.get(byte + 1).copied().unwrap_or(0);
    let word = (u16::from_le_bytes([registers[byte], next]) & keep) | (u16::from(value) << shift);
    let [low, high] = word.to_le_bytes();
    registers[byte] = low;
    if let Some(next) = registers.get_mut(byte + 1) {
        *next = high;
    }
}
