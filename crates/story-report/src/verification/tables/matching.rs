//! Do picture and text belong together? Every system on all examples.
//!
//! The positive class is "match", as in the system that this one follows: precision, recall, F1 and
//! average precision are those of the texts that belong to their picture.

use super::{
    Judge, MATCHING, Unit, add_area, add_column, by_story, column, count, count_column, rows,
};
use crate::error::Result;
use crate::scores::{Cell, Column, Role, Row, ScoreTable};
use crate::verification::{VerificationRecord, VerificationSummary, ranked};
use story_metrics::metric::Direction::{HigherIsBetter, LowerIsBetter};
use story_metrics::{BootstrapConfig, CalibrationStats, Confusion, Truth};

/// The class of a match in a [`Confusion`].
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
    let mut rows = rows(records, judges, |_| true);
    if rows.is_empty() {
        return Ok(None);
    }
    for row in &mut rows {
        row.cells.push(count(row.windows - row.missing));
    }
    let of = |units: &[&Unit<'_>]| by_story(units, confusion);
    let accuracy = Confusion::accuracy;
    add_column(&mut rows, judges, config, |_| true, of, accuracy)?;
    add_area(&mut rows, judges, config, |_| true)?;
    let decisions: [fn(&Confusion) -> Option<f64>; 5] = [
        balanced_accuracy,
        |counts| counts.precision(MATCH),
        |counts| counts.recall(MATCH),
        |counts| counts.f1(MATCH),
        Confusion::macro_f1,
    ];
    for score in decisions {
        add_column(&mut rows, judges, config, |_| true, of, score)?;
    }
    let precision = ranked::Drawn::average_precision;
    add_column(&mut rows, judges, config, |_| true, ranked::clusters, precision)?;
    let calibrations: [fn(&CalibrationStats) -> Option<f64>; 2] =
        [CalibrationStats::brier, CalibrationStats::expected_calibration_error];
    for score in calibrations {
        let of = |units: &[&Unit<'_>]| by_story(units, calibration);
        add_column(&mut rows, judges, config, |_| true, of, score)?;
    }
    let columns = columns(config);
    rows.extend(best(summary, &columns, &rows));
    Ok(Some(ScoreTable {
        id: MATCHING.to_string(),
        title: "Matching picture and text".to_string(),
        note: "A positive is a text that matches. Each system decides at its own threshold from validation; a \
               score rests on the examples that the system could judge (n), and the difference to \
               the fusion on those that both could. Brier and ECE of a single signal take it as a \
               probability."
            .to_string(),
        level: config.level,
        pool: None,
        not_asked: 0,
        columns,
        rows,
    }))
}

fn columns(config: &BootstrapConfig) -> Vec<Column> {
    let column = |id, name, direction, settings| column(id, name, direction, settings, config);
    let decision = |id, name| column(id, name, HigherIsBetter, AT_THRESHOLD);
    let ranking = |id, name| column(id, name, HigherIsBetter, ALL_THRESHOLDS);
    vec![
        count_column("n", "n"),
        decision("accuracy", "Accuracy"),
        ranking("roc-auc", "ROC-AUC"),
        decision("balanced-accuracy", "Balanced accuracy"),
        decision("precision", "Precision"),
        decision("recall", "Recall"),
        decision("f1", "F1"),
        decision("macro-f1", "Macro F1"),
        ranking("average-precision", "Average precision"),
        column("brier", "Brier", LowerIsBetter, "agg:mean|missing:left-out"),
        column("ece", "ECE", LowerIsBetter, "bins:10|width:equal|missing:left-out"),
    ]
}

fn confusion(unit: &Unit<'_>) -> Confusion {
    let class = |matches| if matches { MATCH } else { 0 };
    let mut counts = Confusion::new(2).expect("invariant: two classes are few");
    counts
        .add(class(unit.truth == Truth::Positive), Some(class(unit.accepted)))
        .expect("invariant: both classes are 0 or 1");
    counts
}

/// Mean recall of both classes; `None` unless both occur.
fn balanced_accuracy(counts: &Confusion) -> Option<f64> {
    Some((counts.recall(0)? + counts.recall(MATCH)?) / 2.0)
}

fn calibration(unit: &Unit<'_>) -> CalibrationStats {
    CalibrationStats::of(Some(unit.probability), unit.truth)
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
