//! Score tables from window records.
//!
//! Teacher-forced and free-running numbers stand in separate tables. A window takes part in a table
//! if it has a reference there (a text, or any system's answer); a system that gave no answer in it
//! is counted as missing and scored as an empty answer: 0 in BLEU, ROUGE-L, top-k, SSIM, the last
//! rank in a retrieval. Where no worst value exists (perplexity, MSE, PSNR) the window is left out
//! of that system's value and counted. Intervals resample stories.

pub(crate) mod cells;
mod channels;
pub(crate) mod columns;
mod copied;
mod pictures;
mod recalled;
mod retrieval;
mod texts;
mod words;

use crate::error::Result;
use crate::records::WindowRecord;
use crate::scores::{Column, Row, ScoreTable};
use crate::systems::System;
pub(crate) use crate::systems::{role_of, systems};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use story_metrics::BootstrapConfig;

/// Name of the trained model among the systems.
pub const MODEL: &str = System::Model.name();
/// Name of the all-knowing predictor among the systems.
pub const BEST_REACHABLE: &str = System::BestReachable.name();
/// Name of the row of a random answer.
pub const CHANCE: &str = System::Chance.name();

/// Settings of the intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EvaluationConfig {
    /// Number of bootstrap resamples, at least 1.
    pub resamples: u32,
    /// Share of resampled scores within the interval, above 0 and below 1.
    pub level: f64,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for EvaluationConfig {
    /// 1000 resamples, a level of 95 %, seed 0.
    fn default() -> Self {
        let BootstrapConfig { resamples, level, seed } = BootstrapConfig::default();
        Self { resamples, level, seed }
    }
}

impl EvaluationConfig {
    pub(crate) fn bootstrap(&self) -> BootstrapConfig {
        BootstrapConfig { resamples: self.resamples, level: self.level, seed: self.seed }
    }
}

/// All score tables that the records allow; a table without any answer is left out.
///
/// # Errors
/// If the bootstrap's settings cannot be, or a rank does not fit into its pool.
pub fn score_tables(
    windows: &[WindowRecord],
    config: &EvaluationConfig,
) -> Result<Vec<ScoreTable>> {
    let mut tables = tables_of(windows, config)?;
    for table in &mut tables {
        let asked = table.rows.iter().map(|row| row.windows).max().unwrap_or(0);
        table.not_asked = (windows.len() as u64).saturating_sub(asked);
        // A pool's name comes from the records, and an id becomes a file's name.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        table.id = table.id.replace(|c| !plain(c), "-");
    }
    Ok(tables)
}

fn tables_of(windows: &[WindowRecord], config: &EvaluationConfig) -> Result<Vec<ScoreTable>> {
    let config = config.bootstrap();
    let pools = retrieval::next_frame_pools(windows, &config)?;
    let first = [
        texts::teacher_forced(windows, &config)?,
        channels::next_text(windows, &config)?,
        texts::free_running(windows, &config)?,
        pictures::next_picture(windows, &config)?,
        retrieval::next_frame(windows, &config)?,
        channels::next_frame(windows, &config)?,
    ];
    let last = [
        retrieval::next_text(windows, &config)?,
        retrieval::picture_to_text(windows, &config)?,
        retrieval::text_to_picture(windows, &config)?,
        retrieval::told_to_picture(windows, &config)?,
        retrieval::painted_to_text(windows, &config)?,
    ];
    let (first, last) = (first.into_iter().flatten(), last.into_iter().flatten());
    Ok(first.chain(pools).chain(last).collect())
}

/// A table in the making: windows, and rows to which cells are added column by column.
struct Sheet<'w> {
    windows: Vec<&'w WindowRecord>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    config: BootstrapConfig,
}

impl<'w> Sheet<'w> {
    /// Rows without cells yet, with their counts; `None` where no system answers.
    fn new<'n>(
        windows: Vec<&'w WindowRecord>,
        names: impl Iterator<Item = &'n String>,
        answered: impl Fn(&WindowRecord, &str) -> Answer,
        config: &BootstrapConfig,
    ) -> Option<Self> {
        let stories: BTreeSet<&str> = windows.iter().map(|w| w.story.as_str()).collect();
        let row = |system: String| Row {
            role: role_of(&system),
            cells: Vec::new(),
            windows: windows.len() as u64,
            stories: stories.len() as u64,
            missing: windows
                .iter()
                .filter(|window| answered(window, &system) == Answer::Missing)
                .count() as u64,
            system,
        };
        let rows: Vec<Row> = systems(names).into_iter().map(row).collect();
        (!rows.is_empty()).then_some(Self { windows, columns: Vec::new(), rows, config: *config })
    }

    /// The table, named.
    fn table(self, id: impl Into<String>, title: &str, note: impl Into<String>) -> ScoreTable {
        ScoreTable {
            id: id.into(),
            title: title.to_string(),
            note: note.into(),
            level: self.config.level,
            pool: None,
            not_asked: 0,
            columns: self.columns,
            rows: self.rows,
        }
    }
}

/// Whether a system answered in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Given,
    Missing,
}

impl Answer {
    fn of<T>(answer: Option<T>) -> Self {
        match answer {
            Some(_) => Self::Given,
            None => Self::Missing,
        }
    }
}
