//! Score tables of a judge, all with intervals that resample stories.
//!
//! A score rests on the examples that the system could judge; those that it could not are counted
//! beside it. The paired difference to the fusion is taken on the examples that both judged, so that
//! a signal which only speaks up in easy cases is compared with the fusion on those.

mod kinds;
mod matching;
mod phrases;

use super::systems::{role_of, systems, threshold};
use super::{VerificationRecord, VerificationSummary};
use crate::error::{ReportError, Result};
use crate::evaluation::EvaluationConfig;
use crate::evaluation::cells::{cell, difference};
use crate::scores::{Cell, Column, Role, Row, ScoreTable};
use std::collections::BTreeSet;
use story_metrics::metric::{Direction, MetricInfo};
use story_metrics::{
    BootstrapConfig, CalibrationStats, Clusters, MetricError, Signature, Statistic, Truth,
    bootstrap,
};

/// Id of the table of all systems.
pub const MATCHING: &str = "matching";
/// Id of the table of rejected texts by kind of negative.
pub const NEGATIVE_KINDS: &str = "negative-kinds";
/// Id of the table of areas under the ROC curve by kind of negative.
pub const NEGATIVE_KINDS_AUC: &str = "negative-kinds-auc";
/// Id of the table of phrases.
pub const PHRASES: &str = "phrases";

/// All tables that the records allow; none without records.
///
/// # Errors
/// If the bootstrap's settings cannot be, or a probability is not in 0..=1 (with story, frame and
/// system).
pub fn tables(
    records: &[VerificationRecord],
    summary: &VerificationSummary,
    config: &EvaluationConfig,
) -> Result<Vec<ScoreTable>> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let config = config.bootstrap();
    let judges = judges(records, summary)?;
    let tables = [
        matching::table(records, &judges, summary, &config)?,
        kinds::rejected(records, &judges, &config)?,
        kinds::areas(records, &judges, &config)?,
        phrases::table(records, &config)?,
    ];
    Ok(tables.into_iter().flatten().collect())
}

/// One system's answer to one example.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'a> {
    /// Id of the story.
    pub story: &'a str,
    /// Probability of a match, 0..=1.
    pub probability: f64,
    /// Positive: the text is the picture's own.
    pub truth: Truth,
    /// Whether the system says "match".
    pub accepted: bool,
}

/// A system with its answers, one an example; `None` where it could not judge.
struct Judge<'a> {
    name: String,
    units: Vec<Option<Unit<'a>>>,
}

fn judges<'a>(
    records: &'a [VerificationRecord],
    summary: &VerificationSummary,
) -> Result<Vec<Judge<'a>>> {
    let judge = |name: String| {
        let threshold = threshold(summary, &name);
        let unit = |record: &'a VerificationRecord| -> Result<Option<Unit<'a>>> {
            let Some(&probability) = record.probabilities.get(&name) else {
                return Ok(None);
            };
            let truth = truth(record);
            // Refuses what is no probability.
            CalibrationStats::<1>::of(Some(probability), truth).map_err(refused(record, &name))?;
            Ok(Some(Unit {
                story: &record.story,
                probability,
                truth,
                accepted: probability >= threshold,
            }))
        };
        let units = records.iter().map(unit).collect::<Result<Vec<_>>>()?;
        Ok(Judge { name, units })
    };
    systems(records).into_iter().map(judge).collect()
}

/// The true class of an example.
pub(crate) fn truth(record: &VerificationRecord) -> Truth {
    match record.matches {
        true => Truth::Positive,
        false => Truth::Negative,
    }
}

fn refused(record: &VerificationRecord, system: &str) -> impl Fn(MetricError) -> ReportError {
    move |source| ReportError::Window {
        story: record.story.clone(),
        target: record.frame,
        system: system.to_string(),
        source: Box::new(source),
    }
}

/// Rows without cells yet; systems that judged nothing are left out.
fn rows(records: &[VerificationRecord], judges: &[Judge<'_>]) -> Vec<Row> {
    let stories: BTreeSet<&str> = records.iter().map(|record| record.story.as_str()).collect();
    let row = |judge: &Judge<'_>| Row {
        system: judge.name.clone(),
        role: role_of(&judge.name),
        cells: Vec::new(),
        windows: records.len() as u64,
        stories: stories.len() as u64,
        missing: judge.units.iter().filter(|unit| unit.is_none()).count() as u64,
    };
    judges.iter().map(row).collect()
}

/// A table in the making: rows to which cells are added column by column.
struct Sheet<'a> {
    judges: &'a [Judge<'a>],
    columns: Vec<Column>,
    rows: Vec<Row>,
    config: BootstrapConfig,
}

impl<'a> Sheet<'a> {
    /// Rows of all examples, without cells yet.
    fn new(
        records: &[VerificationRecord],
        judges: &'a [Judge<'a>],
        config: &BootstrapConfig,
    ) -> Self {
        let rows = rows(records, judges);
        Self { judges, columns: Vec::new(), rows, config: *config }
    }

    /// Appends a column: a cell a row, the score of the examples that are asked for with its interval
    /// and the paired difference to the fusion.
    fn add<S: Statistic>(
        &mut self,
        column: Column,
        asked: impl Fn(usize) -> bool,
        clusters: impl Fn(&[&Unit<'_>]) -> Clusters<S>,
        score: impl Fn(&S) -> Option<f64>,
    ) -> Result<()> {
        let (judges, config) = (self.judges, &self.config);
        let model = judges.iter().find(|judge| role_of(&judge.name) == Role::Model);
        for (row, judge) in self.rows.iter_mut().zip(judges) {
            let places = (0..judge.units.len()).filter(|&at| asked(at));
            let judged: Vec<usize> =
                places.clone().filter(|&at| judge.units[at].is_some()).collect();
            let units = |of: &Judge<'_>, other: &Judge<'_>| {
                let both = judged.iter().filter(|&&at| other.units[at].is_some());
                let units: Vec<&Unit<'_>> = both.filter_map(|&at| of.units[at].as_ref()).collect();
                clusters(&units)
            };
            let difference = match model.filter(|model| model.name != judge.name) {
                None => None,
                Some(model) => {
                    let (first, second) = (units(model, judge), units(judge, model));
                    difference(&first, &second, &score, config)?
                }
            };
            row.cells.push(Cell {
                left_out: (places.count() - judged.len()) as u64,
                difference,
                ..cell(&bootstrap(&units(judge, judge), &score, config)?)
            });
        }
        self.columns.push(column);
        Ok(())
    }

    /// The stories that intervals are drawn from, as a sentence, where a system judged something in
    /// some of them only; else empty.
    fn drawn(&self) -> String {
        let partly: Vec<String> = self
            .rows
            .iter()
            .zip(self.judges)
            .filter_map(|(row, judge)| {
                let judged = judge.units.iter().flatten().map(|unit| unit.story);
                let judged = judged.collect::<BTreeSet<_>>().len() as u64;
                let partly = judged < row.stories;
                partly.then(|| format!("{} {judged} of {}", row.system, row.stories))
            })
            .collect();
        match partly.is_empty() {
            true => String::new(),
            false => format!(
                " An interval draws the stories in which its system judged something: {}.",
                partly.join(", ")
            ),
        }
    }

    /// The table, named.
    fn table(self, id: &str, title: &str, note: &str) -> ScoreTable {
        ScoreTable {
            id: id.to_string(),
            title: title.to_string(),
            note: format!("{note}{}", self.drawn()),
            level: self.config.level,
            pool: None,
            not_asked: 0,
            columns: self.columns,
            rows: self.rows,
        }
    }
}

/// The units' statistics by story.
fn by_story<S: Statistic>(units: &[&Unit<'_>], stats: impl Fn(&Unit<'_>) -> S) -> Clusters<S> {
    let mut clusters = Clusters::default();
    units.iter().for_each(|unit| clusters.add(unit.story, &stats(unit)));
    clusters
}

/// A metric of the list, with its settings here.
fn metric(info: &MetricInfo, settings: &str, ci: &BootstrapConfig) -> Column {
    Column::of(info, Signature::parse(settings).and(ci.signature()))
}

/// A column of a fraction with three places.
fn column(
    id: &str,
    name: &str,
    direction: Direction,
    settings: &str,
    ci: &BootstrapConfig,
) -> Column {
    Column {
        id: id.to_string(),
        name: name.to_string(),
        direction,
        unit: String::new(),
        digits: 3,
        reference: None,
        signature: Signature::parse(settings).and(ci.signature()),
    }
}

/// A column of a count, which has no interval and no better.
fn count_column(id: &str, name: &str) -> Column {
    Column {
        id: id.to_string(),
        name: name.to_string(),
        direction: Direction::CloserToReference,
        unit: String::new(),
        digits: 0,
        reference: None,
        signature: Signature::word(COUNT),
    }
}

/// The signature of a count.
const COUNT: &str = "count";

/// Whether a column only counts.
pub(crate) fn is_count(column: &Column) -> bool {
    column.signature == Signature::word(COUNT)
}

/// A cell of a count.
fn count(n: u64) -> Cell {
    Cell { value: Some(n as f64), ..Cell::default() }
}
