//! How close two pictures are, pixel by pixel: MSE and PSNR. SSIM is in [`mod@crate::ssim`].
//!
//! ```text
//! MSE  = mean of (a - b)^2 over channels and pixels      (>= 0, lower is better)
//! PSNR = 10 log10( data_range^2 / MSE ) dB               (higher is better, infinite for equals)
//! ```
//! Pictures are slices of f32 in axis order (C, H, W), channels first, usually of values 0..=1
//! ([`UNIT_RANGE`]). Equal to scikit-image's `mean_squared_error` and `peak_signal_noise_ratio`. A
//! blurred mean of all pictures scores well on all of these: show the mean picture as a baseline.

use crate::error::{MetricError, Result, all_finite, same_length};
use crate::metric::Direction::{HigherIsBetter, LowerIsBetter};
use crate::metric::{Measurement, MetricInfo, Range};
use crate::signature::Signature;
use crate::ssim::ssim;
use crate::statistic::{Counted, MeanStats, Statistic};
use serde::{Deserialize, Serialize};

/// Distance between the smallest and the largest value of pictures in 0..=1.
pub const UNIT_RANGE: f64 = 1.0;

/// Mean squared error in the list of metrics.
pub static MSE: MetricInfo =
    MetricInfo::new("mse", "MSE", "mean squared error of pixels", LowerIsBetter, Range::POSITIVE)
        .digits(4);
/// Peak signal-to-noise ratio in the list of metrics.
pub static PSNR: MetricInfo =
    MetricInfo::new("psnr", "PSNR", "peak signal-to-noise ratio", HigherIsBetter, Range::DECIBEL)
        .digits(2);
/// Structural similarity in the list of metrics.
pub static SSIM: MetricInfo =
    MetricInfo::new("ssim", "SSIM", "structural similarity", HigherIsBetter, Range::COSINE);

/// The axes of a picture (C, H, W).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureShape {
    /// Colour channels, C.
    pub channels: usize,
    /// Rows, H.
    pub height: usize,
    /// Columns, W.
    pub width: usize,
}

impl PictureShape {
    /// Number of values; `None` if it does not fit into a `usize`.
    pub fn len(&self) -> Option<usize> {
        self.channels.checked_mul(self.height)?.checked_mul(self.width)
    }

    /// Whether the picture has no values.
    pub fn is_empty(&self) -> bool {
        self.channels == 0 || self.height == 0 || self.width == 0
    }
}

/// Mean squared error of two pictures of one shape, at least 0, lower is better.
///
/// # Errors
/// If the lengths differ, there are no values, or one is NaN or infinite.
pub fn mse(predicted: &[f32], target: &[f32]) -> Result<f64> {
    check_pictures(predicted, target)?;
    let sum: f64 = predicted
        .iter()
        .zip(target)
        .map(|(&a, &b)| {
            let difference = f64::from(a) - f64::from(b);
            difference * difference
        })
        .sum();
    Ok(sum / target.len() as f64)
}

/// Peak signal-to-noise ratio in dB, higher is better; infinity for equal pictures.
///
/// # Errors
/// Those of [`mse`], and a data range that is not a positive finite number.
pub fn psnr(predicted: &[f32], target: &[f32], data_range: f64) -> Result<f64> {
    check_data_range(data_range)?;
    Ok(psnr_of_mse(mse(predicted, target)?, data_range))
}

fn psnr_of_mse(mse: f64, data_range: f64) -> f64 {
    // The quotient as a difference of logarithms: it cannot overflow.
    20.0 * data_range.log10() - 10.0 * mse.log10()
}

/// MSE, PSNR and SSIM of one or many pairs of pictures in 0..=1, each the mean over pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PictureStats {
    /// Mean squared errors.
    pub mse: MeanStats,
    /// PSNR; equal pictures have none and are counted as undefined.
    pub psnr: MeanStats,
    /// SSIM.
    pub ssim: MeanStats,
}

impl PictureStats {
    /// One pair of pictures of values 0..=1. A missing prediction (`None`) has an SSIM of 0, and no
    /// MSE or PSNR since these have no worst value; it is counted.
    ///
    /// # Errors
    /// Those of [`mse`] and [`ssim`].
    pub fn of(predicted: Option<&[f32]>, target: &[f32], shape: PictureShape) -> Result<Self> {
        let Some(predicted) = predicted else {
            return Ok(Self {
                mse: MeanStats::missing(None),
                psnr: MeanStats::missing(None),
                ssim: MeanStats::missing(Some(0.0)),
            });
        };
        let ssim = ssim(predicted, target, shape, UNIT_RANGE)?;
        let mse = mse(predicted, target)?;
        Ok(Self {
            mse: MeanStats::of(Some(mse)),
            psnr: MeanStats::of(Some(psnr_of_mse(mse, UNIT_RANGE))),
            ssim: MeanStats::of(Some(ssim)),
        })
    }

    /// `mse`, `psnr` and `ssim` as rows of a table.
    pub fn measurements(&self) -> Vec<Measurement> {
        let rows = [(&MSE, &self.mse), (&PSNR, &self.psnr), (&SSIM, &self.ssim)];
        let row = |(info, stats): (&MetricInfo, &MeanStats)| {
            let units = (stats.units(), stats.missing);
            info.measurement(stats.score(), units, signature(info, stats))
        };
        rows.map(row).into()
    }
}

/// The settings behind one of [`MSE`], [`PSNR`] and [`SSIM`].
pub fn signature(info: &MetricInfo, stats: &MeanStats) -> Signature {
    let settings =
        Signature::of([("agg", &"mean"), ("range", &1), ("undefined", &stats.undefined)]);
    let window = match info.id == SSIM.id {
        true => Signature::of([("win", &"gauss11"), ("sigma", &1.5), ("k", &"0.01,0.03")]),
        false => Signature::default(),
    };
    settings.and(window).versioned()
}

impl Statistic for PictureStats {
    fn merge(&mut self, other: &Self) {
        self.mse.merge(&other.mse);
        self.psnr.merge(&other.psnr);
        self.ssim.merge(&other.ssim);
    }

    /// Mean SSIM.
    fn score(&self) -> Option<f64> {
        self.ssim.score()
    }
}

pub(crate) fn check_pictures(predicted: &[f32], target: &[f32]) -> Result<()> {
    same_length("predicted picture", target.len(), predicted.len())?;
    if target.is_empty() {
        return Err(MetricError::Value {
            what: "picture",
            expected: "at least one value",
            found: "an empty picture".to_string(),
        });
    }
    all_finite("predicted picture", predicted)?;
    all_finite("target picture", target)
}

pub(crate) fn check_data_range(data_range: f64) -> Result<()> {
    if data_range > 0.0 && data_range.is_finite() {
        return Ok(());
    }
    Err(MetricError::Setting {
        setting: "data range",
        expected: "a positive finite number",
        found: data_range.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() {
        assert_eq!(mse(&[0.0, 1.0], &[0.5, 1.0]), Ok(0.125));
        assert!((psnr(&[0.0, 0.0], &[0.1, 0.1], UNIT_RANGE).expect("finite") - 20.0).abs() < 1e-6);
        assert_eq!(psnr(&[0.5], &[0.5], UNIT_RANGE), Ok(f64::INFINITY));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(mse(&[0.0], &[0.0, 1.0]).is_err());
        assert!(mse(&[], &[]).is_err());
        assert!(mse(&[f32::NAN], &[0.0]).is_err());
        assert!(mse(&[0.0], &[f32::INFINITY]).is_err());
        for range in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(psnr(&[0.0], &[1.0], range).is_err(), "{range}");
        }
    }

    #[test]
    fn equal_and_missing_pictures_are_counted() {
        let shape = PictureShape { channels: 1, height: 11, width: 11 };
        let picture = vec![0.5_f32; 121];
        let mut stats = PictureStats::of(Some(&picture), &picture, shape).expect("finite");
        assert_eq!(
            (stats.mse.score(), stats.psnr.score(), stats.ssim.score()),
            (Some(0.0), None, Some(1.0))
        );
        stats
            .merge(&PictureStats::of(None, &picture, shape).expect("a missing answer is no error"));
        assert_eq!((stats.mse.score(), stats.ssim.score()), (Some(0.0), Some(0.5)));
        let rows = stats.measurements();
        assert!(rows.iter().all(|row| row.n == 2 && row.missing == 1));
    }
}
