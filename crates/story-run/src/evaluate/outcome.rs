//! What an evaluation leaves behind.

use super::Kept;
use std::collections::BTreeMap;
use std::path::PathBuf;
use story_report::records::Summary;
use story_report::{Rendered, ScoreTable};

/// What an evaluation leaves behind.
pub struct Outcome {
    /// Where it was written: the run's folder, or one in it where something else was asked.
    pub folder: PathBuf,
    /// What was written to `summary.json`.
    pub summary: Summary,
    /// Which parameters were scored, and why.
    pub kept: Kept,
    /// What was written to `scores.json`.
    pub tables: Vec<ScoreTable>,
    /// The report's files, and what could not be drawn.
    pub rendered: Rendered,
    /// What each phase took.
    pub seconds: BTreeMap<String, f64>,
}
