//! A finished training or evaluation as one JSON document.

use super::{Kept, Outcome};
use crate::run_folder::RunFolder;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use story_report::records::Audit;
use story_report::{RedFlag, ScoreTable};

/// What `story train --json` prints.
#[derive(Debug, Serialize)]
pub struct TrainAnswer<'a> {
    /// The run's folder.
    #[serde(serialize_with = "crate::json_path::one")]
    pub run_dir: &'a Path,
    /// Seconds from the start of the command to its end.
    pub seconds: f64,
    /// Seconds of each phase, and `total`.
    pub seconds_by_phase: BTreeMap<String, f64>,
    /// The most memory that the process held, in bytes; `null` where the system does not say.
    pub peak_memory_bytes: Option<u64>,
    /// Updates made.
    pub steps: u64,
    /// Which parameters were scored, and why.
    pub kept: &'a Kept,
    /// The report's file.
    #[serde(serialize_with = "crate::json_path::one")]
    pub report: &'a Path,
    /// The score tables, as `scores.json` holds them.
    pub metrics: &'a [ScoreTable],
    /// The best reachable scores by name, where they are known.
    pub bounds: &'a BTreeMap<String, f64>,
    /// Whether the parts of the split share pictures.
    pub audit: &'a Option<Audit>,
    /// What must not be believed, or shows nothing.
    pub flags: &'a [RedFlag],
}

/// What `story evaluate --json` prints.
#[derive(Debug, Serialize)]
pub struct EvaluateAnswer<'a> {
    /// The run's folder.
    #[serde(serialize_with = "crate::json_path::one")]
    pub run_dir: &'a Path,
    /// Where the evaluation was written: the run's folder, or one in it where something else was asked
    /// than the run's own scores answer.
    #[serde(serialize_with = "crate::json_path::one")]
    pub evaluation_dir: &'a Path,
    /// Seconds from the start of the command to its end.
    pub seconds: f64,
    /// The most memory that the process held, in bytes; `null` where the system does not say.
    pub peak_memory_bytes: Option<u64>,
    /// Which parameters were scored, and why.
    pub kept: &'a Kept,
    /// The report's file.
    #[serde(serialize_with = "crate::json_path::one")]
    pub report: &'a Path,
    /// The score tables, as `scores.json` holds them.
    pub metrics: &'a [ScoreTable],
    /// The best reachable scores by name, where they are known.
    pub bounds: &'a BTreeMap<String, f64>,
    /// Whether the parts of the split share pictures.
    pub audit: &'a Option<Audit>,
    /// What must not be believed, or shows nothing.
    pub flags: &'a [RedFlag],
}

impl<'a> TrainAnswer<'a> {
    /// Of the run in `folder`, `elapsed` after the command began.
    pub fn new(folder: &'a RunFolder, outcome: &'a Outcome, elapsed: Duration) -> Self {
        let mut seconds_by_phase = outcome.seconds.clone();
        seconds_by_phase.insert("total".into(), elapsed.as_secs_f64());
        Self {
            run_dir: folder.path(),
            seconds: elapsed.as_secs_f64(),
            seconds_by_phase,
            peak_memory_bytes: story_kernels::peak_memory_bytes(),
            steps: outcome.summary.steps,
            kept: &outcome.kept,
            report: &outcome.rendered.report,
            metrics: &outcome.tables,
            bounds: &outcome.summary.bounds,
            audit: &outcome.summary.audit,
            flags: &outcome.rendered.flags,
        }
    }
}

impl<'a> EvaluateAnswer<'a> {
    /// Of the run in `folder`, `elapsed` after the command began.
    pub fn new(folder: &'a RunFolder, outcome: &'a Outcome, elapsed: Duration) -> Self {
        Self {
            run_dir: folder.path(),
            evaluation_dir: &outcome.folder,
            seconds: elapsed.as_secs_f64(),
            peak_memory_bytes: story_kernels::peak_memory_bytes(),
            kept: &outcome.kept,
            report: &outcome.rendered.report,
            metrics: &outcome.tables,
            bounds: &outcome.summary.bounds,
            audit: &outcome.summary.audit,
            flags: &outcome.rendered.flags,
        }
    }
}
