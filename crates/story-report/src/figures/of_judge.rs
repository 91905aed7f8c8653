//! The figures of a judge of picture-text agreement: its scores as bars, how its signals tell
//! matching from other texts, ROC curves, decisions, calibration and training losses.

mod confusion;
mod losses;
mod reliability;
mod roc;

use super::distributions;
use super::figure::{Attempt, Drawn, LeftOut};
use super::palette::{BROWN, TEAL};
use super::scores;
use crate::error::Result;
use crate::scores::ScoreTable;
use crate::verification::systems::{plain, threshold};
use crate::verification::{
    FUSION, Judgement, NEGATIVE_KINDS_AUC, PHRASES, VerificationRecord, is_count,
};
use std::collections::BTreeSet;

/// How the names of the signals' figures start.
const SIGNAL: &str = "signal_";
/// Names of the other figures; the loss curves bear the name of every run's.
const NAMES: [&str; 5] =
    ["fusion_probabilities", roc::NAME, confusion::MATRIX, confusion::BY_KIND, reliability::NAME];

/// Whether a figure of this name is a judge's.
pub(super) fn is_figure(stem: &str) -> bool {
    stem.starts_with(SIGNAL) || NAMES.contains(&stem)
}

/// Draws every figure that the records allow.
pub(crate) fn draw_judgement(judgement: &Judgement) -> Result<Drawn> {
    // The phrases' columns are counts and shares, which no bar compares; the areas by kind are drawn
    // with the shares rejected.
    let tables = judgement.scores.iter();
    let barred = tables.filter(|table| ![PHRASES, NEGATIVE_KINDS_AUC].contains(&table.id.as_str()));
    let mut attempts: Vec<Attempt> =
        barred.map(|table| scores::bars(&without_counts(table))).collect();
    attempts.push(roc::curves(judgement));
    attempts.push(confusion::matrix(judgement));
    attempts.push(confusion::by_kind(judgement));
    attempts.push(probabilities(judgement));
    attempts.push(reliability::diagram(judgement));
    attempts.extend(signals(&judgement.records));
    attempts.push(losses::curves(&judgement.summary));
    Drawn::of(attempts)
}

/// The table without the columns that only count.
fn without_counts(table: &ScoreTable) -> ScoreTable {
    let kept = |at: &usize| !is_count(&table.columns[*at]);
    let places: Vec<usize> = (0..table.columns.len()).filter(kept).collect();
    table.with_columns(&places)
}

/// A histogram of matching and of other texts for each signal.
fn signals(records: &[VerificationRecord]) -> Vec<Attempt> {
    let names: BTreeSet<&String> = records.iter().flat_map(|r| r.signals.keys()).collect();
    if names.is_empty() {
        let reason = "no signals were recorded";
        return vec![Err(LeftOut::because("signals", reason))];
    }
    let signal = |name: &String| {
        let value = |record: &VerificationRecord| *record.signals.get(name)?;
        let judged = records.iter().filter(|record| value(record).is_some());
        let caption = format!(
            "{name}: scores of texts that match their picture and of texts that do not; the further \
             apart, the better the signal. {} of {} examples could be judged.",
            judged.count(),
            records.len()
        );
        let axis = format!("{name} (0 to 1)");
        let (file, title) = (format!("{SIGNAL}{}", plain(name)), format!("Signal: {name}"));
        both((&file, &title), caption, &axis, records, value)
    };
    names.into_iter().map(signal).collect()
}

fn probabilities(judgement: &Judgement) -> Attempt {
    let caption = format!(
        "The fusion's probability that picture and text belong together. From {:.2} on it says so.",
        threshold(&judgement.summary, FUSION)
    );
    let value = |record: &VerificationRecord| record.probabilities.get(FUSION).copied();
    let axis = "probability of a match";
    both(("fusion_probabilities", "What the fusion says"), caption, axis, &judgement.records, value)
}

/// Two histograms over one axis: matching texts above, others below.
fn both(
    name_and_title: (&str, &str),
    caption: String,
    values_are: &str,
    records: &[VerificationRecord],
    value: impl Fn(&VerificationRecord) -> Option<f64>,
) -> Attempt {
    let values = |matches| {
        let asked = records.iter().filter(move |record| record.matches == matches);
        asked.filter_map(&value).map(below_one).collect()
    };
    let groups = vec![("matching", values(true), TEAL), ("not matching", values(false), BROWN)];
    distributions::compared(name_and_title, caption, (values_are, "share of texts (%)"), groups)
}

/// 1 itself belongs to the last bin, not to one beyond the axis' end.
fn below_one(value: f64) -> f64 {
    const LAST: f64 = 1.0 - 1e-6;
    if value == 1.0 { LAST } else { value }
}
