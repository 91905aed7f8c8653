//! Red flags of a judge: what makes its scores unbelievable or worthless.

use super::systems::{FUSION, TEXT_ONLY, role_of};
use super::{MATCHING, NEGATIVE_KINDS_AUC, VerificationRecord, VerificationSummary};
use crate::flags::{FlagId, RedFlag, Severity, above_bound, flag};
use crate::scores::{Role, Row, ScoreTable};
use crate::verdict::{Outcome, verdict};
use std::collections::{BTreeMap, BTreeSet};

/// An area under the ROC curve from here on is a leak until it is explained: judges of typed hard
/// negatives stay well below (SeeTRUE, arXiv 2305.10400).
const TOO_HIGH: f64 = 0.99;

/// With fewer examples a high area is chance: two signals, both right, have 1.
const ENOUGH: u64 = 30;

/// The area under the ROC curve of a judge that guesses.
const GUESSING: f64 = 0.5;

/// A kind of mismatch that the text alone tells so well gives itself away.
const TOLD: f64 = 0.6;

/// Every red flag of a judge, the failures first. `tables` are those of [`super::tables()`].
pub fn flags(
    records: &[VerificationRecord],
    tables: &[ScoreTable],
    summary: &VerificationSummary,
) -> Vec<RedFlag> {
    let mut flags = Vec::new();
    flags.extend(one_class(records));
    if let Some(table) = tables.iter().find(|table| table.id == MATCHING) {
        flags.extend(text_alone(table));
        too_high(&mut flags, table);
        above_bound(&mut flags, std::slice::from_ref(table));
        flags.extend(missing(table));
    }
    if let Some(table) = tables.iter().find(|table| table.id == NEGATIVE_KINDS_AUC) {
        flags.extend(text_alone_by_kind(table));
    }
    flags.extend(summary.leaks.iter().map(|leak| {
        let sentence = leak.clone();
        flag(FlagId::TargetLeak, Severity::Failure, sentence)
    }));
    flags.extend(mislabelled(records));
    flags.sort_by_key(|flag| std::cmp::Reverse(flag.severity));
    flags
}

fn one_class(records: &[VerificationRecord]) -> Option<RedFlag> {
    let matching = records.iter().filter(|record| record.matches).count();
    let answer = match matching {
        _ if records.is_empty() => return None,
        0 => "do not match",
        n if n == records.len() => "match",
        _ => return None,
    };
    let n = records.len();
    Some(flag(
        FlagId::OneClass,
        Severity::Failure,
        format!(
            "All {n} examples {answer}: no score can tell a judge from one that always says so."
        ),
    ))
}

fn text_alone(table: &ScoreTable) -> Option<RedFlag> {
    let id = FlagId::TextAloneSuffices;
    table.row(FUSION)?;
    if table.row(TEXT_ONLY).is_none() {
        let sentence = "No baseline that sees the text alone was asked: whether the pictures matter \
                        is not known.";
        return Some(flag(id, Severity::Warning, sentence.to_string()));
    }
    let verdict = verdict(table, "roc-auc", FUSION, TEXT_ONLY);
    let tells = verdict.baseline_cell.lower.is_some_and(|lower| lower > GUESSING);
    let why = match tells {
        true => "The texts that do not match give themselves away.",
        false => "What the fusion sees in the pictures cannot be told from nothing.",
    };
    match verdict.by_difference {
        Outcome::Better | Outcome::Unknown => None,
        Outcome::Undecided | Outcome::Worse => Some(flag(
            id,
            Severity::Failure,
            format!(
                "The text alone does as well: a judge that never sees the picture cannot be told \
                 from the fusion, or beats it. {why} {}",
                verdict.sentence()
            ),
        )),
    }
}

/// The kinds of mismatch that a judge which never sees the picture tells: whatever else tells them may
/// have read no more than it.
fn text_alone_by_kind(table: &ScoreTable) -> Vec<RedFlag> {
    let told = table.columns.iter().filter_map(|column| {
        let cell = table.cell(TEXT_ONLY, &column.id)?;
        let (area, lower) = (cell.value?, cell.lower?);
        (area >= TOLD && lower > GUESSING).then(|| {
            let sentence = format!(
                "The text alone tells {} with a ROC-AUC of {area:.3}: these texts give themselves away, and no score on them is worth anything.",
                column.name
            );
            flag(FlagId::TextAloneSuffices, Severity::Warning, sentence)
        })
    });
    told.collect()
}

/// Where a bound is known that is at least as high, so high an area is possible, and the flag is a
/// warning.
fn too_high(flags: &mut Vec<RedFlag>, table: &ScoreTable) {
    let area = |system: &str| table.cell(system, "roc-auc").and_then(|cell| cell.value);
    let bounds = table.rows.iter().filter(|row| row.role == Role::Bound);
    let bound = bounds.filter_map(|row| area(&row.system)).reduce(f64::max);
    let judged =
        |row: &&Row| row.role != Role::Bound && row.windows.saturating_sub(row.missing) >= ENOUGH;
    for row in table.rows.iter().filter(judged) {
        let Some(value) = area(&row.system).filter(|area| *area >= TOO_HIGH) else {
            continue;
        };
        let (severity, why) = match bound {
            Some(bound) if bound >= value => (
                Severity::Warning,
                format!("an all-knowing judge reaches {bound:.3} on these data"),
            ),
            _ => (Severity::Failure, "look for a leak before anything else".to_string()),
        };
        let sentence = format!("{} has a ROC-AUC of {value:.3}; {why}.", row.system);
        flags.push(flag(FlagId::AucTooHigh, severity, sentence));
    }
}

fn missing(table: &ScoreTable) -> Vec<RedFlag> {
    let trained = |role| matches!(role, Role::Model | Role::Variant);
    let rows = table.rows.iter().filter(|row| row.missing > 0);
    rows.filter(|row| trained(role_of(&row.system)))
        .map(|row| {
            let sentence = format!(
                "{} could not judge {} of {} examples.",
                row.system, row.missing, row.windows
            );
            flag(FlagId::MissingAnswers, Severity::Warning, sentence)
        })
        .collect()
}

/// Texts that are asked as not matching although they are the very text of their picture.
fn mislabelled(records: &[VerificationRecord]) -> Option<RedFlag> {
    let mut own: BTreeMap<(&str, usize), BTreeSet<&str>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.matches) {
        let place = (record.story.as_str(), record.frame);
        own.entry(place).or_default().insert(record.text.trim());
    }
    let wrong = records.iter().filter(|record| {
        let texts = own.get(&(record.story.as_str(), record.frame));
        !record.matches && texts.is_some_and(|texts| texts.contains(record.text.trim()))
    });
    let (n, of) = (wrong.count(), records.iter().filter(|record| !record.matches).count());
    (n > 0).then(|| {
        flag(
            FlagId::TargetLeak,
            Severity::Warning,
            format!(
                "{n} of {of} texts that should not match are word for word their picture's own."
            ),
        )
    })
}
