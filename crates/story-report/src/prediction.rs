//! What the page of a prediction shows: a story so far, what a model makes of it in several ways, the
//! real frames that are nearest to what it foresees, and what its own test says of trusting it.

use crate::records::Summary;
use crate::scores::ScoreTable;
use serde::Serialize;

/// A prediction for a story whose next step nobody knows yet.
///
/// Pictures are the bytes of a PNG, JPEG or WebP file and are embedded as they are: a caller makes large
/// ones smaller.
#[derive(Debug, Clone, Default)]
pub struct Prediction {
    /// Name of the run's folder; of an absolute path the page shows the last part.
    pub run: String,
    /// What the run wrote of itself; `None` of one that was not evaluated, or of a checkpoint alone.
    pub summary: Option<Summary>,
    /// The run's own scores; none as above.
    pub scores: Vec<ScoreTable>,
    /// What speaks against trusting the answer, a sentence each.
    pub doubts: Vec<String>,
    /// The steps that the model read, in order.
    pub steps: Vec<ShownStep>,
    /// The next text.
    pub told: ToldText,
    /// The next picture as the model paints it; `None` of one that has not learned to.
    pub painted: Option<Vec<u8>>,
    /// The next text told in other ways.
    pub others: Vec<ToldText>,
    /// The training frames nearest to the foreseen picture, the nearest first.
    pub near: Vec<NearPicture>,
    /// Version of the program.
    pub version: String,
}

/// A step of the story so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShownStep {
    /// The picture; `None` where there is none.
    pub picture: Option<Vec<u8>>,
    /// The text; empty where there is none.
    pub text: String,
}

/// A text that a model told.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ToldText {
    /// How it was told, such as `greedy`; the ways that led to the same text, one after the other.
    pub how: Vec<String>,
    /// The text.
    pub text: String,
    /// Its log probability by the model, in nats; `None` where it was taken from the story.
    pub log_probability: Option<f64>,
}

/// A training frame near to what is foreseen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NearPicture {
    /// The story's id.
    pub story: String,
    /// The frame's place in it, from 1.
    pub frame: usize,
    /// Its text.
    pub text: String,
    /// Cosine with what is foreseen, -1..1.
    pub cosine: f64,
    /// Its picture; `None` where it cannot be shown.
    pub picture: Option<Vec<u8>>,
}
