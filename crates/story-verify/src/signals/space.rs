//! Space: are the things where the text says they are to one another?
//!
//! Each relation is asked with the boxes that suit the whole sentence best
//! ([`Placement`](super::placement::Placement)): its [`degree`](super::geometry::degree) is its score.
//! Then its opposite is put in its place and asked in the same way; it counts where the rest of the
//! sentence is as well borne out by its boxes, but for a factor of three. From 1/2 on a relation is
//! supported, from 3/4 on where the degrees of it and of its opposite add up to 1, so that 1/2 says
//! nothing. Where both are, neither is judged: there is a dog at the left and one at the right. At 1/4
//! and below a relation is contradicted, if both things are surely there and what says otherwise
//! ([`against`]) reaches 3/4; between them boxes do not decide. Depth never contradicts.

use super::geometry::{Opposite, against, is_depth, opposites};
use super::placement::{Asked, Placement};
use super::{Claim, ClaimKind, Finding, KnownThings, Seen, Shown, Unjudged};
use std::ops::Range;
use story_language::{Reading, Relation, RelationKind};

/// How places are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpaceKind {
    /// By what the text says, over the boxes' sizes.
    Normalized,
    /// The original's rule: nearness of people and things in pixels.
    Pixels400,
}

/// From here on a relation is supported.
fn supported(kind: RelationKind) -> f64 {
    match kind {
        RelationKind::On
        | RelationKind::Beside
        | RelationKind::Inside
        | RelationKind::Holding
        | RelationKind::Watching => 0.5,
        RelationKind::Under
        | RelationKind::LeftOf
        | RelationKind::RightOf
        | RelationKind::Above
        | RelationKind::InFrontOf
        | RelationKind::Behind => 0.75,
    }
}

/// Up to here it may be contradicted.
const DENIED: f64 = 0.25;
/// What says otherwise must reach this.
const OPPOSITE: f64 = 0.75;
/// Both things must be so sure.
const SURE: f64 = 0.3;
/// How much worse, in logarithms, the rest of the sentence may be borne out by the opposite's boxes.
const AS_WELL: f64 = 1.1;

/// A claim for each relation of the text, in order.
pub(super) fn space(reading: &Reading, seen: &Seen, placement: &Placement) -> Vec<Claim> {
    let relations = reading.relations.iter().enumerate();
    relations.map(|(place, it)| judge(reading, seen, placement, (place, it))).collect()
}

/// The claim of `relation`, number `place` of the text.
pub(super) fn judge(
    reading: &Reading,
    seen: &Seen,
    placement: &Placement,
    (place, relation): (usize, &Relation),
) -> Claim {
    let range: Range<usize> = relation.range.clone();
    let not = |why| Claim::unjudged(range.clone(), ClaimKind::Relation, why);
    let meaning = |thing: usize| reading.meaning(thing);
    let (Some(subject), Some(object)) = (meaning(relation.subject), meaning(relation.object))
    else {
        return not(Unjudged::ThingNotFound);
    };
    if let Some(unknown) = [subject, object].into_iter().find(|it| !seen.known.knows(it)) {
        return not(KnownThings::unknown(unknown));
    }
    if seen.fitting(subject).is_empty() || seen.fitting(object).is_empty() {
        return not(Unjudged::ThingNotFound);
    }
    let Some(tied) = placement.tied(place) else {
        return not(Unjudged::ThingNotFound);
    };
    let Some(told @ Asked { degree: Some(degree), .. }) = placement.ask(place, tied) else {
        let depth = is_depth(tied.kind);
        return not(if depth { Unjudged::Depth } else { Unjudged::Undecided });
    };
    let both = opposites(tied.kind).iter().any(|opposite| {
        let counter = opposite.of(tied);
        placement.ask(place, counter).is_some_and(|asked| {
            asked.degree >= Some(supported(counter.kind)) && asked.rest >= told.rest - AS_WELL
        })
    });
    let finding = if degree >= supported(tied.kind) {
        match both {
            true => Finding::NotJudged(Unjudged::Both),
            false => Finding::Supported(told.subject),
        }
    } else if is_depth(tied.kind) {
        Finding::NotJudged(Unjudged::Depth)
    } else if degree <= DENIED && denies(tied.kind, &told, seen) {
        Finding::Contradicted(told.subject)
    } else {
        Finding::NotJudged(Unjudged::Undecided)
    };
    let is_open = matches!(finding, Finding::NotJudged(Unjudged::Both | Unjudged::Depth));
    let contradicted = matches!(finding, Finding::Contradicted(_));
    Claim {
        range,
        kind: ClaimKind::Relation,
        finding,
        score: (!is_open).then_some(degree),
        other: (!is_open).then_some(told.object),
        shown: match opposites(tied.kind).first() {
            Some(Opposite::Kind(kind)) if contradicted => Some(Shown::Relation(*kind)),
            _ => None,
        },
    }
}

/// Whether the boxes surely say otherwise.
fn denies(kind: RelationKind, told: &Asked, seen: &Seen) -> bool {
    let (Some(one), Some(other)) = (seen.place(told.subject), seen.place(told.object)) else {
        return false;
    };
    let sure = [told.subject, told.object].iter().all(|&index| seen.score(index) >= SURE);
    sure && against(kind, &one, &other) >= OPPOSITE
}

#[cfg(test)]
mod tests {
    use super::super::testing::{detection, thing};
    use super::*;
    use proptest::prelude::*;
    use story_language::Concept;

    const DOG: usize = 16;
    const COUCH: usize = 57;

    fn judged(
        kind: RelationKind,
        dog: [f32; 4],
        couch: Option<[f32; 4]>,
    ) -> (Finding, Option<f64>) {
        let mut detections = vec![detection("dog", 0.9, dog)];
        detections.extend(couch.map(|couch| detection("couch", 0.8, couch)));
        let concepts =
            [vec![Concept::Categories(vec![DOG])], vec![Concept::Categories(vec![COUCH])]];
        let seen = Seen::new(
            &detections,
            concepts[..detections.len()].to_vec(),
            &KnownThings::Coco,
            None,
            (100, 100),
        );
        let reading = Reading {
            things: vec![
                thing(0..3, Concept::Categories(vec![DOG])),
                thing(7..12, Concept::Categories(vec![COUCH])),
            ],
            relations: vec![Relation { range: 4..6, kind, subject: 0, object: 1 }],
            ..Reading::default()
        };
        let claim = space(&reading, &seen, &Placement::new(&reading, &seen)).remove(0);
        (claim.finding, claim.score)
    }

    #[test]
    fn a_relation_is_supported_contradicted_or_left_open() {
        let couch = Some([0.0, 50.0, 90.0, 90.0]);
        let (finding, score) = judged(RelationKind::On, [30.0, 30.0, 50.0, 65.0], couch);
        assert_eq!(finding, Finding::Supported(0));
        assert!(score > Some(0.8), "{score:?}");
        let (finding, score) = judged(RelationKind::Under, [30.0, 30.0, 50.0, 65.0], couch);
        assert_eq!(finding, Finding::Contradicted(0));
        assert!(score < Some(0.25), "{score:?}");
        let (finding, score) = judged(RelationKind::LeftOf, [30.0, 30.0, 50.0, 65.0], couch);
        let undecided = Finding::NotJudged(Unjudged::Undecided);
        assert_eq!(finding, undecided, "{score:?}");
        let (finding, score) = judged(RelationKind::LeftOf, [5.0, 30.0, 10.0, 65.0], couch);
        assert_eq!(finding, Finding::Supported(0), "{score:?}");
        let (finding, score) = judged(RelationKind::RightOf, [5.0, 30.0, 10.0, 65.0], couch);
        assert_eq!(finding, Finding::Contradicted(0), "{score:?}");
        let behind = judged(RelationKind::Beside, [40.0, 10.0, 60.0, 55.0], couch);
        assert_eq!(behind.0, undecided, "{behind:?}");
        let far = Some([90.0, 90.0, 99.0, 99.0]);
        let (finding, score) = judged(RelationKind::Beside, [0.0, 0.0, 9.0, 9.0], far);
        assert_eq!(finding, Finding::Contradicted(0), "{score:?}");
        for kind in [RelationKind::On, RelationKind::Inside, RelationKind::Holding] {
            let twice = judged(kind, [30.0, 30.0, 50.0, 65.0], Some([30.0, 30.0, 50.0, 65.0]));
            assert_eq!(twice, (undecided, None), "one box is no pair");
        }
        let missing = judged(RelationKind::On, [30.0, 30.0, 50.0, 65.0], None);
        assert_eq!(missing, (Finding::NotJudged(Unjudged::ThingNotFound), None));
        let unseen = judged(RelationKind::Watching, [30.0, 30.0, 50.0, 65.0], couch);
        assert_eq!(unseen, (Finding::NotJudged(Unjudged::Undecided), None));
    }

    /// Dogs and couches in boxes, and what is said to each relation between the one and the other.
    fn findings(
        dogs: &[[f32; 4]],
        couches: &[[f32; 4]],
        asked: &[(RelationKind, [usize; 2])],
    ) -> Vec<Finding> {
        let mut boxes: Vec<_> = dogs.iter().map(|place| detection("dog", 0.9, *place)).collect();
        boxes.extend(couches.iter().map(|place| detection("couch", 0.8, *place)));
        let concepts = (0..boxes.len())
            .map(|at| vec![Concept::Categories(vec![if at < dogs.len() { DOG } else { COUCH }])])
            .collect();
        let seen = Seen::new(&boxes, concepts, &KnownThings::Coco, None, (100, 100));
        let one = |&(kind, [subject, object]): &(RelationKind, [usize; 2])| {
            let reading = Reading {
                things: vec![
                    thing(0..3, Concept::Categories(vec![DOG])),
                    thing(7..12, Concept::Categories(vec![COUCH])),
                ],
                relations: vec![Relation { range: 4..6, kind, subject, object }],
                ..Reading::default()
            };
            space(&reading, &seen, &Placement::new(&reading, &seen)).remove(0).finding
        };
        asked.iter().map(one).collect()
    }

    #[test]
    fn where_both_are_true_neither_is_judged_and_depth_never_denies() {
        let (left, right) = ([0.0, 50.0, 10.0, 70.0], [90.0, 50.0, 99.0, 70.0]);
        let couch = [[40.0, 50.0, 60.0, 70.0]];
        let sides = [(RelationKind::LeftOf, [0, 1]), (RelationKind::RightOf, [0, 1])];
        let both = Finding::NotJudged(Unjudged::Both);
        assert_eq!(findings(&[left, right], &couch, &sides), [both, both]);
        let contradicted = Finding::Contradicted(0);
        assert_eq!(findings(&[left], &couch, &sides), [Finding::Supported(0), contradicted]);
        let before = ([0.0, 50.0, 20.0, 99.0], [[5.0, 20.0, 30.0, 60.0]]);
        let depth = [(RelationKind::InFrontOf, [0, 1]), (RelationKind::Behind, [0, 1])];
        let open = Finding::NotJudged(Unjudged::Depth);
        assert_eq!(findings(&[before.0], &before.1, &depth), [Finding::Supported(0), open]);
    }

    fn any_boxes() -> impl Strategy<Value = Vec<[f32; 4]>> {
        let one = (0.0f32..80.0, 0.0f32..80.0, 2.0f32..60.0, 2.0f32..60.0)
            .prop_map(|(x, y, w, h)| [x, y, x + w, y + h]);
        proptest::collection::vec(one, 1..4)
    }

    proptest! {
        #[test]
        fn a_relation_and_its_opposite_are_never_both_supported(dogs in any_boxes(), couches in any_boxes()) {
            use RelationKind::{Above, Behind, Holding, InFrontOf, Inside, LeftOf, On, RightOf, Under};
            for (one, other, exchanged) in [
                (LeftOf, RightOf, false), (On, Under, false), (Above, Under, false),
                (InFrontOf, Behind, false), (Inside, Inside, true), (Holding, Holding, true),
            ] {
                let pair = if exchanged { [1, 0] } else { [0, 1] };
                let found = findings(&dogs, &couches, &[(one, [0, 1]), (other, pair)]);
                let is_supported = |it: &Finding| matches!(it, Finding::Supported(_));
                prop_assert!(!found.iter().all(is_supported), "{one:?} {found:?}");
            }
        }
    }
}
