//! What a run writes down and a report is made from. The report needs nothing else: no model, no
//! data, no tensors.
//!
//! | file | holds |
//! |---|---|
//! | `summary.json` | [`Summary`] |
//! | `metrics.jsonl` | one [`LogLine`] a line |
//! | `predictions.jsonl` | one [`WindowRecord`] a line |
//! | `analysis.json` | [`Analysis`] |
//! | `samples/` | pictures that window records name |
//!
//! JSON has no NaN and no infinity: writers give `null`, which is read back as NaN, so that a run
//! that diverged can still be shown.

mod audit;
mod channels;
mod gaps;
mod material;
mod pool;

pub use audit::{Audit, AuditRecord, PairRecord, SharedRecord};
pub use channels::{Channel, Channels};
pub use gaps::{describe_steps, missing_steps};
pub use material::{AttentionRecord, BoxRecord, CardRecord, RetrievedRecord};
pub use pool::Pool;

use crate::evaluation::EvaluationConfig;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// One evaluated window: what went in, what should have come out, what each system made of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WindowRecord {
    /// The story's id; intervals resample stories.
    pub story: String,
    /// The target frame's place in the story, counted from 0.
    pub target: usize,
    /// The context, in order.
    pub context: Vec<StepRecord>,
    /// The text to predict; `None` where the frame has none.
    pub reference: Option<String>,
    /// The picture to predict, a file under the run folder.
    pub target_image: Option<String>,
    /// The model's picture, a file under the run folder.
    pub predicted_image: Option<String>,
    /// Where the places of the model's picture are from, a file likewise; `None` where it is no mixture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources_image: Option<String>,
    /// Real frames nearest to the predicted embedding, best first, as files under the run folder.
    pub nearest_images: Vec<String>,
    /// Free-running texts by system; a system that gave no answer is missing.
    pub texts: BTreeMap<String, String>,
    /// The same as they are shown to people, with upper case as the training texts have it, by
    /// system; only of those that were told in lower case. Scores are of [`Self::texts`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shown_texts: BTreeMap<String, String>,
    /// Teacher-forced token counts by system.
    pub tokens: BTreeMap<String, TokenRecord>,
    /// Distance of each system's picture from the target.
    pub pictures: BTreeMap<String, PictureRecord>,
    /// Rank of the target among the pool's pictures, by system.
    pub next_frame: BTreeMap<String, RankRecord>,
    /// The same in smaller pools, by pool and system.
    #[serde(default)]
    pub next_frame_pools: BTreeMap<Pool, BTreeMap<String, RankRecord>>,
    /// Rank of the target's text among the other texts of its story, by system.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub next_text: BTreeMap<String, RankRecord>,
    /// Rank of the target's own text among the pool's texts, asked with its picture, by system.
    pub image_to_text: BTreeMap<String, RankRecord>,
    /// Rank of the target's own picture among the pool's pictures, asked with its text, by system.
    pub text_to_image: BTreeMap<String, RankRecord>,
    /// The same asked with the text that each system told, by system.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told_to_image: BTreeMap<String, RankRecord>,
    /// Rank of the target's text among the pool's texts, asked with the picture that each system
    /// painted, by system.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub painted_to_text: BTreeMap<String, RankRecord>,
    /// The frames nearest to the predicted embedding, best first, with where they are from. Stands
    /// in for [`Self::nearest_images`] where it is not empty.
    #[serde(default)]
    pub retrieved: Vec<RetrievedRecord>,
    /// Boxes of the entities in the target picture.
    #[serde(default)]
    pub target_boxes: Vec<BoxRecord>,
    /// Where the model looked.
    #[serde(default)]
    pub attention: Vec<AttentionRecord>,
    /// In the synthetic world, how the story gives its secrets away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Channels>,
}

/// What is said where texts are shown otherwise than they were told.
pub(crate) const SHOWN_CASED: &str = "The model tells lower case: its texts are shown with upper \
     case as the training texts have it, and scored as they were told.";

impl WindowRecord {
    /// What a system told, as it is shown to people; `None` where it gave no answer.
    pub(crate) fn shown_text(&self, system: &str) -> Option<&str> {
        self.shown_texts.get(system).or_else(|| self.texts.get(system)).map(String::as_str)
    }
}

/// One step of a context.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The text; empty where there is none.
    pub text: String,
    /// The picture, a file under the run folder.
    pub image: Option<String>,
    /// Whether the step only pads a short story.
    pub padding: bool,
    /// Boxes of the entities in the picture.
    #[serde(default)]
    pub boxes: Vec<BoxRecord>,
}

/// Teacher-forced prediction of a window's target tokens, padding excluded, the end included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TokenRecord {
    /// Tokens scored.
    pub count: u64,
    /// Sum of their negative natural-log probabilities.
    #[serde(deserialize_with = "number")]
    pub nll: f64,
    /// How many were the most probable token.
    #[serde(deserialize_with = "number")]
    pub top1: f64,
    /// How many were among the five most probable.
    #[serde(deserialize_with = "number")]
    pub top5: f64,
    /// What of it is the text, in units that no tokenizer chose; `None` where not one whole word was
    /// foretold, and in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextRecord>,
}

/// Teacher-forced prediction of a target's words: those that the tokenizer kept whole, the end
/// excluded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TextRecord {
    /// Sum of the negative natural-log probabilities of their tokens.
    #[serde(deserialize_with = "number")]
    pub nll: f64,
    /// Words, split at white space.
    pub words: u64,
    /// Unicode scalar values, the white space between two words as one.
    pub characters: u64,
}

/// Distance of a picture from the target, both in 0..1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PictureRecord {
    /// Mean squared error.
    #[serde(deserialize_with = "number")]
    pub mse: f64,
    /// Peak signal-to-noise ratio in dB; `None` where the pictures are equal.
    pub psnr: Option<f64>,
    /// Structural similarity.
    pub ssim: Option<f64>,
    /// Edges over the target's; `None` where that has none, and in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharpness: Option<f64>,
    /// Cosine of what a frozen picture encoder makes of both; `None` without one, where it makes nothing
    /// of one of them, and in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder_cosine: Option<f64>,
    /// In the synthetic world, what a reader sees in it rightly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<ReadRecord>,
}

/// Whether a reader sees in a picture what the scene of the synthetic world has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRecord {
    /// Where it is.
    pub place: bool,
    /// The time of day.
    pub time: bool,
    /// Who acts.
    pub hero: bool,
    /// Who is with the hero, or that nobody is.
    pub friend: bool,
}

/// A rank in a pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RankRecord {
    /// Pool items that scored strictly better than the target.
    pub better: u64,
    /// Other pool items that scored exactly as the target.
    pub ties: u64,
    /// Items in the pool, the target included.
    pub pool: u64,
}

/// A line of `metrics.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LogLine {
    /// One optimizer step.
    Step {
        /// Counted from 1.
        step: u64,
        /// Counted from 0.
        epoch: u64,
        /// The step's learning rate.
        #[serde(deserialize_with = "number")]
        learning_rate: f64,
        /// Each part of the loss by name, `total` among them.
        #[serde(deserialize_with = "numbers_by_name")]
        losses: BTreeMap<String, f64>,
        /// Global norm of the gradients before clipping.
        #[serde(deserialize_with = "number")]
        gradient_norm: f64,
        /// exp of the learned log-scale of the contrastive loss, where there is one.
        logit_scale: Option<f64>,
        /// How often the contrastive loss found a picture's own text in its batch, and the other
        /// way round, 0..1; absent where there was nothing to find, and in older logs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        matching_accuracy: Option<f64>,
    },
    /// One pass over the validation windows.
    Validation {
        /// Steps done.
        step: u64,
        /// Epochs done.
        epoch: u64,
        /// Mean of each part of the loss by name, `total` among them.
        #[serde(deserialize_with = "numbers_by_name")]
        losses: BTreeMap<String, f64>,
        /// As in [`Step`](Self::Step), the mean over the batches.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        matching_accuracy: Option<f64>,
        /// Whether it is the best so far.
        best: bool,
    },
}

/// What a run was and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The config's name.
    pub name: String,
    /// What it is about, in the config's words.
    pub description: String,
    /// Where the data come from: kind, path or repository, revision, split.
    pub source: String,
    /// A word of warning that belongs beside every result on these data; empty where none.
    pub notice: String,
    /// The run's seed.
    pub seed: u64,
    /// Where it ran.
    pub device: String,
    /// Threads.
    pub threads: usize,
    /// Trainable numbers of the model.
    pub parameters: u64,
    /// Ids in the vocabulary.
    pub vocabulary: u64,
    /// Optimizer steps done.
    pub steps: u64,
    /// Epochs done.
    pub epochs: f64,
    /// Wall-clock seconds by phase (`data`, `train`, `evaluate`, `report`).
    pub seconds: BTreeMap<String, f64>,
    /// Most memory the process held, in bytes.
    pub peak_memory_bytes: Option<u64>,
    /// Stories, windows and a hash of the ids, by split.
    pub splits: BTreeMap<String, SplitRecord>,
    /// Records and pictures that could not be used, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Whether the splits share pictures; `None` in records of earlier versions.
    pub audit: Option<Audit>,
    /// What an all-knowing predictor could reach, by name, where that is known.
    pub bounds: BTreeMap<String, f64>,
    /// The command that makes this run again.
    pub command: String,
    /// The project's version.
    pub version: String,
    /// What the model card says beyond the scores.
    #[serde(default)]
    pub card: CardRecord,
    /// How the intervals of the run's scores are drawn; `None` in records of earlier versions.
    pub intervals: Option<EvaluationConfig>,
}

/// One split of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitRecord {
    /// Stories.
    pub stories: u64,
    /// Windows.
    pub windows: u64,
    /// Hash of the sorted ids: the same hash is the same split.
    pub ids_hash: String,
}

/// Material of the figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Frames of each story, by split.
    pub story_lengths: BTreeMap<String, Vec<u64>>,
    /// Tokens of each text, by split, specials included, before cutting.
    pub token_lengths: BTreeMap<String, Vec<u64>>,
    /// The model's cut, in tokens.
    pub max_tokens: u64,
    /// Length of each embedding before normalisation, by modality (`picture`, `text`).
    #[serde(deserialize_with = "lists_by_name")]
    pub embedding_magnitudes: BTreeMap<String, Vec<f64>>,
    /// Norm of the sequence model's state by context step, one list a step.
    #[serde(deserialize_with = "lists")]
    pub temporal_norms: Vec<Vec<f64>>,
    /// Cosine of picture i (row) and text j (column) of the first test targets.
    #[serde(deserialize_with = "lists")]
    pub similarity_matrix: Vec<Vec<f64>>,
    /// Names of the matrix' rows.
    pub similarity_labels: Vec<String>,
    /// Cosines of pictures with their own texts.
    #[serde(deserialize_with = "list")]
    pub matched_similarities: Vec<f64>,
    /// Cosines of pictures with texts of other stories.
    #[serde(deserialize_with = "list")]
    pub mismatched_similarities: Vec<f64>,
    /// Cosines of the predicted embedding with the target's, by system.
    #[serde(deserialize_with = "lists_by_name")]
    pub prediction_similarities: BTreeMap<String, Vec<f64>>,
}

/// A number, or `null` for one that JSON cannot hold.
#[derive(Deserialize)]
#[serde(transparent)]
struct Number(Option<f64>);

impl Number {
    fn value(self) -> f64 {
        self.0.unwrap_or(f64::NAN)
    }
}

fn values(numbers: Vec<Number>) -> Vec<f64> {
    numbers.into_iter().map(Number::value).collect()
}

pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Number::deserialize(deserializer).map(Number::value)
}

fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    Vec::deserialize(deserializer).map(values)
}

fn lists<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<f64>>, D::Error> {
    let lists: Vec<Vec<Number>> = Vec::deserialize(deserializer)?;
    Ok(lists.into_iter().map(values).collect())
}

fn numbers_by_name<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, f64>, D::Error> {
    let numbers: BTreeMap<String, Number> = BTreeMap::deserialize(deserializer)?;
    Ok(numbers.into_iter().map(|(name, number)| (name, number.value())).collect())
}

pub(crate) fn lists_by_name<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Vec<f64>>, D::Error> {
    let lists: BTreeMap<String, Vec<Number>> = BTreeMap::deserialize(deserializer)?;
    Ok(lists.into_iter().map(|(name, list)| (name, values(list))).collect())
}
