//! Who trains, who chooses thresholds and who is tested: a split, or folds of which each is tested
//! once.

use super::config::VerifyConfig;
use crate::error::{Context, Error, Result};
use crate::host::Host;
use crate::reading::{Reading, Wanted};
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, BTreeSet};
use story_core::{Story, rng};
use story_data::Columns;
use story_data::split::{Member, SplitIndices, split, split_hash};
use story_report::counted;

/// Stories in parts that share none.
pub struct Parts {
    /// Every story that is used.
    pub stories: Vec<Story>,
    /// Indices into the stories, by part.
    pub parts: Vec<Vec<usize>>,
    /// How the parts are used.
    pub rounds: Vec<Round>,
    /// Hash of who is where.
    pub hash: String,
    /// Where the stories come from.
    pub source: String,
    /// What could not be used, by reason, counted.
    pub skipped: BTreeMap<String, u64>,
}

/// One training with its test; indices into the parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Whose examples train.
    pub train: Vec<usize>,
    /// Whose examples choose thresholds and temperature.
    pub validation: usize,
    /// Whose examples are reported.
    pub test: usize,
}

impl Parts {
    /// Reads the config's stories without those in `learned_from`, and parts them.
    ///
    /// # Errors
    /// A source that cannot be read, or too few stories.
    pub fn read(
        config: &VerifyConfig,
        learned_from: &BTreeSet<String>,
        host: &Host,
    ) -> Result<Self> {
        let data = &config.data;
        let wanted = Wanted {
            source: &data.source,
            max_stories: data.max_stories,
            bad_records: data.bad_records,
            columns: Columns::All,
        };
        let mut reading = Reading::of(wanted, host)?;
        let mut skipped = reading.counted();
        let before = reading.stories.len();
        reading.stories.retain(|(story, _)| !learned_from.contains(&story.id));
        let left_out = before - reading.stories.len();
        if left_out > 0 {
            let reason = "story that the similarity's alignment has learned from";
            skipped.insert(reason.into(), left_out as u64);
            host.say(&format!("left out: {left_out} x {reason}"));
        }
        if reading.stories.is_empty() && left_out > 0 {
            return Err(Error::Config(format!(
                "the similarity's alignment has learned from all of the stories, {left_out}; give some that it does not know, or another similarity.run"
            )));
        }
        let members = reading.members();
        let (parts, rounds, hash) = match data.folds {
            0 => {
                let indices = split(data.split, &members, config.seed).context("data.split")?;
                let hash = split_hash(&members, &indices);
                let round = Round { train: vec![0], validation: 1, test: 2 };
                let parts = vec![indices.train, indices.validation, indices.test];
                (parts, vec![round], hash)
            }
            count => {
                let parts = folds(members.len(), count, config.seed)?;
                let hash = folds_hash(&members, &parts);
                (parts, rounds(count), hash)
            }
        };
        if let Some(empty) = parts.iter().position(Vec::is_empty) {
            let name = ["train", "validation", "test"].get(empty).unwrap_or(&"fold");
            return Err(Error::Config(format!(
                "data.split: the {name} part has no story; give more stories or a larger share"
            )));
        }
        Ok(Self {
            parts,
            rounds,
            hash,
            source: reading.source,
            skipped,
            stories: reading.stories.into_iter().map(|(story, _)| story).collect(),
        })
    }

    /// What each part is for: its use in the first round.
    pub fn name(&self, part: usize) -> String {
        match (self.rounds.as_slice(), part) {
            ([_], 0) => "train".into(),
            ([_], 1) => "validation".into(),
            ([_], _) => "test".into(),
            _ => format!("fold {}", part + 1),
        }
    }

    /// The ids of each part, and their hash.
    pub fn ids(&self) -> serde_json::Value {
        let mut all = serde_json::Map::from_iter([("hash".into(), self.hash.clone().into())]);
        for (part, stories) in self.parts.iter().enumerate() {
            let ids = stories.iter().map(|&story| self.stories[story].id.as_str());
            all.insert(self.name(part), ids.collect());
        }
        all.into()
    }
}

/// `count` seeded folds of `stories` stories, as equal as can be.
fn folds(stories: usize, count: usize, seed: u64) -> Result<Vec<Vec<usize>>> {
    if stories < count {
        return Err(Error::Config(format!(
            "data.folds: {count} folds of {}; give more stories or fewer folds",
            counted(stories as u64, "story", "stories")
        )));
    }
    let mut order: Vec<usize> = (0..stories).collect();
    order.shuffle(&mut rng::rng(seed, "verify/folds"));
    let mut folds = vec![Vec::new(); count];
    for (place, story) in order.into_iter().enumerate() {
        folds[place % count].push(story);
    }
    folds.iter_mut().for_each(|fold| fold.sort_unstable());
    Ok(folds)
}

/// Each fold is tested once, while the next one chooses thresholds.
fn rounds(count: usize) -> Vec<Round> {
    let round = |test: usize| {
        let validation = (test + 1) % count;
        let rest = (0..count).filter(|part| ![test, validation].contains(part));
        Round { train: rest.collect(), validation, test }
    };
    (0..count).map(round).collect()
}

fn folds_hash(members: &[Member], folds: &[Vec<usize>]) -> String {
    let hashes = folds.iter().map(|fold| {
        let indices = SplitIndices { test: fold.clone(), ..SplitIndices::default() };
        split_hash(members, &indices)
    });
    format!("{:016x}", rng::hash(&hashes.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fold_is_tested_once_and_never_trains_then() -> Result<()> {
        let folds = folds(11, 4, 7)?;
        let mut all: Vec<usize> = folds.concat();
        all.sort_unstable();
        assert_eq!(all, (0..11).collect::<Vec<_>>());
        assert!(folds.iter().all(|fold| (2..=3).contains(&fold.len())));
        assert_eq!(super::folds(11, 4, 7)?, folds);
        assert_ne!(super::folds(11, 4, 8)?, folds);
        assert!(super::folds(3, 4, 7).is_err());
        let rounds = rounds(4);
        for (test, round) in rounds.iter().enumerate() {
            assert_eq!(round.test, test);
            let mut parts = round.train.clone();
            parts.extend([round.validation, round.test]);
            parts.sort_unstable();
            assert_eq!(parts, [0, 1, 2, 3]);
        }
        Ok(())
    }
}
