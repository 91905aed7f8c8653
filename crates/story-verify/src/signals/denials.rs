//! Denials: is what the text denies not there?
//!
//! A denied thing is looked for: found with confidence it contradicts the text, found nowhere it bears
//! it out, and between them nobody knows. What narrows it ("no red bus", "no dog on the couch") must be
//! true of it as well; where that which it would be tied to is not there, nothing is judged. Of a denied
//! relation or colour the finding is turned round.

use super::colors::colored;
use super::object_match::{NOWHERE, THERE};
use super::placement::Placement;
use super::seen::borne_out;
use super::space;
use super::{Claim, ClaimKind, Finding, KnownThings, Seen, Shown, Unjudged};
use std::ops::Range;
use story_language::{Denial, Reading, Relation, Role, Thing, Tie};

/// From this score on a denied thing is there.
const SURE: f64 = 0.5;

/// A claim for each denial of the text, in order.
pub(super) fn denials(reading: &Reading, seen: &Seen, placement: &Placement) -> Vec<Claim> {
    let claim = |denial: &Denial| {
        let range = denial.range().clone();
        match denial {
            Denial::Thing { thing, tie, .. } => absent(range, thing, *tie, reading, seen),
            Denial::Relation { relation, .. } => {
                let mut asked = reading.clone();
                asked.relations = vec![relation.clone()];
                let placement = Placement::new(&asked, seen);
                turned(range, space::judge(&asked, seen, &placement, (0, relation)))
            }
            Denial::Color { thing, color, .. } => match reading.things.get(*thing) {
                Some(told) => {
                    let chosen = placement.of(*thing);
                    turned(range.clone(), colored(told, (*color, &range), chosen, seen))
                }
                None => Claim::unjudged(range, ClaimKind::Denial, Unjudged::ThingNotFound),
            },
        }
    };
    reading.denials.iter().map(claim).collect()
}

/// What the picture says to a thing that is not there.
fn absent(
    range: Range<usize>,
    thing: &Thing,
    tie: Option<Tie>,
    reading: &Reading,
    seen: &Seen,
) -> Claim {
    let not = |why| Claim::unjudged(range.clone(), ClaimKind::Denial, why);
    if !seen.known.knows(&thing.concept) {
        return not(KnownThings::unknown(&thing.concept));
    }
    if let Some(tie) = tie
        && reading.meaning(tie.thing).is_none_or(|it| seen.fitting(it).is_empty())
    {
        return not(Unjudged::ThingNotFound);
    }
    let presence = seen.presence(&thing.concept);
    let claim = |finding, score| {
        let shown = matches!(finding, Finding::Contradicted(_)).then_some(Shown::Denied);
        let (range, kind) = (range.clone(), ClaimKind::Denial);
        Claim { range, kind, finding, score: Some(score), other: None, shown }
    };
    let best = seen.fitting(&thing.concept).first().copied();
    let Some(best) = best.filter(|&index| seen.score(index) >= SURE) else {
        return match presence < NOWHERE {
            true => claim(Finding::Absent, 1.0),
            // Half found says nothing for the text, and little against it.
            false => not(Unjudged::Faint),
        };
    };
    let narrowed = thing.color.is_some() || tie.is_some();
    if !narrowed {
        return claim(Finding::Contradicted(best), 1.0 - borne_out(presence, THERE));
    }
    match found_as_told(thing, tie, reading, seen) {
        Some(index) => claim(Finding::Contradicted(index), 0.0),
        None => not(Unjudged::Undecided),
    }
}

/// The box of a thing that is of the colour and in the relation that is denied of it.
fn found_as_told(thing: &Thing, tie: Option<Tie>, reading: &Reading, seen: &Seen) -> Option<usize> {
    let mut asked = reading.clone();
    let place = asked.things.len();
    asked.things.push(thing.clone());
    asked.relations = Vec::new();
    if let Some(tie) = tie {
        let (subject, object) = match tie.role {
            Role::Subject => (place, tie.thing),
            Role::Object => (tie.thing, place),
        };
        let range = thing.range.clone();
        asked.relations.push(Relation { range, kind: tie.kind, subject, object });
    }
    let placement = Placement::new(&asked, seen);
    let index = placement.of(place).filter(|&index| seen.score(index) >= SURE)?;
    let is_so = |claim: Claim| matches!(claim.finding, Finding::Supported(_));
    let related =
        |relation: &Relation| is_so(space::judge(&asked, seen, &placement, (0, relation)));
    let color = thing.color.as_ref();
    let in_color = color
        .is_none_or(|(color, range)| is_so(colored(thing, (*color, range), Some(index), seen)));
    (in_color && asked.relations.iter().all(related)).then_some(index)
}

/// What is said to the denial of a claim.
fn turned(range: Range<usize>, claim: Claim) -> Claim {
    let finding = match claim.finding {
        Finding::Supported(index) => Finding::Contradicted(index),
        Finding::Contradicted(index) => Finding::Supported(index),
        other => other,
    };
    let judged = !matches!(finding, Finding::NotJudged(_));
    Claim {
        range,
        kind: ClaimKind::Denial,
        finding,
        score: claim.score.filter(|_| judged).map(|score| 1.0 - score),
        other: claim.other,
        shown: claim.shown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{detection, thing};
    use super::*;
    use story_language::{Color, Concept, RelationKind, coco};
    use story_pictures::Picture;

    /// A box: its category, score and corners.
    type Found = (&'static str, f32, [f32; 4]);

    const BUS: Found = ("bus", 0.9, [10.0, 10.0, 60.0, 60.0]);
    const COUCH: Found = ("couch", 0.9, [0.0, 50.0, 90.0, 90.0]);
    const ON_COUCH: Found = ("dog", 0.9, [30.0, 30.0, 50.0, 65.0]);

    fn a(name: &str) -> Thing {
        let category = coco::category(name).expect("a category");
        thing(0..3, Concept::Categories(vec![category]))
    }

    /// What a red picture with these boxes says to a denial of a text that mentions `things`.
    fn judged(things: &[&str], denial: Denial, boxes: &[Found]) -> Finding {
        let pixels = [200, 30, 30].repeat(100 * 100);
        let picture = Picture::new(100, 100, pixels).expect("pixels");
        let boxes: Vec<_> =
            boxes.iter().map(|(label, score, place)| detection(label, *score, *place)).collect();
        let concepts = boxes.iter().map(|it| vec![a(&it.label).concept]).collect();
        let seen = Seen::new(&boxes, concepts, &KnownThings::Coco, Some(&picture), (100, 100));
        let seen = seen.with_faint(&[], 0.1);
        let reading = Reading {
            things: things.iter().map(|name| a(name)).collect(),
            denials: vec![denial],
            ..Reading::default()
        };
        let claim = denials(&reading, &seen, &Placement::new(&reading, &seen)).remove(0);
        assert_eq!((claim.kind, claim.range), (ClaimKind::Denial, 0..9));
        claim.finding
    }

    fn no(thing: Thing, tie: Option<Tie>) -> Denial {
        Denial::Thing { range: 0..9, thing, tie }
    }

    #[test]
    fn what_is_denied_is_looked_for() {
        let bear = |score| ("bear", score, [10.0, 10.0, 60.0, 60.0]);
        let no_bear = || no(a("bear"), None);
        assert_eq!(judged(&[], no_bear(), &[bear(0.94)]), Finding::Contradicted(0));
        assert_eq!(judged(&[], no_bear(), &[]), Finding::Absent);
        let faint = Finding::NotJudged(Unjudged::Faint);
        assert_eq!(judged(&[], no_bear(), &[bear(0.2)]), faint);
        let sea = thing(0..3, Concept::Word("sea".into()));
        let unknown = Finding::NotJudged(Unjudged::UnknownThing);
        assert_eq!(judged(&[], no(sea, None), &[bear(0.94)]), unknown);
    }

    #[test]
    fn what_narrows_it_must_be_true_too() {
        let no_bus = |color| no(Thing { color: Some((color, 0..3)), ..a("bus") }, None);
        assert_eq!(judged(&[], no_bus(Color::Red), &[BUS]), Finding::Contradicted(0));
        let open = Finding::NotJudged(Unjudged::Undecided);
        assert_eq!(judged(&[], no_bus(Color::Blue), &[BUS]), open);
        let tie = Tie { kind: RelationKind::On, thing: 0, role: Role::Subject };
        let no_dog = || no(a("dog"), Some(tie));
        let there = judged(&["couch"], no_dog(), &[COUCH, ON_COUCH]);
        assert_eq!(there, Finding::Contradicted(1));
        let elsewhere = ("dog", 0.9, [92.0, 60.0, 100.0, 99.0]);
        assert_eq!(judged(&["couch"], no_dog(), &[COUCH, elsewhere]), open);
        let alone = judged(&["couch"], no_dog(), &[ON_COUCH]);
        assert_eq!(alone, Finding::NotJudged(Unjudged::ThingNotFound));
    }

    #[test]
    fn denied_relations_and_colours_are_turned_round() {
        let relation = Relation { range: 4..6, kind: RelationKind::On, subject: 0, object: 1 };
        let not_on = Denial::Relation { range: 0..9, relation };
        let found = judged(&["dog", "couch"], not_on, &[ON_COUCH, COUCH]);
        assert_eq!(found, Finding::Contradicted(0));
        let not = |color| Denial::Color { range: 0..9, thing: 0, color };
        assert_eq!(judged(&["bus"], not(Color::Red), &[BUS]), Finding::Contradicted(0));
        assert_eq!(judged(&["bus"], not(Color::Blue), &[BUS]), Finding::Supported(0));
        let nothing = Denial::Color { range: 0..9, thing: 7, color: Color::Red };
        let missing = Finding::NotJudged(Unjudged::ThingNotFound);
        assert_eq!(judged(&["bus"], nothing, &[BUS]), missing);
    }
}
