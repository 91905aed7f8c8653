//! Perceptual hashes, and what they tell of a split: which pictures stand on both sides of it.
//!
//! A picture's hash is 64 signs of its low frequencies (Zauner, "Implementation and Benchmarking
//! of Perceptual Image Hash Functions", 2010, section 3.2.1, without the mean filter, whose work
//! the antialiased resize does): grey, 32 x 32, DCT-II, the 8 x 8 coefficients behind the
//! constant row and column, each bit telling whether its coefficient exceeds their median. Two
//! versions of one picture (other size, other quality) differ in few bits.

mod leakage;

pub use leakage::{HashedPicture, Leak, Leakage, LeakageReport, audit_leakage};

use crate::pixels::resize_bilinear;
use crate::{Error, Result};
use image::RgbImage;
use std::f64::consts::PI;

/// Side of the shrunken picture (Zauner).
const SIDE: usize = 32;
/// Side of the block of kept frequencies (Zauner).
const KEPT: usize = 8;
/// Coefficients nearer to 0 than this are rounding noise of a flat picture (grey is 0..255).
const NOISE: f64 = 1e-6;

/// Hamming distance up to which two pictures are taken for the same one: unrelated pictures
/// differ in about 32 of 64 bits, copies in other sizes or qualities in up to 4.
pub const DEFAULT_THRESHOLD: u32 = 4;

/// The hash that all pictures of one colour share.
pub const FLAT: u64 = 0;

/// The 64-bit hash of a picture; [`FLAT`] where it shows nothing.
///
/// # Errors
/// As [`resize_bilinear`].
pub fn phash(picture: &RgbImage) -> Result<u64> {
    let small = resize_bilinear(picture, SIDE, SIDE)?;
    // Luma of ITU-R BT.601, as JPEG and Pillow use.
    let grey: Vec<f64> = small
        .pixels()
        .map(|pixel| {
            let [r, g, b] = pixel.0.map(f64::from);
            0.299 * r + 0.587 * g + 0.114 * b
        })
        .collect(); // (SIDE, SIDE)
    let kept = low_frequencies(&grey); // (KEPT * KEPT)
    let mut ordered = kept;
    ordered.sort_by(f64::total_cmp);
    let median = (ordered[KEPT * KEPT / 2 - 1] + ordered[KEPT * KEPT / 2]) / 2.0;
    Ok(kept
        .iter()
        .enumerate()
        .filter(|(_, value)| **value > median)
        .fold(0, |hash, (bit, _)| hash | (1 << bit)))
}

/// In how many bits two hashes differ, 0 to 64.
pub fn hamming(a: u64, b: u64) -> u32 {
    (a ^ b).count_ones()
}

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
                    let distance = hamming(hashes[i], hashes[j]);
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

/// The DCT-II coefficients 1..=KEPT of both axes, unscaled.
fn low_frequencies(grey: &[f64]) -> [f64; KEPT * KEPT] {
    let mut basis = [[0.0; SIDE]; KEPT];
    for (k, row) in basis.iter_mut().enumerate() {
        for (n, value) in row.iter_mut().enumerate() {
            *value = (PI / SIDE as f64 * (n as f64 + 0.5) * (k + 1) as f64).cos();
        }
    }
    let mut rows = [[0.0; KEPT]; SIDE]; // (SIDE, KEPT)
    for (y, row) in rows.iter_mut().enumerate() {
        for (k, value) in row.iter_mut().enumerate() {
            *value = (0..SIDE).map(|x| grey[y * SIDE + x] * basis[k][x]).sum();
        }
    }
    let mut out = [0.0; KEPT * KEPT]; // (KEPT * KEPT)
    for (k, wave) in basis.iter().enumerate() {
        for column in 0..KEPT {
            let sum: f64 = (0..SIDE).map(|y| rows[y][column] * wave[y]).sum();
            out[k * KEPT + column] = if sum.abs() < NOISE { 0.0 } else { sum };
        }
    }
    out
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

    #[test]
    fn copies_are_near_and_others_far() {
        let wave = |a: f64, b: f64| {
            RgbImage::from_fn(160, 120, |x, y| {
                let (x, y) = (f64::from(x) / 160.0, f64::from(y) / 120.0);
                let value = 127.0 + 60.0 * (a * x + y).sin() + 60.0 * (b * y * x + 1.0).cos();
                image::Rgb([value as u8, (value * 0.7) as u8, 90])
            })
        };
        let picture = wave(9.0, 14.0);
        let hash = phash(&picture).expect("a hash");
        let small = resize_bilinear(&picture, 71, 53).expect("a picture");
        let mut brighter = picture.clone();
        for pixel in brighter.pixels_mut() {
            pixel.0 = pixel.0.map(|value| value.saturating_add(8));
        }
        for copy in [&small, &brighter] {
            assert!(hamming(hash, phash(copy).expect("a hash")) <= DEFAULT_THRESHOLD);
        }
        let other = phash(&wave(4.0, 31.0)).expect("a hash");
        assert!(hamming(hash, other) > 3 * DEFAULT_THRESHOLD, "{hash:x} {other:x}");
        let flat = RgbImage::from_pixel(50, 40, image::Rgb([17, 99, 3]));
        assert_eq!(phash(&flat).expect("a hash"), FLAT);
    }
}
