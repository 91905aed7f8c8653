//! Red flags: what makes a result unbelievable or worthless, found in the records and scores
//! themselves. A high score is a bug until it is explained.

use crate::derangement::{Control, shuffled_references};
use crate::error::Result;
use crate::evaluation::{BEST_REACHABLE, EvaluationConfig, MODEL};
use crate::records::{Summary, WindowRecord};
use crate::scores::{Column, Role, Row, ScoreTable, format_number};
use crate::systems::System;
use crate::verdict::{HEADLINES, Outcome, verdict};
use serde::{Deserialize, Serialize};
use story_metrics::language::TOP_1;
use story_metrics::meteor::METEOR;
use story_metrics::metric::Direction;

/// What a flag is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlagId {
    /// A METEOR that no system on real stories comes near.
    MeteorTooHigh,
    /// Every token foreseen.
    PerfectTop1,
    /// References of other stories score nearly as well as the right ones.
    ShuffledReferences,
    /// The model's text is not better than the last one, copied.
    NotBetterThanCopying,
    /// The text to predict stands in the context.
    TargetInContext,
    /// The model scores above what an all-knowing predictor could reach.
    AboveBound,
    /// The model gave no answer where it was asked.
    MissingAnswers,
    /// Held-out stories share pictures with training stories.
    SharedPictures,
    /// The scores are of so few stories that they say nothing of others.
    FewTestStories,
    /// A judge that never looks at the picture does as well as the one that does.
    TextAloneSuffices,
    /// An area under the ROC curve that no judge of pictures and texts comes near.
    AucTooHigh,
    /// Test material was found in training, or a label contradicts itself.
    TargetLeak,
    /// All examples have the same answer.
    OneClass,
}

/// How much a flag weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The result may stand, but must not be told without it.
    Warning,
    /// The result must not be believed, or shows nothing, until the cause is found.
    Failure,
}

/// A red flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedFlag {
    /// What it is about.
    pub id: FlagId,
    /// How much it weighs.
    pub severity: Severity,
    /// What was found, in a sentence with its numbers.
    pub sentence: String,
}

impl FlagId {
    /// Those of a model that tells stories, in the order in which they are looked for.
    pub const ALL: [Self; 9] = [
        Self::MeteorTooHigh,
        Self::PerfectTop1,
        Self::ShuffledReferences,
        Self::NotBetterThanCopying,
        Self::TargetInContext,
        Self::AboveBound,
        Self::MissingAnswers,
        Self::SharedPictures,
        Self::FewTestStories,
    ];

    /// Those of a judge of picture-text agreement, in the order in which they are looked for.
    pub const OF_JUDGES: [Self; 6] = [
        Self::TextAloneSuffices,
        Self::AucTooHigh,
        Self::TargetLeak,
        Self::OneClass,
        Self::AboveBound,
        Self::MissingAnswers,
    ];

    /// The id in words, as it is serialised: `meteor-too-high`.
    pub fn name(self) -> &'static str {
        match self {
            Self::MeteorTooHigh => "meteor-too-high",
            Self::PerfectTop1 => "perfect-top1",
            Self::ShuffledReferences => "shuffled-references",
            Self::NotBetterThanCopying => "not-better-than-copying",
            Self::TargetInContext => "target-in-context",
            Self::AboveBound => "above-bound",
            Self::MissingAnswers => "missing-answers",
            Self::SharedPictures => "shared-pictures",
            Self::FewTestStories => "few-test-stories",
            Self::TextAloneSuffices => "text-alone-suffices",
            Self::AucTooHigh => "auc-too-high",
            Self::TargetLeak => "target-leak",
            Self::OneClass => "one-class",
        }
    }
}

impl std::fmt::Display for RedFlag {
    /// `failure, perfect-top1: ...`, a line for a terminal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let severity = match self.severity {
            Severity::Failure => "failure",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}, {}: {}", self.id.name(), self.sentence)
    }
}

/// A METEOR (0..1) above this is not believed: a fine-tuned model of 7 billion parameters reaches
/// .14 on this kind of stories (arXiv 2505.10292).
const HIGHEST_METEOR: f64 = 0.5;
/// A teacher-forced top-1 from here on is a leak: even a perfect model meets synonyms.
const PERFECT_TOP1: f64 = 0.9995;
/// Shuffled references count as nearly as good from this share of the right ones' score on.
const NEARLY: f64 = 0.9;
/// From this share of windows on a target in the context fails the run.
const MANY: f64 = 0.05;
/// A reference of fewer words can stand in a context by chance.
const WORDS: usize = 4;

/// Every red flag of a run, the failures first; those of a judge come with its report.
///
/// # Errors
/// If the bootstrap's settings cannot be.
pub fn red_flags(
    windows: &[WindowRecord],
    tables: &[ScoreTable],
    summary: &Summary,
    config: &EvaluationConfig,
) -> Result<Vec<RedFlag>> {
    let controls = shuffled_references(windows, config)?;
    Ok(flags_of(windows, tables, summary, &controls))
}

/// As [`red_flags`], with the controls at hand.
pub(crate) fn flags_of(
    windows: &[WindowRecord],
    tables: &[ScoreTable],
    summary: &Summary,
    controls: &[Control],
) -> Vec<RedFlag> {
    let mut flags = Vec::new();
    too_high(&mut flags, tables);
    flags.extend(controls.iter().find_map(shuffled));
    flags.extend(no_better_than_copying(tables));
    flags.extend(target_in_context(windows));
    above_bound(&mut flags, tables);
    missing(&mut flags, tables);
    if let Some(audit) = summary.audit.as_ref().filter(|audit| audit.found_shared()) {
        let sentence = audit.sentences().join(" ");
        flags.push(flag(FlagId::SharedPictures, Severity::Warning, sentence));
    }
    flags.extend(few_stories(tables, summary));
    flags.sort_by_key(|flag| std::cmp::Reverse(flag.severity));
    flags
}

pub(crate) fn flag(id: FlagId, severity: Severity, sentence: String) -> RedFlag {
    RedFlag { id, severity, sentence }
}

/// With fewer test stories than this the result must not be told without their number.
const FEW_STORIES: u64 = 5;
/// With so few, whatever the scores are, they show nothing.
const TOO_FEW_STORIES: u64 = 2;

/// Scores of one or two stories: a choice among a handful of pictures is often right by chance.
fn few_stories(tables: &[ScoreTable], summary: &Summary) -> Option<RedFlag> {
    let stories = summary.splits.get("test").map(|split| split.stories)?;
    if stories == 0 || stories >= FEW_STORIES {
        return None;
    }
    let severity = match stories <= TOO_FEW_STORIES {
        true => Severity::Failure,
        false => Severity::Warning,
    };
    let pools = tables.iter().filter_map(|table| Some(table.pool?.1));
    let among = match pools.min() {
        Some(pool) => format!(", and the right picture or text stood among at most {pool}"),
        None => String::new(),
    };
    let tested = if stories == 1 {
        "1 story was tested"
    } else {
        &*format!("{stories} stories were tested")
    };
    let sentence =
        format!("Only {tested}{among}: these scores, however high, say nothing of other stories.");
    Some(flag(FlagId::FewTestStories, severity, sentence))
}

/// Rows that speak for the trained model.
fn own(table: &ScoreTable) -> impl Iterator<Item = &Row> {
    let is_own = |row: &&Row| matches!(row.role, Role::Model | Role::Variant);
    table.rows.iter().filter(is_own)
}

/// METEOR and top-1. Where a bound is known that is at least as high, so high a score is possible on
/// these data, and there is nothing to look for.
fn too_high(flags: &mut Vec<RedFlag>, tables: &[ScoreTable]) {
    let limits = [
        (&METEOR.scores[0].info, HIGHEST_METEOR, FlagId::MeteorTooHigh),
        (&TOP_1.info, PERFECT_TOP1, FlagId::PerfectTop1),
    ];
    for table in tables {
        for (metric, limit, id) in limits {
            let Some(at) = table.column(metric.id) else {
                continue;
            };
            let bound = table.rows.iter().find(|row| row.system == BEST_REACHABLE);
            let bound = bound.and_then(|row| row.cells.get(at)?.value);
            let scale = scale_of(&table.columns[at]);
            for row in own(table) {
                let Some(value) = row.cells.get(at).and_then(|cell| cell.value) else {
                    continue;
                };
                if value / scale < limit {
                    continue;
                }
                if bound.is_some_and(|bound| bound >= value) {
                    continue;
                }
                flags.push(flag(
                    id,
                    Severity::Failure,
                    format!(
                        "{}: {} has a {} of {}; look for a leak or a wrong score before anything else.",
                        table.title,
                        row.system,
                        table.columns[at].name,
                        table.columns[at].format(Some(value)),
                    ),
                ));
            }
        }
    }
}

/// 100 for a metric that is printed in points or per cent.
fn scale_of(column: &Column) -> f64 {
    match column.unit.as_str() {
        "points" | "%" => 100.0,
        _ => 1.0,
    }
}

fn shuffled(control: &Control) -> Option<RedFlag> {
    if control.system != MODEL {
        return None;
    }
    let (right, shuffled) = (control.right?, control.shuffled?);
    let outcome = control.difference.map_or(Outcome::Unknown, |difference| {
        difference.outcome(Direction::HigherIsBetter, EvaluationConfig::default().level)
    });
    let numbers = format!(
        "ROUGE-L {} against the right references, {} against those of other stories",
        format_number(right, 3),
        format_number(shuffled, 3)
    );
    match outcome {
        Outcome::Undecided | Outcome::Worse => Some(flag(
            FlagId::ShuffledReferences,
            Severity::Failure,
            format!("The model's texts fit any story: {numbers}."),
        )),
        _ if shuffled >= NEARLY * right => Some(flag(
            FlagId::ShuffledReferences,
            Severity::Warning,
            format!("The model's texts fit other stories nearly as well: {numbers}."),
        )),
        _ => None,
    }
}

/// The flag of a model whose texts are no better than the last one, copied, by a run's score tables.
pub fn no_better_than_copying(tables: &[ScoreTable]) -> Option<RedFlag> {
    let table = tables.iter().find(|table| table.id == HEADLINES[0].tables[0])?;
    let column = HEADLINES[0].columns[0].id;
    let verdict = verdict(table, column, System::Model.name(), System::CopyLast.name());
    match verdict.by_difference {
        Outcome::Better | Outcome::Unknown => None,
        Outcome::Undecided | Outcome::Worse => Some(flag(
            FlagId::NotBetterThanCopying,
            Severity::Failure,
            format!(
                "The model's text is no better than copying the last one. {}",
                verdict.sentence()
            ),
        )),
    }
}

fn target_in_context(windows: &[WindowRecord]) -> Option<RedFlag> {
    let plain = |text: &str| {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        words.join(" ")
    };
    let asked = windows.iter().filter(|window| window.reference.is_some());
    let leaks = asked.clone().filter(|window| {
        let reference = plain(window.reference.as_deref().unwrap_or(""));
        reference.split(' ').count() >= WORDS
            && window
                .context
                .iter()
                .any(|step| !step.padding && plain(&step.text).contains(&reference))
    });
    let (n, of) = (leaks.count(), asked.count());
    if n == 0 {
        return None;
    }
    let severity = match n as f64 >= MANY * of as f64 {
        true => Severity::Failure,
        false => Severity::Warning,
    };
    Some(flag(
        FlagId::TargetInContext,
        severity,
        format!("The text to predict stands word for word in the context of {n} of {of} windows."),
    ))
}

/// By the paired difference, so that noise around the bound is no flag.
pub(crate) fn above_bound(flags: &mut Vec<RedFlag>, tables: &[ScoreTable]) {
    for table in tables {
        // To be above who is given one side of the context alone is no wonder.
        for bound in table.rows.iter().filter(|row| row.system == BEST_REACHABLE) {
            for (column, cell) in table.columns.iter().zip(&bound.cells) {
                let Some(difference) = cell.difference else {
                    continue;
                };
                if difference.outcome(column.direction, table.level) == Outcome::Better {
                    flags.push(flag(
                        FlagId::AboveBound,
                        Severity::Warning,
                        format!(
                            "{}: the model's {} is above {}, which knows all there is to know \
                             (difference {}).",
                            table.title,
                            column.name,
                            bound.system,
                            column.format_cell(&difference.into()),
                        ),
                    ));
                }
            }
        }
    }
}

fn missing(flags: &mut Vec<RedFlag>, tables: &[ScoreTable]) {
    for table in tables {
        for row in own(table).filter(|row| row.missing > 0) {
            flags.push(flag(
                FlagId::MissingAnswers,
                Severity::Warning,
                format!(
                    "{}: {} gave no answer in {} of {} windows.",
                    table.title, row.system, row.missing, row.windows
                ),
            ));
        }
    }
}
