//! Which box of an answer matches which reference, as COCO decides it: from the best box down, each
//! takes the free reference that it overlaps most; references that do not count are taken last, and
//! crowds by as many boxes as come.

use super::{AREAS, DetectedBox, MAX_BOXES, ReferenceBox, ReferenceKind, THRESHOLDS, thresholds};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// One box of an answer: at each threshold and range of areas, whether it matches and whether it
/// counts. Bit `i` belongs to the threshold `i`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct RankedBox {
    pub score: f64,
    /// How many boxes of its picture and category are better.
    pub rank: u8,
    pub matched: [u16; AREAS.len()],
    pub ignored: [u16; AREAS.len()],
}

/// The boxes of one picture and category, best first, at most [`MAX_BOXES`]; and how many
/// references count in each range of areas.
pub(super) fn matched(
    mut answer: Vec<&DetectedBox>,
    references: &[&ReferenceBox],
) -> (Vec<RankedBox>, [u64; AREAS.len()]) {
    // Stable: of equal scores the first.
    answer.sort_by(|a, b| b.score.total_cmp(&a.score));
    answer.truncate(MAX_BOXES);
    let mut ranked: Vec<RankedBox> = (0u8..)
        .zip(&answer)
        .map(|(rank, found)| RankedBox {
            score: found.score,
            rank,
            matched: [0; AREAS.len()],
            ignored: [0; AREAS.len()],
        })
        .collect();
    let overlaps: Vec<Vec<f64>> = answer
        .iter()
        .map(|found| references.iter().map(|it| overlap(found, it)).collect())
        .collect();
    let mut counted = [0; AREAS.len()];
    for (area, (_, range)) in AREAS.iter().enumerate() {
        let counts = |reference: &ReferenceBox| {
            reference.kind == ReferenceKind::Object && range.contains(&reference.area)
        };
        let mut order: Vec<usize> = (0..references.len()).collect();
        order.sort_by_key(|&at| !counts(references[at]));
        let scene = Scene {
            references,
            counting: order.iter().filter(|&&at| counts(references[at])).count(),
            order,
        };
        counted[area] = scene.counting as u64;
        for (bit, threshold) in thresholds().into_iter().enumerate() {
            scene.mark(&mut ranked, &overlaps, (area, bit), threshold);
        }
        for (ranked, found) in ranked.iter_mut().zip(&answer) {
            if !range.contains(&found.region.area()) {
                ranked.ignored[area] |= ALL & !ranked.matched[area];
            }
        }
    }
    (ranked, counted)
}

/// A bit for each threshold.
const ALL: u16 = (1 << THRESHOLDS) - 1;

/// Of a crowd it is enough that the box lies in it.
fn overlap(found: &DetectedBox, reference: &ReferenceBox) -> f64 {
    let (overlap, union) = found.region.overlap_and_union(&reference.region);
    let whole = match reference.kind {
        ReferenceKind::Object => union,
        ReferenceKind::Crowd => found.region.area(),
    };
    if whole > 0.0 { overlap / whole } else { 0.0 }
}

/// The references of one picture, category and range of areas.
struct Scene<'a> {
    references: &'a [&'a ReferenceBox],
    /// Those that count first.
    order: Vec<usize>,
    /// How many of `order` count.
    counting: usize,
}

impl Scene<'_> {
    /// Marks what matches at one threshold.
    fn mark(
        &self,
        ranked: &mut [RankedBox],
        overlaps: &[Vec<f64>],
        (area, bit): (usize, usize),
        threshold: f64,
    ) {
        let mut taken = vec![false; self.references.len()];
        for (found, overlaps) in ranked.iter_mut().zip(overlaps) {
            let among = |places: Range<usize>| {
                let free = self.order[places]
                    .iter()
                    .copied()
                    .filter(|&at| !taken[at] || self.references[at].kind == ReferenceKind::Crowd)
                    .filter(|&at| overlaps[at] >= threshold);
                // Of equal overlaps the last, as in pycocotools.
                free.max_by(|&a, &b| overlaps[a].total_cmp(&overlaps[b]))
            };
            let counting = among(0..self.counting);
            let best = counting.or_else(|| among(self.counting..self.order.len()));
            if let Some(at) = best {
                taken[at] = true;
                found.matched[area] |= 1 << bit;
                if counting.is_none() {
                    found.ignored[area] |= 1 << bit;
                }
            }
        }
    }
}
