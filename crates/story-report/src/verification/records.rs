//! One example that a judge of picture-text agreement was asked, and what it answered: a line of
//! `verification.jsonl`. Fields that this version does not know are passed over, and fields that an
//! earlier one did not write are empty.

use crate::records::number;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// A picture, a text, whether they belong together, and every system's answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VerificationRecord {
    /// Id of the picture's story; intervals resample stories.
    pub story: String,
    /// The picture's place in its story, counted from 0.
    pub frame: usize,
    /// The split that the example is from, such as `test`.
    pub part: String,
    /// The text that was held against the picture.
    pub text: String,
    /// Whether the text is the picture's own.
    pub matches: bool,
    /// How the text was made not to match: `other-story`, `other-frame`, `entity-swapped`,
    /// `relation-reversed`, `attribute-changed`, `number-changed`, or a kind of a later version;
    /// `None` where it matches.
    pub negative: Option<String>,
    /// The bytes of the text that an edit put in, from and to; `None` where nothing was edited.
    pub changed: Option<[usize; 2]>,
    /// The picture, a file under the run folder; `None` where it was not saved.
    pub image: Option<String>,
    /// Width and height of the picture that boxes are measured in, in pixels; `None`: those of the
    /// saved file.
    pub size: Option<[u32; 2]>,
    /// Each signal in 0..=1, higher is a better match; `None` where nothing could be judged.
    #[serde(deserialize_with = "known_or_null")]
    pub signals: BTreeMap<String, Option<f64>>,
    /// The probability that picture and text belong together, 0..=1, by system. A system that could
    /// not judge is missing (or `null`), which is counted.
    #[serde(deserialize_with = "known")]
    pub probabilities: BTreeMap<String, f64>,
    /// What the text claims, phrase by phrase.
    pub claims: Vec<ClaimRecord>,
    /// What was found in the picture.
    pub detections: Vec<DetectionRecord>,
}

/// A phrase with what the picture says to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimRecord {
    /// First byte of the phrase in the text.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// What it claims.
    pub kind: PhraseKind,
    /// What the picture says to it.
    pub finding: PhraseFinding,
    /// Why it was not judged, or what speaks against it, in words.
    pub reason: Option<String>,
    /// How well it is borne out, 0..=1; `None` where it was not judged.
    pub score: Option<f64>,
    /// Index of the detection that decided; `None` where none did.
    pub detection: Option<usize>,
    /// Of a relation, the index of its object's detection; `None` of others.
    pub other: Option<usize>,
}

/// What a phrase claims.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum PhraseKind {
    /// A thing is there.
    Thing,
    /// There are so many of it.
    Number,
    /// It has this colour.
    Color,
    /// Two things are placed so.
    Relation,
    /// Something is not so.
    Denial,
    /// A kind of a later version.
    #[default]
    #[serde(other)]
    Other,
}

/// What a picture says to a phrase.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum PhraseFinding {
    /// Borne out.
    Supported,
    /// A thing that the detector knows and that it does not find.
    NotFound,
    /// Something is there that says otherwise.
    Contradicted,
    /// Could not be judged; also a finding of a later version.
    #[default]
    #[serde(other)]
    NotJudged,
}

/// A thing found in the picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DetectionRecord {
    /// What it is.
    pub label: String,
    /// How sure the detector is, 0..=1.
    #[serde(deserialize_with = "number")]
    pub score: f64,
    /// Left, upper, right and lower edge, in pixels of [`VerificationRecord::size`].
    #[serde(rename = "box", deserialize_with = "edges")]
    pub bounding_box: [f32; 4],
}

impl PhraseKind {
    /// Those that are known, in the order of a table.
    pub const ALL: [Self; 5] =
        [Self::Thing, Self::Number, Self::Color, Self::Relation, Self::Denial];

    /// The kind as it is written: `thing`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Thing => "thing",
            Self::Number => "number",
            Self::Color => "color",
            Self::Relation => "relation",
            Self::Denial => "denial",
            Self::Other => "other",
        }
    }

    /// The kind of phrase that an edit of this kind changes; `None` where the edit may change any.
    pub fn of_edit(negative: &str) -> Option<Self> {
        match negative {
            "entity-swapped" => Some(Self::Thing),
            "number-changed" => Some(Self::Number),
            "attribute-changed" => Some(Self::Color),
            "relation-reversed" => Some(Self::Relation),
            _ => None,
        }
    }
}

impl PhraseFinding {
    /// All of them, in the order of the legend.
    pub const ALL: [Self; 4] =
        [Self::Supported, Self::NotFound, Self::Contradicted, Self::NotJudged];

    /// The finding as it is written: `not-found`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::NotFound => "not-found",
            Self::Contradicted => "contradicted",
            Self::NotJudged => "not-judged",
        }
    }

    /// Whether a reader is warned of the phrase.
    pub fn is_flag(self) -> bool {
        matches!(self, Self::NotFound | Self::Contradicted)
    }
}

/// Words for an example that does not match and does not say why.
const UNNAMED: &str = "unnamed";

impl VerificationRecord {
    /// How the text was made not to match; `None` for a text that matches.
    pub fn kind(&self) -> Option<&str> {
        (!self.matches).then(|| self.negative.as_deref().unwrap_or(UNNAMED))
    }

    /// The bytes that an edit put in; `None` without an edit, and where they are no bytes of the text.
    pub fn changed_range(&self) -> Option<Range<usize>> {
        let [start, end] = self.changed?;
        within(&self.text, start, end)
    }
}

impl ClaimRecord {
    /// Indices of the detections that it rests on: both of a relation.
    pub fn boxes(&self) -> impl Iterator<Item = usize> {
        self.detection.into_iter().chain(self.other)
    }

    /// The phrase's bytes; `None` where they are empty, outside of the text, or cut a character.
    pub fn range_in(&self, text: &str) -> Option<Range<usize>> {
        within(text, self.start, self.end)
    }
}

fn within(text: &str, start: usize, end: usize) -> Option<Range<usize>> {
    let range = start..end;
    (!range.is_empty() && text.get(range.clone()).is_some()).then_some(range)
}

/// Finite numbers by name; `null` stands for a missing one.
pub(super) fn known<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, f64>, D::Error> {
    let numbers: BTreeMap<String, Option<f64>> = BTreeMap::deserialize(deserializer)?;
    let known = numbers
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| value.is_finite())?)));
    Ok(known.collect())
}

/// Edges of a box; one that is no number is NaN (`null`).
fn edges<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[f32; 4], D::Error> {
    let edges: [Option<f32>; 4] = Deserialize::deserialize(deserializer)?;
    Ok(edges.map(|edge| edge.unwrap_or(f32::NAN)))
}

fn known_or_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Option<f64>>, D::Error> {
    BTreeMap::deserialize(deserializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_other_versions_are_read() {
        let line = r#"{"story":"s","frame":2,"text":"a hen","matches":false,"weather":[1],
            "probabilities":{"fusion":0.25,"space":null},"signals":{"space":null,"similarity":0.5},
            "claims":[{"start":0,"end":5,"kind":"smell","finding":"doubted"},
                      {"start":0,"end":5,"kind":"color","finding":"not-found","detection":null}],
            "detections":[{"label":"bird","score":0.5,"box":[1,2,3,4],"mask":"x"}]}"#;
        let record: VerificationRecord = serde_json::from_str(line).expect("a record");
        assert_eq!(record.probabilities.len(), 1, "null is a missing system");
        assert_eq!(record.signals["space"], None);
        assert_eq!(record.claims[0].kind, PhraseKind::Other);
        assert_eq!(record.claims[0].finding, PhraseFinding::NotJudged);
        assert_eq!(record.claims[1].finding, PhraseFinding::NotFound);
        assert_eq!(record.detections[0].bounding_box, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(record.kind(), Some("unnamed"));
        let written = serde_json::to_string(&record).expect("plain data");
        assert!(
            written.contains(r#""kind":"color","finding":"not-found""#)
                && written.contains("\"box\":[")
        );
        assert_eq!(serde_json::from_str::<VerificationRecord>(&written).expect("a record"), record);
    }

    #[test]
    fn ranges_that_are_no_text_are_none() {
        let text = "an é";
        let range =
            |start, end| ClaimRecord { start, end, ..ClaimRecord::default() }.range_in(text);
        assert_eq!(range(3, 5), Some(3..5));
        for (start, end) in [(0, 0), (2, 1), (4, 5), (3, 4), (0, 99), (usize::MAX, usize::MAX)] {
            assert_eq!(range(start, end), None, "{start}..{end}");
        }
    }
}
