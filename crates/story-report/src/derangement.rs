//! A control for text scores: answers scored against references of other stories. A metric that
//! gives wrong references nearly as much as right ones rewards a template, not the story.
//!
//! The derangement is seeded and exact: windows are laid out story by story, in a drawn order of
//! stories, and each takes the reference that stands one longest story further on. That is another
//! story's as long as no story holds more than half of the windows.

use crate::error::Result;
use crate::evaluation::{EvaluationConfig, cells::difference, systems};
use crate::records::WindowRecord;
use crate::scores::{Cell, Column, Difference};
use crate::tables::TextTable;
use std::collections::BTreeMap;
use story_metrics::random::SplitMix64;
use story_metrics::rouge::ROUGE_L;
use story_metrics::{Clusters, MeanStats, RougeKind, RougeStats, Signature, Statistic};

/// A system's ROUGE-L against the right references and against those of other stories.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// The system.
    pub system: String,
    /// Score against the right references.
    pub right: Option<f64>,
    /// Score against references of other stories.
    pub shuffled: Option<f64>,
    /// Right minus shuffled, with its interval by story.
    pub difference: Option<Difference>,
    /// Windows that have a reference.
    pub windows: u64,
    /// Of those, windows without an answer; they score 0 on both sides.
    pub missing: u64,
}

/// The control of every system that writes texts, the model first; empty where fewer than two
/// stories have references or one story holds more than half of the windows.
///
/// # Errors
/// If the bootstrap's settings cannot be.
pub fn shuffled_references(
    windows: &[WindowRecord],
    config: &EvaluationConfig,
) -> Result<Vec<Control>> {
    let asked: Vec<&WindowRecord> =
        windows.iter().filter(|window| window.reference.is_some()).collect();
    let stories: Vec<&str> = asked.iter().map(|window| window.story.as_str()).collect();
    let Some(other) = derangement(&stories, config.seed) else {
        return Ok(Vec::new());
    };
    let reference = |at: usize| asked[at].reference.as_deref().unwrap_or("");
    let systems = systems(asked.iter().flat_map(|window| window.texts.keys()));
    let mut controls = Vec::new();
    for system in systems {
        let (mut right, mut shuffled) = (Clusters::default(), Clusters::default());
        for (at, window) in asked.iter().enumerate() {
            let answer = window.texts.get(&system).map(String::as_str);
            let score = |reference: &str| {
                RougeStats::of(RougeKind::RougeL, answer, &[reference])
                    .map(|stats| MeanStats::of(stats.score()))
            };
            right.add(&window.story, &score(reference(at))?);
            shuffled.add(&window.story, &score(reference(other[at]))?);
        }
        let paired = difference(&right, &shuffled, MeanStats::score, &config.bootstrap())?;
        let answered = asked.iter().filter(|window| window.texts.contains_key(&system));
        controls.push(Control {
            windows: asked.len() as u64,
            missing: (asked.len() - answered.count()) as u64,
            system,
            right: right.total().score(),
            shuffled: shuffled.total().score(),
            difference: paired,
        });
    }
    Ok(controls)
}

/// For each window the index of a window of another story, each index once; `None` where there is
/// none.
fn derangement(stories: &[&str], seed: u64) -> Option<Vec<usize>> {
    let mut by_story: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, story) in stories.iter().enumerate() {
        by_story.entry(story).or_default().push(at);
    }
    let mut groups: Vec<Vec<usize>> = by_story.into_values().collect();
    let longest = groups.iter().map(Vec::len).max()?;
    if 2 * longest > stories.len() {
        return None;
    }
    let mut random = SplitMix64::new(seed);
    for at in (1..groups.len()).rev() {
        // The remainder's bias is below 2^-40 for any number of stories.
        groups.swap(at, (random.next_u64() % (at as u64 + 1)) as usize);
    }
    let order: Vec<usize> = groups.into_iter().flatten().collect();
    let mut other = vec![0; order.len()];
    for (place, &at) in order.iter().enumerate() {
        other[at] = order[(place + longest) % order.len()];
    }
    Some(other)
}

/// What the table shows.
pub(crate) const CAPTION: &str = "ROUGE-L of each system's texts against the right references and against references of other \
     stories, drawn without repetition; in brackets the 95 % bootstrap interval by story. Where the \
     two are close, the score rewards a turn of phrase and not the story.";

/// The controls as a table with rounded numbers, ROUGE-L from 0 to 1.
pub(crate) fn table(controls: &[Control]) -> TextTable {
    let column = Column::of(&ROUGE_L.scores[0].info, Signature::default());
    let mut table = TextTable::new([
        "system",
        "right references",
        "references of other stories",
        "difference",
        "windows",
        "missing",
    ]);
    for control in controls {
        let difference = control.difference.map_or_else(Cell::default, Cell::from);
        table.rows.push(vec![
            control.system.clone(),
            column.format(control.right),
            column.format(control.shuffled),
            column.format_cell(&difference),
            control.windows.to_string(),
            control.missing.to_string(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_moves_to_another_story_and_none_is_lost() {
        let names = ["a", "b", "b", "b", "c", "c", "d", "a", "e"];
        for seed in 0..50 {
            let other = derangement(&names, seed).expect("no story holds more than half");
            let mut seen = other.clone();
            seen.sort_unstable();
            assert_eq!(seen, (0..names.len()).collect::<Vec<_>>());
            for (at, &to) in other.iter().enumerate() {
                assert_ne!(names[at], names[to], "seed {seed}");
            }
        }
        // Published intervals depend on what a seed draws.
        assert_eq!(derangement(&names, 1), Some(vec![5, 8, 6, 0, 2, 3, 4, 1, 7]));
        assert_ne!(derangement(&names, 1), derangement(&names, 2));
        assert_eq!(derangement(&["a", "a", "b"], 0), None);
        assert_eq!(derangement(&[], 0), None);
    }
}
