//! Grounding: whether a story's characters and objects are where it says they are. Precision,
//! recall, F1 and average precision of boxes, for characters, objects and both.
//!
//! ```text
//! precision = matched boxes / boxes of the answers
//! recall    = matched boxes / boxes of the references
//! F1        = 2 matched / (both together)
//! AP        = mean over recalls 0, .01, ..., 1 of the best precision at that recall or above
//! ```
//! All 0..=1, higher is better. A box matches a reference of its own frame and kind from an
//! intersection over union of .5, one to one, in the order of the detection literature (Lin et al.
//! 2014, "Microsoft COCO"; equal to pycocotools' AP50 where scores differ): the answer's boxes from
//! the highest score down, each takes the free reference that it overlaps most. Language models
//! give no scores; among equal ones the pair that overlaps most goes first, and AP decides them
//! together, so that the order of the answer changes nothing. `map` is the mean of the kinds' AP.
//!
//! Counts are summed over stories. A missing or unreadable answer has no boxes: all references of
//! its story are missed, and it is counted. An answer without boxes scores 0; without references
//! and without boxes a score is `None`. How StoryReasoning's code counts instead, and why its
//! numbers are higher, is in [`published`].

mod boxes;
pub mod identity;
mod matching;
pub mod published;

pub use boxes::Region;
pub use identity::{IdentityCounts, IdentityStats};
pub use published::PublishedGrounding;

use crate::error::{MetricError, Result};
use crate::metric::{Direction, Measurement, Range};
use crate::precision_recall::average_precision;
use crate::score_counts::ScoreCounts;
use crate::signature::Signature;
use crate::statistic::Statistic;
use serde::{Deserialize, Serialize};

/// Smallest intersection over union of a match.
pub const MIN_IOU: f64 = 0.5;

/// Whose way of counting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compat {
    /// The way of this module.
    #[default]
    None,
    /// The published way of StoryReasoning's code, for comparison with its numbers.
    StoryReasoning,
}

/// What a box holds. Boxes of different kinds never match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// A person or an animal that acts.
    Character,
    /// A thing or a part of the background.
    Object,
}

/// One box of a story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroundedEntity {
    /// The frame it lies in.
    pub frame: u32,
    /// What it holds.
    pub kind: EntityKind,
    /// Who or what it shows, such as `char1`. Only [`identity`] reads it.
    pub id: String,
    /// Where it lies.
    pub region: Region,
    /// How sure the model is, any finite number; 1 where it does not say.
    pub score: f64,
}

/// A system's answer to one story.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer<'a> {
    /// Its boxes, perhaps none.
    Boxes(&'a [GroundedEntity]),
    /// There is a text, but no box could be read from it.
    Unreadable,
    /// There is no answer.
    Missing,
}

impl<'a> Answer<'a> {
    pub(crate) fn boxes(self) -> &'a [GroundedEntity] {
        match self {
            Self::Boxes(boxes) => boxes,
            Self::Unreadable | Self::Missing => &[],
        }
    }
}

/// Counts of one kind of entity, or of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroundingCounts {
    /// Boxes of the references.
    pub references: u64,
    /// Boxes of the answers by score: matched, unmatched.
    ranked: ScoreCounts,
}

impl GroundingCounts {
    /// Boxes of the answers that match.
    pub fn matched(&self) -> u64 {
        self.ranked.total()[0]
    }

    /// Boxes of the answers.
    pub fn answered(&self) -> u64 {
        self.ranked.total().iter().sum()
    }

    /// Matched over answered; 0 where there are references and no box was given, `None` where
    /// there are neither.
    pub fn precision(&self) -> Option<f64> {
        (self.f1_total() > 0).then(|| self.matched() as f64 / self.answered().max(1) as f64)
    }

    /// Matched over references; `None` without references.
    pub fn recall(&self) -> Option<f64> {
        (self.references > 0).then(|| self.matched() as f64 / self.references as f64)
    }

    /// F1; `None` without references and boxes.
    pub fn f1(&self) -> Option<f64> {
        (self.f1_total() > 0).then(|| 2.0 * self.matched() as f64 / self.f1_total() as f64)
    }

    /// Average precision with 101 recalls; `None` without references.
    pub fn average_precision(&self) -> Option<f64> {
        if self.references == 0 {
            return None;
        }
        let ranked = self.ranked.descending().map(|(_, counts)| counts);
        Some(average_precision(ranked, self.references))
    }

    fn f1_total(&self) -> u64 {
        self.answered() + self.references
    }

    fn merge(&mut self, other: &Self) {
        self.references += other.references;
        self.ranked.merge(&other.ranked);
    }
}

/// Counts of one or many stories.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GroundingStats {
    /// Characters.
    pub characters: GroundingCounts,
    /// Objects.
    pub objects: GroundingCounts,
    /// Stories, whatever their answer.
    pub stories: u64,
    /// Stories whose answer could not be read.
    pub unreadable: u64,
    /// Stories without an answer.
    pub missing: u64,
    /// The same stories in the published way.
    pub published: PublishedGrounding,
}

impl GroundingStats {
    /// One story.
    ///
    /// # Errors
    /// If a score is NaN or infinite.
    pub fn of(answer: Answer<'_>, references: &[GroundedEntity]) -> Result<Self> {
        let boxes = answer.boxes();
        for entity in boxes {
            if !entity.score.is_finite() {
                return Err(MetricError::Value {
                    what: "score of a box",
                    expected: "a finite number",
                    found: entity.score.to_string(),
                });
            }
        }
        let mut unit = Self {
            stories: 1,
            unreadable: u64::from(answer == Answer::Unreadable),
            missing: u64::from(answer == Answer::Missing),
            published: PublishedGrounding::of(answer, references),
            ..Self::default()
        };
        for reference in references {
            unit.counts(reference.kind).references += 1;
        }
        let (all, targets): (Vec<_>, Vec<_>) =
            (boxes.iter().collect(), references.iter().collect());
        let matches = matching::within_frames(&all, &targets);
        for (entity, matched) in boxes.iter().zip(matches) {
            let counts = match matched {
                Some(_) => [1, 0],
                None => [0, 1],
            };
            let ranked = &mut unit.counts(entity.kind).ranked;
            ranked.add("score of a box", entity.score, counts)?;
        }
        Ok(unit)
    }

    /// Characters and objects together; boxes of different kinds still did not match.
    pub fn all(&self) -> GroundingCounts {
        let mut all = self.characters.clone();
        all.merge(&self.objects);
        all
    }

    /// Mean of the average precisions of the kinds that have references; `None` without.
    pub fn mean_average_precision(&self) -> Option<f64> {
        let kinds = [&self.characters, &self.objects];
        let defined: Vec<f64> = kinds.iter().filter_map(|kind| kind.average_precision()).collect();
        (!defined.is_empty()).then(|| defined.iter().sum::<f64>() / defined.len() as f64)
    }

    /// The rows of a table: precision, recall, F1 and AP of characters, objects and all, in this
    /// module's way or in the published one.
    pub fn measurements(&self, compat: Compat) -> Vec<Measurement> {
        if compat == Compat::StoryReasoning {
            return self.published.measurements();
        }
        let all = self.all();
        let mut rows = Vec::new();
        for (prefix, counts) in
            [("character-", &self.characters), ("object-", &self.objects), ("", &all)]
        {
            let mut row = |name: &str, value| rows.push(self.row(format!("{prefix}{name}"), value));
            row("grounding-precision", counts.precision());
            row("grounding-recall", counts.recall());
            row("grounding-f1", counts.f1());
            if !prefix.is_empty() {
                row("grounding-ap", counts.average_precision());
            }
        }
        let map = self.mean_average_precision();
        rows.push(self.row("grounding-map".to_string(), map));
        rows
    }

    fn row(&self, name: String, value: Option<f64>) -> Measurement {
        Measurement {
            name,
            value,
            n: self.stories,
            missing: self.missing,
            direction: Direction::HigherIsBetter,
            range: Range::FRACTION,
            signature: Signature::of([
                ("iou", &MIN_IOU),
                ("match", &"frame,kind,score,iou"),
                ("agg", &"counts"),
                ("ap", &101),
                ("unreadable", &self.unreadable),
                ("compat", &"none"),
            ])
            .versioned(),
        }
    }

    fn counts(&mut self, kind: EntityKind) -> &mut GroundingCounts {
        match kind {
            EntityKind::Character => &mut self.characters,
            EntityKind::Object => &mut self.objects,
        }
    }
}

impl Statistic for GroundingStats {
    fn merge(&mut self, other: &Self) {
        self.characters.merge(&other.characters);
        self.objects.merge(&other.objects);
        self.stories += other.stories;
        self.unreadable += other.unreadable;
        self.missing += other.missing;
        self.published.merge(&other.published);
    }

    /// F1 of all entities.
    fn score(&self) -> Option<f64> {
        self.all().f1()
    }
}

/// The boxes of one kind, in their order.
fn of_kind(all: &[GroundedEntity], kind: EntityKind) -> Vec<&GroundedEntity> {
    all.iter().filter(|entity| entity.kind == kind).collect()
}

#[cfg(test)]
mod tests;
