//! Two finished runs side by side on the windows that both were asked.

mod config;

pub use config::{ConfigDifference, differences};

use crate::error::{Context, Result};
use crate::evaluate::LEVEL;
use crate::run_folder::RunFolder;
use serde::Serialize;
use std::path::Path;
use story_report::records::Summary;
use story_report::{Cell, Column, Compared, Comparison, Difference, EvaluationConfig};

/// Compares the runs in two folders: every metric with the difference, second minus first, and its
/// paired interval by story from `resamples` draws.
///
/// # Errors
/// A folder that is no evaluated run, or runs that share no window.
pub fn compare(first: &Path, second: &Path, resamples: u32) -> Result<Comparison> {
    let (of_first, of_second) = (test_part(first)?, test_part(second)?);
    let settings = EvaluationConfig { resamples, level: LEVEL, ..EvaluationConfig::default() };
    let mut found = story_report::compare(first, second, &settings).with_context(|| {
        format!("first: {of_first}; second: {of_second}; each run's own report has its scores")
    })?;
    if of_first != of_second {
        found.notes.push(format!(
            "the runs read or split stories differently (first: {of_first}; second: {of_second}), so they were trained on other stories"
        ));
    }
    Ok(found)
}

/// Where a run's stories come from, and which are held out.
fn test_part(path: &Path) -> Result<String> {
    let folder = RunFolder::open(path)?;
    let file = folder.file("summary.json");
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!(
            "{}: the run is not evaluated; `story evaluate --run {}` does it",
            file.display(),
            path.display()
        )
    })?;
    let summary: Summary =
        serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let hash = summary.splits.get("test").map(|part| &part.ids_hash);
    Ok(format!("{}, split {}", summary.source, hash.map_or("unknown", String::as_str)))
}

/// What `story compare --json` prints.
#[derive(Debug, Serialize)]
pub struct CompareAnswer<'a> {
    /// The first run's name.
    pub first: &'a str,
    /// The second run's name.
    pub second: &'a str,
    /// Windows that both were asked.
    pub windows: u64,
    /// Stories of those.
    pub stories: u64,
    /// Confidence of the intervals.
    pub level: f64,
    /// In which values their configs differ.
    pub config: &'a [ConfigDifference],
    /// One row a system, table and column.
    pub rows: Vec<ComparedRow<'a>>,
    /// What a reader should know besides.
    pub notes: &'a [String],
}

/// One metric of one system in both runs.
#[derive(Debug, Serialize)]
pub struct ComparedRow<'a> {
    /// Who answered.
    pub system: &'a str,
    /// The table.
    pub table: &'a str,
    /// The metric.
    pub column: &'a Column,
    /// The first run's score.
    pub first: &'a Cell,
    /// The second run's.
    pub second: &'a Cell,
    /// Second minus first, with its paired interval; `null` where one is undefined.
    pub difference: Option<Difference>,
    /// The difference's p-value, corrected by Holm for all rows of the same table.
    pub p_holm: Option<f64>,
    /// What the corrected p says of the second run, such as `better`.
    pub second_is: String,
    /// Windows that the metric was asked.
    pub windows: u64,
    /// Answers missing in the first and the second run.
    pub missing: [u64; 2],
}

impl<'a> CompareAnswer<'a> {
    /// Of a comparison of runs whose configs differ in `config`.
    pub fn new(found: &'a Comparison, config: &'a [ConfigDifference]) -> Self {
        let [first, second] = &found.names;
        let row = |row: &'a Compared| ComparedRow {
            system: &row.system,
            table: &row.table,
            column: &row.column,
            first: &row.first,
            second: &row.second,
            difference: row.difference,
            p_holm: row.p_holm,
            second_is: format!("{:?}", row.outcome).to_lowercase(),
            windows: row.windows,
            missing: row.missing,
        };
        Self {
            first,
            second,
            windows: found.windows,
            stories: found.stories,
            level: found.level,
            config,
            rows: found.rows.iter().map(row).collect(),
            notes: &found.notes,
        }
    }
}
