//! Boxes as numbers: anchors, their shifts, and which of overlapping ones stay.

use story_core::BoundingBox;

/// The height of an anchor over its width.
const RATIOS: [f32; 3] = [0.5, 1.0, 2.0];
/// exp of more would be boxes of thousands of pixels.
const LARGEST_LOGARITHM: f32 = 4.135_166_6; // ln(1000 / 16)

/// Anchors of a map of `rows` x `columns` places, `stride` pixels apart: for each place, row by row,
/// one of each ratio with the area `size` squared, its corners rounded (half to even).
pub(super) fn anchors(
    size: f32,
    (rows, columns): (usize, usize),
    (down, across): (usize, usize),
) -> Vec<BoundingBox> {
    let cell = RATIOS.map(|ratio| {
        let high = ratio.sqrt();
        let (w, h) = ((1.0 / high) * size, high * size);
        let half = |side: f32| (side / 2.0).round_ties_even();
        [half(-w), half(-h), half(w), half(h)]
    });
    let places = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
    let at = |(x, y): (usize, usize)| {
        let (x, y) = ((x * across) as f32, (y * down) as f32);
        cell.map(|[x1, y1, x2, y2]| BoundingBox::new(x + x1, y + y1, x + x2, y + y2))
    };
    places.flat_map(at).collect()
}

/// `from` moved by `shift` (dx, dy over its sides, logarithms of the sides' factors), each divided
/// by its weight first.
pub(super) fn shifted(from: &BoundingBox, shift: &[f32], weights: [f32; 4]) -> BoundingBox {
    let (width, height) = (from.x2 - from.x1, from.y2 - from.y1);
    let (x, y) = (from.x1 + 0.5 * width, from.y1 + 0.5 * height);
    let [dx, dy] = [shift[0] / weights[0], shift[1] / weights[1]];
    let side = |at: usize| (shift[at] / weights[at]).min(LARGEST_LOGARITHM).exp();
    let (x, y) = (dx * width + x, dy * height + y);
    let (w, h) = (0.5 * side(2) * width, 0.5 * side(3) * height);
    BoundingBox::new(x - w, y - h, x + w, y + h)
}

/// Indices of the boxes that stay, best first: those that overlap no better one of their group by
/// more than `most`. `score` and `group` by index; what is not finite goes.
pub(super) fn suppressed(
    boxes: &[BoundingBox],
    score: impl Fn(usize) -> f32,
    group: impl Fn(usize) -> usize,
    most: f32,
) -> Vec<usize> {
    let finite = |index: &usize| {
        let place = boxes[*index];
        let edges = [place.x1, place.y1, place.x2, place.y2, score(*index)];
        edges.iter().all(|value| value.is_finite())
    };
    let mut order: Vec<usize> = (0..boxes.len()).filter(finite).collect();
    order.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
    let mut kept: std::collections::BTreeMap<usize, Vec<BoundingBox>> = Default::default();
    let stays = |index: &usize| {
        let better = kept.entry(group(*index)).or_default();
        if better.iter().any(|it| overlap(it, &boxes[*index]) > most) {
            return false;
        }
        better.push(boxes[*index]);
        true
    };
    order.into_iter().filter(stays).collect()
}

/// Intersection over union in the order of operations that torchvision has.
fn overlap(a: &BoundingBox, b: &BoundingBox) -> f32 {
    let w = (a.x2.min(b.x2) - a.x1.max(b.x1)).max(0.0);
    let h = (a.y2.min(b.y2) - a.y1.max(b.y1)).max(0.0);
    let common = w * h;
    let area = |it: &BoundingBox| (it.x2 - it.x1) * (it.y2 - it.y1);
    common / (area(a) + area(b) - common)
}

/// Whether both sides are `least` at least.
pub(super) fn is_large(place: &BoundingBox, least: f32) -> bool {
    place.x2 - place.x1 >= least && place.y2 - place.y1 >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_stand_around_their_places() {
        let all = anchors(32.0, (2, 3), (4, 8));
        assert_eq!(all.len(), 18);
        assert_eq!(all[0], BoundingBox::new(-23.0, -11.0, 23.0, 11.0));
        assert_eq!(all[1], BoundingBox::new(-16.0, -16.0, 16.0, 16.0));
        assert_eq!(all[16], BoundingBox::new(0.0, -12.0, 32.0, 20.0));
    }

    #[test]
    fn shifts_move_and_scale() {
        let from = BoundingBox::new(0.0, 0.0, 10.0, 20.0);
        let same = shifted(&from, &[0.0; 4], [1.0; 4]);
        assert_eq!(same, from);
        let moved = shifted(&from, &[5.0, -10.0, 5.0 * 2f32.ln(), 99.0], [10.0, 10.0, 5.0, 5.0]);
        let expected = [0.0, -10.0 - 625.0 + 0.0, 20.0, -10.0 + 625.0];
        assert!((moved.x1 - expected[0]).abs() < 1e-4 && (moved.x2 - expected[2]).abs() < 1e-4);
        assert!((moved.y2 - moved.y1 - 1250.0).abs() < 1e-2, "{moved:?}");
    }

    #[test]
    fn groups_do_not_hide_one_another() {
        let at = |x: f32| BoundingBox::new(x, 0.0, x + 10.0, 10.0);
        let boxes = [at(0.0), at(1.0), at(1.0), at(40.0), at(f32::NAN)];
        let (scores, groups) = ([0.5, 0.9, 0.4, 0.1, 0.8], [0, 0, 1, 0, 0]);
        let kept = suppressed(&boxes, |i| scores[i], |i| groups[i], 0.5);
        assert_eq!(kept, [1, 2, 3]);
    }
}
