//! Runs beside a first one, each on the windows that both were asked: for every metric the difference,
//! its paired bootstrap interval by story, and the p-value of approximate randomisation by story, also
//! corrected by Holm for the number of rows of the same score table, those of all runs together. Two
//! runs whose intervals overlap can still differ clearly on the same stories.
//!
//! The tables' own code scores them: the second run stands in for the model, the first for a
//! baseline, so that whatever the tables measure is compared.

mod pages;
mod pairing;

pub(crate) use pages::p_text;
pub(crate) use pairing::{OTHER, Pairs};

use crate::error::{ReportError, Result};
use crate::evaluation::{EvaluationConfig, MODEL, role_of, score_tables, systems};
use crate::run_records::RunRecords;
use crate::scores::{Cell, Column, Difference, Role};
use crate::tables::TextTable;
use crate::verdict::Outcome;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use story_metrics::holm;

/// Some runs, each beside the same first one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparisons {
    /// One a run beside the first. The p-values are corrected for the rows of all of them.
    pub pairs: Vec<Comparison>,
    /// In which values the runs' configs differ: a row a key and a column a run; `None` where nobody said.
    pub config: Option<TextTable>,
}

/// Two runs compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The runs' names: those of their folders.
    pub names: [String; 2],
    /// One row a system and metric.
    pub rows: Vec<Compared>,
    /// Windows that both runs were asked, and the stories they come from.
    pub windows: u64,
    /// Stories of those windows.
    pub stories: u64,
    /// Share of resampled differences within the intervals.
    pub level: f64,
    /// What was left out of the comparison, and why.
    pub notes: Vec<String>,
}

/// A metric in both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The system: the model or a variant of it that both runs have.
    pub system: String,
    /// Id of the score table.
    pub table: String,
    /// The score table's title.
    pub title: String,
    /// The metric.
    pub column: Column,
    /// The first run's score.
    pub first: Cell,
    /// The second run's score.
    pub second: Cell,
    /// Second minus first, on the same resamples of stories; `None` where one is undefined.
    pub difference: Option<Difference>,
    /// The difference's p-value, corrected by Holm for all rows of the same score table, those of other
    /// runs beside the same first one too; `None` where the difference has none.
    pub p_holm: Option<f64>,
    /// What the corrected p says of the second run.
    pub outcome: Outcome,
    /// Windows that the metric was asked.
    pub windows: u64,
    /// Answers missing in the first and the second run.
    pub missing: [u64; 2],
}

/// Compares the model, and its variants, of the run folders `others` with those of `first`.
///
/// # Errors
/// If a folder is not a run folder or damaged, a run shares no window with the first, or the settings
/// cannot be.
pub fn compare(first: &Path, others: &[PathBuf], config: &EvaluationConfig) -> Result<Comparisons> {
    let base = (first, RunRecords::load(first)?);
    let pair = |other: &PathBuf| pair(&base, other, config);
    let mut pairs: Vec<Comparison> = others.iter().map(pair).collect::<Result<_>>()?;
    let rows = pairs.iter_mut().flat_map(|pair| pair.rows.iter_mut());
    correct(rows.collect(), config.level)?;
    Ok(Comparisons { pairs, config: None })
}

/// One run beside the first, nothing corrected.
fn pair(
    (first, base): &(&Path, RunRecords),
    second: &Path,
    config: &EvaluationConfig,
) -> Result<Comparison> {
    let other = RunRecords::load(second)?;
    let mut pairs = Pairs::of(&base.windows, &other.windows);
    if pairs.is_empty() {
        return Err(ReportError::NothingShared {
            first: first.to_path_buf(),
            second: second.to_path_buf(),
        });
    }
    let mut rows = Vec::new();
    let names = base.windows.iter().flat_map(|window| {
        let texts = window.texts.keys().chain(window.tokens.keys());
        texts.chain(window.pictures.keys()).chain(window.next_frame.keys())
    });
    for system in systems(names) {
        if matches!(role_of(&system), Role::Model | Role::Variant) {
            rows.extend(compared(&mut pairs, &system, config)?);
        }
    }
    Ok(Comparison {
        names: [first, second].map(name_of),
        rows,
        windows: pairs.len() as u64,
        stories: pairs.stories() as u64,
        level: config.level,
        notes: pairs.notes(),
    })
}

fn compared(
    pairs: &mut Pairs<'_>,
    system: &str,
    config: &EvaluationConfig,
) -> Result<Vec<Compared>> {
    let mut rows = Vec::new();
    for table in score_tables(&pairs.windows(system), config)? {
        let (Some(second), Some(first)) = (table.row(MODEL), table.row(OTHER)) else {
            continue;
        };
        for (at, column) in table.columns.iter().enumerate() {
            rows.push(Compared {
                system: system.to_string(),
                table: table.id.clone(),
                title: table.title.clone(),
                column: column.clone(),
                first: first.cells[at],
                second: second.cells[at],
                difference: first.cells[at].difference,
                p_holm: None,
                outcome: Outcome::Unknown,
                windows: first.windows,
                missing: [first.missing, second.missing],
            });
        }
    }
    Ok(rows)
}

/// Corrects the p-values of each score table for its number of rows, and says what they mean.
fn correct(mut rows: Vec<&mut Compared>, level: f64) -> Result<()> {
    let mut tables: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        tables.entry(row.table.clone()).or_default().push(at);
    }
    for table in tables.into_values() {
        let p = |at: &usize| rows[*at].difference.and_then(|difference| difference.p);
        let corrected = holm_where_known(&table.iter().map(p).collect::<Vec<_>>())?;
        for (at, p) in table.into_iter().zip(corrected) {
            let row = &mut rows[at];
            row.p_holm = p;
            row.outcome = match (row.difference, p) {
                (Some(difference), Some(p)) => {
                    difference.outcome_by(p, row.column.direction, level)
                }
                _ => Outcome::Unknown,
            };
        }
    }
    Ok(())
}

/// Holm's correction of the p-values that there are.
pub(crate) fn holm_where_known(p: &[Option<f64>]) -> Result<Vec<Option<f64>>> {
    let known: Vec<f64> = p.iter().flatten().copied().collect();
    let mut corrected = holm(&known)?.into_iter();
    Ok(p.iter().map(|p| p.and_then(|_| corrected.next())).collect())
}

/// A folder's name, and never a path: pages are passed on.
pub(crate) fn name_of(folder: &Path) -> String {
    // `.` and `..` have a name only where they lead.
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let name = folder.file_name().or(whole.file_name());
    name.map_or_else(|| "run".to_string(), |name| name.to_string_lossy().into_owned())
}
