//! All records of a run folder: every file is optional, and one that is there must be right.

use crate::derangement::Control;
use crate::error::{ReportError, Result};
use crate::evaluation::{EvaluationConfig, score_tables};
use crate::json_files::{document, lines};
use crate::records::{Analysis, LogLine, Summary, WindowRecord, describe_steps, missing_steps};
use crate::scores::ScoreTable;
use std::path::{Path, PathBuf};

const SUMMARY: &str = "summary.json";
const LOG: &str = "metrics.jsonl";
const WINDOWS: &str = "predictions.jsonl";
const ANALYSIS: &str = "analysis.json";
const SCORES: &str = "scores.json";
const CONFIG: &str = "config.toml";

/// All that a run folder says.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunRecords {
    pub folder: PathBuf,
    pub summary: Summary,
    pub log: Vec<LogLine>,
    pub windows: Vec<WindowRecord>,
    pub analysis: Analysis,
    pub scores: Vec<ScoreTable>,
    /// The resolved config; empty where there is none, or none that can be read.
    pub config: toml::Table,
    /// Texts scored against references of other stories; empty until they are asked for.
    pub controls: Vec<Control>,
    /// What was odd about the records.
    pub notes: Vec<String>,
}

impl RunRecords {
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
        let log = without_repeated_steps(log);
        let missing = missing_steps(&log, log.iter().map(step_of).max().unwrap_or(0));
        if !missing.is_empty() {
            notes.push(format!(
                "{LOG} lacks {}: the loss curves mark the hole",
                describe_steps(&missing)
            ));
        }
        let scores = match document(&folder.join(SCORES))? {
            Some(scores) => checked(scores, &folder.join(SCORES))?,
            None => score_tables(&windows, &EvaluationConfig::default())?,
        };
        Ok(Self {
            config: config(&folder.join(CONFIG), &mut notes),
            folder: folder.to_path_buf(),
            summary: document(&folder.join(SUMMARY))?.unwrap_or_default(),
            log,
            windows,
            analysis: document(&folder.join(ANALYSIS))?.unwrap_or_default(),
            scores,
            notes,
            ..Self::default()
        })
    }
}

/// The config's values. Scores do not hang on them: what cannot be read is a note.
fn config(path: &Path, notes: &mut Vec<String>) -> toml::Table {
    let bytes = match story_files::read(path, story_files::MOST_TEXT_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return toml::Table::new(),
        Err(error) => {
            notes.push(format!("{CONFIG} cannot be read: {error}"));
            return toml::Table::new();
        }
    };
    let parsed = story_files::guard::guarded(|| {
        let text = std::str::from_utf8(&bytes).map_err(|error| error.to_string())?;
        toml::from_str(text).map_err(|error| error.message().to_string())
    });
    parsed.unwrap_or_else(|gave_up| Err(gave_up.to_string())).unwrap_or_else(|reason| {
        notes.push(format!(
            "{CONFIG} is no TOML: {reason}; the card says nothing of the model's parts"
        ));
        toml::Table::new()
    })
}

/// A resumed run repeats the steps since its checkpoint: the later lines hold.
fn without_repeated_steps(log: Vec<LogLine>) -> Vec<LogLine> {
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

fn step_of(line: &LogLine) -> u64 {
    match line {
        LogLine::Step { step, .. } | LogLine::Validation { step, .. } => *step,
    }
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
