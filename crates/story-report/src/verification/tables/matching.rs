//! Do picture and text belong together? Every system on all examples.
//!
//! The positive class is "match", as in the system that this one follows: precision, recall, F1 and
//! average precision are those of the texts that belong to their picture.

use super::{Judge, MATCHING, Sheet, Unit, by_story, count, count_column, metric};
use crate::error::Result;
use crate::scores::{Cell, Column, Role, Row, ScoreTable};
use crate::verification::ranked::{self, Drawn};
use crate::verification::{VerificationRecord, VerificationSummary};
use story_metrics::calibration::{BRIER, ECE};
use story_metrics::classification::{ACCURACY, BALANCED_ACCURACY, F1, MACRO_F1, PRECISION, RECALL};
use story_metrics::decisions::{AVERAGE_PRECISION, ROC_AUC};
use story_metrics::{BootstrapConfig, CalibrationStats, Confusion, MetricInfo, Score, Truth};

/// The class of a match in a [`Confusion`], which is the positive one of its metrics.
const MATCH: usize = 1;
/// A row for what an all-knowing judge reaches, where no system of the records is one.
const BEST: &str = "best-reachable";
/// The settings of a decision's columns.
const AT_THRESHOLD: &str = "positive:match|threshold:validation|missing:left-out";
/// The settings of a ranking's columns.
const ALL_THRESHOLDS: &str = "positive:match|ties:half|missing:left-out";

/// The table; `None` where no system judged anything.
pub(super) fn table(
    records: &[VerificationRecord],
    judges: &[Judge<'_>],
    summary: &VerificationSummary,
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let mut sheet = Sheet::new(records, judges, config);
    if sheet.rows.is_empty() {
        return Ok(None);
    }
    for row in &mut sheet.rows {
        row.cells.push(count(row.windows - row.missing));
    }
    sheet.columns.push(count_column("n", "n"));
    decision(&mut sheet, &ACCURACY)?;
    ranking(&mut sheet, &ROC_AUC.info, Drawn::roc_auc)?;
    for score in [&BALANCED_ACCURACY, &PRECISION, &RECALL, &F1, &MACRO_F1] {
        decision(&mut sheet, score)?;
    }
    ranking(&mut sheet, &AVERAGE_PRECISION.info, Drawn::average_precision)?;
    probability(&mut sheet, &BRIER, "agg:mean|missing:left-out", Calibration::brier)?;
    let bins = "bins:10|width:equal|missing:left-out";
    probability(&mut sheet, &ECE, bins, Calibration::expected_calibration_error)?;
    let best = best(summary, &sheet.columns, &sheet.rows);
    sheet.rows.extend(best);
    let note = "A positive is a text that matches. Each system decides at its own threshold from validation; a \
                score rests on the examples that the system could judge (n), and the difference to \
                the fusion on those that both could. Brier and ECE of a single signal take it as a \
                probability.";
    Ok(Some(sheet.table(MATCHING, "Matching picture and text", note)))
}

/// Appends a metric of the answers at the systems' thresholds.
fn decision(sheet: &mut Sheet<'_>, score: &Score<Confusion>) -> Result<()> {
    let column = metric(&score.info, AT_THRESHOLD, &sheet.config);
    sheet.add(column, |_| true, |units| by_story(units, confusion), score.of)
}

/// Appends a metric of the order of the answers.
fn ranking(sheet: &mut Sheet<'_>, info: &MetricInfo, of: fn(&Drawn) -> Option<f64>) -> Result<()> {
    let column = metric(info, ALL_THRESHOLDS, &sheet.config);
    sheet.add(column, |_| true, ranked::clusters, of)
}

/// Appends a metric of the answers as probabilities.
fn probability(
    sheet: &mut Sheet<'_>,
    info: &MetricInfo,
    settings: &str,
    of: fn(&Calibration) -> Option<f64>,
) -> Result<()> {
    let column = metric(info, settings, &sheet.config);
    sheet.add(column, |_| true, |units| by_story(units, calibration), of)
}

/// Ten bins.
type Calibration = CalibrationStats;

fn confusion(unit: &Unit<'_>) -> Confusion {
    let class = |matches| if matches { MATCH } else { 0 };
    let mut counts = Confusion::new(2).expect("invariant: two classes are few");
    counts
        .add(class(unit.truth == Truth::Positive), Some(class(unit.accepted)))
        .expect("invariant: both classes are 0 or 1");
    counts
}

fn calibration(unit: &Unit<'_>) -> Calibration {
    Calibration::of(Some(unit.probability), unit.truth)
        .expect("invariant: probabilities were checked")
}

/// The bounds that the summary gives, as a row; `None` where a system of the records is the bound.
fn best(summary: &VerificationSummary, columns: &[Column], rows: &[Row]) -> Option<Row> {
    let first = rows.first()?;
    let is_there = rows.iter().any(|row| row.role == Role::Bound);
    let cells: Vec<Cell> = columns
        .iter()
        .map(|column| Cell { value: summary.bound(&column.id), ..Cell::default() })
        .collect();
    let known = cells.iter().any(|cell| cell.value.is_some());
    (known && !is_there).then(|| Row {
        system: BEST.to_string(),
        role: Role::Bound,
        cells,
        windows: first.windows,
        stories: first.stories,
        missing: 0,
    })
}
