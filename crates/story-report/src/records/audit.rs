//! What was found when the pictures of a split's parts were compared: a story that shares a picture
//! with the training stories is not unseen, and its scores say less.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether the parts of the split share pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Audit {
    /// Nobody looked.
    Skipped {
        /// Why not, as half a sentence.
        reason: String,
    },
    /// The pictures were compared by perceptual hash.
    Made(AuditRecord),
}

/// The counts of an audit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Pictures whose hashes of 64 bits differ in at most so many were taken for the same one.
    pub threshold: u32,
    /// Pictures compared.
    pub pictures: u64,
    /// Pictures of one colour, left out.
    pub flat: u64,
    /// Pictures that do not decode, left out.
    pub unreadable: u64,
    /// What each held-out part (`validation`, `test`) has in common with the training stories.
    pub held_out: BTreeMap<String, SharedRecord>,
}

/// What a held-out part has in common with the training stories.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SharedRecord {
    /// Stories of the part.
    pub stories: u64,
    /// Those of them that share a picture with a training story.
    pub shared_stories: u64,
    /// Their pictures that have a look-alike.
    pub shared_pictures: u64,
    /// Pairs of look-alikes by the distance of their hashes, from 0 to the threshold.
    pub pairs: Vec<u64>,
    /// The nearest pairs.
    pub examples: Vec<PairRecord>,
}

/// Two pictures that look alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairRecord {
    /// Bits in which their hashes differ, 0 to 64.
    pub distance: u32,
    /// The training story's id.
    pub train_story: String,
    /// Place of the picture in the training story, counted from 0.
    pub train_frame: usize,
    /// The held-out story's id.
    pub story: String,
    /// Place of the picture in the held-out story, counted from 0.
    pub frame: usize,
}

impl Audit {
    /// Whether a held-out story was found to share a picture with a training story.
    pub fn found_shared(&self) -> bool {
        match self {
            Self::Skipped { .. } => false,
            Self::Made(record) => record.held_out.values().any(|part| part.shared_stories > 0),
        }
    }

    /// A sentence for each held-out part, the test stories last; or why nobody looked.
    pub fn sentences(&self) -> Vec<String> {
        match self {
            Self::Skipped { reason } => {
                vec![format!("Shared pictures were not looked for: {reason}.")]
            }
            Self::Made(record) => record.sentences(),
        }
    }
}

impl AuditRecord {
    /// A sentence for each held-out part that has stories, the test stories last.
    pub fn sentences(&self) -> Vec<String> {
        let mut parts: Vec<(&String, &SharedRecord)> =
            self.held_out.iter().filter(|(_, shared)| shared.stories > 0).collect();
        parts.sort_by_key(|(name, _)| *name == "test");
        let sentence = |(name, shared): (&String, &SharedRecord)| self.sentence(name, shared);
        parts.into_iter().map(sentence).collect()
    }

    fn sentence(&self, part: &str, shared: &SharedRecord) -> String {
        let SharedRecord { stories, shared_stories, .. } = shared;
        let alike =
            format!("a picture (pHash distance ≤ {}) with a training story", self.threshold);
        let caveat = match part {
            "test" => "what is scored on them may be remembered, not foreseen",
            _ => "the choice of the best epoch leans on them",
        };
        match shared_stories {
            0 if *stories == 1 => format!("The one {part} story shares no {}.", &alike[2..]),
            0 => format!("None of {stories} {part} stories shares {alike}."),
            1 => format!("1 of {stories} {part} stories shares {alike}: {caveat}."),
            n => format!("{n} of {stories} {part} stories share {alike}: {caveat}."),
        }
    }

    /// Pairs of equal hashes between a held-out part and the training stories, in all parts.
    pub fn equal_pairs(&self) -> u64 {
        let equal = |shared: &SharedRecord| shared.pairs.first().copied().unwrap_or(0);
        self.held_out.values().map(equal).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(stories: u64, shared_stories: u64) -> SharedRecord {
        SharedRecord {
            stories,
            shared_stories,
            pairs: vec![shared_stories, 0, 0, 0, 0],
            ..SharedRecord::default()
        }
    }

    #[test]
    fn each_part_with_stories_has_its_sentence_and_test_comes_last() {
        let record = AuditRecord {
            threshold: 4,
            held_out: BTreeMap::from([
                ("test".into(), shared(39, 2)),
                ("validation".into(), shared(11, 0)),
            ]),
            ..AuditRecord::default()
        };
        let sentences = record.sentences();
        assert_eq!(sentences.len(), 2);
        assert!(sentences[0].starts_with("None of 11 validation stories shares a picture"));
        assert!(
            sentences[1].starts_with("2 of 39 test stories share a picture (pHash distance ≤ 4)"),
            "{}",
            sentences[1]
        );
        assert_eq!(record.equal_pairs(), 2);
        let none = AuditRecord {
            held_out: BTreeMap::from([("validation".into(), shared(0, 0))]),
            ..record
        };
        assert_eq!(none.sentences(), Vec::<String>::new());
    }

    #[test]
    fn audits_survive_json() {
        let audit = Audit::Made(AuditRecord {
            threshold: 4,
            held_out: BTreeMap::from([("test".into(), shared(3, 1))]),
            ..AuditRecord::default()
        });
        let skipped = Audit::Skipped { reason: "drawn".into() };
        for audit in [audit, skipped] {
            let text = serde_json::to_string(&audit).expect("plain data");
            assert_eq!(serde_json::from_str::<Audit>(&text).expect("its own"), audit);
        }
    }
}
