//! What perceptual hashes tell of a split: which pictures stand, nearly alike, on both sides of it.

mod leakage;

pub use leakage::{HashedPicture, Leak, Leakage, LeakageReport, audit_leakage};

use crate::{Error, Result};

/// Hamming distance up to which two pictures are taken for the same one: unrelated pictures
/// differ in about 32 of 64 bits, copies in other sizes or qualities in up to 4.
pub const DEFAULT_THRESHOLD: u32 = 4;

/// All pairs `(i, j, distance)` with `i < j` whose hashes differ in at most `threshold` bits,
/// ordered by `(i, j)`.
///
/// The 64 bits are cut into `threshold + 1` bands; two hashes within the threshold agree in at
/// least one of them (pigeonhole), so only hashes that share a band are compared.
///
/// # Errors
/// [`Error::Config`] if the threshold is above 31, where every two pictures would be alike.
pub fn near_duplicates(hashes: &[u64], threshold: u32) -> Result<Vec<(usize, usize, u32)>> {
    const CHANCE: u32 = 32;
    if threshold >= CHANCE {
        return Err(Error::Config(format!(
            "a Hamming threshold of {threshold} calls unrelated pictures alike; use less than \
             {CHANCE}, for instance {DEFAULT_THRESHOLD}"
        )));
    }
    let masks = band_masks(threshold + 1);
    let mut pairs = Vec::new();
    let mut order: Vec<usize> = (0..hashes.len()).collect();
    for (band, &mask) in masks.iter().enumerate() {
        order.sort_unstable_by_key(|&index| (hashes[index] & mask, index));
        for run in order.chunk_by(|&a, &b| hashes[a] & mask == hashes[b] & mask) {
            for (place, &i) in run.iter().enumerate() {
                for &j in &run[place + 1..] {
                    let differing = hashes[i] ^ hashes[j];
                    // The first band that the two share reports the pair; later ones are silent.
                    let first = masks[..band].iter().all(|earlier| differing & earlier != 0);
                    let distance = differing.count_ones();
                    if distance <= threshold && first {
                        pairs.push((i, j, distance));
                    }
                }
            }
        }
    }
    pairs.sort_unstable();
    Ok(pairs)
}

/// 64 bits in `count` bands of nearly equal width.
fn band_masks(count: u32) -> Vec<u64> {
    (0..count)
        .map(|band| {
            let (from, to) = (64 * band / count, 64 * (band + 1) / count);
            (from..to).fold(0, |mask, bit| mask | (1 << bit))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;
    use story_pictures::phash::hamming;

    #[test]
    fn bands_cover_every_bit_once() {
        for count in 1..=32 {
            let masks = band_masks(count);
            assert_eq!(masks.iter().fold(0, |all, mask| all | mask), u64::MAX);
            assert_eq!(masks.iter().map(|mask| mask.count_ones()).sum::<u32>(), 64);
        }
    }

    #[test]
    fn the_index_finds_what_comparing_everything_finds() {
        let mut random = story_core::rng::rng(3, "phash");
        let mut hashes: Vec<u64> = (0..300).map(|_| random.next_u64()).collect();
        for index in 0..300 {
            let flips = (0..index % 9).fold(0, |bits, _| bits | 1 << (random.next_u64() % 64));
            hashes.push(hashes[index] ^ flips);
        }
        for threshold in [0, 1, 4, 7, 12] {
            let mut expected = Vec::new();
            for i in 0..hashes.len() {
                for j in i + 1..hashes.len() {
                    let distance = hamming(hashes[i], hashes[j]);
                    if distance <= threshold {
                        expected.push((i, j, distance));
                    }
                }
            }
            assert!(!expected.is_empty());
            let found = near_duplicates(&hashes, threshold).expect("pairs");
            assert_eq!(found, expected);
        }
        assert!(near_duplicates(&hashes, 32).is_err());
    }
}
