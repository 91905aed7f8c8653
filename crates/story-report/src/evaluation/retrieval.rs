//! The retrieval tables: R@1, R@5, R@10, MRR, median rank, with the pool and a row of chance. Tied
//! candidates count as a random order.

use super::cells::{Unit, add_column};
use super::{Answer, CHANCE, rows, systems};
use crate::error::{ReportError, Result};
use crate::records::{RankRecord, WindowRecord};
use crate::scores::{Cell, Column, Difference, Role, Row, ScoreTable};
use std::collections::{BTreeMap, BTreeSet};
use story_metrics::retrieval::RECALL_AT;
use story_metrics::{
    BootstrapConfig, MeanStats, MetricError, Rank, RetrievalRow, RetrievalStats, Statistic,
};

type Ranks = BTreeMap<String, RankRecord>;

/// What was searched for, and among what.
#[derive(Clone, Copy)]
enum Search<'p> {
    NextFrame,
    /// The next frame in a smaller pool, by its name.
    Pool(&'p str),
    PictureToText,
    TextToPicture,
}

impl Search<'_> {
    /// The window's ranks by system.
    fn ranks(self, window: &WindowRecord) -> &Ranks {
        static NOTHING: Ranks = BTreeMap::new();
        match self {
            Self::NextFrame => &window.next_frame,
            Self::Pool(name) => window.next_frame_pools.get(name).unwrap_or(&NOTHING),
            Self::PictureToText => &window.image_to_text,
            Self::TextToPicture => &window.text_to_image,
        }
    }
}

pub(super) fn next_frame(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let title = "Next frame retrieval";
    let question = "Where the true next frame stands among the pool's pictures, by the predicted \
                    embedding.";
    table("next-frame-retrieval", title, question, windows, Search::NextFrame, config)
}

/// One table for each pool that the records name.
pub(super) fn next_frame_pools(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Vec<ScoreTable>> {
    let names = windows.iter().flat_map(|w| w.next_frame_pools.keys());
    let names: BTreeSet<&String> = names.collect();
    let mut tables = Vec::new();
    for name in names {
        let (title, question) = match name.as_str() {
            "unshown" => (
                "Next frame retrieval, what was shown left out",
                "Where the true next frame stands among all pictures that the context did not show: to repeat is no answer.",
            ),
            "in-story" => (
                "Next frame retrieval within the story",
                "Where the true next frame stands among the pictures of its own story that the context did not show. Windows without another candidate are left out.",
            ),
            "others-100" => (
                "Next frame retrieval among 100 others",
                "Where the true next frame stands among 100 pictures of other stories, where there are as many.",
            ),
            _ => ("Next frame retrieval", "Where the true next frame stands."),
        };
        let id = format!("next-frame-retrieval-{name}");
        let search = Search::Pool(name);
        tables.extend(table(&id, title, question, windows, search, config)?);
    }
    Ok(tables)
}

pub(super) fn picture_to_text(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let title = "Picture to text retrieval";
    let question = "Where a picture's own text stands among the pool's texts.";
    table("picture-to-text-retrieval", title, question, windows, Search::PictureToText, config)
}

pub(super) fn text_to_picture(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let title = "Text to picture retrieval";
    let question = "Where a text's own picture stands among the pool's pictures.";
    table("text-to-picture-retrieval", title, question, windows, Search::TextToPicture, config)
}

fn table(
    id: &str,
    title: &str,
    question: &str,
    windows: &[WindowRecord],
    search: Search,
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let windows: Vec<&WindowRecord> =
        windows.iter().filter(|w| !search.ranks(w).is_empty()).collect();
    let systems = systems(windows.iter().flat_map(|window| search.ranks(window).keys()));
    if systems.is_empty() {
        return Ok(None);
    }
    let mut rows =
        rows(&windows, &systems, |window, system| Answer::of(search.ranks(window).get(system)));
    for k in RECALL_AT {
        let hit = |window: &WindowRecord, system: &str| {
            let hit = rank(window, search.ranks(window), system)?.map_or(0.0, |rank| rank.hit(k));
            Ok(Unit::counted(MeanStats::of(Some(hit))))
        };
        add_column(&mut rows, &windows, config, hit, MeanStats::score)?;
    }
    let reciprocal = |window: &WindowRecord, system: &str| {
        let value = rank(window, search.ranks(window), system)?.map_or(0.0, Rank::reciprocal);
        Ok(Unit::counted(MeanStats::of(Some(value))))
    };
    add_column(&mut rows, &windows, config, reciprocal, MeanStats::score)?;
    let place = |window: &WindowRecord, system: &str| {
        let rank = rank(window, search.ranks(window), system)?;
        let place = rank.map_or(pool(search.ranks(window)) as f64, Rank::expected);
        Ok(Unit::counted(Median(vec![place])))
    };
    add_column(&mut rows, &windows, config, place, Median::score)?;

    let mut chance = RetrievalStats::default();
    for window in &windows {
        let pool = usize::try_from(pool(search.ranks(window))).unwrap_or(usize::MAX);
        let unit = RetrievalStats::missing(pool)
            .map_err(|source| wrong(window, systems.first().map_or("", String::as_str), source))?;
        chance.merge(&unit);
    }
    let metrics: Vec<RetrievalRow> = chance.rows().into_iter().take(COLUMNS.len()).collect();
    let chance_row = Row {
        system: CHANCE.to_string(),
        role: Role::Chance,
        cells: chance_cells(&metrics, &rows),
        windows: windows.len() as u64,
        stories: rows.first().map_or(0, |row| row.stories),
        missing: 0,
    };
    let bound = rows.iter().position(|row| row.role == Role::Bound);
    rows.insert(bound.unwrap_or(rows.len()), chance_row);

    let columns = metrics.iter().zip(COLUMNS).map(|(metric, (name, digits))| {
        let metric = &metric.measurement;
        Column {
            id: metric.name.clone(),
            name: name.to_string(),
            direction: metric.direction,
            unit: metric.range.unit.to_string(),
            digits,
            reference: None,
            signature: format!("{}|{}", metric.signature, config.signature()),
        }
    });
    let sizes = match chance.pool_range() {
        Some((low, high)) if low != high => format!("{low} to {high}"),
        Some((low, _)) => low.to_string(),
        None => "0".to_string(),
    };
    Ok(Some(ScoreTable {
        id: id.to_string(),
        title: title.to_string(),
        note: format!(
            "{question} Pool of {sizes} candidates, the right one included; ties count as a random \
             order, a missing answer as the last rank."
        ),
        level: config.level,
        pool: chance.pool_range(),
        not_asked: 0,
        columns: columns.collect(),
        rows,
    }))
}

/// Names and decimal places of the columns, in the order of [`RetrievalStats::rows`].
const COLUMNS: [(&str, usize); 5] =
    [("R@1", 3), ("R@5", 3), ("R@10", 3), ("MRR", 3), ("Median rank", 1)];

fn rank(window: &WindowRecord, ranks: &Ranks, system: &str) -> Result<Option<Rank>> {
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
fn chance_cells(metrics: &[RetrievalRow], rows: &[Row]) -> Vec<Cell> {
    let model = rows.iter().find(|row| row.role == Role::Model);
    metrics
        .iter()
        .enumerate()
        .map(|(at, metric)| Cell {
            value: metric.chance,
            difference: model.and_then(|row| {
                let (cell, chance) = (row.cells.get(at)?, metric.chance?);
                Some(Difference {
                    value: cell.value? - chance,
                    lower: cell.lower.map(|lower| lower - chance),
                    upper: cell.upper.map(|upper| upper - chance),
                    p: None,
                })
            }),
            ..Cell::default()
        })
        .collect()
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
    use story_metrics::metric::Direction;

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

    #[test]
    fn the_columns_are_those_of_the_metrics_crate() {
        let rows = RetrievalStats::default().rows();
        let names: Vec<_> = rows.iter().map(|row| row.measurement.name.as_str()).collect();
        assert_eq!(names[..5], ["r@1", "r@5", "r@10", "mrr", "median-rank"]);
        assert_eq!(rows[4].measurement.direction, Direction::LowerIsBetter, "median rank");
    }
}
