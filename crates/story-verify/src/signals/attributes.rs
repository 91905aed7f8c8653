//! Attributes: are there as many as the text says, and in its colours?
//!
//! Number, with n detections that a thing may be and "at least l, at most m" said: 1 where
//! l <= n <= m, else the smaller of n and the nearer bound over the larger. Up to 1/2 it is
//! contradicted; a plural without a number never is, since one box often holds a bunch, nor is any
//! number from 10 on: detectors lose count in crowds. Counted are detections of score .3 and more,
//! from which on YOLOX's own demonstration draws boxes (the surest in any case); boxes of different
//! labels with an intersection over union of .7 and more are one thing under two names, which a
//! detector's suppression, within a label, leaves.
//!
//! Colour: c = the largest share of a box's middle that is of the colour ([`shares`]) over those
//! detections, and s = min(1, 2 c): half of a thing in its colour is all of it. Supported from
//! s = 1/2; contradicted where s < 1/5 and another colour fills half of the middle. People are
//! left out: their colours are of clothes, skin or hair, which no box tells apart.

use super::color::shares;
use super::{Claim, ClaimKind, Finding, KnownThings, Seen, Unjudged};
use story_language::coco::category;
use story_language::{Color, Concept, Number, Reading};

/// A claim for each number and colour of the text, in order.
pub(super) fn attributes(reading: &Reading, seen: &Seen) -> Vec<Claim> {
    let mut claims = Vec::new();
    for thing in &reading.things {
        let fitting = seen.fitting(&thing.concept);
        let mut add = |range: &std::ops::Range<usize>, kind, judged: (Finding, Option<f64>)| {
            claims.push(Claim {
                range: if range.is_empty() { thing.head.clone() } else { range.clone() },
                kind,
                finding: judged.0,
                score: judged.1,
            });
        };
        let absent = || {
            let reason = match seen.known.knows(&thing.concept) {
                true => Unjudged::ThingNotFound,
                false => KnownThings::unknown(&thing.concept),
            };
            (Finding::NotJudged(reason), None)
        };
        if let Some(number) = &thing.number {
            let judged = match fitting.first() {
                Some(&best) => count(number, counted(&fitting, seen), best),
                None => absent(),
            };
            add(&number.range, ClaimKind::Number, judged);
        }
        if let Some((color, range)) = &thing.color {
            let judged = match fitting.is_empty() {
                true => absent(),
                false => colored(*color, &thing.concept, &fitting, seen),
            };
            add(range, ClaimKind::Color, judged);
        }
    }
    claims
}

/// How many things these detections are, the surest first.
fn counted(fitting: &[usize], seen: &Seen) -> usize {
    const SURE: f64 = 0.3;
    const SAME: f32 = 0.7;
    let mut things: Vec<usize> = Vec::new();
    for &index in fitting {
        let twice = |&other: &usize| match (seen.place(index), seen.place(other)) {
            (Some(a), Some(b)) => seen.label(index) != seen.label(other) && a.iou(&b) >= SAME,
            _ => false,
        };
        let sure = things.is_empty() || seen.score(index) >= SURE;
        if sure && !things.iter().any(twice) {
            things.push(index);
        }
    }
    things.len()
}

fn count(number: &Number, found: usize, best: usize) -> (Finding, Option<f64>) {
    /// Up to here a number is contradicted.
    const DENIED: f64 = 0.5;
    /// From here on nobody counts.
    const CROWD: u32 = 10;
    let bound = match number.most {
        Some(most) if found > most as usize => most as usize,
        _ => found.max(number.least as usize),
    };
    let (few, many) = (found.min(bound), found.max(bound));
    let score = if many == 0 { 1.0 } else { few as f64 / many as f64 };
    let finding = match score {
        1.0 => Finding::Supported(best),
        low if low <= DENIED && !number.range.is_empty() && number.least < CROWD => {
            Finding::Contradicted(best)
        }
        _ => Finding::NotJudged(Unjudged::Undecided),
    };
    (finding, Some(score))
}

fn colored(
    color: Color,
    concept: &Concept,
    fitting: &[usize],
    seen: &Seen,
) -> (Finding, Option<f64>) {
    const SUPPORTED: f64 = 0.5;
    const DENIED: f64 = 0.2;
    /// The share that another colour has where the text's is denied.
    const FILLED: f64 = 0.5;
    /// At most so many boxes are looked at.
    const MOST: usize = 16;
    let person = category("person");
    if matches!(concept, Concept::Categories(all) if all.iter().any(|it| Some(*it) == person)) {
        return (Finding::NotJudged(Unjudged::Undecided), None);
    }
    let Some(picture) = seen.picture else {
        return (Finding::NotJudged(Unjudged::NoPixels), None);
    };
    let shown = fitting.iter().take(MOST).filter_map(|&index| {
        let (own, other) = shares(picture, &seen.place(index)?, color)?;
        Some((own, other, index))
    });
    let Some((own, other, index)) = shown.max_by(|a, b| a.0.total_cmp(&b.0)) else {
        return (Finding::NotJudged(Unjudged::NoPixels), None);
    };
    let score = (2.0 * own).min(1.0);
    let finding = match score {
        high if high >= SUPPORTED => Finding::Supported(index),
        low if low < DENIED && other >= FILLED => Finding::Contradicted(index),
        _ => Finding::NotJudged(Unjudged::Undecided),
    };
    (finding, Some(score))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{detection, thing};
    use super::*;
    use story_language::{Quantity, Thing};
    use story_pictures::Picture;

    const BUS: usize = 5;

    fn judged(said: Thing, boxes: usize, picture: Option<&Picture>) -> (Finding, Option<f64>) {
        let detections = vec![detection("bus", 0.9, [0.0, 0.0, 10.0, 10.0]); boxes];
        let concepts = vec![vec![Concept::Categories(vec![BUS])]; boxes];
        let seen = Seen::new(&detections, concepts, &KnownThings::Coco, picture, (10, 10));
        let reading = Reading { things: vec![said], ..Reading::default() };
        let claim = attributes(&reading, &seen).remove(0);
        (claim.finding, claim.score)
    }

    fn buses(least: u32, most: Option<u32>, range: std::ops::Range<usize>) -> Thing {
        Thing {
            number: Some(Number { range, least, most, quantity: Quantity::AtLeast }),
            ..thing(0..5, Concept::Categories(vec![BUS]))
        }
    }

    #[test]
    fn numbers_are_counted() {
        let two = || buses(2, Some(2), 0..3);
        assert_eq!(judged(two(), 2, None), (Finding::Supported(0), Some(1.0)));
        assert_eq!(judged(two(), 1, None), (Finding::Contradicted(0), Some(0.5)));
        assert_eq!(judged(two(), 5, None), (Finding::Contradicted(0), Some(0.4)));
        let near = judged(two(), 3, None);
        assert_eq!(near.0, Finding::NotJudged(Unjudged::Undecided));
        let none = (Finding::NotJudged(Unjudged::ThingNotFound), None);
        assert_eq!(judged(two(), 0, None), none);
        let plural = judged(buses(2, None, 0..0), 1, None);
        assert_eq!(plural, (Finding::NotJudged(Unjudged::Undecided), Some(0.5)));
        let crowd = judged(buses(12, Some(12), 0..6), 3, None);
        assert_eq!(crowd, (Finding::NotJudged(Unjudged::Undecided), Some(0.25)));
        let many = judged(buses(3, None, 0..4), 9, None);
        assert_eq!(many, (Finding::Supported(0), Some(1.0)));
    }

    #[test]
    fn doubtful_and_doubly_named_boxes_are_not_counted() {
        let boxes = [
            detection("car", 0.9, [0.0, 0.0, 4.0, 4.0]),
            detection("truck", 0.8, [0.0, 0.0, 4.0, 4.0]),
            detection("car", 0.7, [0.0, 0.0, 4.0, 4.0]),
            detection("car", 0.1, [6.0, 0.0, 9.0, 4.0]),
        ];
        let concepts = boxes.iter().map(|it| match it.label.as_str() {
            "car" => vec![Concept::Categories(vec![2])],
            _ => vec![Concept::Categories(vec![7])],
        });
        let concepts = concepts.collect();
        let seen = Seen::new(&boxes, concepts, &KnownThings::Coco, None, (10, 10));
        let vehicles = seen.fitting(&Concept::Categories(vec![2, 7]));
        assert_eq!(counted(&vehicles, &seen), 2);
        assert_eq!(counted(&[3], &seen), 1);
    }

    #[test]
    fn colours_are_looked_for_in_the_box() {
        let red = Picture::new(10, 10, [220, 20, 20].repeat(100)).expect("pixels");
        let said = |color| Thing {
            color: Some((color, 0..3)),
            ..thing(0..7, Concept::Categories(vec![BUS]))
        };
        let supported = (Finding::Supported(0), Some(1.0));
        assert_eq!(judged(said(Color::Red), 1, Some(&red)), supported);
        let denied = (Finding::Contradicted(0), Some(0.0));
        assert_eq!(judged(said(Color::Blue), 1, Some(&red)), denied);
        let blind = (Finding::NotJudged(Unjudged::NoPixels), None);
        assert_eq!(judged(said(Color::Blue), 1, None), blind);
        let person =
            Thing { color: Some((Color::Red, 0..3)), ..thing(0..7, Concept::Categories(vec![0])) };
        let detections = [detection("person", 0.9, [0.0, 0.0, 10.0, 10.0])];
        let concepts = vec![vec![Concept::Categories(vec![0])]];
        let seen = Seen::new(&detections, concepts, &KnownThings::Coco, Some(&red), (10, 10));
        let reading = Reading { things: vec![person], ..Reading::default() };
        assert_eq!(attributes(&reading, &seen)[0].score, None);
    }
}
