//! What the page of a single question shows: pictures with texts, judged, without a known truth.

use super::{ClaimRecord, DetectionRecord};
use std::collections::BTreeMap;

/// A picture with its text and what was found. Unlike a [`super::VerificationRecord`] it brings its
/// picture along, and nobody knows the right answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JudgedPicture {
    /// What the picture is called, such as its file's name; pictures are found by it. Of an absolute
    /// path the page shows the last part.
    pub name: String,
    /// The picture as a PNG, JPEG or WebP file's bytes, which are embedded as they are: a caller makes
    /// large ones smaller. `None` where there is none.
    pub picture: Option<Vec<u8>>,
    /// Width and height that boxes are measured in, in pixels; `None`: those of `picture`.
    pub size: Option<[u32; 2]>,
    /// The text.
    pub text: String,
    /// What the text claims, phrase by phrase.
    pub claims: Vec<ClaimRecord>,
    /// What was found in the picture.
    pub detections: Vec<DetectionRecord>,
    /// Each signal in 0..=1; `None` where nothing could be judged.
    pub signals: BTreeMap<String, Option<f64>>,
    /// Probability that picture and text belong together; `None` where it could not be judged.
    pub probability: Option<f64>,
    /// From this probability on they do.
    pub threshold: f64,
    /// Why it could not be judged, in words; empty where it could.
    pub unjudged: String,
    /// What the verdict rests on, each signal's share in words; empty where there is none.
    pub rests_on: String,
}

impl JudgedPicture {
    /// Whether picture and text belong together; `None` where it could not be judged.
    pub fn answer(&self) -> Option<bool> {
        let probability = self.probability.filter(|probability| !probability.is_nan());
        probability.map(|probability| probability >= self.threshold)
    }
}

/// What stands above the pictures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageHead {
    /// Title; a question in words where it is empty.
    pub title: String,
    /// What judged, in a sentence.
    pub description: String,
    /// What a reader must know before any verdict.
    pub notice: String,
    /// What could not be judged.
    pub notes: Vec<String>,
    /// Version of the program.
    pub version: String,
}
