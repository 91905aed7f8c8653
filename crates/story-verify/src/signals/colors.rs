//! Colours: are the things of the colour that the text says?
//!
//! s = min(1, 2 c), c the share of the middle of the thing's box that is of the colour
//! ([`shares`](super::color::shares)): half of a thing in its colour is all of it. "Two red buses" ask
//! for two, so there c is that of the second best box. Supported from s = 1/2; contradicted where the
//! thing is surely there, s < 1/5 and another colour fills half of the middle. People are left out:
//! their colours are of clothes, skin or hair, which no box tells apart.

use super::placement::Placement;
use super::{Claim, ClaimKind, Finding, KnownThings, Seen, Shown, Unjudged};
use std::ops::Range;
use story_language::coco::category;
use story_language::{Color, Concept, Reading, Thing};

/// From this score of the box on a colour is contradicted.
const SURE: f64 = 0.3;

/// A claim for each colour of the text, in order.
pub(super) fn colors(reading: &Reading, seen: &Seen, placement: &Placement) -> Vec<Claim> {
    let things = reading.things.iter().enumerate().filter_map(|(place, thing)| {
        let (color, range) = thing.color.as_ref()?;
        Some(colored(thing, (*color, range), placement.of(place), seen))
    });
    things.collect()
}

/// What the picture says to `thing` being of `color`; `chosen` is its box.
pub(super) fn colored(
    thing: &Thing,
    (color, range): (Color, &Range<usize>),
    chosen: Option<usize>,
    seen: &Seen,
) -> Claim {
    const SUPPORTED: f64 = 0.5;
    const DENIED: f64 = 0.2;
    /// The share that another colour has where the text's is denied.
    const FILLED: f64 = 0.5;
    let unjudged = |why| Claim::unjudged(range.clone(), ClaimKind::Color, why);
    if !seen.known.knows(&thing.concept) {
        return unjudged(KnownThings::unknown(&thing.concept));
    }
    let person = category("person");
    if matches!(&thing.concept, Concept::Categories(all) if all.iter().any(|it| Some(*it) == person))
    {
        return unjudged(Unjudged::Worn);
    }
    let Some(chosen) = chosen else {
        return unjudged(Unjudged::ThingNotFound);
    };
    let index = one_of_as_many(thing, color, seen).unwrap_or(chosen);
    let Some(shares) = seen.shares(index, color) else {
        return unjudged(Unjudged::NoPixels);
    };
    let score = (2.0 * shares.own).min(1.0);
    let denied = score < DENIED && shares.other >= FILLED && seen.score(index) >= SURE;
    let finding = match score {
        high if high >= SUPPORTED => Finding::Supported(index),
        _ if denied => Finding::Contradicted(index),
        _ => Finding::NotJudged(Unjudged::Undecided),
    };
    let shown = shares.shown.filter(|_| score < SUPPORTED).map(Shown::Color);
    let range = range.clone();
    Claim { range, kind: ClaimKind::Color, finding, score: Some(score), other: None, shown }
}

/// Of a thing that there are several of, the box with the least of the colour among as many as the
/// text says; `None` of a single one, and where fewer are found.
fn one_of_as_many(thing: &Thing, color: Color, seen: &Seen) -> Option<usize> {
    /// At most so many boxes are looked at.
    const MOST: usize = 16;
    let number = thing.number.as_ref().filter(|number| !number.range.is_empty())?;
    let place = (number.least as usize).checked_sub(1).filter(|place| *place > 0)?;
    let fitting = seen.fitting(&thing.concept).into_iter().take(MOST);
    let share = |index: usize| Some((seen.shares(index, color)?.own, index));
    let mut shares: Vec<(f64, usize)> = fitting.filter_map(share).collect();
    shares.sort_by(|a, b| b.0.total_cmp(&a.0));
    shares.get(place).map(|(_, index)| *index)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{detection, thing};
    use super::*;
    use story_language::{Number, Quantity};
    use story_pictures::Picture;

    const BUS: usize = 5;

    fn judged(said: Thing, picture: Option<&Picture>, score: f32) -> Claim {
        let label = if said.concept == Concept::Categories(vec![0]) { "person" } else { "bus" };
        let boxes = [
            detection(label, score, [0.0, 0.0, 10.0, 10.0]),
            detection(label, score, [10.0, 0.0, 20.0, 10.0]),
        ];
        let concepts = vec![vec![said.concept.clone()]; 2];
        let seen = Seen::new(&boxes, concepts, &KnownThings::Coco, picture, (20, 10));
        let reading = Reading { things: vec![said], ..Reading::default() };
        colors(&reading, &seen, &Placement::new(&reading, &seen)).remove(0)
    }

    fn bus(color: Color) -> Thing {
        Thing { color: Some((color, 0..3)), ..thing(0..7, Concept::Categories(vec![BUS])) }
    }

    /// A red bus beside a blue one.
    fn buses() -> Picture {
        let pixels = (0..20 * 10).flat_map(|at| match at % 20 < 10 {
            true => [220, 20, 20],
            false => [20, 40, 220],
        });
        Picture::new(20, 10, pixels.collect()).expect("pixels")
    }

    #[test]
    fn the_box_with_the_colour_is_taken() {
        let buses = buses();
        let of = |color| judged(bus(color), Some(&buses), 0.9);
        assert_eq!(of(Color::Red).finding, Finding::Supported(0));
        assert_eq!(of(Color::Blue).finding, Finding::Supported(1));
        let green = of(Color::Green);
        assert_eq!(green.finding, Finding::Contradicted(0));
        assert_eq!(green.shown, Some(Shown::Color(Color::Red)));
        let doubtful = judged(bus(Color::Green), Some(&buses), 0.2);
        assert_eq!(doubtful.finding, Finding::NotJudged(Unjudged::Undecided));
        let blind = judged(bus(Color::Blue), None, 0.9);
        assert_eq!(blind.finding, Finding::NotJudged(Unjudged::NoPixels));
    }

    #[test]
    fn as_many_as_are_said_must_have_it() {
        let two = |color| Thing {
            number: Some(Number {
                range: 0..3,
                least: 2,
                most: Some(2),
                quantity: Quantity::AtLeast,
            }),
            ..bus(color)
        };
        let (mixed, red) = (buses(), Picture::new(20, 10, [220, 20, 20].repeat(200)));
        let red = red.expect("pixels");
        assert_eq!(judged(two(Color::Red), Some(&mixed), 0.9).finding, Finding::Contradicted(1));
        assert!(matches!(judged(two(Color::Red), Some(&red), 0.9).finding, Finding::Supported(_)));
    }

    #[test]
    fn people_are_left_out() {
        let person = Thing { concept: Concept::Categories(vec![0]), ..bus(Color::Red) };
        let claim = judged(person, Some(&buses()), 0.9);
        assert_eq!((claim.finding, claim.score), (Finding::NotJudged(Unjudged::Worn), None));
    }
}
