//! Configs side by side, each trained with several seeds, on one metric that was named before: the
//! mean over seeds with their spread, and the difference to the base config with its interval.
//!
//! The difference is taken on the windows of all seeds that both configs have, seed by seed, and its
//! interval resamples stories: it tells how the difference would move on other stories, the spread
//! tells how a score moves with another seed. p-values are those of approximate randomisation by story
//! (a story's windows of all seeds are swapped together), corrected for the number of configs by
//! Holm (1979, "A Simple Sequentially Rejective Multiple Test Procedure").

mod known;
mod pages;
mod verdict;

pub use known::known_metrics;

use crate::compare::{OTHER, Pairs, holm_where_known};
use crate::error::{ReportError, Result};
use crate::evaluation::{EvaluationConfig, MODEL, score_tables};
use crate::records::WindowRecord;
use crate::run_records::RunRecords;
use crate::scores::{Column, Difference, ScoreTable};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What is asked, written down before the runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AblationPlan {
    /// The config that all others are compared with.
    pub base: String,
    /// Id of the score table, such as `next-frame-retrieval`.
    pub table: String,
    /// Id of its column, such as `mrr`.
    pub column: String,
}

/// A config with its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct AblationEntry {
    /// The config's name.
    pub name: String,
    /// One run a seed.
    pub runs: Vec<SeedRun>,
}

/// A run of one seed.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedRun {
    /// The seed.
    pub seed: u64,
    /// The run's windows.
    pub windows: Vec<WindowRecord>,
}

impl SeedRun {
    /// Reads a run folder.
    ///
    /// # Errors
    /// If it is not a run folder, or damaged.
    pub fn load(folder: &Path) -> Result<Self> {
        let run = RunRecords::load(folder)?;
        Ok(Self { seed: run.summary.seed, windows: run.windows })
    }
}

/// Configs compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ablation {
    /// What was asked.
    pub plan: AblationPlan,
    /// The score table's title.
    pub title: String,
    /// The metric.
    pub column: Column,
    /// The base first, then the others in the order given.
    pub rows: Vec<AblationRow>,
    /// Share of resampled differences within the intervals.
    pub level: f64,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

/// A config's scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AblationRow {
    /// The config's name.
    pub name: String,
    /// The score of each seed; `None` where it is undefined.
    pub seeds: Vec<(u64, Option<f64>)>,
    /// Mean of the seeds' scores.
    pub mean: Option<f64>,
    /// Standard deviation of the seeds' scores (of a sample); `None` with fewer than two.
    pub deviation: Option<f64>,
    /// Difference to the base on the windows of all common seeds; `None` in the base's own row.
    pub difference: Option<Difference>,
    /// Difference to the base by seed.
    pub by_seed: Vec<f64>,
    /// The difference's p-value, corrected for the number of configs.
    pub p_holm: Option<f64>,
    /// Windows asked, over all seeds.
    pub windows: u64,
    /// Of those, windows without an answer.
    pub missing: u64,
}

/// Compares configs with the base on the planned metric.
///
/// # Errors
/// If there is no config of the base's name, a run lacks the planned metric, a config shares no
/// seed or no window with the base, or the settings cannot be.
pub fn ablation(
    entries: &[AblationEntry],
    plan: &AblationPlan,
    config: &EvaluationConfig,
) -> Result<Ablation> {
    let Some(base) = entries.iter().find(|entry| entry.name == plan.base) else {
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        return Err(ReportError::Ablation {
            config: plan.base.clone(),
            reason: format!("the base is not among the configs: {}", names.join(", ")),
        });
    };
    let others = entries.iter().filter(|entry| entry.name != plan.base);
    let mut notes = Vec::new();
    let mut rows = Vec::new();
    let mut measured = None;
    for entry in std::iter::once(base).chain(others) {
        let (mut row, table) = scored(entry, plan)?;
        if entry.name != plan.base {
            let of_all = pairs_of(base, entry, &mut notes)?;
            let at_once: Vec<WindowRecord> = of_all.values().flatten().cloned().collect();
            row.difference = difference(&at_once, plan, config)?;
            for windows in of_all.values() {
                let once = without_interval(config);
                row.by_seed.extend(difference(windows, plan, &once)?.map(|d| d.value));
            }
        }
        rows.push(row);
        measured.get_or_insert(table);
    }
    let measured = measured.and_then(|table: ScoreTable| {
        let at = table.column(&plan.column)?;
        Some((table.title, table.columns.into_iter().nth(at)?))
    });
    let Some((title, mut column)) = measured else {
        return Err(not_measured(plan, &plan.base, &[]));
    };
    // The scores were taken without an interval; the differences have this one.
    column.signature = column.signature.replaced_by(config.bootstrap().signature());
    correct(&mut rows)?;
    notes.dedup();
    Ok(Ablation { plan: plan.clone(), title, column, rows, level: config.level, notes })
}

/// A config's row without differences, and one of its score tables.
fn scored(entry: &AblationEntry, plan: &AblationPlan) -> Result<(AblationRow, ScoreTable)> {
    let mut row = AblationRow {
        name: entry.name.clone(),
        seeds: Vec::new(),
        mean: None,
        deviation: None,
        difference: None,
        by_seed: Vec::new(),
        p_holm: None,
        windows: 0,
        missing: 0,
    };
    let mut found = None;
    for run in &entry.runs {
        let once = without_interval(&EvaluationConfig::default());
        let tables = score_tables(&run.windows, &once)?;
        let known: Vec<String> = tables.iter().flat_map(columns_of).collect();
        let table = tables.into_iter().find(|table| table.id == plan.table);
        let cell = table.as_ref().and_then(|table| table.cell(MODEL, &plan.column));
        let (Some(table), Some(cell)) = (&table, cell) else {
            return Err(not_measured(plan, &entry.name, &known));
        };
        row.seeds.push((run.seed, cell.value));
        if let Some(of_model) = table.row(MODEL) {
            row.windows += of_model.windows;
            row.missing += of_model.missing;
        }
        found.get_or_insert_with(|| table.clone());
    }
    let Some(table) = found else {
        return Err(ReportError::Ablation {
            config: entry.name.clone(),
            reason: "it has no run".to_string(),
        });
    };
    let scores: Vec<f64> = row.seeds.iter().filter_map(|(_, score)| *score).collect();
    (row.mean, row.deviation) = spread(&scores);
    Ok((row, table))
}

/// Merged windows of the base and a config, by seed that both have.
fn pairs_of(
    base: &AblationEntry,
    entry: &AblationEntry,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<u64, Vec<WindowRecord>>> {
    let mut merged = BTreeMap::new();
    for run in &entry.runs {
        let Some(of_base) = base.runs.iter().find(|other| other.seed == run.seed) else {
            notes.push(format!(
                "{}, seed {}: the base has no such run, so it is not in the difference",
                entry.name, run.seed
            ));
            continue;
        };
        let mut pairs = Pairs::of(&of_base.windows, &run.windows);
        if !pairs.is_empty() {
            merged.insert(run.seed, pairs.windows(MODEL));
        }
        let of_pairs = pairs.notes().into_iter();
        notes.extend(of_pairs.map(|note| {
            format!(
                "{} (second) against {} (first), seed {}: {note}",
                entry.name, base.name, run.seed
            )
        }));
    }
    if merged.is_empty() {
        return Err(ReportError::Ablation {
            config: entry.name.clone(),
            reason: format!("it shares no seed and window with the base {:?}", base.name),
        });
    }
    Ok(merged)
}

/// The config's score minus the base's.
fn difference(
    windows: &[WindowRecord],
    plan: &AblationPlan,
    config: &EvaluationConfig,
) -> Result<Option<Difference>> {
    let tables = score_tables(windows, config)?;
    let table = tables.iter().find(|table| table.id == plan.table);
    Ok(table.and_then(|table| table.cell(OTHER, &plan.column)?.difference))
}

/// Settings for a value whose interval nobody reads.
fn without_interval(config: &EvaluationConfig) -> EvaluationConfig {
    EvaluationConfig { resamples: 1, ..*config }
}

/// Mean and standard deviation of a sample.
fn spread(values: &[f64]) -> (Option<f64>, Option<f64>) {
    if values.is_empty() {
        return (None, None);
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt());
    (Some(mean), deviation)
}

/// Corrects the p-values for the number of configs.
fn correct(rows: &mut [AblationRow]) -> Result<()> {
    let p = |row: &AblationRow| row.difference.and_then(|difference| difference.p);
    let corrected = holm_where_known(&rows.iter().map(p).collect::<Vec<_>>())?;
    for (row, p) in rows.iter_mut().zip(corrected) {
        row.p_holm = p;
    }
    Ok(())
}

fn columns_of(table: &ScoreTable) -> Vec<String> {
    let name = |column: &Column| format!("{}/{}", table.id, column.id);
    table.columns.iter().map(name).collect()
}

fn not_measured(plan: &AblationPlan, config: &str, known: &[String]) -> ReportError {
    ReportError::Ablation {
        config: config.to_string(),
        reason: format!(
            "it lacks the planned metric {}/{}; found {}",
            plan.table,
            plan.column,
            known.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_equals_the_example_worked_out_by_hand() {
        let row = |p: Option<f64>| AblationRow {
            name: String::new(),
            seeds: Vec::new(),
            mean: None,
            deviation: None,
            difference: p.map(|p| Difference { value: 0.0, lower: None, upper: None, p: Some(p) }),
            by_seed: Vec::new(),
            p_holm: None,
            windows: 0,
            missing: 0,
        };
        let mut rows = [None, Some(0.04), Some(0.01), Some(0.03), Some(0.5)].map(row);
        correct(&mut rows).expect("probabilities");
        let found: Vec<Option<f64>> = rows.iter().map(|row| row.p_holm).collect();
        // 4 x .01, 3 x .03, then max(.09, 2 x .04), then .5.
        let expected = [None, Some(0.09), Some(0.04), Some(0.09), Some(0.5)];
        for (found, expected) in found.into_iter().zip(expected) {
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
                }
                pair => assert_eq!(pair, (None, None)),
            }
        }
    }

    #[test]
    fn the_spread_is_that_of_a_sample() {
        assert_eq!(spread(&[]), (None, None));
        assert_eq!(spread(&[2.0]), (Some(2.0), None));
        assert_eq!(spread(&[1.0, 3.0]), (Some(2.0), Some(2.0_f64.sqrt())));
    }
}
