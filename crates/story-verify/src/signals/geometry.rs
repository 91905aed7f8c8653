//! How far two boxes stand in a relation, 0..1: over the boxes' own sizes, so that neither the
//! picture's size in pixels nor that of the things matters.
//!
//! With centres c, widths w and heights h of boxes a and b (y grows downward):
//! dx = (c_ax - c_bx) / mean width, dy = (c_ay - c_by) / mean height; overlap = the share of the
//! narrower box's width that both have; gap = the distance between the boxes over the mean square
//! root of their areas.
//!
//! | relation | degree |
//! |---|---|
//! | left of, right of | 1/2 - dx, 1/2 + dx: they add up to 1 |
//! | above, below | 1/2 - dy, 1/2 + dy: they add up to 1 |
//! | on | overlap x max(3/4 - dy, share of a within b x (area of b / 2 area of a - 1)) x a's lower edge within b: from its top to its bottom |
//! | under | overlap x (1/2 + dy) |
//! | beside | (1 - gap / 2) x (3/2 - abs dy) x (1/2 + abs dx) |
//! | inside | share of a within b |
//! | holding | share of b within a, grown by a sixth of its size, x (2 - area of b / area of a): nobody holds what is twice as large |
//! | in front of, behind | 1/2 + depth, 1/2 - depth, depth = (lower edge of a - that of b) / mean height: what stands lower is nearer (the horizon cue of pictures); only where they overlap in width |
//!
//! Every factor is clamped to 0..1. Watching has no degree: boxes have no eyes.
//!
//! The degree of what says otherwise ([`against`]) is that of the opposite relation; where there is
//! none, things must be far apart: gap / 2. That a thing is near and yet not beside, held or inside,
//! only depth would tell.

use super::placement::Tied;
use story_core::BoundingBox;
use story_language::RelationKind;

/// How far `a` stands in the relation to `b`, 0..1; `None` where boxes do not tell. Both boxes have
/// an area.
pub(super) fn degree(kind: RelationKind, a: &BoundingBox, b: &BoundingBox) -> Option<f64> {
    let pair = Pair::of(a, b);
    Some(match kind {
        RelationKind::LeftOf => clamp(0.5 - pair.dx),
        RelationKind::RightOf => clamp(0.5 + pair.dx),
        RelationKind::Above => clamp(0.5 - pair.dy),
        RelationKind::On => pair.overlap * above_middle(pair.dy, a, b) * rests(a, b),
        RelationKind::Under => pair.overlap * clamp(0.5 + pair.dy),
        RelationKind::Beside => {
            clamp(1.0 - pair.gap / 2.0) * clamp(1.5 - pair.dy.abs()) * clamp(0.5 + pair.dx.abs())
        }
        RelationKind::Inside => share(a, b),
        RelationKind::Holding => {
            let larger = f64::from(b.area() / a.area());
            share(b, &grown(a)) * clamp(2.0 - larger)
        }
        RelationKind::InFrontOf if pair.overlap > 0.0 => clamp(0.5 + pair.depth),
        RelationKind::Behind if pair.overlap > 0.0 => clamp(0.5 - pair.depth),
        RelationKind::InFrontOf | RelationKind::Behind | RelationKind::Watching => return None,
    })
}

/// How far the boxes say otherwise, 0..1. Both boxes have an area.
pub fn against(kind: RelationKind, a: &BoundingBox, b: &BoundingBox) -> f64 {
    match opposites(kind).first() {
        Some(Opposite::Kind(kind)) => degree(*kind, a, b).unwrap_or(0.0),
        // That a thing holds what should hold it, boxes do not tell: a tie is in nobody.
        Some(Opposite::Exchanged) | None => clamp(Pair::of(a, b).gap / 2.0),
    }
}

/// What is true where a text has a relation the wrong way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opposite {
    /// This relation between the same two.
    Kind(RelationKind),
    /// The same relation with its two things exchanged.
    Exchanged,
}

impl Opposite {
    /// That of a relation between two things.
    pub fn of(self, tied: Tied) -> Tied {
        match self {
            Self::Kind(kind) => Tied { kind, ..tied },
            Self::Exchanged => Tied { subject: tied.object, object: tied.subject, ..tied },
        }
    }
}

/// The opposites of a relation; none of those that have none.
pub fn opposites(kind: RelationKind) -> &'static [Opposite] {
    match kind {
        RelationKind::LeftOf => &[Opposite::Kind(RelationKind::RightOf)],
        RelationKind::RightOf => &[Opposite::Kind(RelationKind::LeftOf)],
        RelationKind::Above | RelationKind::On => &[Opposite::Kind(RelationKind::Under)],
        RelationKind::Under => {
            &[Opposite::Kind(RelationKind::On), Opposite::Kind(RelationKind::Above)]
        }
        RelationKind::InFrontOf => &[Opposite::Kind(RelationKind::Behind)],
        RelationKind::Behind => &[Opposite::Kind(RelationKind::InFrontOf)],
        RelationKind::Inside | RelationKind::Holding => &[Opposite::Exchanged],
        RelationKind::Beside | RelationKind::Watching => &[],
    }
}

/// Whether only depth tells.
pub fn is_depth(kind: RelationKind) -> bool {
    matches!(kind, RelationKind::InFrontOf | RelationKind::Behind)
}

struct Pair {
    dx: f64,
    dy: f64,
    overlap: f64,
    gap: f64,
    depth: f64,
}

impl Pair {
    fn of(a: &BoundingBox, b: &BoundingBox) -> Self {
        let [aw, ah] = sides(a);
        let [bw, bh] = sides(b);
        let (width, height) = ((aw + bw) / 2.0, (ah + bh) / 2.0);
        let ((ax, ay), (bx, by)) = (a.center(), b.center());
        let apart = |low: f32, high: f32| f64::from(low - high).max(0.0);
        let gap_x = apart(a.x1, b.x2).max(apart(b.x1, a.x2));
        let gap_y = apart(a.y1, b.y2).max(apart(b.y1, a.y2));
        let common = f64::from(a.x2.min(b.x2) - a.x1.max(b.x1));
        let size = ((aw * ah).sqrt() + (bw * bh).sqrt()) / 2.0;
        Self {
            dx: f64::from(ax - bx) / width,
            dy: f64::from(ay - by) / height,
            overlap: clamp(common / aw.min(bw)),
            gap: gap_x.hypot(gap_y) / size,
            depth: f64::from(a.y2 - b.y2) / height,
        }
    }
}

fn clamp(value: f64) -> f64 {
    value.clamp(0.0, 1.0)
}

fn sides(place: &BoundingBox) -> [f64; 2] {
    [place.x2 - place.x1, place.y2 - place.y1].map(f64::from)
}

/// How far `a` is above the middle of `b`, or anywhere within a `b` so large that it is seen from
/// above: a table, a bed, a rug.
fn above_middle(dy: f64, a: &BoundingBox, b: &BoundingBox) -> f64 {
    let larger = f64::from(b.area() / a.area());
    clamp(0.75 - dy).max(share(a, b) * clamp(larger / 2.0 - 1.0))
}

/// 1 where the lower edge of `a` is between the top and the bottom of `b`, falling to 0 within half
/// of b's height beyond either.
fn rests(a: &BoundingBox, b: &BoundingBox) -> f64 {
    let place = f64::from(a.y2 - b.y1) / sides(b)[1];
    clamp(1.0 + 2.0 * place.min(1.0 - place))
}

/// The share of `a` that lies in `b`.
fn share(a: &BoundingBox, b: &BoundingBox) -> f64 {
    let common = BoundingBox::new(a.x1.max(b.x1), a.y1.max(b.y1), a.x2.min(b.x2), a.y2.min(b.y2));
    f64::from(common.area() / a.area())
}

fn grown(place: &BoundingBox) -> BoundingBox {
    const SHARE: f32 = 1.0 / 6.0;
    let (x, y) = (SHARE * (place.x2 - place.x1), SHARE * (place.y2 - place.y1));
    BoundingBox::new(place.x1 - x, place.y1 - y, place.x2 + x, place.y2 + y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(x1: f32, y1: f32, x2: f32, y2: f32) -> BoundingBox {
        BoundingBox::new(x1, y1, x2, y2)
    }

    #[test]
    fn plain_scenes_have_the_degrees_one_expects() {
        let (table, cup) = (at(0.0, 50.0, 100.0, 90.0), at(40.0, 35.0, 50.0, 55.0));
        let (rider, horse) = (at(30.0, 0.0, 60.0, 60.0), at(10.0, 30.0, 90.0, 100.0));
        let is = |kind, a: BoundingBox, b: BoundingBox| degree(kind, &a, &b).expect("boxes tell");
        assert!(is(RelationKind::On, cup, table) > 0.95);
        assert!(is(RelationKind::On, table, cup) < 0.1);
        assert!(is(RelationKind::Under, table, cup) > 0.95);
        assert!(is(RelationKind::On, rider, horse) > 0.9);
        assert!(is(RelationKind::Holding, rider, at(55.0, 20.0, 65.0, 30.0)) > 0.9);
        assert!(is(RelationKind::Holding, rider, at(90.0, 20.0, 99.0, 30.0)) == 0.0);
        let (left, right) = (at(0.0, 40.0, 20.0, 90.0), at(25.0, 45.0, 45.0, 90.0));
        assert!(is(RelationKind::LeftOf, left, right) == 1.0);
        assert!(is(RelationKind::Beside, left, right) > 0.8);
        assert!(is(RelationKind::Beside, left, at(95.0, 40.0, 99.0, 50.0)) == 0.0);
        assert!(is(RelationKind::On, at(40.0, 70.0, 50.0, 85.0), table) > 0.95);
        assert!(is(RelationKind::Holding, cup, table) == 0.0);
        assert!(is(RelationKind::Inside, cup, at(0.0, 0.0, 99.0, 99.0)) == 1.0);
        assert!(
            is(RelationKind::InFrontOf, at(0.0, 50.0, 20.0, 99.0), at(5.0, 20.0, 30.0, 60.0)) > 0.9
        );
        assert_eq!(degree(RelationKind::InFrontOf, &left, &right), None);
        assert_eq!(degree(RelationKind::Watching, &rider, &horse), None);
    }

    #[test]
    fn only_distance_speaks_against_what_has_no_opposite() {
        let (a, near) = (at(0.0, 0.0, 10.0, 10.0), at(12.0, 0.0, 22.0, 10.0));
        let far = at(60.0, 0.0, 70.0, 10.0);
        for kind in [RelationKind::Beside, RelationKind::Inside, RelationKind::Holding] {
            assert!(against(kind, &a, &near) < 0.2);
            assert_eq!(against(kind, &a, &far), 1.0);
        }
        assert_eq!(against(RelationKind::LeftOf, &far, &a), 1.0);
        assert_eq!(against(RelationKind::LeftOf, &a, &far), 0.0);
    }

    fn any_box() -> impl Strategy<Value = BoundingBox> {
        (0.0f32..90.0, 0.0f32..90.0, 1.0f32..60.0, 1.0f32..60.0)
            .prop_map(|(x, y, w, h)| at(x, y, x + w, y + h))
    }

    const ALL: [RelationKind; 11] = [
        RelationKind::On,
        RelationKind::Under,
        RelationKind::Above,
        RelationKind::Beside,
        RelationKind::InFrontOf,
        RelationKind::Behind,
        RelationKind::Inside,
        RelationKind::Holding,
        RelationKind::Watching,
        RelationKind::LeftOf,
        RelationKind::RightOf,
    ];

    proptest! {
        #[test]
        fn degrees_do_not_depend_on_the_pictures_size(a in any_box(), b in any_box(), factor in 0.2f32..5.0) {
            let scaled = |it: &BoundingBox| at(it.x1 * factor, it.y1 * factor, it.x2 * factor, it.y2 * factor);
            for kind in ALL {
                match (degree(kind, &a, &b), degree(kind, &scaled(&a), &scaled(&b))) {
                    (Some(small), Some(large)) => {
                        prop_assert!((0.0..=1.0).contains(&small));
                        prop_assert!((small - large).abs() < 1e-2, "{kind:?}: {small} {large}");
                    }
                    (small, large) => {
                        // Boxes that touch may part by rounding.
                        let depth = matches!(kind, RelationKind::InFrontOf | RelationKind::Behind);
                        prop_assert!(small == large || depth);
                    }
                }
            }
        }

        #[test]
        fn left_and_right_are_one_relation_seen_from_both_ends(a in any_box(), b in any_box()) {
            let left = degree(RelationKind::LeftOf, &a, &b).expect("boxes tell");
            prop_assert!((left - degree(RelationKind::RightOf, &b, &a).expect("boxes tell")).abs() < 1e-6);
            prop_assert!((left + degree(RelationKind::RightOf, &a, &b).expect("boxes tell") - 1.0).abs() < 1e-6);
        }
    }
}
