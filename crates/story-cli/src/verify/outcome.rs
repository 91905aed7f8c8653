//! What a judge's run leaves behind, and how it is shown.

use crate::console::Console;
use crate::environment;
use crate::failure::check_flags;
use crate::run_folder::RunFolder;
use anyhow::Result;
use story_report::verification::VerificationSummary;
use story_report::{Rendered, ScoreTable};

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

impl Outcome {
    /// The tables on stderr: stdout belongs to `--json`.
    pub fn print(&self, console: Console) {
        for table in &self.tables {
            console.say(&format!("\n{}", table.to_text()));
        }
        for flag in &self.rendered.flags {
            console.say(&flag.to_string());
        }
        for (name, value) in &self.summary.bounds {
            console.say(&format!("best reachable, {name}: {value:.3}"));
        }
        for note in &self.summary.notes {
            console.say(&format!("note: {note}"));
        }
        if !self.summary.notice.is_empty() {
            console.say(&format!("note: {}", self.summary.notice));
        }
        console.say(&format!("report: {}", self.rendered.report.display()));
        for line in &self.rendered.left_out {
            console.say(&format!("left out: {line}"));
        }
        let known = |line: &&String| !self.summary.notes.contains(line);
        for line in self.rendered.notes.iter().filter(known) {
            console.warn(line);
        }
    }

    /// The run as one JSON document.
    pub fn document(&self, seconds: f64) -> serde_json::Value {
        serde_json::json!({
            "run_dir": self.folder.path(),
            "seconds": seconds,
            "peak_memory_bytes": story_kernels::peak_memory_bytes(),
            "threads": environment::threads(),
            "report": self.rendered.report,
            "metrics": self.tables,
            "bounds": self.summary.bounds,
            "thresholds": self.summary.thresholds,
            "temperature": self.summary.temperature,
            "counts": self.summary.counts,
            "notes": self.summary.notes,
            "flags": self.rendered.flags,
        })
    }

    /// With `--strict` a result that must not be believed is a failed check.
    ///
    /// # Errors
    /// [`crate::failure::CheckFailed`] naming the red flags.
    pub fn check(&self, strict: bool) -> Result<()> {
        match strict {
            true => check_flags(&self.rendered.flags),
            false => Ok(()),
        }
    }
}
