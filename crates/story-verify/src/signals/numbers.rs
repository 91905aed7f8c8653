//! Numbers: are there as many as the text says?
//!
//! With s_k the score of the k-th surest of the different things that the detector finds, faint ones
//! too: "at least k" is borne out as far as s_k is ([`borne_out`]: a box of .12 is one more thing, one
//! below .011 is none), "at most k" as far as s_(k+1) is not that of a sure box, "exactly" as far as
//! both. So "two men" beside five is true, and "only two" is not.
//!
//! Contradicted is a number only where the thing is surely there and the k-th box is missing (below
//! .018), or one more is sure (.6). Never is a plural without a number, nor any number from 10 on
//! (detectors lose count in crowds), nor one of what grows in bunches, of which one box often holds
//! several.

use super::seen::borne_out;
use super::{Claim, ClaimKind, Finding, KnownThings, Seen, Unjudged, finding::Shown};
use story_language::coco::category;
use story_language::{Concept, Number, Quantity, Reading};

/// The logits between which a box becomes one more thing.
const ENOUGH: [f64; 2] = [-4.5, -2.0];
/// Below this score there is no such box.
const MISSING: f64 = 0.018;
/// From here on a box is shown as one more thing.
const THERE: f64 = 0.1;
/// From here on a thing is surely there: so is what a number is about.
const SURE: f64 = 0.3;
/// From here on one more speaks against "at most".
const SURELY_MORE: f64 = 0.6;
/// From here on nobody counts.
const CROWD: u32 = 10;
/// What grows or lies in bunches.
const BUNCHES: [&str; 6] = ["banana", "apple", "orange", "broccoli", "carrot", "book"];

/// A claim for each number of the text, in order.
pub(super) fn numbers(reading: &Reading, seen: &Seen) -> Vec<Claim> {
    let things = reading.things.iter().filter_map(|thing| {
        let number = thing.number.as_ref()?;
        Some(claim(&thing.concept, number, &thing.head, seen))
    });
    things.collect()
}

fn claim(concept: &Concept, number: &Number, head: &std::ops::Range<usize>, seen: &Seen) -> Claim {
    let range = if number.range.is_empty() { head.clone() } else { number.range.clone() };
    let fitting = seen.fitting(concept);
    let Some(&best) = fitting.first() else {
        let why = match seen.known.knows(concept) {
            true => Unjudged::ThingNotFound,
            false => KnownThings::unknown(concept),
        };
        return Claim::unjudged(range, ClaimKind::Number, why);
    };
    let scores: Vec<f64> =
        seen.distinct(concept).into_iter().map(|index| seen.score(index)).collect();
    let (finding, score) = count(concept, number, &scores, best);
    let sure = scores.iter().filter(|score| **score >= SURE).count().max(1);
    let shown = (!matches!(finding, Finding::NotJudged(_))).then_some(Shown::Count(sure));
    Claim { range, kind: ClaimKind::Number, finding, score, other: None, shown }
}

/// `scores` are those of the different things, the surest first, one at least.
fn count(
    concept: &Concept,
    number: &Number,
    scores: &[f64],
    best: usize,
) -> (Finding, Option<f64>) {
    let of = |place: u32| {
        let at = (place as usize).checked_sub(1);
        at.map_or(1.0, |at| scores.get(at).copied().unwrap_or(0.0))
    };
    let next = number.most.map_or(0.0, |most| of(most.saturating_add(1)));
    let (asks_enough, asks_few) = match number.quantity {
        Quantity::AtLeast => (true, false),
        Quantity::Exactly => (true, true),
        Quantity::AtMost => (false, true),
    };
    let enough = if asks_enough { borne_out(of(number.least), ENOUGH) } else { 1.0 };
    let few = match asks_few {
        true => 1.0 - ((next - SURE) / (SURELY_MORE - SURE)).clamp(0.0, 1.0),
        false => 1.0,
    };
    let is_said = !number.range.is_empty();
    let can_deny = is_said && number.least < CROWD && !is_bunch(concept) && of(1) >= SURE;
    let too_few = asks_enough && of(number.least) < MISSING;
    let too_many = asks_few && next >= SURELY_MORE;
    let finding = if can_deny && (too_few || too_many) {
        Finding::Contradicted(best)
    } else if (!asks_enough || of(number.least) >= THERE) && (!asks_few || next < SURE) {
        Finding::Supported(best)
    } else {
        Finding::NotJudged(Unjudged::Undecided)
    };
    // A plural alone says too little to weigh.
    (finding, is_said.then_some(enough.min(few)))
}

fn is_bunch(concept: &Concept) -> bool {
    let mut bunches = BUNCHES.iter().filter_map(|name| category(name));
    matches!(concept, Concept::Categories(all) if bunches.any(|bunch| all.contains(&bunch)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{detection, thing};
    use super::*;

    const BUS: usize = 5;

    fn said(quantity: Quantity, least: u32, most: Option<u32>) -> Number {
        Number { range: 0..3, least, most, quantity }
    }

    fn judged(category: usize, number: Number, scores: &[f32]) -> (Finding, Option<f64>) {
        let boxes: Vec<_> = scores
            .iter()
            .enumerate()
            .map(|(at, score)| {
                let left = 10.0 * at as f32;
                detection("bus", *score, [left, 0.0, left + 9.0, 9.0])
            })
            .collect();
        let concepts = vec![vec![Concept::Categories(vec![category])]; boxes.len()];
        let seen = Seen::new(&boxes, concepts, &KnownThings::Coco, None, (200, 10));
        let seen = seen.with_faint(&[], 0.1);
        let mut buses = thing(0..5, Concept::Categories(vec![category]));
        buses.number = Some(number);
        let reading = Reading { things: vec![buses], ..Reading::default() };
        let claim = numbers(&reading, &seen).remove(0);
        (claim.finding, claim.score)
    }

    #[test]
    fn at_least_is_contradicted_by_fewer_alone() {
        let two = || said(Quantity::AtLeast, 2, Some(2));
        let undecided = Finding::NotJudged(Unjudged::Undecided);
        assert_eq!(judged(BUS, two(), &[0.9; 2]), (Finding::Supported(0), Some(1.0)));
        assert_eq!(judged(BUS, two(), &[0.9; 5]), (Finding::Supported(0), Some(1.0)));
        assert_eq!(judged(BUS, two(), &[0.9]), (Finding::Contradicted(0), Some(0.0)));
        assert_eq!(judged(BUS, two(), &[0.9, 0.05]).0, undecided, "a faint second one");
        assert_eq!(judged(BUS, two(), &[0.2]).0, undecided, "a doubtful first one");
        let absent = Finding::NotJudged(Unjudged::ThingNotFound);
        assert_eq!(judged(BUS, two(), &[0.05]), (absent, None), "its parent is not there");
        let plural = Number { range: 0..0, ..said(Quantity::AtLeast, 2, None) };
        assert_eq!(judged(BUS, plural, &[0.9]), (undecided, None));
        assert_eq!(judged(BUS, said(Quantity::AtLeast, 12, Some(12)), &[0.9; 3]).0, undecided);
        let bananas = category("banana").expect("a category");
        assert_eq!(judged(bananas, two(), &[0.9]).0, undecided, "a bunch is one box");
    }

    #[test]
    fn exactly_and_at_most_are_contradicted_by_more() {
        let one = || said(Quantity::Exactly, 1, Some(1));
        assert_eq!(judged(BUS, one(), &[0.9]), (Finding::Supported(0), Some(1.0)));
        assert_eq!(judged(BUS, one(), &[0.9; 2]), (Finding::Contradicted(0), Some(0.0)));
        let undecided = Finding::NotJudged(Unjudged::Undecided);
        assert_eq!(judged(BUS, one(), &[0.9, 0.4]).0, undecided);
        let few = || said(Quantity::AtMost, 0, Some(2));
        assert_eq!(judged(BUS, few(), &[0.9]), (Finding::Supported(0), Some(1.0)));
        assert_eq!(judged(BUS, few(), &[0.9; 3]), (Finding::Contradicted(0), Some(0.0)));
        let three = said(Quantity::Exactly, 3, Some(3));
        assert_eq!(judged(BUS, three, &[0.9; 2]), (Finding::Contradicted(0), Some(0.0)));
    }

    #[test]
    fn doubly_named_boxes_count_once() {
        let boxes = [
            detection("car", 0.9, [0.0, 0.0, 4.0, 4.0]),
            detection("truck", 0.8, [0.0, 0.0, 4.0, 4.0]),
            detection("car", 0.7, [6.0, 0.0, 9.0, 4.0]),
        ];
        let of = |category| vec![Concept::Categories(vec![category])];
        let seen = Seen::new(&boxes, vec![of(2), of(7), of(2)], &KnownThings::Coco, None, (10, 10));
        assert_eq!(seen.distinct(&Concept::Categories(vec![2, 7])), [0, 2]);
    }
}
