//! Cosine similarity of vectors: `a.b / (|a| |b|)`, -1..=1, higher is better.
//!
//! Sums are taken in f64. The cosine with a zero vector is undefined. A high mean cosine proves
//! little: embeddings of one encoder share a common direction, so that unrelated pictures are
//! similar as well; show a baseline beside it, or take the common direction out ([`crate::centred`]).

use crate::error::{Result, all_finite, same_length};
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Metric, MetricInfo, Need, Range};
use crate::signature::Signature;
use crate::statistic::{MeanStats, Statistic};
use serde::{Deserialize, Serialize};

/// The cosine in the list of metrics.
pub static COSINE: MetricInfo = MetricInfo::new(
    "cosine",
    "Cosine",
    "mean cosine of predicted vectors with their targets",
    HigherIsBetter,
    Range::COSINE,
)
.needs(&[Need::Vectors])
.on_request();

/// Cosine of two vectors, -1..=1; `None` if one of them is zero (or empty).
///
/// # Errors
/// If the lengths differ or a value is NaN or infinite.
pub fn cosine(a: &[f32], b: &[f32]) -> Result<Option<f64>> {
    same_length("vectors", a.len(), b.len())?;
    all_finite("first vector", a)?;
    all_finite("second vector", b)?;
    let dot = |x: &[f32], y: &[f32]| -> f64 {
        x.iter().zip(y).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
    };
    let norms = dot(a, a).sqrt() * dot(b, b).sqrt();
    // Rounding may leave the bounds by a unit in the last place.
    Ok((norms > 0.0).then(|| (dot(a, b) / norms).clamp(-1.0, 1.0)))
}

/// Mean cosine over pairs of vectors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MeanCosine {
    /// Sum and number of cosines; pairs with a zero vector are counted as undefined.
    pub stats: MeanStats,
}

impl MeanCosine {
    /// Reads one pair and returns its own statistic, for a bootstrap. A missing prediction (`None`)
    /// enters with a cosine of 0, and is counted.
    ///
    /// # Errors
    /// Those of [`cosine`].
    pub fn add(&mut self, predicted: Option<&[f32]>, target: &[f32]) -> Result<MeanStats> {
        let stats = match predicted {
            Some(predicted) => MeanStats::of(cosine(predicted, target)?),
            None => MeanStats::missing(Some(0.0)),
        };
        self.stats.merge(&stats);
        Ok(stats)
    }
}

impl Metric for MeanCosine {
    type Stats = MeanStats;

    fn info(&self) -> &'static MetricInfo {
        &COSINE
    }

    fn signature(&self) -> Signature {
        Signature::of([
            ("agg", &"mean"),
            ("zero", &format_args!("undefined[{}]", self.stats.undefined)),
        ])
        .versioned()
    }

    fn stats(&self) -> &MeanStats {
        &self.stats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_angles_and_zero_vectors() {
        assert_eq!(cosine(&[1.0, 0.0], &[0.0, 2.0]), Ok(Some(0.0)));
        assert_eq!(cosine(&[3.0, 4.0], &[-6.0, -8.0]), Ok(Some(-1.0)));
        let diagonal = cosine(&[1.0, 1.0], &[1.0, 0.0]).expect("finite").expect("not zero");
        assert!((diagonal - std::f64::consts::FRAC_1_SQRT_2).abs() < 1e-15);
        // The squares of these values do not fit into an f32.
        assert_eq!(cosine(&[1e30], &[1e30]), Ok(Some(1.0)));
        assert_eq!(cosine(&[1e-30], &[1e-30]), Ok(Some(1.0)));
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 0.0]), Ok(None));
        assert_eq!(cosine(&[], &[]), Ok(None));
        assert!(cosine(&[1.0], &[1.0, 2.0]).is_err());
        assert!(cosine(&[f32::NAN], &[1.0]).is_err());
        assert!(cosine(&[1.0], &[f32::INFINITY]).is_err());
    }

    #[test]
    fn a_missing_vector_lowers_the_mean_and_a_zero_one_is_counted() {
        let mut mean = MeanCosine::default();
        assert_eq!(mean.score(), None);
        mean.add(Some(&[1.0]), &[2.0]).expect("finite");
        mean.add(None, &[2.0]).expect("finite");
        mean.add(Some(&[0.0]), &[2.0]).expect("finite");
        assert_eq!((mean.score(), mean.count(), mean.missing()), (Some(0.5), 3, 1));
        assert_eq!(mean.signature().get("zero"), Some("undefined[1]"));
    }
}
