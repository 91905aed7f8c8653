//! Centred cosine: how well a predicted vector points from the average reference to its own.
//!
//! ```text
//! mu = mean of all references of the evaluated set
//! centred cosine = (p - mu).(r - mu) / (|p - mu| |r - mu|)      (-1..=1, higher is better)
//! ```
//! Why not the plain cosine: the embeddings of one encoder lie in a narrow cone around their mean
//! (Mu and Viswanath 2018, "All-but-the-Top"; Ethayarajh 2019, "How Contextual are Contextualized
//! Word Representations?"). With `r = mu + d` and `|d|` much smaller than `|mu|`, the plain cosine
//! of any two vectors is near 1, and a model that always answers `mu` scores near 1 without having
//! looked. Centred, that model scores 0, and one that answers with the vectors of other stories
//! about 0 on average.
//!
//! Two passes: the first sums the references ([`MeanVector`], shards merge), the second scores
//! ([`CentredCosine`]). The centre is that of the whole set and stays fixed in a bootstrap.

use crate::error::{MetricError, Result, all_finite, same_length};
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Metric, MetricInfo, Need, Range};
use crate::signature::Signature;
use crate::statistic::{MeanStats, Statistic};
use serde::{Deserialize, Serialize};

/// The centred cosine in the list of metrics.
pub static CENTRED_COSINE: MetricInfo = MetricInfo::new(
    "centred-cosine",
    "Centred cosine",
    "mean cosine around the mean of all references",
    HigherIsBetter,
    Range::COSINE,
)
.needs(&[Need::Vectors])
.on_request();

/// Sum and number of vectors of one width: the first pass.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MeanVector {
    sum: Vec<f64>,
    n: u64,
}

impl MeanVector {
    /// Adds one vector; the first decides the width.
    ///
    /// # Errors
    /// If the width differs from that of earlier vectors, or a value is NaN or infinite.
    pub fn add(&mut self, vector: &[f32]) -> Result<()> {
        all_finite("vector", vector)?;
        let unit = Self { sum: vector.iter().map(|&value| f64::from(value)).collect(), n: 1 };
        self.merge(&unit)
    }

    /// Adds the vectors of another shard.
    ///
    /// # Errors
    /// If both hold vectors of different widths.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if self.n == 0 {
            *self = other.clone();
            return Ok(());
        }
        if other.n > 0 {
            same_length("vector", self.sum.len(), other.sum.len())?;
            let values = self.sum.iter_mut().zip(&other.sum);
            values.for_each(|(sum, value)| *sum += value);
            self.n += other.n;
        }
        Ok(())
    }

    /// The mean; `None` without vectors.
    pub fn mean(&self) -> Option<Vec<f64>> {
        let n = self.n as f64;
        (self.n > 0).then(|| self.sum.iter().map(|sum| sum / n).collect())
    }

    /// Number of vectors.
    pub fn count(&self) -> u64 {
        self.n
    }
}

/// Centred cosine of two vectors, -1..=1. `None` if the target equals the centre: no direction is
/// right. A prediction that equals the centre says nothing and scores 0.
///
/// # Errors
/// If the widths differ, or a value is NaN or infinite.
pub fn centred_cosine(predicted: &[f32], target: &[f32], centre: &[f64]) -> Result<Option<f64>> {
    same_length("predicted vector", centre.len(), predicted.len())?;
    same_length("target vector", centre.len(), target.len())?;
    all_finite("predicted vector", predicted)?;
    all_finite("target vector", target)?;
    if let Some(index) = centre.iter().position(|value| !value.is_finite()) {
        let value = centre[index].to_string();
        let what = "centre";
        return Err(MetricError::NotFinite { what, index, value });
    }
    let (mut dot, mut predicted_square, mut target_square) = (0.0, 0.0, 0.0);
    for ((&p, &r), &mu) in predicted.iter().zip(target).zip(centre) {
        let (p, r) = (f64::from(p) - mu, f64::from(r) - mu);
        dot += p * r;
        predicted_square += p * p;
        target_square += r * r;
    }
    if target_square == 0.0 {
        return Ok(None);
    }
    if predicted_square == 0.0 {
        return Ok(Some(0.0));
    }
    // Rounding may leave the bounds by a unit in the last place.
    let cosine = dot / (predicted_square.sqrt() * target_square.sqrt());
    Ok(Some(cosine.clamp(-1.0, 1.0)))
}

/// Mean centred cosine over pairs of vectors: the second pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CentredCosine {
    centre: Vec<f64>,
    references: u64,
    /// Sum and number of cosines. Shards with one centre merge by merging these.
    pub stats: MeanStats,
}

impl CentredCosine {
    /// No pairs yet, around the mean of all references.
    ///
    /// # Errors
    /// If there are no references to take a mean of.
    pub fn new(references: &MeanVector) -> Result<Self> {
        let centre = references.mean().ok_or_else(|| MetricError::Value {
            what: "references of a centred cosine",
            expected: "at least one vector",
            found: "none".to_string(),
        })?;
        Ok(Self { centre, references: references.count(), stats: MeanStats::default() })
    }

    /// Reads one pair and returns its own statistic, for a bootstrap. A missing prediction (`None`)
    /// enters with 0, and is counted.
    ///
    /// # Errors
    /// Those of [`centred_cosine`].
    pub fn add(&mut self, predicted: Option<&[f32]>, target: &[f32]) -> Result<MeanStats> {
        let stats = match predicted {
            Some(predicted) => MeanStats::of(centred_cosine(predicted, target, &self.centre)?),
            None => MeanStats::missing(Some(0.0)),
        };
        self.stats.merge(&stats);
        Ok(stats)
    }
}

impl Metric for CentredCosine {
    type Stats = MeanStats;

    fn info(&self) -> &'static MetricInfo {
        &CENTRED_COSINE
    }

    fn signature(&self) -> Signature {
        Signature::of([
            ("agg", &"mean"),
            ("centre", &format_args!("mean-of-{}-references", self.references)),
            ("undefined", &self.stats.undefined),
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
    use crate::vectors::cosine;

    /// Two references on both sides of a mean that is far from zero.
    const REFERENCES: [[f32; 2]; 2] = [[10.0, 1.0], [10.0, -1.0]];

    fn metric() -> CentredCosine {
        let mut mean = MeanVector::default();
        for reference in &REFERENCES {
            mean.add(reference).expect("finite");
        }
        assert_eq!(mean.mean(), Some(vec![10.0, 0.0]));
        CentredCosine::new(&mean).expect("references were given")
    }

    #[test]
    fn the_wrong_reference_is_near_one_plainly_and_minus_one_centred() {
        let mut metric = metric();
        let [first, second] = &REFERENCES;
        assert!(cosine(second, first).expect("finite").expect("not zero") > 0.98);
        let wrong = metric.add(Some(second), first).expect("one width");
        assert_eq!(wrong.sum, -1.0);
        let right = metric.add(Some(first), first).expect("one width");
        assert_eq!((right.sum, metric.score()), (1.0, Some(0.0)));
        let average = metric.add(Some(&[10.0, 0.0]), first).expect("one width");
        assert_eq!((average.sum, average.n), (0.0, 1));
    }

    #[test]
    fn what_cannot_be_scored_is_counted_or_refused() {
        let mut metric = metric();
        metric.add(None, &REFERENCES[0]).expect("missing");
        let centre = metric.add(Some(&[1.0, 1.0]), &[10.0, 0.0]);
        assert_eq!(centre.expect("one width").undefined, 1);
        assert_eq!((metric.score(), metric.count(), metric.missing()), (Some(0.0), 2, 1));
        assert_eq!(metric.signature().get("centre"), Some("mean-of-2-references"));
        assert!(metric.add(Some(&[1.0]), &REFERENCES[0]).is_err());
        assert!(metric.add(Some(&[1.0, f32::NAN]), &REFERENCES[0]).is_err());
        assert!(centred_cosine(&[1.0], &[1.0], &[f64::NAN]).is_err());
        assert!(CentredCosine::new(&MeanVector::default()).is_err());
        let mut mean = MeanVector::default();
        mean.add(&[1.0]).expect("finite");
        assert!(mean.add(&[1.0, 2.0]).is_err() && mean.count() == 1);
    }
}
