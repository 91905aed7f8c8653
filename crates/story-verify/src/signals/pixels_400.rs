//! The original system's spatial rule, kept as `pixels-400`, whatever the text says: for each pair of
//! a person and a television, a piece of furniture or a toy among the detections,
//! max(0, 1 - distance of the centres / 400 pixels), and their mean. It depends on the picture's
//! size in pixels, which is its known fault.

use super::Seen;
use story_core::BoundingBox;
use story_language::Concept;
use story_language::coco::category;

/// The distance in pixels at which nearness is 0.
const FAR: f32 = 400.0;
/// Whose nearness to people counts.
const NEAR_PEOPLE: [&str; 9] =
    ["tv", "chair", "couch", "bed", "dining table", "teddy bear", "sports ball", "kite", "frisbee"];

/// The original's signal; `None` where no such pair was found.
pub(super) fn pixels_400(seen: &Seen) -> Option<f64> {
    let of = |names: &[&str]| {
        let categories = names.iter().filter_map(|name| category(name)).collect();
        seen.fitting(&Concept::Categories(categories))
    };
    let (people, things) = (of(&["person"]), of(&NEAR_PEOPLE));
    let mut all = Vec::new();
    for person in people.iter().filter_map(|it| seen.place(*it)) {
        for thing in things.iter().filter_map(|it| seen.place(*it)) {
            all.push(f64::from(nearness(&person, &thing)));
        }
    }
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

/// 1 where the centres meet, falling linearly to 0 at [`FAR`] and beyond.
fn nearness(a: &BoundingBox, b: &BoundingBox) -> f32 {
    let ((ax, ay), (bx, by)) = (a.center(), b.center());
    (1.0 - (ax - bx).hypot(ay - by) / FAR).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::detection;
    use super::*;
    use crate::signals::KnownThings;

    const COUCH: usize = 57;

    #[test]
    fn nearness_falls_from_one_to_zero() {
        let at = |x: f32| BoundingBox::new(x, 0.0, x + 10.0, 10.0);
        assert_eq!(nearness(&at(0.0), &at(0.0)), 1.0);
        assert_eq!(nearness(&at(0.0), &at(200.0)), 0.5);
        assert_eq!(nearness(&at(0.0), &at(900.0)), 0.0);
    }

    #[test]
    fn the_originals_rule_counts_pixels_and_reads_nothing() {
        let concepts =
            || vec![vec![Concept::Categories(vec![0])], vec![Concept::Categories(vec![COUCH])]];
        let near = |factor: f32| {
            let scaled = |corners: [f32; 4]| corners.map(|it| it * factor);
            let detections = [
                detection("person", 0.9, scaled([0.0, 0.0, 10.0, 10.0])),
                detection("couch", 0.9, scaled([100.0, 0.0, 110.0, 10.0])),
            ];
            let size = (200.0 * factor) as u32;
            pixels_400(&Seen::new(&detections, concepts(), &KnownThings::Coco, None, (size, size)))
        };
        assert_eq!(near(1.0), Some(0.75));
        assert_eq!(near(2.0), Some(0.5));
        let nothing = Seen::new(&[], Vec::new(), &KnownThings::Coco, None, (9, 9));
        assert_eq!(pixels_400(&nothing), None);
    }
}
