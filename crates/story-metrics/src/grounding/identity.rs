//! Whether an id keeps naming the same thing from frame to frame.
//!
//! ```text
//! IDF1        = 2 IDTP / (boxes of the answers + boxes of the references)
//! id-kept     = returns with the same id / returns
//! persistence = ids of the answers in at least n frames / ids of the answers
//! ```
//! All 0..=1. IDF1 (Ristani et al. 2016, "Performance Measures and a Data Set for Multi-Target,
//! Multi-Camera Tracking") pairs ids of the answer with ids of the references, one to one and once
//! a story, so that as many boxes as possible agree; IDTP counts these, IDP and IDR divide by one
//! side each. An id that names two people is right for one of them at best. A *return* is a
//! reference entity that is matched (see [`super`]) in a frame and was before in the same story; it
//! is kept if the id is that of the match before, else it is what the tracking literature calls an
//! identity switch (Bernardin and Stiefelhagen 2008, "Evaluating Multiple Object Tracking
//! Performance: The CLEAR MOT Metrics").
//!
//! Persistence is what the StoryReasoning project reports (arXiv 2505.10292 and 2507.07340). It has no
//! better direction: one id for everybody persists best. Show that of the references beside it. The
//! published way ([`Compat::StoryReasoning`]) is the mean of the share over the stories that have an
//! answer, 0 for one without ids; it leaves the ids of backgrounds out of the objects.
//!
//! Ids are those of one story and kind. If an id has several boxes in a frame, the frame counts
//! once and agrees if one of them does.

use super::{Answer, Compat, EntityKind, GroundedEntity, MIN_IOU, matching, of_kind};
use crate::assignment::largest_sum;
use crate::metric::{Direction, Measurement, Range};
use crate::signature::Signature;
use crate::statistic::{MeanStats, Statistic};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Counts of one kind of entity, or of both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IdentityCounts {
    /// (Id, frame) pairs that agree under the best pairing of ids.
    pub agreeing: u64,
    /// (Id, frame) pairs of the answers.
    pub answered: u64,
    /// (Id, frame) pairs of the references.
    pub references: u64,
    /// Reference entities matched again after an earlier frame.
    pub returns: u64,
    /// Those whose id is the same as before.
    pub kept: u64,
    /// Ids of the answers by the number of their frames.
    frames_of_ids: BTreeMap<u64, u64>,
    /// Ids of the references by the number of their frames.
    frames_of_references: BTreeMap<u64, u64>,
    /// The published persistence of each story, at each of [`PERSISTENCE_FRAMES`].
    published: [MeanStats; 2],
}

impl IdentityCounts {
    /// Identity precision; 0 for an answer without boxes where there are references.
    pub fn idp(&self) -> Option<f64> {
        let defined = self.answered + self.references > 0;
        defined.then(|| self.agreeing as f64 / self.answered.max(1) as f64)
    }

    /// Identity recall; `None` without references.
    pub fn idr(&self) -> Option<f64> {
        (self.references > 0).then(|| self.agreeing as f64 / self.references as f64)
    }

    /// IDF1; `None` without boxes on both sides.
    pub fn idf1(&self) -> Option<f64> {
        let total = self.answered + self.references;
        (total > 0).then(|| 2.0 * self.agreeing as f64 / total as f64)
    }

    /// Share of returns that keep their id; `None` without returns.
    pub fn id_kept(&self) -> Option<f64> {
        (self.returns > 0).then(|| self.kept as f64 / self.returns as f64)
    }

    /// Share of the answers' ids that appear in at least so many frames; `None` without ids.
    pub fn persistence(&self, frames: u64) -> Option<f64> {
        share_from(&self.frames_of_ids, frames)
    }

    /// The same share of the references' ids.
    pub fn reference_persistence(&self, frames: u64) -> Option<f64> {
        share_from(&self.frames_of_references, frames)
    }

    /// Mean over stories of the share, as published, for a number of [`PERSISTENCE_FRAMES`]; `None`
    /// for another number or without stories.
    pub fn published_persistence(&self, frames: u64) -> Option<f64> {
        let at = PERSISTENCE_FRAMES.iter().position(|&of| of == frames)?;
        self.published[at].score()
    }

    fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.published.iter_mut().zip(&other.published) {
            mine.merge(theirs);
        }
        self.agreeing += other.agreeing;
        self.answered += other.answered;
        self.references += other.references;
        self.returns += other.returns;
        self.kept += other.kept;
        for (mine, theirs) in [
            (&mut self.frames_of_ids, &other.frames_of_ids),
            (&mut self.frames_of_references, &other.frames_of_references),
        ] {
            for (&frames, &ids) in theirs {
                *mine.entry(frames).or_default() += ids;
            }
        }
    }
}

fn share_from(ids_by_frames: &BTreeMap<u64, u64>, frames: u64) -> Option<f64> {
    let ids: u64 = ids_by_frames.values().sum();
    let enough: u64 = ids_by_frames.range(frames..).map(|(_, ids)| ids).sum();
    (ids > 0).then(|| enough as f64 / ids as f64)
}

/// Counts of one or many stories.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IdentityStats {
    /// Characters.
    pub characters: IdentityCounts,
    /// Objects.
    pub objects: IdentityCounts,
    /// Stories, whatever their answer.
    pub stories: u64,
    /// Stories without an answer; all of their references are missed.
    pub missing: u64,
}

/// The frames of the persistence rows: in more than one frame, and in five or more.
pub const PERSISTENCE_FRAMES: [u64; 2] = [2, 5];

impl IdentityStats {
    /// One story.
    pub fn of(answer: Answer<'_>, references: &[GroundedEntity]) -> Self {
        let of = |kind| {
            let mut counts = counts(answer.boxes(), references, kind);
            if answer != Answer::Missing {
                let share = |frames| counts.persistence(frames).unwrap_or(0.0);
                counts.published =
                    PERSISTENCE_FRAMES.map(|frames| MeanStats::of(Some(share(frames))));
            }
            counts
        };
        Self {
            characters: of(EntityKind::Character),
            objects: of(EntityKind::Object),
            stories: 1,
            missing: u64::from(answer == Answer::Missing),
        }
    }

    /// The rows of a table: `idf1`, `id-kept` and `id-persistence` of both kinds; in the published way
    /// `id-persistence` alone, which is all that is published.
    pub fn measurements(&self, compat: Compat) -> Vec<Measurement> {
        let settings = match compat {
            Compat::None => Signature::of([
                ("iou", &MIN_IOU),
                ("ids", &"story,kind"),
                ("agg", &"counts"),
                ("compat", &"none"),
            ]),
            Compat::StoryReasoning => Signature::of([
                ("agg", &"mean-of-stories"),
                ("missing", &"left-out"),
                ("compat", &"story-reasoning"),
            ]),
        };
        let n = match compat {
            Compat::None => self.stories,
            Compat::StoryReasoning => self.stories - self.missing,
        };
        let mut rows = Vec::new();
        for (kind, counts) in [("character", &self.characters), ("object", &self.objects)] {
            let mut row = |name: &str, value, direction| {
                rows.push(Measurement {
                    name: format!("{kind}-{name}"),
                    value,
                    n,
                    missing: self.missing,
                    direction,
                    range: Range::FRACTION,
                    signature: settings.clone().versioned(),
                });
            };
            if compat == Compat::None {
                row("idf1", counts.idf1(), Direction::HigherIsBetter);
                row("id-kept", counts.id_kept(), Direction::HigherIsBetter);
            }
            for frames in PERSISTENCE_FRAMES {
                let value = match compat {
                    Compat::None => counts.persistence(frames),
                    Compat::StoryReasoning => counts.published_persistence(frames),
                };
                let name = format!("id-persistence-{frames}");
                row(&name, value, Direction::CloserToReference);
            }
        }
        rows
    }
}

impl Statistic for IdentityStats {
    fn merge(&mut self, other: &Self) {
        self.characters.merge(&other.characters);
        self.objects.merge(&other.objects);
        self.stories += other.stories;
        self.missing += other.missing;
    }

    /// IDF1 of the characters.
    fn score(&self) -> Option<f64> {
        self.characters.idf1()
    }
}

/// The frames of each id, in the order of the ids.
fn frames_of<'a>(boxes: &[&'a GroundedEntity]) -> BTreeMap<&'a str, BTreeSet<u32>> {
    let mut frames: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
    for entity in boxes {
        frames.entry(entity.id.as_str()).or_default().insert(entity.frame);
    }
    frames
}

fn counts(
    answer: &[GroundedEntity],
    references: &[GroundedEntity],
    kind: EntityKind,
) -> IdentityCounts {
    let boxes = of_kind(answer, kind);
    let targets = of_kind(references, kind);
    let (frames, target_frames) = (frames_of(&boxes), frames_of(&targets));
    let by_length = |frames: &BTreeMap<&str, BTreeSet<u32>>| {
        let mut lengths = BTreeMap::new();
        for frames in frames.values() {
            *lengths.entry(frames.len() as u64).or_default() += 1;
        }
        lengths
    };
    let total = |frames: &BTreeMap<&str, BTreeSet<u32>>| {
        frames.values().map(|frames| frames.len() as u64).sum()
    };
    let (returns, kept) = returns(&boxes, &targets);
    IdentityCounts {
        agreeing: agreeing(&boxes, &targets),
        answered: total(&frames),
        references: total(&target_frames),
        returns,
        kept,
        frames_of_ids: by_length(&frames),
        frames_of_references: by_length(&target_frames),
        published: <[MeanStats; 2]>::default(),
    }
}

/// The most (id, frame) pairs that agree when each id is paired with one reference id at most.
fn agreeing(boxes: &[&GroundedEntity], targets: &[&GroundedEntity]) -> u64 {
    // The frames in which a pair of ids has overlapping boxes.
    let mut frames: BTreeMap<(&str, &str), BTreeSet<u32>> = BTreeMap::new();
    for entity in boxes {
        for target in targets {
            if entity.frame == target.frame && entity.region.iou(&target.region) >= MIN_IOU {
                let pair = (entity.id.as_str(), target.id.as_str());
                frames.entry(pair).or_default().insert(entity.frame);
            }
        }
    }
    let rows: BTreeSet<&str> = frames.keys().map(|pair| pair.0).collect();
    let columns: BTreeSet<&str> = frames.keys().map(|pair| pair.1).collect();
    let table: Vec<Vec<u64>> = rows
        .iter()
        .map(|row| {
            let cell = |column| frames.get(&(*row, column)).map_or(0, |set| set.len() as u64);
            columns.iter().map(|&column| cell(column)).collect()
        })
        .collect();
    largest_sum(&table)
}

/// Matched references that were matched before, and those whose id stayed.
fn returns(boxes: &[&GroundedEntity], targets: &[&GroundedEntity]) -> (u64, u64) {
    let matches = matching::within_frames(boxes, targets);
    let mut found: BTreeMap<(&str, u32), &str> = BTreeMap::new();
    for (entity, target) in boxes.iter().zip(matches) {
        if let Some(target) = target {
            let target = targets[target];
            let key = (target.id.as_str(), target.frame);
            found.entry(key).or_insert(entity.id.as_str());
        }
    }
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut returns, mut kept) = (0, 0);
    // In the order of the entities, and of the frames within each.
    for ((target, _), id) in found {
        if let Some(earlier) = before.insert(target, id) {
            returns += 1;
            kept += u64::from(earlier == id);
        }
    }
    (returns, kept)
}

#[cfg(test)]
mod tests;
