//! METEOR 1.5 against the published jar (golden file by `tools/golden/meteor.py`).

use crate::golden::read;
use crate::golden_meteor::sets;
use crate::resources;
use serde::Deserialize;
use std::sync::Arc;
use story_metrics::{Meteor, MeteorData, MeteorStage, MeteorStats, MeteorWords, Metric};

/// Largest difference of scores that counts as equal; the counts behind them must be equal.
const TOLERANCE: f64 = 1e-6;

#[derive(Deserialize)]
struct Golden {
    options: String,
    statistics: Vec<String>,
    segments: Vec<f64>,
    total: f64,
}

/// The counts in the order in which the jar prints them.
fn printed(stats: &MeteorStats) -> Vec<u64> {
    let (hyp, reference) = (&stats.hypothesis, &stats.reference);
    let total = |side: &story_metrics::meteor::SideCounts| side.words.content + side.words.function;
    let mut counts =
        vec![total(hyp), total(reference), hyp.words.function, reference.words.function];
    for (hyp, reference) in hyp.matched.iter().zip(&reference.matched) {
        counts.extend([hyp.content, reference.content, hyp.function, reference.function]);
    }
    let matched = [hyp.total_matched(), reference.total_matched()];
    // The jar prints the one chunk of an unbroken match, and leaves it out of sums.
    let unbroken = stats.chunks == 0 && matched[0] > 0;
    counts.push(if unbroken { 1 } else { stats.chunks });
    counts.extend(matched);
    counts
}

fn compare(last: MeteorStage, options: &str, words: MeteorWords) {
    let Some(path) = resources::meteor() else {
        return;
    };
    let data = MeteorData::read(&path, last).expect("METEOR's data");
    let golden: Vec<Golden> = read("meteor_15.json");
    let golden = golden.iter().find(|golden| golden.options == options);
    let golden = golden.expect("the options are in the golden file");
    let sets = sets();
    assert_eq!((sets.len(), sets.len()), (golden.statistics.len(), golden.segments.len()));
    let mut meteor = Meteor::new(Arc::new(data), words);
    let mut wrong = Vec::new();
    for (at, set) in sets.iter().enumerate() {
        let stats = meteor.add(Some(&set.hyp), &set.refs).expect("references are given");
        let expected =
            golden.statistics[at].split(' ').map(|count| count.parse::<f64>().expect("a count"));
        let expected: Vec<u64> = expected.map(|count| count as u64).collect();
        let score = story_metrics::Statistic::score(&stats).expect("a segment was read");
        if printed(&stats) != expected || (score - golden.segments[at]).abs() > TOLERANCE {
            wrong.push(format!(
                "{set:?}\n{:?} {score}\n{expected:?} {}",
                printed(&stats),
                golden.segments[at]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), sets.len(), wrong.join("\n"));
    let total = meteor.score().expect("segments were read");
    assert!((total - golden.total).abs() < TOLERANCE, "{total}, expected {}", golden.total);
}

#[test]
fn exact_matches_equal_the_jars() {
    compare(MeteorStage::Exact, "-norm -m exact", MeteorWords::Normalized);
}

#[test]
fn stems_equal_the_jars() {
    compare(MeteorStage::Stem, "-norm -m exact stem", MeteorWords::Normalized);
}

#[test]
fn synonyms_equal_the_jars() {
    compare(MeteorStage::Synonym, "-norm -m exact stem synonym", MeteorWords::Normalized);
}

#[test]
fn all_stages_equal_the_jars() {
    compare(MeteorStage::Paraphrase, "-norm", MeteorWords::Normalized);
}

#[test]
fn all_stages_equal_the_jars_on_lower_cased_texts() {
    compare(MeteorStage::Paraphrase, "-lower", MeteorWords::Lower);
}
