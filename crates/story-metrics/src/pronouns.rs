//! How many pronouns say whom they mean: the share that stands inside an entity tag.
//!
//! ```text
//! pronoun grounding = pronouns inside of <gdo ...> ... </gdo> / pronouns   (0..=1, higher is better)
//! ```
//! `She` of `<gdo char1>She</gdo> smiled at him.` is grounded, `him` is not. Counts are kept by
//! pronoun, since the published numbers are (arXiv 2507.07340: he, she, they). The score is over
//! [`PERSONAL`]: `it` and `its` often mean nothing that could be shown ("it rains"), and dataset
//! and published numbers ground people.
//!
//! Words are runs of letters, whatever their case, so that `he's` holds a `he`; `US` in capitals is
//! no pronoun. The published code tells pronouns from other words by a tagger and asks that the
//! tagged text is the pronoun and nothing else; here `<gdo char1>her sister</gdo>` grounds `her`.

use crate::markup::{Piece, pieces};
use crate::metric::{Direction, Measurement, Range};
use crate::signature::Signature;
use crate::statistic::Statistic;
use crate::tags::TagKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Subject, object and possessive pronouns of people.
pub const PERSONAL: [&str; 16] = [
    "i", "you", "he", "she", "we", "they", "me", "him", "her", "us", "them", "my", "your", "his",
    "our", "their",
];

/// Pronouns of things, counted apart.
pub const IMPERSONAL: [&str; 2] = ["it", "its"];

/// Occurrences of a pronoun.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PronounCounts {
    /// Those inside of an entity tag.
    pub grounded: u64,
    /// All.
    pub total: u64,
}

/// Counts of one or many stories.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PronounStats {
    /// By pronoun, in lower case; those that occur.
    pub by_pronoun: BTreeMap<String, PronounCounts>,
    /// Stories without a text.
    pub missing: u64,
}

impl PronounStats {
    /// One story. A missing text (`None`) has no pronouns and is counted.
    pub fn of(text: Option<&str>) -> Self {
        let mut stats = Self { missing: u64::from(text.is_none()), ..Self::default() };
        let mut open: Vec<&str> = Vec::new();
        for piece in pieces(text.unwrap_or_default()) {
            match piece {
                Piece::Open(name, _) => open.push(name),
                Piece::Close(name) => {
                    if let Some(at) = open.iter().rposition(|open| *open == name) {
                        open.truncate(at);
                    }
                }
                Piece::Broken => {}
                Piece::Text(text) => {
                    let inside = |name: &&str| TagKind::of_name(name) == Some(TagKind::Entity);
                    let grounded = u64::from(open.iter().any(inside));
                    for pronoun in text.split(|c: char| !c.is_alphabetic()).filter_map(pronoun) {
                        let counts = stats.by_pronoun.entry(pronoun.to_string()).or_default();
                        counts.grounded += grounded;
                        counts.total += 1;
                    }
                }
            }
        }
        stats
    }

    /// The counts of some pronouns together, in lower case.
    pub fn counts(&self, pronouns: &[&str]) -> PronounCounts {
        let mut sum = PronounCounts::default();
        for counts in pronouns.iter().filter_map(|&word| self.by_pronoun.get(word)) {
            sum.grounded += counts.grounded;
            sum.total += counts.total;
        }
        sum
    }

    /// Share of some pronouns that is grounded; `None` if none of them occurs.
    pub fn grounded(&self, pronouns: &[&str]) -> Option<f64> {
        let counts = self.counts(pronouns);
        (counts.total > 0).then(|| counts.grounded as f64 / counts.total as f64)
    }

    /// `pronoun-grounding` over [`PERSONAL`], then `he`, `she` and `they` alone; n are pronouns.
    pub fn measurements(&self) -> Vec<Measurement> {
        let row = |name: &str, pronouns: &[&str]| Measurement {
            name: name.to_string(),
            value: self.grounded(pronouns),
            n: self.counts(pronouns).total,
            missing: self.missing,
            direction: Direction::HigherIsBetter,
            range: Range::FRACTION,
            signature: Signature::of([("inside", &"gdo"), ("pronouns", &pronouns.join(","))])
                .versioned(),
        };
        vec![
            row("pronoun-grounding", &PERSONAL),
            row("pronoun-grounding-he", &["he"]),
            row("pronoun-grounding-she", &["she"]),
            row("pronoun-grounding-they", &["they"]),
        ]
    }
}

impl Statistic for PronounStats {
    fn merge(&mut self, other: &Self) {
        for (pronoun, counts) in &other.by_pronoun {
            let mine = self.by_pronoun.entry(pronoun.clone()).or_default();
            mine.grounded += counts.grounded;
            mine.total += counts.total;
        }
        self.missing += other.missing;
    }

    /// Share of [`PERSONAL`] pronouns that is grounded.
    fn score(&self) -> Option<f64> {
        self.grounded(&PERSONAL)
    }
}

/// The pronoun that a word is.
fn pronoun(word: &str) -> Option<&'static str> {
    if word == "US" {
        return None;
    }
    let all = PERSONAL.iter().chain(&IMPERSONAL);
    all.copied().find(|pronoun| pronoun.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() {
        let text = "<gdi image1><gdo char1>She</gdo> <gda char1>gave him</gda> her kite. \
                    <gdo char2>He</gdo>'s glad, he's off to the US; it rains on us. \
                    <gdo char1>Her sister</gdo></gdi> their";
        let stats = PronounStats::of(Some(text));
        let counts = |word: &str| {
            let PronounCounts { grounded, total } = stats.counts(&[word]);
            (grounded, total)
        };
        assert_eq!(
            [counts("she"), counts("he"), counts("her"), counts("him")],
            [(1, 1), (1, 2), (1, 2), (0, 1)]
        );
        assert_eq!(
            [counts("us"), counts("it"), counts("their"), counts("s")],
            [(0, 1), (0, 1), (0, 1), (0, 0)]
        );
        assert_eq!(stats.score(), Some(3.0 / 8.0));
        assert_eq!(stats.measurements()[1].value, Some(0.5));
    }

    #[test]
    fn no_pronoun_is_undefined_and_a_missing_text_is_counted() {
        let mut stats = PronounStats::of(Some("<gdo char1>Mira</gdo> runs"));
        assert_eq!(stats.score(), None);
        stats.merge(&PronounStats::of(None));
        stats.merge(&PronounStats::of(Some("they <gdo char1>they")));
        assert_eq!((stats.score(), stats.missing), (Some(0.5), 1));
    }
}
