//! Unmasking (RFC 6455, 5.3).

/// Exclusive-ors `bytes` with the mask, beginning at its `offset`-th byte.
pub(crate) fn apply(bytes: &mut [u8], mask: [u8; 4], offset: usize) {
    let mut key = mask;
    key.rotate_left(offset % 4);
    let [a, b, c, d] = key;
    let word = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut chunks = bytes.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let Ok(masked) = <[u8; 8]>::try_from(&*chunk) else { return };
        chunk.copy_from_slice(&(u64::from_ne_bytes(masked) ^ word).to_ne_bytes());
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_and_offset_agrees_with_the_definition() {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        for length in 0..40 {
            for offset in 0..9 {
                let plain: Vec<u8> = (0..length).collect();
                let mut bytes = plain.clone();
                apply(&mut bytes, mask, offset);
                for (index, byte) in bytes.iter().enumerate() {
                    assert_eq!(*byte, plain[index] ^ mask[(index + offset) % 4]);
                }
            }
        }
    }
}
