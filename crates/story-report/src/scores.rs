//! Score tables: one row a system, one column a metric, each cell a value with its interval. They
//! are plain data, written to `scores.json` and read back without loss.

use crate::wording::counted;
use serde::{Deserialize, Serialize};
use story_metrics::metric::{Direction, MetricInfo};
use story_metrics::signature::Signature;

/// Systems side by side on the same windows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ScoreTable {
    /// Short name in lower case for file names, such as `next-text-free-running`.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What one must know to read the values: how missing ones count, the pool of a retrieval.
    pub note: String,
    /// Share of resampled scores within the intervals, such as 0.95.
    pub level: f64,
    /// Smallest and largest pool of a retrieval; `None` for other tables.
    pub pool: Option<(u64, u64)>,
    /// Windows of the run that this table cannot ask: no reference, no picture.
    #[serde(default)]
    pub not_asked: u64,
    /// The metrics.
    pub columns: Vec<Column>,
    /// The systems: model, its variants, baselines by name, chance, bounds.
    pub rows: Vec<Row>,
}

/// A metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Short name in lower case, such as `bleu-4`.
    pub id: String,
    /// Name to print, such as `BLEU-4`.
    pub name: String,
    /// Which way is better.
    pub direction: Direction,
    /// Unit such as `dB`; empty for a pure number.
    pub unit: String,
    /// Decimal places that are worth printing.
    pub digits: usize,
    /// The references' own value, where closeness to it is what counts.
    pub reference: Option<f64>,
    /// All settings that change the values, the interval's included.
    pub signature: Signature,
}

/// What a system is, in the order of a table's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The trained model.
    Model,
    /// The trained model, asked or decoded in another way: a name such as `model-beam`.
    Variant,
    /// Something simple that a model should beat.
    Baseline,
    /// The expected score of a random answer.
    Chance,
    /// What an all-knowing predictor could reach.
    Bound,
}

impl Role {
    /// The role as a word in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Variant => "variant",
            Self::Baseline => "baseline",
            Self::Chance => "chance",
            Self::Bound => "bound",
        }
    }

    /// What the word means, in a few more.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Model => "what was trained",
            Self::Variant => "the same, asked or decoded in another way",
            Self::Baseline => "something simple, which a model should beat",
            Self::Chance => "what a random answer would score",
            Self::Bound => "what an all-knowing predictor could reach",
        }
    }
}

/// A system's scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The system's name.
    pub system: String,
    /// What it is.
    pub role: Role,
    /// One cell a column.
    pub cells: Vec<Cell>,
    /// Windows that ask for an answer, missing ones included.
    pub windows: u64,
    /// Stories they come from; the bootstrap draws these.
    pub stories: u64,
    /// Windows in which this system gave no answer although another one did.
    pub missing: u64,
}

/// A score. Numbers are finite or `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The score of all windows; `None` where it is undefined.
    pub value: Option<f64>,
    /// Lower end of its interval; `None` with fewer than two stories, and where none applies.
    pub lower: Option<f64>,
    /// Upper end of its interval.
    pub upper: Option<f64>,
    /// Windows that the value leaves out because they have none: the PSNR of equal pictures, a
    /// missing answer where no worst value exists.
    pub left_out: u64,
    /// The model's score minus this one, on the same resamples; `None` in the model's own row.
    pub difference: Option<Difference>,
}

/// A paired difference with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The model's score minus the other system's.
    pub value: f64,
    /// Lower end of the interval; `None` as in [`Cell`].
    pub lower: Option<f64>,
    /// Upper end of the interval.
    pub upper: Option<f64>,
    /// Two-sided p-value of approximate randomisation by story, in as many rounds as there are
    /// resamples ([`story_metrics::randomisation`]): how often a difference as large comes about where
    /// the two systems' answers to a story may as well be swapped. `None` as the interval, beside
    /// chance, which is computed, and in older records.
    #[serde(default)]
    pub p: Option<f64>,
}

impl From<Difference> for Cell {
    /// A difference as a cell, so that it prints like one.
    fn from(difference: Difference) -> Self {
        Self {
            value: Some(difference.value),
            lower: difference.lower,
            upper: difference.upper,
            ..Self::default()
        }
    }
}

impl ScoreTable {
    /// The position of a column by its id.
    pub fn column(&self, id: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.id == id)
    }

    /// The row of a system.
    pub fn row(&self, system: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.system == system)
    }

    /// The cell of a system in a column.
    pub fn cell(&self, system: &str, column: &str) -> Option<&Cell> {
        self.row(system)?.cells.get(self.column(column)?)
    }

    /// The table with these of its columns alone.
    pub(crate) fn with_columns(&self, places: &[usize]) -> Self {
        let mut table = self.clone();
        table.columns = places.iter().map(|&at| self.columns[at].clone()).collect();
        for row in &mut table.rows {
            row.cells = places.iter().filter_map(|&at| row.cells.get(at).copied()).collect();
        }
        table
    }

    /// `120 windows of 40 stories`, of the row with the most windows.
    pub(crate) fn size(&self) -> String {
        let most = self.rows.iter().max_by_key(|row| row.windows);
        let (windows, stories) = most.map_or((0, 0), |row| (row.windows, row.stories));
        let [one, many] = self.units();
        format!("{} of {}", counted(windows, one, many), counted(stories, "story", "stories"))
    }

    /// What a row counts, one and many: windows, and in a judge's tables examples.
    pub(crate) fn units(&self) -> [&'static str; 2] {
        match crate::verification::is_table(&self.id) {
            true => ["example", "examples"],
            false => ["window", "windows"],
        }
    }

    /// How much of the run the values rest on, as sentences: windows, stories, windows that could
    /// not be asked, answers that are missing.
    pub fn coverage(&self) -> String {
        let mut text = self.size();
        match self.not_asked {
            0 => {}
            n => text.push_str(&format!(
                "; {n} more cannot be asked, without a reference, picture or other candidate"
            )),
        }
        let missing: Vec<String> = self
            .rows
            .iter()
            .filter(|row| row.missing > 0)
            .map(|row| format!("{} {}", row.system, row.missing))
            .collect();
        if missing.is_empty() {
            text.push_str("; no answer is missing");
        } else {
            text.push_str(&format!("; missing answers: {}", missing.join(", ")));
        }
        text
    }

    /// Whether any system left an answer out.
    pub(crate) fn has_missing(&self) -> bool {
        self.rows.iter().any(|row| row.missing > 0)
    }
}

impl Column {
    /// The column of a metric of the list.
    pub fn of(info: &MetricInfo, signature: Signature) -> Self {
        Self {
            id: info.id.to_string(),
            name: info.name.to_string(),
            direction: info.direction,
            unit: info.range.unit.to_string(),
            digits: info.digits,
            reference: None,
            signature,
        }
    }

    /// The name with an arrow that points to better values, such as `PSNR (dB) ↑`.
    pub fn heading(&self) -> String {
        let unit = match self.unit.as_str() {
            "" => String::new(),
            unit => format!(" ({unit})"),
        };
        let arrow = match self.direction {
            Direction::HigherIsBetter => " ↑",
            Direction::LowerIsBetter => " ↓",
            Direction::CloserToReference => "",
        };
        format!("{}{unit}{arrow}", self.name)
    }

    /// A value with this column's decimal places; `–` where there is none.
    pub fn format(&self, value: Option<f64>) -> String {
        match value.filter(|value| value.is_finite()) {
            None => "–".to_string(),
            Some(value) => format_number(value, self.digits),
        }
    }

    /// A value with its interval, such as `34.1 [30.2, 38.0]`.
    pub fn format_cell(&self, cell: &Cell) -> String {
        match (cell.lower, cell.upper) {
            (Some(_), Some(_)) => format!(
                "{} [{}, {}]",
                self.format(cell.value),
                self.format(cell.lower),
                self.format(cell.upper)
            ),
            _ => self.format(cell.value),
        }
    }
}

/// From here on a number is printed with an exponent: it is an accident, and would break columns.
const LARGE: f64 = 1e6;

/// A number with so many decimal places, without a minus before zero.
pub(crate) fn format_number(value: f64, digits: usize) -> String {
    if value.abs() >= LARGE {
        return format!("{value:.2e}");
    }
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_string(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_short() {
        assert_eq!(format_number(-0.0001, 2), "0.00");
        assert_eq!(format_number(-1.25, 1), "-1.2");
        assert_eq!(format_number(2.5e9, 2), "2.50e9");
    }
}
