//! What a judge's run leaves behind.

use crate::run_folder::RunFolder;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use story_report::verification::VerificationSummary;
use story_report::{RedFlag, Rendered, ScoreTable};

/// What a run leaves behind.
pub struct Outcome {
    /// The run.
    pub folder: RunFolder,
    /// What was written to `verification.json`.
    pub summary: VerificationSummary,
    /// The score tables.
    pub tables: Vec<ScoreTable>,
    /// The report's files, and what could not be drawn.
    pub rendered: Rendered,
}

/// What `story train --json` and `story evaluate --json` print of a judge.
#[derive(Debug, Serialize)]
pub struct JudgeAnswer<'a> {
    /// The run's folder.
    #[serde(serialize_with = "crate::json_path::one")]
    pub run_dir: &'a Path,
    /// Seconds from the start of the command to its end.
    pub seconds: f64,
    /// The most memory that the process held, in bytes; `null` where the system does not say.
    pub peak_memory_bytes: Option<u64>,
    /// Threads that computed.
    pub threads: usize,
    /// The report's file.
    #[serde(serialize_with = "crate::json_path::one")]
    pub report: &'a Path,
    /// The score tables.
    pub metrics: &'a [ScoreTable],
    /// The best reachable scores by name, where they are known.
    pub bounds: &'a BTreeMap<String, f64>,
    /// From which probability on each system says that picture and text match.
    pub thresholds: &'a BTreeMap<String, f64>,
    /// What the fusion's logits are divided by.
    pub temperature: Option<f64>,
    /// Examples of each kind, by part.
    pub counts: &'a BTreeMap<String, BTreeMap<String, u64>>,
    /// What a reader should know besides the scores.
    pub notes: &'a [String],
    /// What must not be believed, or shows nothing.
    pub flags: &'a [RedFlag],
}

impl<'a> JudgeAnswer<'a> {
    /// Of a finished run, `elapsed` after the command began.
    pub fn new(outcome: &'a Outcome, elapsed: Duration) -> Self {
        let Outcome { folder, summary, tables, rendered } = outcome;
        Self {
            run_dir: folder.path(),
            seconds: elapsed.as_secs_f64(),
            peak_memory_bytes: story_kernels::peak_memory_bytes(),
            threads: rayon::current_num_threads(),
            report: &rendered.report,
            metrics: tables,
            bounds: &summary.bounds,
            thresholds: &summary.thresholds,
            temperature: summary.temperature,
            counts: &summary.counts,
            notes: &summary.notes,
            flags: &rendered.flags,
        }
    }
}
