//! Which kind of mismatch is noticed: the share of each kind that a system rejects at its threshold,
//! and how well it ranks matching texts above that kind.

use super::{Judge, NEGATIVE_KINDS, NEGATIVE_KINDS_AUC, Sheet, Unit, by_story, column};
use crate::error::Result;
use crate::scores::{Column, ScoreTable};
use crate::verification::VerificationRecord;
use crate::verification::ranked::{self, Drawn};
use crate::verification::systems::{kinds, plain};
use crate::wording::counted;
use std::collections::BTreeSet;
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
    let mut sheet = Sheet::new(records, judges, config);
    if records.iter().any(|record| record.matches) {
        let name = format!("Matching, rejected ({})", size(records, |record| record.matches));
        let column = column("match", &name, LowerIsBetter, SETTINGS, config);
        shares(&mut sheet, column, |at| records[at].matches)?;
    }
    let name = format!("All others ({})", size(records, |record| !record.matches));
    let all = column("mismatch", &name, HigherIsBetter, SETTINGS, config);
    shares(&mut sheet, all, |at| !records[at].matches)?;
    for kind in kinds {
        let name = format!("{kind} ({})", size(records, |record| record.kind() == Some(kind)));
        let column = column(&plain(kind), &name, HigherIsBetter, SETTINGS, config);
        shares(&mut sheet, column, |at| records[at].kind() == Some(kind))?;
    }
    let note = "Share of the texts that each system rejects at its threshold from validation: of \
                matching texts by mistake, of all others and of each kind of them rightly.";
    Ok(Some(sheet.table(NEGATIVE_KINDS, "Mismatches noticed, by kind", note)))
}

fn shares(sheet: &mut Sheet<'_>, column: Column, asked: impl Fn(usize) -> bool) -> Result<()> {
    let share = |unit: &Unit<'_>| MeanStats::of(Some(f64::from(!unit.accepted)));
    sheet.add(column, asked, |units| by_story(units, share), MeanStats::score)
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
    let mut sheet = Sheet::new(records, judges, config);
    for kind in kinds {
        let settings = "positive:match|ties:half|missing:left-out";
        let name = format!("{kind} ({})", size(records, |record| record.kind() == Some(kind)));
        let column = column(&plain(kind), &name, HigherIsBetter, settings, config);
        let asked = |at: usize| records[at].matches || records[at].kind() == Some(kind);
        sheet.add(column, asked, ranked::clusters, Drawn::roc_auc)?;
    }
    let note = "ROC-AUC of all matching texts against one kind of mismatch: the chance that a \
                matching text scores higher than such a one; .5 is guessing.";
    let title = "Mismatches told apart at any threshold, by kind";
    Ok(Some(sheet.table(NEGATIVE_KINDS_AUC, title, note)))
}

/// How many examples are asked, and of how many stories: those that the interval draws.
fn size(records: &[VerificationRecord], asked: impl Fn(&VerificationRecord) -> bool) -> String {
    let asked: Vec<&str> =
        records.iter().filter(|record| asked(record)).map(|record| record.story.as_str()).collect();
    let stories = asked.iter().collect::<BTreeSet<_>>().len();
    let stories = counted(stories as u64, "story", "stories").replace(' ', "\u{a0}");
    format!("n\u{a0}=\u{a0}{} of {stories}", asked.len())
}
