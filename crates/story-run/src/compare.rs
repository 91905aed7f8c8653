//! Finished runs beside a first one, on the windows that both were asked.

mod config;

pub use config::{ConfigDifference, differences};

use crate::error::{Context, Error, Result};
use crate::evaluate::LEVEL;
use crate::run_folder::RunFolder;
use serde::Serialize;
use std::path::{Path, PathBuf};
use story_report::records::Summary;
use story_report::{Cell, Column, Compared, Comparison, Comparisons, Difference, EvaluationConfig};

/// Compares the runs in the folders `others` with the one in `first`: every metric with the difference,
/// other minus first, and its paired interval by story from `resamples` draws, and in what their configs
/// differ.
///
/// # Errors
/// A folder that is no evaluated run, or a run that shares no window with the first.
pub fn compare(first: &Path, others: &[PathBuf], resamples: u32) -> Result<Comparisons> {
    let of_first = test_part(first)?;
    let of_others: Vec<String> =
        others.iter().map(|other| test_part(other)).collect::<Result<_>>()?;
    let settings = EvaluationConfig { resamples, level: LEVEL, ..EvaluationConfig::default() };
    let mut found = story_report::compare(first, others, &settings).with_context(|| {
        format!(
            "first: {of_first}; second: {}; each run's own report has its scores",
            of_others.join("; ")
        )
    })?;
    for (pair, of_second) in found.pairs.iter_mut().zip(&of_others) {
        if of_first != *of_second {
            pair.notes.push(format!(
                "the runs read or split stories differently (first: {of_first}; second: {of_second}), so they were trained on other stories"
            ));
        }
    }
    let runs: Vec<&Path> =
        std::iter::once(first).chain(others.iter().map(PathBuf::as_path)).collect();
    found.config = Some(config::table(&runs, &found)?);
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

/// What `story compare --json` prints: the second run beside the first, then every other one so.
#[derive(Debug, Serialize)]
pub struct CompareAnswer<'a> {
    /// The second run.
    #[serde(flatten)]
    second: PairAnswer<'a>,
    /// The runs behind it, each beside the first too.
    others: Vec<PairAnswer<'a>>,
}

/// One run beside the first.
#[derive(Debug, Serialize)]
pub struct PairAnswer<'a> {
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
    pub config: Vec<ConfigDifference>,
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
    /// The difference's p-value, corrected by Holm for all rows of the same table, of all runs together.
    pub p_holm: Option<f64>,
    /// What the corrected p says of the second run, such as `better`.
    pub second_is: String,
    /// Windows that the metric was asked.
    pub windows: u64,
    /// Answers missing in the first and the second run.
    pub missing: [u64; 2],
}

impl<'a> CompareAnswer<'a> {
    /// Of the runs in the folders `others` beside the one in `first`.
    ///
    /// # Errors
    /// A config that cannot be read, or no other run.
    pub fn new(found: &'a Comparisons, first: &Path, others: &[PathBuf]) -> Result<Self> {
        let pairs = found.pairs.iter().zip(others);
        let mut pairs =
            pairs.map(|(pair, other)| Ok(PairAnswer::new(pair, differences(first, other)?)));
        let second = pairs.next().unwrap_or_else(|| Err(Error::Bug("nothing compared".into())))?;
        Ok(Self { second, others: pairs.collect::<Result<_>>()? })
    }
}

impl<'a> PairAnswer<'a> {
    fn new(found: &'a Comparison, config: Vec<ConfigDifference>) -> Self {
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
