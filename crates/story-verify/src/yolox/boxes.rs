//! The network's numbers to boxes.
//!
//! ```text
//! centre = (xy + grid) stride        size = exp(wh) stride        score = objectness x category
//! ```
//! in pixels of the square. Each place on the grid names its likeliest category only, as the
//! published evaluation has it; then the best boxes of each category stay and those that overlap a
//! better one of the same category go.

use story_core::BoundingBox;

/// Pixels of the square a step of each grid.
const STRIDES: [usize; 3] = [8, 16, 32];
/// Numbers before the categories: centre, size, objectness.
const BEFORE: usize = 5;

/// A box in pixels of the square.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub category: usize,
    pub score: f32,
    pub place: BoundingBox,
}

/// How many places the grids of a square have.
pub(super) fn places(side: usize) -> usize {
    STRIDES.iter().map(|stride| (side / stride).pow(2)).sum()
}

/// All boxes of at least `min_score` that `output` (A, 5 + classes) names, in its order. What is
/// not finite is left out.
pub(super) fn decode(output: &[f32], classes: usize, side: usize, min_score: f32) -> Vec<Found> {
    let grids = STRIDES.iter().flat_map(|&stride| {
        let count = side / stride;
        (0..count * count).map(move |at| (at % count, at / count, stride as f32))
    });
    let rows = output.chunks_exact(BEFORE + classes);
    let found = rows.zip(grids).filter_map(|(row, (x, y, stride))| {
        let best = row[BEFORE..].iter().copied().enumerate();
        // Of equal ones the first.
        let (category, chance) = best.reduce(|a, b| if b.1 > a.1 { b } else { a })?;
        let score = row[4] * chance;
        let (cx, cy) = ((row[0] + x as f32) * stride, (row[1] + y as f32) * stride);
        let (w, h) = (row[2].exp() * stride, row[3].exp() * stride);
        let place = BoundingBox::new(cx - w / 2.0, cy - h / 2.0, cx + w / 2.0, cy + h / 2.0);
        let finite = [place.x1, place.y1, place.x2, place.y2, score];
        let keep = score >= min_score && finite.iter().all(|value| value.is_finite());
        keep.then_some(Found { category, score, place })
    });
    found.collect()
}

/// Each category's best score anywhere in `output` (A, 5 + classes), 0..1; what is not finite counts
/// as 0. Unlike [`decode`] it asks each place for every category, not for its likeliest alone.
pub(super) fn best_scores(output: &[f32], classes: usize) -> Vec<f32> {
    let mut best = vec![0f32; classes];
    for row in output.chunks_exact(BEFORE + classes) {
        for (best, chance) in best.iter_mut().zip(&row[BEFORE..]) {
            let score = row[4] * chance;
            if score.is_finite() {
                *best = best.max(score.min(1.0));
            }
        }
    }
    best
}

/// Keeps, from the best box down, those that overlap no better one of their category by more than
/// `max_iou`; of equal scores the first goes first. The result is sorted, best first.
pub(super) fn suppress(mut found: Vec<Found>, max_iou: f32) -> Vec<Found> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Found> = Vec::new();
    for candidate in found {
        let hidden = kept.iter().any(|better| {
            better.category == candidate.category && better.place.iou(&candidate.place) > max_iou
        });
        if !hidden {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_each_grid_is_where_it_should_be() {
        const SIDE: usize = 32; // 16 + 4 + 1 places
        assert_eq!(places(SIDE), 21);
        let mut output = vec![0f32; 21 * 7];
        for (place, category) in [(6, 0), (18, 1), (20, 1)] {
            let row = &mut output[place * 7..][..7];
            row[..5].copy_from_slice(&[0.5, 0.25, 0.0, 2f32.ln(), 0.5]);
            row[5 + category] = 0.8;
        }
        let found = decode(&output, 2, SIDE, 0.3);
        let boxes: Vec<_> = found.iter().map(|f| (f.category, f.place)).collect();
        // Place 6 of the first grid: column 2, row 1; 18: column 0, row 1 of the second.
        let expected = [
            (0, BoundingBox::new(16.0, 2.0, 24.0, 18.0)),
            (1, BoundingBox::new(0.0, 4.0, 16.0, 36.0)),
            (1, BoundingBox::new(0.0, -24.0, 32.0, 40.0)),
        ];
        assert_eq!(boxes.len(), 3);
        for ((category, place), (of, at)) in boxes.iter().zip(expected) {
            assert_eq!(*category, of);
            assert!(place.iou(&at) > 0.999, "{place:?} {at:?}");
        }
        assert!(decode(&output, 2, SIDE, 0.5).is_empty());
        output[6 * 7 + 2] = 1e9;
        assert_eq!(decode(&output, 2, SIDE, 0.3).len(), 2, "an endless box is none");
    }

    #[test]
    fn each_category_has_its_best_score_anywhere() {
        let row =
            |objectness: f32, chances: [f32; 2]| [&[0.0; 4][..], &[objectness], &chances].concat();
        let output = [row(0.5, [0.8, 0.3]), row(1.0, [0.0, f32::NAN]), row(0.5, [0.2, 0.1])];
        let best = best_scores(&output.concat(), 2);
        assert_eq!(best, [0.4, 0.15], "of a place whose likeliest is another as well");
        assert_eq!(best_scores(&[], 2), [0.0, 0.0]);
    }

    #[test]
    fn the_better_of_two_alike_stays() {
        let at = |x: f32, score, category| Found {
            category,
            score,
            place: BoundingBox::new(x, 0.0, x + 10.0, 10.0),
        };
        let all = vec![at(0.0, 0.5, 0), at(1.0, 0.9, 0), at(1.0, 0.4, 1), at(8.0, 0.3, 0)];
        let scores = |max| -> Vec<f32> {
            let kept = suppress(all.clone(), max);
            kept.iter().map(|found| found.score).collect()
        };
        assert_eq!(scores(0.45), [0.9, 0.4, 0.3]);
        assert_eq!(scores(0.9), [0.9, 0.5, 0.4, 0.3]);
    }
}
