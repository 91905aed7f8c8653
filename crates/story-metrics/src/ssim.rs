//! Structural similarity (Wang et al. 2004, "Image Quality Assessment: From Error Visibility to
//! Structural Similarity"), equal to scikit-image's `structural_similarity(gaussian_weights=True,
//! sigma=1.5, use_sample_covariance=False, channel_axis=0)` in f64.
//!
//! ```text
//! SSIM = mean over pixels and channels of
//!        (2 mx my + C1) (2 cxy + C2) / ((mx^2 + my^2 + C1) (vx + vy + C2))
//! ```
//! with mean, variance and covariance under an 11 x 11 Gaussian window, `C1 = (0.01 L)^2`,
//! `C2 = (0.03 L)^2` and L the data range. Range -1..=1, higher is better, 1 for equal pictures.
//! Only pixels whose whole window lies inside the picture count. Axes (C, H, W).

use crate::error::{MetricError, Result};
use crate::picture::{PictureShape, check_data_range, check_pictures};

/// Rows and columns of the window.
pub const WINDOW: usize = 11;
/// Standard deviation of the window in pixels.
pub const SIGMA: f64 = 1.5;
/// Constant of the luminance term.
pub const K1: f64 = 0.01;
/// Constant of the contrast term.
pub const K2: f64 = 0.03;

/// What is filtered: x, y, x*x + y*y (the formula needs the sum of the variances only), x*y.
const MOMENTS: usize = 4;

/// Mean SSIM of two pictures of one shape, -1..=1, higher is better.
///
/// # Errors
/// If a length does not fit the shape, a side is shorter than [`WINDOW`], a value is NaN or
/// infinite, or the data range is not a positive finite number.
pub fn ssim(
    predicted: &[f32],
    target: &[f32],
    shape: PictureShape,
    data_range: f64,
) -> Result<f64> {
    let PictureShape { channels, height, width } = shape;
    if channels == 0 || height < WINDOW || width < WINDOW {
        return Err(MetricError::Value {
            what: "shape of a picture for SSIM",
            expected: "at least one channel and 11 x 11 pixels",
            found: format!("{channels} x {height} x {width}"),
        });
    }
    if shape.len() != Some(target.len()) {
        return Err(MetricError::Length {
            what: "target picture",
            expected: shape.len().unwrap_or(usize::MAX),
            found: target.len(),
        });
    }
    check_pictures(predicted, target)?;
    check_data_range(data_range)?;

    let kernel = gaussian_window();
    let plane = height * width;
    let sum: f64 = predicted
        .chunks_exact(plane)
        .zip(target.chunks_exact(plane))
        .map(|(x, y)| channel_sum(x, y, width, &kernel, data_range))
        .sum();
    let pixels = channels * (height - WINDOW + 1) * (width - WINDOW + 1);
    Ok(sum / pixels as f64)
}

/// Sum of the SSIM of all inner pixels of a channel (H, W).
///
/// The window is separable: rows are filtered downwards first, then each filtered row sideways.
fn channel_sum(x: &[f32], y: &[f32], width: usize, kernel: &[f64; WINDOW], data_range: f64) -> f64 {
    let c1 = (K1 * data_range).powi(2);
    let c2 = (K2 * data_range).powi(2);
    let moments = moments(x, y); // MOMENTS x (H, W)
    let inner = width - WINDOW + 1;
    let rows = x.len() / width - WINDOW + 1;
    let mut column = vec![0.0; width];
    let mut filtered: [Vec<f64>; MOMENTS] = std::array::from_fn(|_| vec![0.0; inner]);
    let mut sum = 0.0;
    for row in 0..rows {
        for (moment, filtered) in moments.iter().zip(&mut filtered) {
            let below: [&[f64]; WINDOW] =
                std::array::from_fn(|shift| &moment[(row + shift) * width..]);
            weighted_sum(&mut column, kernel, below); // (W)
            let aside: [&[f64]; WINDOW] = std::array::from_fn(|shift| &column[shift..]);
            weighted_sum(filtered, kernel, aside); // (W - 10)
        }
        let [mx, my, squares, products] = &filtered;
        for at in 0..inner {
            let (mx, my) = (mx[at], my[at]);
            let covariance = products[at] - mx * my;
            let variances = squares[at] - mx * mx - my * my;
            let luminance = (2.0 * mx * my + c1) / (mx * mx + my * my + c1);
            let structure = (2.0 * covariance + c2) / (variances + c2);
            sum += luminance * structure;
        }
    }
    sum
}

/// x, y, x*x + y*y and x*y of each pixel; f64, since variances are small differences of them.
fn moments(x: &[f32], y: &[f32]) -> [Vec<f64>; MOMENTS] {
    let map = |of: fn(f64, f64) -> f64| -> Vec<f64> {
        x.iter().zip(y).map(|(&x, &y)| of(f64::from(x), f64::from(y))).collect()
    };
    [map(|x, _| x), map(|_, y| y), map(|x, y| x * x + y * y), map(|x, y| x * y)]
}

/// `out[at] = sum over k of kernel[k] * rows[k][at]`; the rows are as long as `out` or longer.
///
/// The inner sum has a fixed length, so that the compiler unrolls it and works on several `at` at
/// once.
fn weighted_sum(out: &mut [f64], kernel: &[f64; WINDOW], rows: [&[f64]; WINDOW]) {
    let rows = rows.map(|row| &row[..out.len()]);
    for (at, out) in out.iter_mut().enumerate() {
        let mut sum = 0.0;
        for k in 0..WINDOW {
            sum += kernel[k] * rows[k][at];
        }
        *out = sum;
    }
}

/// `exp(-d^2 / (2 sigma^2))` for d = -5..=5, scaled to a sum of 1.
fn gaussian_window() -> [f64; WINDOW] {
    let weights: [f64; WINDOW] = std::array::from_fn(|at| {
        let distance = at as f64 - (WINDOW / 2) as f64;
        (-0.5 * (distance / SIGMA).powi(2)).exp()
    });
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::UNIT_RANGE;

    const SHAPE: PictureShape = PictureShape { channels: 2, height: 13, width: 17 };

    fn picture(step: usize) -> Vec<f32> {
        (0..2 * 13 * 17).map(|at| (at * step % 256) as f32 / 255.0).collect()
    }

    #[test]
    fn equal_pictures_score_one_and_inverted_ones_less_than_zero() {
        let x = picture(31);
        let inverted: Vec<f32> = x.iter().map(|value| 1.0 - value).collect();
        let same = ssim(&x, &x, SHAPE, UNIT_RANGE).expect("valid");
        assert!((same - 1.0).abs() < 1e-12);
        assert!(ssim(&x, &inverted, SHAPE, UNIT_RANGE).expect("valid") < 0.0);
    }

    #[test]
    fn constant_pictures_have_the_luminance_term_only() {
        let (a, b) = (vec![0.25_f32; 442], vec![0.75_f32; 442]);
        let c1 = K1 * K1;
        let expected = (2.0 * 0.25 * 0.75 + c1) / (0.0625 + 0.5625 + c1);
        assert!((ssim(&a, &b, SHAPE, UNIT_RANGE).expect("valid") - expected).abs() < 1e-10);
    }

    #[test]
    fn nonsense_is_refused() {
        let x = picture(31);
        let small = PictureShape { height: 10, ..SHAPE };
        let huge = PictureShape { channels: usize::MAX, ..SHAPE };
        assert!(ssim(&x, &x, small, UNIT_RANGE).is_err());
        assert!(ssim(&x, &x, huge, UNIT_RANGE).is_err());
        assert!(ssim(&x[1..], &x, SHAPE, UNIT_RANGE).is_err());
        assert!(ssim(&x, &x[1..], SHAPE, UNIT_RANGE).is_err());
        assert!(ssim(&x, &x, PictureShape { channels: 0, ..SHAPE }, UNIT_RANGE).is_err());
        assert!(ssim(&x, &x, SHAPE, 0.0).is_err());
        let mut broken = x.clone();
        broken[7] = f32::NAN;
        assert!(
            ssim(&x, &broken, SHAPE, UNIT_RANGE).is_err()
                && ssim(&broken, &x, SHAPE, UNIT_RANGE).is_err()
        );
    }
}
