//! Which kind of mismatch is noticed: the share of each kind that a system rejects at its threshold,
//! and how well it ranks matching texts above that kind.

use super::{
    Judge, NEGATIVE_KINDS, NEGATIVE_KINDS_AUC, add_area, add_column, by_story, column, rows,
};
use crate::error::Result;
use crate::scores::{Column, ScoreTable};
use crate::verification::VerificationRecord;
use crate::verification::systems::{kinds, plain};
use story_metrics::metric::Direction::{HigherIsBetter, LowerIsBetter};
use story_metrics::{BootstrapConfig, MeanStats, Statistic};

const SETTINGS: &str = "threshold:validation|missing:left-out";

/// Shares rejected by kind, matching texts first; `None` without negatives.
pub(super) fn rejected(
    records: &[VerificationRecord],
    judges: &[Judge<'_>],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let kinds = kinds(records);
    if kinds.is_empty() || judges.is_empty() {
        return Ok(None);
    }
    let mut rows = rows(records, judges, |_| true);
    let mut columns: Vec<Column> = Vec::new();
    let matching = records.iter().filter(|record| record.matches).count();
    if matching > 0 {
        let name = format!("Matching, rejected (n\u{a0}=\u{a0}{matching})");
        columns.push(column("match", &name, LowerIsBetter, SETTINGS, config));
        shares(&mut rows, judges, config, |at| records[at].matches)?;
    }
    for kind in kinds {
        let asked = |at: usize| records[at].kind() == Some(kind);
        let name = format!("{kind} (n\u{a0}=\u{a0}{})", size(records, kind));
        columns.push(column(&plain(kind), &name, HigherIsBetter, SETTINGS, config));
        shares(&mut rows, judges, config, asked)?;
    }
    Ok(Some(ScoreTable {
        id: NEGATIVE_KINDS.to_string(),
        title: "Mismatches noticed, by kind".to_string(),
        note: "Share of the texts that each system rejects at its threshold from validation: of \
               matching texts by mistake, of each kind of mismatch rightly."
            .to_string(),
        level: config.level,
        pool: None,
        not_asked: 0,
        columns,
        rows,
    }))
}

fn shares(
    rows: &mut [crate::scores::Row],
    judges: &[Judge<'_>],
    config: &BootstrapConfig,
    asked: impl Fn(usize) -> bool,
) -> Result<()> {
    let share = |unit: &super::Unit<'_>| MeanStats::of(Some(f64::from(!unit.accepted)));
    let of = |units: &[&super::Unit<'_>]| by_story(units, share);
    add_column(rows, judges, config, asked, of, MeanStats::score)
}

/// Areas under the ROC curve of all matching texts against one kind; `None` unless there are both.
pub(super) fn areas(
    records: &[VerificationRecord],
    judges: &[Judge<'_>],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let kinds = kinds(records);
    let any_match = records.iter().any(|record| record.matches);
    if kinds.is_empty() || judges.is_empty() || !any_match {
        return Ok(None);
    }
    let mut rows = rows(records, judges, |_| true);
    let mut columns: Vec<Column> = Vec::new();
    for kind in kinds {
        let settings = "positive:match|ties:half|missing:left-out";
        let name = format!("{kind} (n\u{a0}=\u{a0}{})", size(records, kind));
        columns.push(column(&plain(kind), &name, HigherIsBetter, settings, config));
        let asked = |at: usize| records[at].matches || records[at].kind() == Some(kind);
        add_area(&mut rows, judges, config, asked)?;
    }
    Ok(Some(ScoreTable {
        id: NEGATIVE_KINDS_AUC.to_string(),
        title: "Mismatches told apart at any threshold, by kind".to_string(),
        note: "ROC-AUC of all matching texts against one kind of mismatch: the chance that a \
               matching text scores higher than such a one; .5 is guessing."
            .to_string(),
        level: config.level,
        pool: None,
        not_asked: 0,
        columns,
        rows,
    }))
}

fn size(records: &[VerificationRecord], kind: &str) -> usize {
    let of_kind = records.iter().filter(|record| record.kind() == Some(kind));
    of_kind.count()
}
