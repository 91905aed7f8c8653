//! Is the right phrase flagged? Of the phrases that an edit changed, the share that was flagged (not
//! found or contradicted), against the share of flagged phrases in texts that match.
//!
//! The changed phrases of an example are the claims that overlap the bytes which the edit put in and
//! that are of the kind which the edit changes: of a swapped entity the thing, not the relation that
//! it stands in. An edit in which no claim was read is counted and has no phrase.

use super::{PHRASES, column, count, count_column};
use crate::error::Result;
use crate::evaluation::cells::cell;
use crate::scores::{Cell, Role, Row, ScoreTable};
use crate::verification::{ClaimRecord, PhraseFinding, PhraseKind, VerificationRecord};
use story_metrics::metric::Direction::{CloserToReference, HigherIsBetter, LowerIsBetter};
use story_metrics::{BootstrapConfig, Clusters, Statistic, bootstrap};

/// Counts of one or many examples.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct PhraseStats {
    edits: u64,
    unread: u64,
    changed: Counts,
    matching: Counts,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Counts {
    phrases: u64,
    flagged: u64,
    not_judged: u64,
}

/// The table; `None` without an edited text and without claims in matching ones.
pub(super) fn table(
    records: &[VerificationRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let kinds = PhraseKind::ALL.into_iter().map(Some);
    let mut rows = Vec::new();
    for kind in kinds.chain([None]) {
        let mut clusters = Clusters::default();
        let mut examples = 0;
        for record in records {
            let stats = PhraseStats::of(record, kind);
            if stats != PhraseStats::default() {
                clusters.add(&record.story, &stats);
                examples += 1;
            }
        }
        if examples > 0 {
            rows.push(row(kind, &clusters, examples, config)?);
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let shares = |id, name, direction, settings| column(id, name, direction, settings, config);
    Ok(Some(ScoreTable {
        id: PHRASES.to_string(),
        title: "Changed phrases flagged".to_string(),
        note: "A phrase is flagged where it is not found or contradicted. Of changed phrases all \
               should be, of phrases in matching texts none; the gap is the difference of the two \
               shares, 0 where flags say nothing. Phrases that could not be judged are not flagged."
            .to_string(),
        level: config.level,
        pool: None,
        not_asked: 0,
        columns: vec![
            count_column("edits", "Edits"),
            count_column("unread", "Edits not read"),
            count_column("changed", "Changed phrases"),
            shares("flagged", "Flagged", HigherIsBetter, "of:changed"),
            shares("not-judged", "Not judged", CloserToReference, "of:changed"),
            count_column("matching", "Phrases in matching texts"),
            shares("false-alarms", "False alarms", LowerIsBetter, "of:matching"),
            shares("gap", "Gap", HigherIsBetter, "flagged-false-alarms"),
        ],
        rows,
    }))
}

fn row(
    kind: Option<PhraseKind>,
    clusters: &Clusters<PhraseStats>,
    examples: u64,
    config: &BootstrapConfig,
) -> Result<Row> {
    let total = clusters.total();
    let score = |score: fn(&PhraseStats) -> Option<f64>| -> Result<Cell> {
        Ok(cell(&bootstrap(clusters, score, config)?))
    };
    Ok(Row {
        system: kind.map_or("all", PhraseKind::name).to_string(),
        role: match kind {
            None => Role::Model,
            Some(_) => Role::Variant,
        },
        cells: vec![
            count(total.edits),
            count(total.unread),
            count(total.changed.phrases),
            score(|stats| stats.changed.share(stats.changed.flagged))?,
            score(|stats| stats.changed.share(stats.changed.not_judged))?,
            count(total.matching.phrases),
            score(|stats| stats.matching.share(stats.matching.flagged))?,
            score(PhraseStats::gap)?,
        ],
        windows: examples,
        stories: clusters.len() as u64,
        missing: 0,
    })
}

impl PhraseStats {
    /// What one example adds to the row of a kind, or of all kinds.
    fn of(record: &VerificationRecord, kind: Option<PhraseKind>) -> Self {
        let mut stats = Self::default();
        let asked = |claim: &&ClaimRecord| {
            claim.range_in(&record.text).is_some() && kind.is_none_or(|kind| claim.kind == kind)
        };
        if record.matches {
            record.claims.iter().filter(asked).for_each(|claim| stats.matching.add(claim));
            return stats;
        }
        let (Some(edit), Some(changed)) = (record.kind(), record.changed_range()) else {
            return stats;
        };
        let target = PhraseKind::of_edit(edit);
        if kind.is_some() && kind != target {
            return stats;
        }
        stats.edits = 1;
        let claims = record.claims.iter().filter(asked).filter(|claim| {
            let of_edit = target.is_none_or(|target| claim.kind == target);
            let range = claim.range_in(&record.text);
            of_edit && range.is_some_and(|r| r.start < changed.end && changed.start < r.end)
        });
        claims.for_each(|claim| stats.changed.add(claim));
        stats.unread = u64::from(stats.changed.phrases == 0);
        stats
    }

    /// How much likelier a flag is where something was changed.
    fn gap(&self) -> Option<f64> {
        let (changed, matching) = (self.changed, self.matching);
        Some(changed.share(changed.flagged)? - matching.share(matching.flagged)?)
    }
}

impl Counts {
    fn add(&mut self, claim: &ClaimRecord) {
        self.phrases += 1;
        self.flagged += u64::from(claim.finding.is_flag());
        self.not_judged += u64::from(claim.finding == PhraseFinding::NotJudged);
    }

    fn share(&self, part: u64) -> Option<f64> {
        (self.phrases > 0).then(|| part as f64 / self.phrases as f64)
    }

    fn merge(&mut self, other: &Self) {
        self.phrases += other.phrases;
        self.flagged += other.flagged;
        self.not_judged += other.not_judged;
    }
}

impl Statistic for PhraseStats {
    fn merge(&mut self, other: &Self) {
        self.edits += other.edits;
        self.unread += other.unread;
        self.changed.merge(&other.changed);
        self.matching.merge(&other.matching);
    }

    fn score(&self) -> Option<f64> {
        self.gap()
    }
}
