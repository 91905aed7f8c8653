//! Reading a run folder: every file is optional, and one that is there must be right. Only the last
//! line of a `.jsonl` may be cut short, as a killed process leaves it.

use crate::derangement::Control;
use crate::error::{ReportError, Result};
use crate::evaluation::{EvaluationConfig, score_tables};
use crate::records::{Analysis, LogLine, Summary, WindowRecord};
use crate::scores::ScoreTable;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::{Path, PathBuf};

const SUMMARY: &str = "summary.json";
const LOG: &str = "metrics.jsonl";
const WINDOWS: &str = "predictions.jsonl";
const ANALYSIS: &str = "analysis.json";
const SCORES: &str = "scores.json";

/// All that a run folder says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    pub folder: PathBuf,
    pub summary: Summary,
    pub log: Vec<LogLine>,
    pub windows: Vec<WindowRecord>,
    pub analysis: Analysis,
    pub scores: Vec<ScoreTable>,
    /// Texts scored against references of other stories; empty until they are asked for.
    pub controls: Vec<Control>,
    /// What was odd about the records.
    pub notes: Vec<String>,
}

impl Run {
    /// Reads the folder.
    pub fn load(folder: &Path) -> Result<Self> {
        let files = [SUMMARY, LOG, WINDOWS, ANALYSIS];
        if !files.iter().any(|name| folder.join(name).is_file()) {
            return Err(ReportError::NotARun {
                path: folder.to_path_buf(),
                expected: "summary.json, metrics.jsonl, predictions.jsonl, analysis.json",
            });
        }
        let mut notes: Vec<String> = files
            .iter()
            .filter(|name| !folder.join(name).is_file())
            .map(|name| format!("{name} is not there"))
            .collect();
        let windows: Vec<WindowRecord> = lines(&folder.join(WINDOWS), &mut notes)?;
        let log: Vec<LogLine> = lines(&folder.join(LOG), &mut notes)?;
        let scores = match document(&folder.join(SCORES))? {
            Some(scores) => checked(scores, &folder.join(SCORES))?,
            None => score_tables(&windows, &EvaluationConfig::default())?,
        };
        Ok(Self {
            folder: folder.to_path_buf(),
            summary: document(&folder.join(SUMMARY))?.unwrap_or_default(),
            log: without_repeated_steps(log),
            windows,
            analysis: document(&folder.join(ANALYSIS))?.unwrap_or_default(),
            scores,
            notes,
            ..Self::default()
        })
    }
}

/// A resumed run repeats the steps since its checkpoint: the later lines hold.
fn without_repeated_steps(log: Vec<LogLine>) -> Vec<LogLine> {
    let step_of = |line: &LogLine| match line {
        LogLine::Step { step, .. } | LogLine::Validation { step, .. } => *step,
    };
    let mut kept: Vec<LogLine> = Vec::with_capacity(log.len());
    for line in log {
        if let LogLine::Step { step, .. } = &line {
            while kept.last().is_some_and(|last| step_of(last) >= *step) {
                kept.pop();
            }
        }
        kept.push(line);
    }
    kept
}

/// Tables whose rows have a cell a column and whose id can be a file name.
fn checked(scores: Vec<ScoreTable>, path: &Path) -> Result<Vec<ScoreTable>> {
    for table in &scores {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let wrong = if table.id.is_empty() || !table.id.chars().all(plain) {
            Some("an id of letters, digits and hyphens".to_string())
        } else {
            table.rows.iter().find(|row| row.cells.len() != table.columns.len()).map(|row| {
                format!(
                    "{} cells in row {:?}, found {}",
                    table.columns.len(),
                    row.system,
                    row.cells.len()
                )
            })
        };
        if let Some(expected) = wrong {
            return Err(ReportError::Record {
                path: path.to_path_buf(),
                line: 1,
                reason: format!("table {:?}: expected {expected}", table.id),
            });
        }
    }
    Ok(scores)
}

/// A file's bytes; `None` where there is no file.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ReportError::io("read", path)(error)),
    }
}

/// A JSON file; `None` where there is no file.
pub(crate) fn document<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let Some(bytes) = bytes(path)? else {
        return Ok(None);
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| ReportError::Record {
        path: path.to_path_buf(),
        line: error.line(),
        reason: error.to_string(),
    })
}

/// The lines of a JSON-lines file; none where there is no file. A last line that is cut short is a note.
pub(crate) fn lines<T: DeserializeOwned>(path: &Path, notes: &mut Vec<String>) -> Result<Vec<T>> {
    let bytes = bytes(path)?.unwrap_or_default();
    let ends_with_newline = bytes.ends_with(b"\n");
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let mut records = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice(line) {
            Ok(record) => records.push(record),
            Err(error)
                if at + 1 == lines.len() && !ends_with_newline && cut_short(&error, line) =>
            {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                notes.push(format!(
                    "{name}, line {}: cut short, left out; the process was killed while it wrote",
                    at + 1
                ));
            }
            Err(error) => {
                return Err(ReportError::Record {
                    path: path.to_path_buf(),
                    line: at + 1,
                    reason: error.to_string(),
                });
            }
        }
    }
    Ok(records)
}

/// Whether a line ends in the middle of a value, a character included.
fn cut_short(error: &serde_json::Error, line: &[u8]) -> bool {
    error.is_eof() || std::str::from_utf8(line).is_err_and(|e| e.error_len().is_none())
}
