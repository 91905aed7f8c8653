//! Grounding in the published way: what StoryReasoning's evaluation code computes (Oliveira and
//! de Matos 2025, arXiv 2505.10292; `metrics/grounding` of its repository), written from what it
//! does so that its numbers can be compared with. Use [`GroundingStats`](super::GroundingStats) to
//! compare systems.
//!
//! ```text
//! a story's precision = matched / boxes of the answer, 1 without boxes
//! a story's recall    = matched / references, 1 without references
//! a story's F1        = harmonic mean of the two, 0 where both are 0
//! a story's AP        = mean over recalls 0, .1, ..., 1 of the best precision at that recall or above;
//!                       without references 1 if there are no boxes and 0 if there are; 0 without boxes
//! each score          = mean over the stories that have an answer      (0..=1, higher is better)
//! ```
//! Boxes match from an intersection over union of .5, the pair that overlaps most first. What makes
//! these scores higher than they should be:
//!
//! - boxes match whatever their frames: a box in the wrong frame counts;
//! - an answer that cannot be read has no boxes, and so a precision of 1;
//! - a story without an answer is left out of the mean;
//! - every box has a score of 1, so that AP depends on the order in which the answer lists them;
//! - a mean over stories weighs a box of a short story more than one of a long story.
//!
//! There, an object counts as a character if the first word of its description is "person": give
//! such boxes the kind [`Character`](EntityKind::Character). Make boxes with
//! [`Region::from_pixels`](super::Region::from_pixels) and `Compat::StoryReasoning` for equal bits,
//! and list them as the analysis does: frame by frame, characters before objects.

use super::{Answer, EntityKind, GroundedEntity, matching, of_kind};
use crate::metric::{Direction, Measurement, Range};
use crate::signature::Signature;
use crate::statistic::{Counted, MeanStats, Statistic};
use serde::{Deserialize, Serialize};

/// Means over stories of precision, recall and F1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PublishedScores {
    /// Precision.
    pub precision: MeanStats,
    /// Recall.
    pub recall: MeanStats,
    /// F1.
    pub f1: MeanStats,
}

/// The published scores of one or many stories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PublishedGrounding {
    /// Characters.
    pub characters: PublishedScores,
    /// Objects.
    pub objects: PublishedScores,
    /// Both.
    pub all: PublishedScores,
    /// Eleven-point average precision of both.
    pub map: MeanStats,
    /// Stories that were left out because they have no answer.
    pub left_out: u64,
}

impl PublishedGrounding {
    /// One story.
    pub fn of(answer: Answer<'_>, references: &[GroundedEntity]) -> Self {
        if answer == Answer::Missing {
            return Self { left_out: 1, ..Self::default() };
        }
        let boxes = answer.boxes();
        let of = |kind| scores(&of_kind(boxes, kind), &of_kind(references, kind));
        let (all, all_references): (Vec<_>, Vec<_>) =
            (boxes.iter().collect(), references.iter().collect());
        Self {
            characters: of(EntityKind::Character),
            objects: of(EntityKind::Object),
            all: scores(&all, &all_references),
            map: MeanStats::of(Some(average_precision(&all, &all_references))),
            left_out: 0,
        }
    }

    /// The rows of a table; `n` counts the stories in the means, `missing` those left out.
    pub fn measurements(&self) -> Vec<Measurement> {
        let row = |name: String, stats: &MeanStats| Measurement {
            name,
            value: stats.score(),
            n: stats.units(),
            missing: self.left_out,
            direction: Direction::HigherIsBetter,
            range: Range::FRACTION,
            signature: Signature::of([
                ("iou", &super::MIN_IOU),
                ("match", &"story,kind,iou"),
                ("agg", &"mean-of-stories"),
                ("ap", &11),
                ("missing", &"left-out"),
                ("compat", &"story-reasoning"),
            ])
            .versioned(),
        };
        let mut rows = Vec::new();
        for (prefix, scores) in
            [("character-", &self.characters), ("object-", &self.objects), ("", &self.all)]
        {
            for (name, stats) in
                [("precision", &scores.precision), ("recall", &scores.recall), ("f1", &scores.f1)]
            {
                rows.push(row(format!("{prefix}grounding-{name}"), stats));
            }
        }
        rows.push(row("grounding-map".to_string(), &self.map));
        rows
    }
}

impl Statistic for PublishedGrounding {
    fn merge(&mut self, other: &Self) {
        for (scores, other) in [
            (&mut self.characters, &other.characters),
            (&mut self.objects, &other.objects),
            (&mut self.all, &other.all),
        ] {
            scores.precision.merge(&other.precision);
            scores.recall.merge(&other.recall);
            scores.f1.merge(&other.f1);
        }
        self.map.merge(&other.map);
        self.left_out += other.left_out;
    }

    /// Mean F1 of both kinds.
    fn score(&self) -> Option<f64> {
        self.all.f1.score()
    }
}

fn matched(boxes: &[&GroundedEntity], references: &[&GroundedEntity]) -> Vec<bool> {
    let matches = matching::across_frames(boxes, references);
    matches.iter().map(Option::is_some).collect()
}

fn scores(boxes: &[&GroundedEntity], references: &[&GroundedEntity]) -> PublishedScores {
    let matches = matched(boxes, references);
    let matched = matches.iter().filter(|&&matched| matched).count() as f64;
    let share = |of: usize| if of > 0 { matched / of as f64 } else { 1.0 };
    let (precision, recall) = (share(boxes.len()), share(references.len()));
    let f1 = if precision + recall > 0.0 {
        2.0 * (precision * recall) / (precision + recall)
    } else {
        0.0
    };
    PublishedScores {
        precision: MeanStats::of(Some(precision)),
        recall: MeanStats::of(Some(recall)),
        f1: MeanStats::of(Some(f1)),
    }
}

/// Eleven-point interpolation (Everingham et al. 2010, "The Pascal Visual Object Classes
/// Challenge") over the boxes from the highest score down, equal ones in their order.
fn average_precision(boxes: &[&GroundedEntity], references: &[&GroundedEntity]) -> f64 {
    if references.is_empty() || boxes.is_empty() {
        return if references.len() == boxes.len() { 1.0 } else { 0.0 };
    }
    let matches = matched(boxes, references);
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    order.sort_by(|&a, &b| boxes[b].score.total_cmp(&boxes[a].score));
    let mut found = 0;
    let points: Vec<(f64, f64)> = order
        .iter()
        .enumerate()
        .map(|(before, &at)| {
            found += usize::from(matches[at]);
            let recall = found as f64 / references.len() as f64;
            (recall, found as f64 / (before + 1) as f64)
        })
        .collect();
    let best = |recall: f64| {
        let reached = points.iter().filter(|(at, _)| *at >= recall);
        reached.map(|point| point.1).fold(0.0, f64::max)
    };
    // As NumPy rounds the steps: .1 times 3 lies above .3, which a recall of 3/10 does not reach.
    (0..=10).map(|step| best(f64::from(step) * 0.1)).sum::<f64>() / 11.0
}
