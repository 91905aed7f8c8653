//! Whether the parts of a split share pictures: hashes of all pictures, compared across the parts.

use crate::config::DataConfig;
use crate::corpus::Corpus;
use crate::error::Result;
use crate::host::Host;
use rayon::prelude::*;
use std::collections::BTreeMap;
use story_core::Story;
use story_data::phash::{DEFAULT_THRESHOLD, HashedPicture, Leakage, LeakageReport, audit_leakage};
use story_data::source::SourceConfig;
use story_data::split::SplitIndices;
use story_pictures::{Limits, Picture, phash};
use story_report::records::{Audit, AuditRecord, PairRecord, SharedRecord};

/// Pairs named for each held-out part.
const EXAMPLES: usize = 10;

/// The training stories' number among the parts; every other part is held out.
const TRAIN: usize = 0;

/// What the audit keeps of a story's pictures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pictures {
    /// One hash a frame; `None` where there is no picture or it does not decode.
    pub hashes: Vec<Option<u64>>,
    /// What is wrong with the pictures that do not decode, each with its place from 0.
    pub faults: Vec<(usize, String)>,
}

impl Pictures {
    /// Decodes and hashes a story's pictures on all cores.
    pub fn of(story: &Story) -> Self {
        let results: Vec<Option<Result<u64, String>>> = story
            .frames
            .par_iter()
            .map(|frame| {
                let bytes = frame.image.as_ref()?;
                let hash = Picture::decode(bytes, Limits::default()).and_then(|it| phash(&it));
                Some(hash.map_err(|fault| fault.to_string()))
            })
            .collect();
        let mut pictures = Self::default();
        for (place, result) in results.into_iter().enumerate() {
            match result {
                Some(Err(fault)) => {
                    pictures.faults.push((place, fault));
                    pictures.hashes.push(None);
                }
                hash => pictures.hashes.push(hash.and_then(Result::ok)),
            }
        }
        pictures
    }
}

/// Why the pictures of a source need no look; `None` where they do.
pub fn needless(source: &SourceConfig) -> Option<Audit> {
    // Look-alikes there are chance (the quickstart has 22 pairs at distance 4, none nearer), and
    // hashing its 11,668 pictures would take some seconds of a run of three minutes.
    matches!(source, SourceConfig::Synthetic { .. }).then(|| Audit::Skipped {
        reason: "every picture of the synthetic world is drawn for its own story".into(),
    })
}

/// Audits the splits that a run uses.
pub fn of_corpus(data: &DataConfig, corpus: &Corpus, host: &Host) -> Result<Audit> {
    if let Some(skipped) = needless(&data.source) {
        return Ok(skipped);
    }
    let bar = host.bar("compare", corpus.stories.len() as u64);
    let pictures: Vec<Pictures> = corpus
        .stories
        .par_iter()
        .map(|story| {
            bar.step(1);
            Pictures::of(story)
        })
        .collect();
    drop(bar);
    let ids: Vec<&str> = corpus.stories.iter().map(|s| s.id.as_str()).collect();
    of_pictures(&ids, &pictures, &corpus.splits)
}

/// Audits stories that are known by their ids and hashes.
pub fn of_pictures(ids: &[&str], pictures: &[Pictures], splits: &SplitIndices) -> Result<Audit> {
    let parts =
        [("train", &splits.train), ("validation", &splits.validation), ("test", &splits.test)];
    let hashed: Vec<HashedPicture> = parts
        .iter()
        .enumerate()
        .flat_map(|(part, (_, stories))| stories.iter().map(move |story| (part, *story)))
        .flat_map(|(part, story)| {
            let hashes = pictures[story].hashes.iter().enumerate();
            hashes.filter_map(move |(frame, hash)| {
                Some(HashedPicture { part, story, frame, hash: (*hash)? })
            })
        })
        .collect();
    if hashed.is_empty() {
        return Ok(Audit::Skipped { reason: "no story has a picture that decodes".into() });
    }
    let report = audit_leakage(&hashed, DEFAULT_THRESHOLD, EXAMPLES)?;
    let mut held_out = BTreeMap::new();
    for (part, (name, stories)) in parts.iter().enumerate() {
        if part != TRAIN && !stories.is_empty() {
            let shared = shared(&report, part, stories.len(), ids);
            held_out.insert((*name).to_string(), shared);
        }
    }
    Ok(Audit::Made(AuditRecord {
        threshold: report.threshold,
        pictures: report.pictures as u64,
        flat: report.flat as u64,
        unreadable: pictures.iter().map(|p| p.faults.len() as u64).sum(),
        held_out,
    }))
}

fn shared(report: &LeakageReport, part: usize, stories: usize, ids: &[&str]) -> SharedRecord {
    let nothing = Leakage::default();
    let leakage = report.between(TRAIN, part).unwrap_or(&nothing);
    let pairs = |distance| leakage.pairs.get(&distance).copied().unwrap_or(0);
    SharedRecord {
        stories: stories as u64,
        shared_stories: leakage.stories as u64,
        shared_pictures: leakage.pictures as u64,
        pairs: (0..=report.threshold).map(pairs).collect(),
        examples: leakage
            .examples
            .iter()
            .map(|leak| PairRecord {
                distance: leak.distance,
                train_story: ids[leak.first.story].to_string(),
                train_frame: leak.first.frame,
                story: ids[leak.second.story].to_string(),
                frame: leak.second.frame,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_out_parts_are_compared_with_train_and_not_with_each_other() {
        let story =
            |hash| Pictures { hashes: vec![None, Some(hash)], faults: vec![(0, "cut off".into())] };
        // Stories 2 and 3 share a picture, but neither trains.
        let pictures = [0b1, u64::MAX, 0xff00, 0xff00, 0b11].map(story);
        let splits = SplitIndices {
            train: vec![0, 1],
            validation: vec![2],
            test: vec![3, 4],
            dropped: Vec::new(),
        };
        let audit = of_pictures(&["a", "b", "c", "d", "e"], &pictures, &splits);
        let Audit::Made(record) = audit.expect("an audit") else {
            panic!("it was skipped");
        };
        assert_eq!((record.pictures, record.unreadable), (5, 5));
        assert_eq!(record.held_out["validation"].shared_stories, 0);
        let test = &record.held_out["test"];
        assert_eq!((test.stories, test.shared_stories), (2, 1));
        assert_eq!(test.pairs, [0, 1, 0, 0, 0]);
        let pair = &test.examples[0];
        assert_eq!((pair.train_story.as_str(), pair.story.as_str()), ("a", "e"));
        assert_eq!((pair.train_frame, pair.frame, pair.distance), (1, 1, 1));
    }
}
