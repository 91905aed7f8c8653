//! A picture's perceptual hash: 64 signs of its low frequencies (Zauner, "Implementation and
//! Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1, without the mean filter,
//! whose work the antialiased resize does): grey, 32 x 32, DCT-II, the 8 x 8 coefficients behind the
//! constant row and column, each bit telling whether its coefficient exceeds their median. Two
//! versions of one picture (other size, other quality) differ in few bits.

use crate::{Interpolation, Picture, Result};
use std::f64::consts::PI;

/// Side of the shrunken picture (Zauner).
const SIDE: usize = 32;
/// Side of the block of kept frequencies (Zauner).
const KEPT: usize = 8;
/// Coefficients nearer to 0 than this are rounding noise of a flat picture (grey is 0..255).
const NOISE: f64 = 1e-6;

/// The hash that all pictures of one colour share.
pub const FLAT: u64 = 0;

/// The 64-bit hash of a picture; [`FLAT`] where it shows nothing.
///
/// # Errors
/// None that a picture could bring about: as [`Picture::resized`].
pub fn phash(picture: &Picture) -> Result<u64> {
    let small = picture.resized(SIDE, SIDE, Interpolation::Bilinear)?;
    // Luma of ITU-R BT.601, as JPEG and Pillow use.
    let grey: Vec<f64> = small
        .rgb()
        .chunks_exact(3)
        .map(|pixel| {
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_near_and_others_far() -> Result<()> {
        /// Unrelated pictures differ in about 32 bits, copies in up to 4.
        const NEAR: u32 = 4;
        let wave = |a: f64, b: f64| {
            let pixel = |at: u32| {
                let (x, y) = (f64::from(at % 160) / 160.0, f64::from(at / 160) / 120.0);
                let value = 127.0 + 60.0 * (a * x + y).sin() + 60.0 * (b * y * x + 1.0).cos();
                [value as u8, (value * 0.7) as u8, 90]
            };
            Picture::new(160, 120, (0..160 * 120).flat_map(pixel).collect())
        };
        let picture = wave(9.0, 14.0)?;
        let hash = phash(&picture)?;
        let small = picture.resized(71, 53, Interpolation::Bilinear)?;
        let rgb = picture.rgb().iter().map(|value| value.saturating_add(8)).collect();
        let brighter = Picture::new(160, 120, rgb)?;
        for copy in [&small, &brighter] {
            assert!(hamming(hash, phash(copy)?) <= NEAR);
        }
        let other = phash(&wave(4.0, 31.0)?)?;
        assert!(hamming(hash, other) > 3 * NEAR, "{hash:x} {other:x}");
        let flat = Picture::new(50, 40, [17, 99, 3].repeat(2000))?;
        assert_eq!(phash(&flat)?, FLAT);
        Ok(())
    }
}
