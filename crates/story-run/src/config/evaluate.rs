//! What is scored and how: the `[evaluate]` table of a config.

use serde::{Deserialize, Serialize};
use story_model::GenerateConfig;

/// What is scored and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluateConfig {
    /// Windows a batch.
    pub batch_size: usize,
    /// Score at most so many test windows, the first of the shuffled list; 0 scores all.
    pub max_windows: usize,
    /// How texts are generated.
    pub generation: GenerateConfig,
    /// Other ways to ask the trained model, each a row beside it.
    pub variants: Vec<Variant>,
    /// Bootstrap resamples of stories.
    pub resamples: u32,
    /// Windows shown in the report.
    pub samples: usize,
}

/// A way to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// The most probable token at each step.
    Greedy,
    /// Four beams.
    #[serde(rename = "beam-4")]
    Beam4,
    /// Drawn from the fewest tokens that hold nine tenths of the probability.
    Nucleus,
    /// Minimum Bayes risk among drawn texts and those of the context.
    MinimumRisk,
    /// Likewise by chrF++ among texts that are drawn less widely.
    MinimumRiskChrf,
    /// Likewise among the drawn texts alone.
    MinimumRiskChrfDrawn,
    /// The most probable of four tokens that is least like the text so far.
    Contrastive,
    /// Without the context's pictures.
    PictureBlind,
    /// With the pictures of another story in the place of the context's.
    ShuffledPictures,
    /// Without the context's texts.
    TextBlind,
}
