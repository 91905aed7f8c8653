//! Signals: how well a picture's boxes bear out what a text says, each in 0..1.

mod color;
mod colors;
mod denials;
mod finding;
mod geometry;
mod known;
mod numbers;
mod object_match;
mod pixels_400;
mod placement;
mod scenes;
mod seen;
mod space;
#[cfg(test)]
mod testing;

pub(crate) use color::alike;
pub use finding::{Claim, ClaimKind, Finding, Shown, Unjudged};
pub use known::KnownThings;
pub use seen::Seen;
pub use space::SpaceKind;

use colors::colors;
use denials::denials;
use numbers::numbers;
use object_match::{object_match, object_match_score, weakest};
use pixels_400::pixels_400;
use placement::Placement;
use scenes::scenes;
use space::space;
use story_language::Reading;

/// What a picture says to a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signals {
    /// All claims of the text: its things, then numbers, colours, relations and denials.
    pub claims: Vec<Claim>,
    /// Whether the mentioned things are there; `None` where the detector knows none of them.
    pub object_match: Option<f64>,
    /// The thing, or the denial, that is least borne out; `None` where none was judged.
    pub weakest: Option<f64>,
    /// Whether what goes with the places and games that the text names is there; `None` where it
    /// names none.
    pub scene: Option<f64>,
    /// Whether they are where the text says; `None` where it says nothing, or boxes do not tell.
    pub space: Option<f64>,
    /// Whether they are as many as the text says; `None` likewise.
    pub numbers: Option<f64>,
    /// Whether they are of the colour that the text says; `None` likewise.
    pub colors: Option<f64>,
    /// The number, colour, relation or denial that is least borne out, of those that boxes decide:
    /// each is rare, and together they are not. `None` where none was decided.
    pub details: Option<f64>,
}

/// Compares a text, with its reading, with what was seen.
///
/// Numbers, colours and relations are as good as their worst: one that is wrong makes a text wrong.
pub fn claims(text: &str, reading: &Reading, seen: &Seen, kind: SpaceKind) -> Signals {
    let placement = Placement::new(reading, seen);
    let things = object_match(reading, seen, &placement);
    let numbers = numbers(reading, seen);
    let colors = colors(reading, seen, &placement);
    let relations = space(reading, seen, &placement);
    let denials = denials(reading, seen, &placement);
    Signals {
        details: details(&numbers, &[&colors, &relations, &denials]),
        object_match: object_match_score(reading, &things, seen),
        weakest: weakest(reading, &things, &denials, seen),
        scene: scenes(text, reading, seen),
        space: match kind {
            SpaceKind::Normalized => worst(&relations),
            SpaceKind::Pixels400 => pixels_400(seen),
        },
        numbers: worst(&numbers),
        colors: worst(&colors),
        claims: [things, numbers, colors, relations, denials].concat(),
    }
}

/// 1 where all that was decided is borne out, 0 where something is contradicted, and between them the
/// least score of a number that boxes leave open: a relation that is borne out must not speak against a
/// text because its degree is no full one.
fn details(numbers: &[Claim], others: &[&Vec<Claim>]) -> Option<f64> {
    let decided = |claim: &Claim| match claim.finding {
        Finding::Supported(_) | Finding::Absent => Some(1.0),
        Finding::Contradicted(_) => Some(0.0),
        Finding::NotJudged(_) | Finding::NotFound => None,
    };
    let said = numbers.iter().filter(|claim| claim.score.is_some());
    let numbers = said.map(|claim| decided(claim).or(claim.score));
    let others = others.iter().copied().flatten().map(decided);
    numbers.chain(others).flatten().reduce(f64::min)
}

/// The least score of the claims that were judged; `None` where none was.
fn worst(claims: &[Claim]) -> Option<f64> {
    claims.iter().filter_map(|claim| claim.score).reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::testing::{detection, thing};
    use super::*;
    use proptest::prelude::*;
    use story_language::{Color, Concept, Number, Quantity, Relation, RelationKind, Thing};
    use story_pictures::Picture;

    /// "Two red dogs are left of a person": a claim of each kind.
    fn reading() -> Reading {
        let dogs = Thing {
            number: Some(Number {
                range: 0..3,
                least: 2,
                most: Some(2),
                quantity: Quantity::AtLeast,
            }),
            color: Some((Color::Red, 4..7)),
            ..thing(0..12, Concept::Categories(vec![16]))
        };
        Reading {
            things: vec![dogs, thing(28..36, Concept::Categories(vec![0]))],
            relations: vec![Relation {
                range: 17..24,
                kind: RelationKind::LeftOf,
                subject: 0,
                object: 1,
            }],
            ..Reading::default()
        }
    }

    fn judged(reading: &Reading, boxes: &[crate::Detection], picture: Option<&Picture>) -> Signals {
        let concepts = boxes
            .iter()
            .map(|it| {
                story_language::coco::category(&it.label)
                    .map(|found| Concept::Categories(vec![found]))
            })
            .map(|found| found.into_iter().collect())
            .collect();
        let seen = Seen::new(boxes, concepts, &KnownThings::Coco, picture, (100, 100));
        claims("", reading, &seen, SpaceKind::Normalized)
    }

    #[test]
    fn a_picture_that_fits_has_full_marks_and_its_mirror_has_not() {
        let red = Picture::new(100, 100, [220, 20, 20].repeat(10_000)).expect("pixels");
        let boxes = |mirrored: bool| -> Vec<crate::Detection> {
            let across = |low: f32, high: f32| match mirrored {
                true => [100.0 - high, 50.0, 100.0 - low, 90.0],
                false => [low, 50.0, high, 90.0],
            };
            vec![
                detection("dog", 1.0, across(0.0, 20.0)),
                detection("dog", 1.0, across(20.0, 40.0)),
                detection("person", 1.0, across(70.0, 90.0)),
            ]
        };
        let fits = judged(&reading(), &boxes(false), Some(&red));
        let marks = [fits.object_match, fits.weakest, fits.space, fits.numbers, fits.colors];
        assert_eq!(marks, [Some(1.0); 5]);
        let mirrored = judged(&reading(), &boxes(true), Some(&red));
        assert_eq!((mirrored.object_match, mirrored.space), (Some(1.0), Some(0.0)));
        let kinds: Vec<ClaimKind> = fits.claims.iter().map(|claim| claim.kind).collect();
        let things = [ClaimKind::Thing, ClaimKind::Thing, ClaimKind::Number];
        assert_eq!(kinds, [&things[..], &[ClaimKind::Color, ClaimKind::Relation]].concat());
    }

    #[test]
    fn without_boxes_only_things_are_judged_and_without_claims_nothing() {
        let empty = judged(&reading(), &[], None);
        let marks = [empty.object_match, empty.space, empty.numbers, empty.colors];
        assert_eq!(marks, [Some(0.0), None, None, None]);
        let missing = Finding::NotJudged(Unjudged::ThingNotFound);
        assert!(empty.claims[2..].iter().all(|claim| claim.finding == missing));
        let silent = judged(&Reading::default(), &[], None);
        assert_eq!(silent, Signals::default());
    }

    #[test]
    fn relations_of_things_that_are_not_there_are_not_judged() {
        let mut broken = reading();
        broken.relations[0].object = 9;
        let boxes = [detection("dog", 1.0, [0.0, 0.0, 9.0, 9.0])];
        assert_eq!(judged(&broken, &boxes, None).space, None);
    }

    #[test]
    fn one_pixel_is_a_picture() {
        let pixel = Picture::new(1, 1, vec![220, 20, 20]).expect("pixels");
        let boxes = [detection("dog", 1.0, [0.0, 0.0, 1.0, 1.0])];
        let judged = judged(&reading(), &boxes, Some(&pixel));
        assert_eq!(judged.claims[3].finding, Finding::Supported(0));
    }

    proptest! {
        #[test]
        fn any_boxes_give_scores_in_range(
            corners in proptest::collection::vec(proptest::array::uniform4(proptest::num::f32::ANY), 0..6),
            near in proptest::collection::vec(proptest::array::uniform4(-50.0f32..150.0), 0..6),
            score in proptest::num::f32::ANY,
            side in 1u32..30,
        ) {
            let picture = Picture::new(side, side, vec![9; (3 * side * side) as usize]).expect("pixels");
            let labels = ["dog", "person", "no such thing"];
            let boxes: Vec<_> = corners
                .iter()
                .chain(&near)
                .enumerate()
                .map(|(at, corners)| detection(labels[at % 3], if at % 2 == 0 { score } else { 0.5 }, *corners))
                .collect();
            let kinds = [RelationKind::On, RelationKind::Beside, RelationKind::Holding, RelationKind::Behind];
            for kind in kinds {
                let mut asked = reading();
                asked.relations[0].kind = kind;
                for claim in judged(&asked, &boxes, Some(&picture)).claims {
                    prop_assert!(claim.score.is_none_or(|score| (0.0..=1.0).contains(&score)), "{claim:?}");
                }
            }
        }
    }
}
