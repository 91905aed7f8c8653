//! Space: are the things where the text says they are to one another?
//!
//! s = mean over the text's relations of the largest [`degree`] that any detections of its two
//! things reach. From 1/2 on a relation is supported, from 3/4 on where the degrees of it and of its
//! opposite add up to 1, so that 1/2 says nothing. At 1/4 and below it is contradicted, if what says
//! otherwise ([`against`]) reaches 3/4; between them boxes do not decide. Boxes that all but coincide
//! are one thing that was found under two names, and no pair.

use super::geometry::{against, degree};
use super::{Claim, ClaimKind, Finding, KnownThings, Seen, Unjudged};
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
        | RelationKind::Under
        | RelationKind::Beside
        | RelationKind::Inside
        | RelationKind::Holding
        | RelationKind::Watching => 0.5,
        RelationKind::LeftOf
        | RelationKind::RightOf
        | RelationKind::Above
        | RelationKind::InFrontOf
        | RelationKind::Behind => 0.75,
    }
}

/// From this intersection over union on two boxes are one thing.
const SAME: f32 = 0.9;
/// Up to here it may be contradicted.
const DENIED: f64 = 0.25;
/// What the opposite must reach for that.
const OPPOSITE: f64 = 0.75;
/// At most so many detections of a thing are compared: crowds have no places.
const MOST: usize = 8;

/// A claim for each relation of the text, in order.
pub(super) fn space(reading: &Reading, seen: &Seen) -> Vec<Claim> {
    let claim = |relation: &Relation| {
        let (finding, score) = judge(reading, seen, relation);
        Claim { range: relation.range.clone(), kind: ClaimKind::Relation, finding, score }
    };
    reading.relations.iter().map(claim).collect()
}

fn judge(reading: &Reading, seen: &Seen, relation: &Relation) -> (Finding, Option<f64>) {
    let not = |reason| (Finding::NotJudged(reason), None);
    let thing = |index: usize| reading.meaning(index);
    let (Some(subject), Some(object)) = (thing(relation.subject), thing(relation.object)) else {
        return not(Unjudged::ThingNotFound);
    };
    let (subjects, objects) = (seen.fitting(subject), seen.fitting(object));
    if subjects.is_empty() || objects.is_empty() {
        let unknown = [subject, object].into_iter().find(|it| !seen.known.knows(it));
        return not(unknown.map_or(Unjudged::ThingNotFound, KnownThings::unknown));
    }
    let mut best: Option<(f64, f64, usize)> = None;
    for &a in subjects.iter().take(MOST) {
        for &b in objects.iter().take(MOST).filter(|b| **b != a) {
            let (Some(one), Some(other)) = (seen.place(a), seen.place(b)) else {
                continue;
            };
            if one.iou(&other) >= SAME {
                continue;
            }
            let Some(reached) = degree(relation.kind, &one, &other) else {
                continue;
            };
            if best.is_none_or(|(most, ..)| reached > most) {
                best = Some((reached, against(relation.kind, &one, &other), a));
            }
        }
    }
    match best {
        None => not(Unjudged::Undecided),
        Some((reached, _, a)) if reached >= supported(relation.kind) => {
            (Finding::Supported(a), Some(reached))
        }
        Some((reached, against, a)) if reached <= DENIED && against >= OPPOSITE => {
            (Finding::Contradicted(a), Some(reached))
        }
        Some((reached, ..)) => (Finding::NotJudged(Unjudged::Undecided), Some(reached)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{detection, thing};
    use super::*;
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
        let claim = space(&reading, &seen).remove(0);
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
}
