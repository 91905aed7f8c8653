//! One-to-one matches of an answer's boxes with the references.

use super::{GroundedEntity, MIN_IOU};

/// For each box of an answer the reference of its frame and kind that it matches, if any.
pub(super) fn within_frames(
    answer: &[&GroundedEntity],
    references: &[&GroundedEntity],
) -> Vec<Option<usize>> {
    let mut pairs = Vec::new();
    for (at, entity) in answer.iter().enumerate() {
        for (reference_at, reference) in references.iter().enumerate() {
            if entity.frame == reference.frame && entity.kind == reference.kind {
                let iou = entity.region.iou(&reference.region);
                if iou >= MIN_IOU {
                    pairs.push((entity.score, iou, at, reference_at));
                }
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    greedy(answer.len(), references.len(), pairs.iter().map(|pair| (pair.2, pair.3)))
}

/// As the published code matches: boxes of one kind in the whole story, whatever their frame, by
/// overlap alone.
pub(super) fn across_frames(
    answer: &[&GroundedEntity],
    references: &[&GroundedEntity],
) -> Vec<Option<usize>> {
    let mut pairs = Vec::new();
    for (reference_at, reference) in references.iter().enumerate() {
        for (at, entity) in answer.iter().enumerate() {
            if entity.kind == reference.kind {
                let iou = reference.region.published_iou(&entity.region);
                if iou >= MIN_IOU {
                    pairs.push((iou, at, reference_at));
                }
            }
        }
    }
    // Stable: among equal overlaps the first reference, then the first box of the answer.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    greedy(answer.len(), references.len(), pairs.iter().map(|pair| (pair.1, pair.2)))
}

/// Takes pairs in order as long as both sides are free.
fn greedy(
    answers: usize,
    references: usize,
    pairs: impl Iterator<Item = (usize, usize)>,
) -> Vec<Option<usize>> {
    let mut taken = vec![false; references];
    let mut matches = vec![None; answers];
    for (at, reference_at) in pairs {
        if matches[at].is_none() && !taken[reference_at] {
            matches[at] = Some(reference_at);
            taken[reference_at] = true;
        }
    }
    matches
}
