//! CLIPScore and RefCLIPScore (Hessel et al. 2021, "CLIPScore: A Reference-free Evaluation Metric
//! for Image Captioning"), from embeddings that the caller computed.
//!
//! ```text
//! CLIPScore    = w max(cos(picture, text), 0)                         w = 2.5; 0..=2.5
//! RefCLIPScore = harmonic mean of CLIPScore and max(max over references of cos(text, reference), 0)
//!                                                                     0..=10/7
//! ```
//! Higher is better. The paper's numbers are those of CLIP ViT-B/32 with the prompt "A photo
//! depicts" in front of every text; name the encoder and the prompt beside the score, others give
//! other numbers.

use crate::error::{MetricError, Result};
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Measurement, MetricInfo, Need, Range};
use crate::signature::Signature;
use crate::statistic::{Counted, MeanStats, Statistic};
use crate::vectors::cosine;
use serde::{Deserialize, Serialize};

/// The paper's w: it stretches the cosines that CLIP gives, 0 to .4, towards 0 to 1.
pub const WEIGHT: f64 = 2.5;

/// CLIPScore in the list of metrics.
pub static CLIP_SCORE: MetricInfo = MetricInfo::new(
    "clip-score",
    "CLIPScore",
    "cosine of a text with its picture, stretched",
    HigherIsBetter,
    Range { low: Some(0.0), high: Some(WEIGHT), unit: "" },
)
.needs(&[Need::Vectors])
.on_request();
/// RefCLIPScore in the list of metrics.
pub static REF_CLIP_SCORE: MetricInfo = MetricInfo::new(
    "ref-clip-score",
    "RefCLIPScore",
    "the same, together with the nearest reference text",
    HigherIsBetter,
    Range { low: Some(0.0), high: Some(2.0 * WEIGHT / (WEIGHT + 1.0)), unit: "" },
)
.needs(&[Need::References, Need::Vectors])
.on_request();

/// CLIPScore of a picture's and a text's embedding, 0..=2.5; `None` if one of them is zero.
///
/// # Errors
/// If the lengths differ or a value is NaN or infinite.
pub fn clip_score(picture: &[f32], text: &[f32]) -> Result<Option<f64>> {
    Ok(cosine(picture, text)?.map(|cosine| WEIGHT * cosine.max(0.0)))
}

/// RefCLIPScore, 0..=10/7; `None` if the picture, the text or every reference is zero. A harmonic
/// mean with 0 is 0.
///
/// # Errors
/// Those of [`clip_score`], and if there is no reference.
pub fn ref_clip_score<R: AsRef<[f32]>>(
    picture: &[f32],
    text: &[f32],
    references: &[R],
) -> Result<Option<f64>> {
    if references.is_empty() {
        let metric = "ref-clip-score";
        return Err(MetricError::NoReference { metric });
    }
    let mut nearest: Option<f64> = None;
    for reference in references {
        if let Some(cosine) = cosine(text, reference.as_ref())? {
            nearest = Some(nearest.map_or(cosine, |best| best.max(cosine)));
        }
    }
    let score = clip_score(picture, text)?;
    Ok(score.zip(nearest).map(|(score, nearest)| {
        let nearest = nearest.max(0.0);
        let sum = score + nearest;
        if sum > 0.0 { 2.0 * score * nearest / sum } else { 0.0 }
    }))
}

/// Both scores of one or many texts, each the mean over texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ClipScoreStats {
    /// CLIPScore.
    pub clip_score: MeanStats,
    /// RefCLIPScore; only texts that came with references enter.
    pub ref_clip_score: MeanStats,
}

impl ClipScoreStats {
    /// One text of a picture. A missing text (`None`) scores 0 and is counted; without references
    /// there is a CLIPScore only.
    ///
    /// # Errors
    /// Those of [`clip_score`].
    pub fn of<R: AsRef<[f32]>>(
        picture: &[f32],
        text: Option<&[f32]>,
        references: &[R],
    ) -> Result<Self> {
        let Some(text) = text else {
            return Ok(Self {
                clip_score: MeanStats::missing(Some(0.0)),
                ref_clip_score: match references {
                    [] => MeanStats::default(),
                    _ => MeanStats::missing(Some(0.0)),
                },
            });
        };
        Ok(Self {
            clip_score: MeanStats::of(clip_score(picture, text)?),
            ref_clip_score: match references {
                [] => MeanStats::default(),
                _ => MeanStats::of(ref_clip_score(picture, text, references)?),
            },
        })
    }

    /// `clip-score` and `ref-clip-score` as rows of a table.
    pub fn measurements(&self) -> Vec<Measurement> {
        let row = |(info, stats): (&MetricInfo, &MeanStats)| {
            let settings =
                Signature::of([("agg", &"mean"), ("w", &WEIGHT), ("undefined", &stats.undefined)]);
            let units = (stats.units(), stats.missing);
            info.measurement(stats.score(), units, settings.versioned())
        };
        [(&CLIP_SCORE, &self.clip_score), (&REF_CLIP_SCORE, &self.ref_clip_score)].map(row).into()
    }
}

impl Statistic for ClipScoreStats {
    fn merge(&mut self, other: &Self) {
        self.clip_score.merge(&other.clip_score);
        self.ref_clip_score.merge(&other.ref_clip_score);
    }

    /// Mean CLIPScore.
    fn score(&self) -> Option<f64> {
        self.clip_score.score()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() {
        let (picture, text) = ([1.0, 0.0], [3.0, 4.0]);
        let score = clip_score(&picture, &text).expect("finite");
        assert!((score.expect("not zero") - 2.5 * 0.6).abs() < 1e-12);
        // References at a cosine of .8 and -.6: the nearest counts.
        let references = [[0.0, 1.0], [-1.0, 0.0]];
        let score = ref_clip_score(&picture, &text, &references).expect("finite");
        let expected = 2.0 * 1.5 * 0.8 / (1.5 + 0.8);
        assert!((score.expect("not zero") - expected).abs() < 1e-12);
        // Opposite directions score 0, not less.
        assert_eq!(clip_score(&[-1.0, 0.0], &[1.0, 0.0]), Ok(Some(0.0)));
        let opposite = ref_clip_score(&[-1.0, 0.0], &[1.0, 0.0], &[[-1.0, 0.0]]);
        assert_eq!(opposite, Ok(Some(0.0)));
    }

    #[test]
    fn the_upper_bounds_are_reached() {
        let x = [2.0, 1.0];
        let stats = ClipScoreStats::of(&x, Some(&x), &[x]).expect("finite");
        for row in stats.measurements() {
            let (value, high) = (row.value.expect("defined"), row.range.high.expect("bound"));
            assert!((value - high).abs() < 1e-12, "{row:?}");
        }
    }

    #[test]
    fn missing_undefined_and_nonsense() {
        let none: [[f32; 2]; 0] = [];
        let x = [1.0, 0.0];
        let mut stats = ClipScoreStats::of(&x, Some(&x), &none).expect("finite");
        stats.merge(&ClipScoreStats::of(&x, None, &[x]).expect("missing"));
        stats.merge(&ClipScoreStats::of(&x, Some(&[0.0, 0.0]), &[x]).expect("finite"));
        assert_eq!(stats.score(), Some(1.25));
        assert_eq!((stats.clip_score.missing, stats.clip_score.undefined), (1, 1));
        assert_eq!((stats.ref_clip_score.score(), stats.ref_clip_score.units()), (Some(0.0), 2));
        assert!(ref_clip_score(&x, &x, &none).is_err());
        assert!(ClipScoreStats::of(&x, Some(&[1.0]), &none).is_err());
        assert!(clip_score(&[f32::NAN, 0.0], &x).is_err());
    }
}
