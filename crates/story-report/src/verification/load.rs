//! Reading a judge's run folder.

use super::{VerificationRecord, VerificationSummary, tables};
use crate::error::{ReportError, Result};
use crate::json_files::{document, lines};
use crate::scores::ScoreTable;
use std::path::{Path, PathBuf};

/// File of the records in a run folder.
pub const RECORDS: &str = "verification.jsonl";
/// File of the summary in a run folder.
pub const SUMMARY: &str = "verification.json";

/// All that a judge's run folder says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judgement {
    pub folder: PathBuf,
    pub summary: VerificationSummary,
    pub records: Vec<VerificationRecord>,
    pub scores: Vec<ScoreTable>,
    /// What was odd about the records.
    pub notes: Vec<String>,
}

impl Judgement {
    /// Whether a folder holds a judge's records.
    pub fn is_there(run_dir: &Path) -> bool {
        run_dir.join(RECORDS).is_file()
    }

    /// Reads the folder.
    pub fn load(folder: &Path) -> Result<Self> {
        let files = [RECORDS, SUMMARY];
        if !files.iter().any(|name| folder.join(name).is_file()) {
            return Err(ReportError::NotARun {
                path: folder.to_path_buf(),
                expected: "verification.jsonl, verification.json",
            });
        }
        let missing = files.iter().filter(|name| !folder.join(name).is_file());
        let mut notes: Vec<String> = missing.map(|name| format!("{name} is not there")).collect();
        let records: Vec<VerificationRecord> = lines(&folder.join(RECORDS), &mut notes)?;
        let summary: VerificationSummary = document(&folder.join(SUMMARY))?.unwrap_or_default();
        notes.extend(summary.notes.iter().cloned());
        notes.extend(outside(&records));
        // Records of earlier versions do not say how their intervals were drawn.
        let intervals = summary.intervals.unwrap_or_default();
        Ok(Self {
            folder: folder.to_path_buf(),
            scores: tables(&records, &summary, &intervals)?,
            summary,
            records,
            notes,
        })
    }
}

/// A note on phrases that are no part of their text.
fn outside(records: &[VerificationRecord]) -> Option<String> {
    let wrong = |record: &VerificationRecord| {
        let claims = record.claims.iter();
        claims.filter(|claim| claim.range_in(&record.text).is_none()).count()
    };
    let n: usize = records.iter().map(wrong).sum();
    (n > 0).then(|| format!("{n} phrases are no part of their text and were passed over"))
}
