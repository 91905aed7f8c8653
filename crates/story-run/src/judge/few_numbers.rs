//! The judge of few numbers that a run leaves beside its own, as `story verify --judge` reads it and
//! as it may come with the program.

use super::fitting::LOGISTIC;
use super::outcome::Outcome;
use crate::error::{Context, Result};
use crate::run_folder::write_atomically;
use std::path::Path;
use story_files::MOST_TEXT_BYTES;
use story_report::verification::{MATCHING, NEGATIVE_KINDS};
use story_verify::fusion::{Coefficients, Figure};

/// The file in a run's folder.
pub const FILE: &str = "judge/coefficients.json";

/// What is told of the tests: the figure, and the table and column that have it.
const FIGURES: [(&str, &str, &str); 4] = [
    ("roc-auc", MATCHING, "roc-auc"),
    ("matching-rejected", NEGATIVE_KINDS, "match"),
    ("mismatches-rejected", NEGATIVE_KINDS, "mismatch"),
    ("ece", MATCHING, "ece"),
];

/// Writes `few` into the run's folder, with the figures of its tests.
///
/// # Errors
/// A folder that cannot be written.
pub fn save(mut few: Coefficients, outcome: &Outcome) -> Result<()> {
    for (name, table, column) in FIGURES {
        let table = outcome.tables.iter().find(|it| it.id == table);
        let cell = table.and_then(|table| table.cell(LOGISTIC, column));
        if let Some(cell) = cell {
            let figure = Figure { value: cell.value, lower: cell.lower, upper: cell.upper };
            few.origin.figures.insert(name.to_string(), figure);
        }
    }
    write_atomically(&outcome.folder.file(FILE), few.to_json()?.as_bytes())
}

/// Reads what [`save`] wrote.
///
/// # Errors
/// A file that cannot be read, or that holds something else.
pub fn read(path: &Path) -> Result<Coefficients> {
    let shown = path.display().to_string();
    let bytes = story_files::read(path, MOST_TEXT_BYTES).with_context(|| shown.clone())?;
    Ok(Coefficients::parse(&String::from_utf8_lossy(&bytes), &shown)?)
}
