//! The retrieval tables: R@1, R@5, R@10, MRR, median rank, with the pool and a row of chance. Tied
//! candidates count as a random order.

use super::cells::Unit;
use super::{Answer, CHANCE, Sheet};
use crate::error::{ReportError, Result};
use crate::records::{Pool, RankRecord, WindowRecord};
use crate::scores::{Cell, Column, Difference, Role, Row, ScoreTable};
use std::collections::{BTreeMap, BTreeSet};
use story_metrics::retrieval::{MEDIAN_RANK, MRR, RECALL, RECALL_AT};
use story_metrics::{
    BootstrapConfig, MeanStats, MetricError, Rank, RetrievalRow, RetrievalStats, Statistic,
};

type Ranks = BTreeMap<String, RankRecord>;

/// What was searched for, and among what.
#[derive(Clone)]
enum Search {
    NextFrame(Pool),
    NextText,
    PictureToText,
    TextToPicture,
    ToldToPicture,
    PaintedToText,
}

impl Search {
    /// The window's ranks by system.
    fn ranks<'w>(&self, window: &'w WindowRecord) -> &'w Ranks {
        static NOTHING: Ranks = BTreeMap::new();
        match self {
            Self::NextFrame(Pool::All) => &window.next_frame,
            Self::NextFrame(pool) => window.next_frame_pools.get(pool).unwrap_or(&NOTHING),
            Self::NextText => &window.next_text,
            Self::PictureToText => &window.image_to_text,
            Self::TextToPicture => &window.text_to_image,
            Self::ToldToPicture => &window.told_to_image,
            Self::PaintedToText => &window.painted_to_text,
        }
    }

    /// The table's id, its title, and what is asked.
    fn words(&self) -> (String, &'static str, &'static str) {
        let pool = match self {
            Self::NextFrame(pool) => pool,
            Self::NextText => {
                return (
                    "next-text-retrieval-in-story".to_string(),
                    "Next text retrieval within the story",
                    "Where the true next text stands among the texts of its own story that the context did not show, by the mean log probability of its tokens; copy-last ranks by chrF++ with the last text told.",
                );
            }
            Self::PictureToText => {
                return (
                    "picture-to-text-retrieval".to_string(),
                    "Picture to text retrieval",
                    "Where a picture's own text stands among the pool's texts.",
                );
            }
            Self::TextToPicture => {
                return (
                    "text-to-picture-retrieval".to_string(),
                    "Text to picture retrieval",
                    "Where a text's own picture stands among the pool's pictures.",
                );
            }
            Self::ToldToPicture => {
                return (
                    "told-text-to-picture-retrieval".to_string(),
                    "Told text to next picture",
                    "Where the true next picture stands among the pool's pictures, asked with the text that a system told, by this run's own alignment: what is judged is the told text, and no other run's figures are comparable. The true text's own rank stands in text to picture retrieval.",
                );
            }
            Self::PaintedToText => {
                return (
                    "painted-picture-to-text-retrieval".to_string(),
                    "Painted picture to next text",
                    "Where the true next text stands among the pool's texts, asked with the picture that a system painted, by this run's own alignment: what is judged is the painted picture, and no other run's figures are comparable. The true picture's own rank stands in picture to text retrieval.",
                );
            }
        };
        let (title, question) = match pool {
            Pool::All => {
                let question = "Where the true next frame stands among the pool's pictures, by the \
                                predicted embedding.";
                return ("next-frame-retrieval".to_string(), "Next frame retrieval", question);
            }
            Pool::Unshown => (
                "Next frame retrieval, what was shown left out",
                "Where the true next frame stands among all pictures that the context did not show: to repeat is no answer.",
            ),
            Pool::InStory => (
                "Next frame retrieval within the story",
                "Where the true next frame stands among the pictures of its own story that the context did not show. Windows without another candidate are left out.",
            ),
            Pool::Others100 => (
                "Next frame retrieval among 100 others",
                "Where the true next frame stands among 100 pictures of other stories, where there are as many.",
            ),
            Pool::Other(_) => ("Next frame retrieval", "Where the true next frame stands."),
        };
        (format!("next-frame-retrieval-{}", pool.name()), title, question)
    }
}

pub(super) fn next_frame(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    table(windows, &Search::NextFrame(Pool::All), config)
}

/// One table for each pool that the records name.
pub(super) fn next_frame_pools(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Vec<ScoreTable>> {
    let pools: BTreeSet<&Pool> = windows.iter().flat_map(|w| w.next_frame_pools.keys()).collect();
    let mut pools: Vec<&Pool> = pools.into_iter().collect();
    // The sort is stable: unknown ones stay in the order of their names.
    pools.sort_by_key(|pool| {
        Pool::NAMED.iter().position(|known| known == *pool).unwrap_or(usize::MAX)
    });
    let tables =
        pools.into_iter().map(|pool| table(windows, &Search::NextFrame(pool.clone()), config));
    Ok(tables.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

pub(super) fn next_text(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    table(windows, &Search::NextText, config)
}

pub(super) fn picture_to_text(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    table(windows, &Search::PictureToText, config)
}

pub(super) fn text_to_picture(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    table(windows, &Search::TextToPicture, config)
}

pub(super) fn told_to_picture(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    table(windows, &Search::ToldToPicture, config)
}

pub(super) fn painted_to_text(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    table(windows, &Search::PaintedToText, config)
}

fn table(
    windows: &[WindowRecord],
    search: &Search,
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let asked: Vec<&WindowRecord> =
        windows.iter().filter(|window| !search.ranks(window).is_empty()).collect();
    let names = asked.iter().flat_map(|window| search.ranks(window).keys());
    let answered =
        |window: &WindowRecord, system: &str| Answer::of(search.ranks(window).get(system));
    let Some(mut sheet) = Sheet::new(asked.clone(), names, answered, config) else {
        return Ok(None);
    };
    let chance = chance(&sheet, search)?;
    let rows = chance.rows();
    let signature = rows[0].measurement.signature.clone();
    for (k, info) in RECALL_AT.into_iter().zip(RECALL) {
        let hit = |window: &WindowRecord, system: &str| {
            let hit = rank(window, search.ranks(window), system)?.map_or(0.0, |rank| rank.hit(k));
            Ok(Unit::counted(MeanStats::of(Some(hit))))
        };
        sheet.add(info, signature.clone(), hit, MeanStats::score)?;
    }
    let reciprocal = |window: &WindowRecord, system: &str| {
        let value = rank(window, search.ranks(window), system)?.map_or(0.0, Rank::reciprocal);
        Ok(Unit::counted(MeanStats::of(Some(value))))
    };
    sheet.add(&MRR, signature.clone(), reciprocal, MeanStats::score)?;
    let place = |window: &WindowRecord, system: &str| {
        let rank = rank(window, search.ranks(window), system)?;
        let place = rank.map_or(pool(search.ranks(window)) as f64, Rank::expected);
        Ok(Unit::counted(Median(vec![place])))
    };
    sheet.add(&MEDIAN_RANK, signature, place, Median::score)?;

    let chance_row = Row {
        system: CHANCE.to_string(),
        role: Role::Chance,
        cells: chance_cells(&rows, &sheet),
        windows: asked.len() as u64,
        stories: sheet.rows.first().map_or(0, |row| row.stories),
        missing: 0,
    };
    let bound = sheet.rows.iter().position(|row| row.role == Role::Bound);
    sheet.rows.insert(bound.unwrap_or(sheet.rows.len()), chance_row);
    let sizes = match chance.pool_range() {
        Some((low, high)) if low != high => format!("{low} to {high}"),
        Some((low, _)) => low.to_string(),
        None => "0".to_string(),
    };
    let (id, title, question) = search.words();
    let note = format!(
        "{question} Pool of {sizes} candidates, the right one included; ties count as a random \
         order, a missing answer as the last rank."
    );
    Ok(Some(ScoreTable { pool: chance.pool_range(), ..sheet.table(id, title, note) }))
}

/// What a random order reaches in the windows' pools.
fn chance(sheet: &Sheet<'_>, search: &Search) -> Result<RetrievalStats> {
    // A rank that does not fit into its pool is told with its system.
    for row in &sheet.rows {
        for window in &sheet.windows {
            rank(window, search.ranks(window), &row.system)?;
        }
    }
    let mut chance = RetrievalStats::default();
    for window in &sheet.windows {
        let pool = usize::try_from(pool(search.ranks(window))).unwrap_or(usize::MAX);
        let first = sheet.rows.first().map_or("", |row| row.system.as_str());
        let unit = RetrievalStats::missing(pool).map_err(|source| wrong(window, first, source))?;
        chance.merge(&unit);
    }
    Ok(chance)
}

pub(super) fn rank(window: &WindowRecord, ranks: &Ranks, system: &str) -> Result<Option<Rank>> {
    let Some(record) = ranks.get(system) else {
        return Ok(None);
    };
    Rank::new(record.better, record.ties, record.pool)
        .map(Some)
        .map_err(|source| wrong(window, system, source))
}

fn wrong(window: &WindowRecord, system: &str, source: MetricError) -> ReportError {
    ReportError::Window {
        story: window.story.clone(),
        target: window.target,
        system: system.to_string(),
        source: Box::new(source),
    }
}

/// The window's pool: the largest that a system was asked with.
fn pool(ranks: &Ranks) -> u64 {
    ranks.values().map(|rank| rank.pool).max().unwrap_or(0)
}

/// Chance is computed, not sampled: it has no interval. The model's difference to it is the model's
/// interval, moved.
fn chance_cells(chance: &[RetrievalRow], sheet: &Sheet<'_>) -> Vec<Cell> {
    let model = sheet.rows.iter().find(|row| row.role == Role::Model);
    let cell = |(at, column): (usize, &Column)| {
        let value = chance.iter().find(|row| row.measurement.name == column.id)?.chance?;
        let difference = model.and_then(|row| {
            let cell = row.cells.get(at)?;
            Some(Difference {
                value: cell.value? - value,
                lower: cell.lower.map(|lower| lower - value),
                upper: cell.upper.map(|upper| upper - value),
                p: None,
            })
        });
        Some(Cell { value: Some(value), difference, ..Cell::default() })
    };
    let columns = sheet.columns.iter().enumerate();
    columns.map(|column| cell(column).unwrap_or_default()).collect()
}

/// Ranks of which the median is asked. A list is quicker to resample than [`RetrievalStats`]'
/// counts by rank, and gives the same median.
#[derive(Debug, Clone, Default)]
struct Median(Vec<f64>);

impl Statistic for Median {
    fn merge(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    fn score(&self) -> Option<f64> {
        let mut ranks = self.0.clone();
        let last = ranks.len().checked_sub(1)?;
        let (_, &mut low, _) = ranks.select_nth_unstable_by(last / 2, f64::total_cmp);
        let (_, &mut high, _) = ranks.select_nth_unstable_by(last.div_ceil(2), f64::total_cmp);
        Some((low + high) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_equals_that_of_the_metrics_crate() {
        let ranks = [(0, 0), (4, 3), (2, 1), (9, 0), (1, 5), (7, 2)];
        let (mut list, mut counts) = (Median::default(), RetrievalStats::default());
        assert_eq!(list.score(), None);
        for (better, ties) in ranks {
            let rank = Rank::new(better, ties, 10).expect("fits into the pool");
            list.merge(&Median(vec![rank.expected()]));
            counts.merge(&RetrievalStats::of_rank(rank));
            assert_eq!(list.score(), counts.median_rank());
        }
    }
}
