//! Areas under curves for the bootstrap: ROC AUC and average precision of any draw of stories, from
//! one sorted list.
//!
//! [`story_metrics::DecisionStats`] merges counts by score, which for a thousand draws of some
//! thousand examples, each with a score of its own, takes minutes. Here a draw is only the list of
//! its stories, and its areas follow from one pass over the examples, each weighted by how often its
//! story was drawn. The formulas and the treatment of ties are those of `DecisionStats`, against
//! which the tests hold them.

use super::tables::Unit;
use std::collections::BTreeMap;
use std::rc::Rc;
use story_metrics::{Clusters, Statistic, Truth};

/// Examples by descending score.
#[derive(Debug, Default)]
struct Ranking {
    entries: Vec<Entry>,
    stories: usize,
}

#[derive(Debug)]
struct Entry {
    score: f64,
    truth: Truth,
    /// Number of its story.
    story: usize,
}

/// Some stories, each by one system's ranking, drawn as often as they are listed. A draw is of one
/// ranking; where two systems are tested, their answers to some stories are swapped, and it is of both.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawn {
    by: Vec<(Rc<Ranking>, Vec<usize>)>,
}

/// Units that share a score, from the highest score down, weighted by the draw.
struct Tie {
    positives: f64,
    negatives: f64,
}

/// The examples' stories, each a cluster.
pub(super) fn clusters(units: &[&Unit<'_>]) -> Clusters<Drawn> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut entries: Vec<Entry> = units
        .iter()
        .map(|unit| {
            let next = numbers.len();
            Entry {
                score: unit.probability,
                truth: unit.truth,
                story: *numbers.entry(unit.story).or_insert(next),
            }
        })
        .collect();
    entries.sort_by(|a, b| b.score.total_cmp(&a.score));
    let ranking = Rc::new(Ranking { entries, stories: numbers.len() });
    let mut clusters = Clusters::default();
    for (story, number) in numbers {
        clusters.add(story, &Drawn { by: vec![(Rc::clone(&ranking), vec![number])] });
    }
    clusters
}

impl Drawn {
    /// Area under the ROC curve, 0..=1; `None` unless both classes were drawn.
    pub fn roc_auc(&self) -> Option<f64> {
        let (mut above, mut negatives, mut won) = (0.0, 0.0, 0.0);
        for tie in self.ties() {
            won += tie.negatives * (above + tie.positives / 2.0);
            above += tie.positives;
            negatives += tie.negatives;
        }
        let pairs = above * negatives;
        (pairs > 0.0).then(|| won / pairs)
    }

    /// Average precision, 0..=1; `None` without positives.
    pub fn average_precision(&self) -> Option<f64> {
        let (mut found, mut called, mut sum) = (0.0, 0.0, 0.0);
        for tie in self.ties() {
            found += tie.positives;
            called += tie.positives + tie.negatives;
            if tie.positives > 0.0 {
                sum += tie.positives * found / called;
            }
        }
        (found > 0.0).then(|| sum / found)
    }

    fn ties(&self) -> Vec<Tie> {
        let mut entries: Vec<(&Entry, f64)> = Vec::new();
        for (ranking, stories) in &self.by {
            let mut weights = vec![0.0_f64; ranking.stories];
            stories.iter().for_each(|&story| weights[story] += 1.0);
            entries.extend(ranking.entries.iter().map(|entry| (entry, weights[entry.story])));
        }
        // One ranking is sorted already; of two each is a run, which a stable sort merges.
        entries.sort_by(|(a, _), (b, _)| b.score.total_cmp(&a.score));
        let mut ties: Vec<Tie> = Vec::new();
        let mut last = None;
        for (entry, weight) in entries {
            if last != Some(entry.score) {
                last = Some(entry.score);
                ties.push(Tie { positives: 0.0, negatives: 0.0 });
            }
            let tie = ties.last_mut().expect("invariant: the first score opens one");
            match entry.truth {
                Truth::Positive => tie.positives += weight,
                Truth::Negative => tie.negatives += weight,
            }
        }
        ties
    }
}

impl Statistic for Drawn {
    fn merge(&mut self, other: &Self) {
        for (ranking, stories) in &other.by {
            match self.by.iter_mut().find(|(known, _)| Rc::ptr_eq(known, ranking)) {
                Some((_, drawn)) => drawn.extend_from_slice(stories),
                None => self.by.push((Rc::clone(ranking), stories.clone())),
            }
        }
    }

    fn score(&self) -> Option<f64> {
        self.roc_auc()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_metrics::{
        BootstrapConfig, DecisionStats, RandomisationConfig, approximate_randomisation, bootstrap,
    };

    /// Scores with ties, in stories of unequal sizes and shares.
    fn units() -> Vec<Unit<'static>> {
        let stories = ["a", "b", "c", "d", "e", "f", "g"];
        let unit = |at: usize| Unit {
            story: stories[(at * at) % 7],
            probability: ((at * 37) % 11) as f64 / 10.0,
            truth: if (at * 13) % 5 < 2 { Truth::Positive } else { Truth::Negative },
            accepted: false,
        };
        (0..90).map(unit).collect()
    }

    #[test]
    fn every_draw_has_the_areas_of_decision_stats() {
        let units = units();
        let ours = clusters(&units.iter().collect::<Vec<_>>());
        let mut theirs: Clusters<DecisionStats> = Clusters::default();
        for unit in &units {
            let stats = DecisionStats::of(Some(unit.probability), unit.truth).expect("finite");
            theirs.add(unit.story, &stats);
        }
        let config = BootstrapConfig { resamples: 60, ..BootstrapConfig::default() };
        let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 1e-12;
        type Score<S> = fn(&S) -> Option<f64>;
        let scores: [(Score<Drawn>, Score<DecisionStats>); 2] = [
            (Drawn::roc_auc, DecisionStats::roc_auc),
            (Drawn::average_precision, DecisionStats::average_precision),
        ];
        for (ours_of, theirs_of) in scores {
            let a = bootstrap(&ours, ours_of, &config).expect("settings");
            let b = bootstrap(&theirs, theirs_of, &config).expect("settings");
            assert!(close(a.estimate, b.estimate) && a.estimate != Some(0.5));
            assert!(close(a.lower, b.lower) && close(a.upper, b.upper), "{a:?} {b:?}");
            assert!(a.lower < a.upper);
        }
    }

    #[test]
    fn answers_that_are_swapped_are_those_of_the_other_system() {
        let (units, config) = (units(), RandomisationConfig { rounds: 60, seed: 3 });
        let other: Vec<Unit<'_>> = units
            .iter()
            .map(|unit| {
                // Right more often than not, on another scale.
                let sure = if unit.truth == Truth::Positive { 0.4 } else { 0.0 };
                Unit { probability: sure + unit.probability / 3.0, ..*unit }
            })
            .collect();
        let ours = [&units, &other].map(|units| clusters(&units.iter().collect::<Vec<_>>()));
        let theirs = [&units, &other].map(|units| {
            let mut clusters: Clusters<DecisionStats> = Clusters::default();
            for unit in units {
                let stats = DecisionStats::of(Some(unit.probability), unit.truth).expect("finite");
                clusters.add(unit.story, &stats);
            }
            clusters
        });
        let a = approximate_randomisation(&ours[0], &ours[1], Drawn::roc_auc, &config);
        let b = approximate_randomisation(&theirs[0], &theirs[1], DecisionStats::roc_auc, &config);
        let (a, b) = (a.expect("settings"), b.expect("settings"));
        assert_eq!((a.as_large, a.p_value), (b.as_large, b.p_value));
        // Of four stories, as far apart as none or all swapped: one round of eight.
        assert!(a.as_large < 20, "{a:?}");
    }

    #[test]
    fn one_class_has_no_area() {
        let units = units();
        let positives: Vec<&Unit<'_>> =
            units.iter().filter(|unit| unit.truth == Truth::Positive).collect();
        assert_eq!(clusters(&positives).total().roc_auc(), None);
        assert_eq!(clusters(&positives).total().average_precision(), Some(1.0));
        assert_eq!(clusters(&[]).total().average_precision(), None);
    }
}
