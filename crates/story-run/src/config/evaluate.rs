//! What is scored and how: the `[evaluate]` table of a config.

use serde::{Deserialize, Serialize};
use story_model::GenerateConfig;

/// What is scored and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluateConfig {
    /// Windows a batch. Products of other sizes are summed in another order, so that scores may differ
    /// in their last digits.
    pub batch_size: usize,
    /// Score at most so many test windows, the first of the shuffled list; 0 scores all.
    pub max_windows: usize,
    /// How texts are generated.
    pub generation: GenerateConfig,
    /// Other ways to ask the trained model, each a row beside it.
    pub variants: Vec<Variant>,
    /// Among which texts the model looks for the true next one.
    #[serde(default, skip_serializing_if = "TextPool::is_none")]
    pub text_pool: TextPool,
    /// Bootstrap resamples of stories.
    pub resamples: u32,
    /// Windows shown in the report.
    pub samples: usize,
}

/// Texts among which the model looks for the true next one, by their probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextPool {
    /// It is not asked: each candidate costs what a text does.
    #[default]
    None,
    /// The texts of its story that the context does not show.
    InStory,
}

impl TextPool {
    /// Configs that do not ask stay as they are.
    fn is_none(&self) -> bool {
        *self == Self::None
    }
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
    /// Drawn texts and those of the context, chosen by what the validation stories taught.
    Reranked,
    /// The most probable of four tokens that is least like the text so far.
    Contrastive,
    /// The next picture sought by the texts that are drawn too.
    TellThenShow,
    /// The text chosen among those that are drawn by the foreseen picture too.
    ShowThenTell,
    /// The training picture nearest to the foreseen embedding, in the place of a painted one.
    RetrievedFrame,
    /// The mean of pictures drawn anew of what can be foreseen, in the synthetic world.
    SceneMean,
    /// Without the context's pictures.
    PictureBlind,
    /// With the pictures of another story in the place of the context's.
    ShuffledPictures,
    /// Without the context's texts.
    TextBlind,
}
