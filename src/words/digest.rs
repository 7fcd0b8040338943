//! Digests that `sha256sum` can repeat.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// CRC-32 as zip and many tools have it.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    crc32_of([bytes])
}

/// The same over pieces that follow each other.
pub fn crc32_of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    let mut crc = !0_u32;
    for byte in pieces.into_iter().flatten() {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Bytes in hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
