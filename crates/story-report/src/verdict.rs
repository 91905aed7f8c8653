//! Whether one system beats another: by the paired difference, tested by approximate randomisation by
//! story, and by intervals that do not touch. The first is the test, also with few stories; the second
//! is what readers of a table see, and stands alone where nothing could be tested.

use crate::scores::{Cell, Column, Difference, Role, ScoreTable};
use crate::systems::System;
use story_metrics::bleu::BLEU;
use story_metrics::language::{PERPLEXITY, TOP_1};
use story_metrics::metric::{Direction, MetricInfo};
use story_metrics::picture::{MSE, SSIM};
use story_metrics::retrieval::{MRR, RECALL};
use story_metrics::rouge::ROUGE_L;

/// The answer of one test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The model is better.
    Better,
    /// The baseline is better.
    Worse,
    /// The intervals touch, or the difference may come from chance.
    Undecided,
    /// There is no interval to judge by: fewer than two stories, a system or column that the table
    /// lacks, or a metric that has no better.
    Unknown,
}

impl Outcome {
    /// The answer to whether the model is better, in a word or a few.
    pub fn answer(self) -> &'static str {
        match self {
            Self::Better => "Yes",
            Self::Worse => "No, it is worse",
            Self::Undecided => "Cannot be told",
            Self::Unknown => "No interval to judge by",
        }
    }
}

/// A comparison of two systems in one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The table's title.
    pub table: String,
    /// The column; `None` if the table lacks it.
    pub column: Option<Column>,
    /// Name of the system in question.
    pub model: String,
    /// Name of the system that it is compared with.
    pub baseline: String,
    /// The model's cell; empty if the table lacks it.
    pub model_cell: Cell,
    /// The baseline's cell; empty if the table lacks it.
    pub baseline_cell: Cell,
    /// By intervals that do not touch.
    pub by_intervals: Outcome,
    /// By the paired difference's p; known for the row of [`Role::Model`] only.
    pub by_difference: Outcome,
}

/// Compares two systems of a table in one column, both named as in the table.
pub fn verdict(table: &ScoreTable, column: &str, model: &str, baseline: &str) -> Verdict {
    let cell = |system: &str| table.cell(system, column).copied();
    let (first, second) = (cell(model), cell(baseline));
    let known = table.column(column).map(|at| table.columns[at].clone());
    let exact = table.row(baseline).is_some_and(|row| row.role == Role::Chance);
    let (mut by_intervals, mut by_difference) = (Outcome::Unknown, Outcome::Unknown);
    if let (Some(column), Some(first), Some(mut second)) = (&known, first, second) {
        if exact {
            (second.lower, second.upper) = (second.value, second.value);
        }
        by_intervals = apart(&first, &second, column.direction);
        let is_model = table.row(model).is_some_and(|row| row.role == Role::Model);
        if let Some(difference) = second.difference.filter(|_| is_model) {
            by_difference = difference.outcome(column.direction, table.level);
        }
    }
    Verdict {
        table: table.title.clone(),
        column: known,
        model: model.to_string(),
        baseline: baseline.to_string(),
        model_cell: first.unwrap_or_default(),
        baseline_cell: second.unwrap_or_default(),
        by_intervals,
        by_difference,
    }
}

impl Difference {
    /// What the difference says of the model: its side of 0, where its p is below 1 - `level`. Without a
    /// p, as beside chance, the side on which all of its interval lies.
    pub fn outcome(&self, direction: Direction, level: f64) -> Outcome {
        match self.p {
            Some(p) => self.outcome_by(p, direction, level),
            None => {
                let zero = Cell { lower: Some(0.0), upper: Some(0.0), ..Cell::default() };
                apart(&Cell::from(*self), &zero, direction)
            }
        }
    }

    /// The same by another p, such as one that is corrected for the number of tests.
    pub(crate) fn outcome_by(&self, p: f64, direction: Direction, level: f64) -> Outcome {
        let better = match direction {
            Direction::HigherIsBetter => self.value > 0.0,
            Direction::LowerIsBetter => self.value < 0.0,
            Direction::CloserToReference => return Outcome::Unknown,
        };
        match (p < 1.0 - level, better) {
            (false, _) => Outcome::Undecided,
            (true, true) => Outcome::Better,
            (true, false) => Outcome::Worse,
        }
    }
}

fn apart(first: &Cell, second: &Cell, direction: Direction) -> Outcome {
    let (Some(low), Some(high), Some(other_low), Some(other_high)) =
        (first.lower, first.upper, second.lower, second.upper)
    else {
        return Outcome::Unknown;
    };
    let (above, below) = (low > other_high, high < other_low);
    match direction {
        Direction::CloserToReference => Outcome::Unknown,
        _ if !above && !below => Outcome::Undecided,
        Direction::HigherIsBetter if above => Outcome::Better,
        Direction::LowerIsBetter if below => Outcome::Better,
        _ => Outcome::Worse,
    }
}

impl Verdict {
    /// Whether the model is better by the sharper test and the intervals do not touch either.
    pub fn clearly_better(&self) -> bool {
        self.outcome() == Outcome::Better && self.by_intervals == Outcome::Better
    }

    /// The answer of the sharper test that there is: the paired difference, or else the intervals.
    pub fn outcome(&self) -> Outcome {
        match self.by_difference {
            Outcome::Unknown => self.by_intervals,
            known => known,
        }
    }

    /// The verdict in a sentence, with both values, their intervals and the difference.
    pub fn sentence(&self) -> String {
        let Self { model, baseline, .. } = self;
        let Some(column) = &self.column else {
            return format!("{}: not measured.", self.table);
        };
        let name = &column.name;
        if self.model_cell.value.is_none() || self.baseline_cell.value.is_none() {
            return format!("{name}: {model} and {baseline} were not both measured.");
        }
        let (model_value, baseline_value) =
            (column.format_cell(&self.model_cell), column.format_cell(&self.baseline_cell));
        let difference = match self.baseline_cell.difference {
            Some(d) => format!("; difference {}", column.format_cell(&d.into())),
            None => String::new(),
        };
        let verb = match (self.by_intervals, self.outcome()) {
            (Outcome::Better, Outcome::Better) => "is clearly better than",
            (Outcome::Worse, Outcome::Worse) => "is clearly worse than",
            (_, Outcome::Better) => "is better by the paired difference than",
            (_, Outcome::Worse) => "is worse by the paired difference than",
            (_, Outcome::Undecided) => "cannot be told from",
            (_, Outcome::Unknown) => {
                let why = match column.direction {
                    Direction::CloserToReference => "by it neither is better",
                    _ => "there is no interval to tell whether one is better",
                };
                return format!(
                    "{name}: {model} {model_value}, {baseline} {baseline_value}{difference}; {why}."
                );
            }
        };
        format!("{name}: {model} {model_value} {verb} {baseline} {baseline_value}{difference}.")
    }
}

/// The comparisons that a run is judged by first, each with the best of what needs no model: the text,
/// the choice of the next frame, in the pool that leaves out what was shown (to repeat is no answer)
/// where there is one, the painted picture, and how well the text's words are foreseen.
pub static HEADLINES: [Headline; 4] = [
    Headline {
        question: "Does the model's text beat every text that needs no model?",
        tables: &["next-text-free-running"],
        columns: [&ROUGE_L.scores[0].info, &BLEU.scores[0].info],
    },
    Headline {
        question: "Does the model find the next frame better than every simple guess?",
        tables: &["next-frame-retrieval-unshown", "next-frame-retrieval"],
        columns: [&MRR, &RECALL[0]],
    },
    Headline {
        question: "Is the painted picture nearer to the true one than every picture that needs no model?",
        tables: &["next-picture"],
        columns: [&SSIM, &MSE],
    },
    Headline {
        question: "Does the model foresee the next text's words better than counts of words do?",
        tables: &["next-text-teacher-forced"],
        columns: [&PERPLEXITY.info, &TOP_1.info],
    },
];

/// A question that a report answers on top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Headline {
    /// The question.
    pub question: &'static str,
    /// Ids of the score tables that answer it; the first that is there does.
    pub tables: &'static [&'static str],
    /// The metrics; the first one decides.
    pub columns: [&'static MetricInfo; 2],
}

impl Headline {
    /// The table that answers.
    pub(crate) fn table<'a>(&self, tables: &'a [ScoreTable]) -> Option<&'a ScoreTable> {
        let named = |id: &&str| tables.iter().find(|table| table.id == *id);
        self.tables.iter().find_map(named)
    }

    /// One verdict a column, the deciding one first, each beside the baseline that is the best by it;
    /// none if no table is there, or the model or a baseline is not in it.
    pub fn verdicts(&self, tables: &[ScoreTable]) -> Vec<Verdict> {
        let Some(table) = self.table(tables) else { return Vec::new() };
        if table.row(System::Model.name()).is_none() {
            return Vec::new();
        }
        let verdict = |metric: &&MetricInfo| {
            let baseline = best_baseline(table, metric.id)?;
            Some(verdict(table, metric.id, System::Model.name(), baseline))
        };
        self.columns.iter().filter_map(verdict).collect()
    }
}

/// The baseline that is the best by a column, the first among equals.
fn best_baseline<'a>(table: &'a ScoreTable, column: &str) -> Option<&'a str> {
    let at = table.column(column)?;
    let higher = match table.columns[at].direction {
        Direction::HigherIsBetter => true,
        Direction::LowerIsBetter => false,
        Direction::CloserToReference => return None,
    };
    let mut best: Option<(f64, &str)> = None;
    for row in table.rows.iter().filter(|row| row.role == Role::Baseline) {
        let Some(value) = row.cells.get(at).and_then(|cell| cell.value) else { continue };
        let value = if higher { value } else { -value };
        if best.is_none_or(|(highest, _)| value > highest) {
            best = Some((value, &row.system));
        }
    }
    best.map(|(_, system)| system)
}
