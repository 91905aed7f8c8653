//! Object match: are the things there that the text mentions?
//!
//! s = sum_m w_m p_m / sum_m w_m over the different things m that the text mentions and the
//! detector knows, where p_m is the score of the surest detection that m may be (0 where there is
//! none) and w_m how much its presence says ([`KnownThings::weight`](super::KnownThings::weight)):
//! the recall of mentioned things, weighted by the detector's score. Things in the picture that the
//! text does not mention cost nothing: no text tells all. A pronoun is who it stands for said once
//! more, and says nothing where the text names nobody.

use super::{Claim, ClaimKind, Finding, KnownThings, Seen};
use std::collections::BTreeMap;
use story_language::{Concept, Reading};

/// A claim for each thing of the text, in order.
pub(super) fn object_match(reading: &Reading, seen: &Seen) -> Vec<Claim> {
    let claim = |concept: &Concept| -> (Finding, Option<f64>) {
        match seen.fitting(concept).first() {
            // An unknown name would fit anybody without one: only ever for the text, never against it.
            _ if !seen.known.knows(concept) => {
                (Finding::NotJudged(KnownThings::unknown(concept)), None)
            }
            Some(&best) => (Finding::Supported(best), Some(seen.score(best))),
            None => (Finding::NotFound, Some(0.0)),
        }
    };
    let things = reading.things.iter().enumerate().map(|(place, thing)| {
        let (finding, score) = claim(reading.meaning(place).unwrap_or(&thing.concept));
        Claim { range: thing.range.clone(), kind: ClaimKind::Thing, finding, score }
    });
    things.collect()
}

/// The signal of `claims`, one for each thing of the text; `None` where none was judged.
pub(super) fn object_match_score(reading: &Reading, claims: &[Claim], seen: &Seen) -> Option<f64> {
    let judged = claims.iter().enumerate();
    let different: BTreeMap<&Concept, f64> =
        judged.filter_map(|(place, claim)| Some((reading.meaning(place)?, claim.score?))).collect();
    let weights: f64 = different.keys().map(|it| seen.known.weight(it)).sum();
    let sum: f64 =
        different.iter().map(|(concept, score)| seen.known.weight(concept) * score).sum();
    (weights > 0.0).then(|| sum / weights)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{detection, thing};
    use super::*;
    use crate::signals::Unjudged;
    use story_language::{Lexicon, Names};

    #[test]
    fn recall_is_weighted_by_the_detectors_score() {
        let detections = [detection("dog", 0.8, [0.0, 0.0, 5.0, 5.0])];
        let dog = vec![Concept::Categories(vec![16])];
        let seen = Seen::new(&detections, vec![dog], &KnownThings::Coco, None, (10, 10));
        let reading = Reading {
            things: vec![
                thing(0..3, Concept::Categories(vec![16])),
                thing(4..7, Concept::Categories(vec![15])),
                thing(8..11, Concept::Word("sea".into())),
                thing(12..15, Concept::Categories(vec![16])),
            ],
            ..Reading::default()
        };
        let claims = object_match(&reading, &seen);
        let findings: Vec<Finding> = claims.iter().map(|claim| claim.finding).collect();
        let unknown = Finding::NotJudged(Unjudged::UnknownThing);
        let there = Finding::Supported(0);
        assert_eq!(findings, [there, Finding::NotFound, unknown, there]);
        let score = object_match_score(&reading, &claims, &seen).expect("two things are judged");
        assert!((score - 0.4).abs() < 1e-6, "{score}");
        let nothing = Reading::default();
        assert_eq!(object_match_score(&nothing, &[], &seen), None);
    }

    #[test]
    fn a_name_says_less_and_a_strange_one_nothing() {
        let detections = [detection("a man", 1.0, [0.0, 0.0, 5.0, 5.0])];
        let reading = Reading {
            things: vec![
                thing(3..6, Concept::Categories(vec![15])),
                thing(7..10, Concept::Name("tom".into())),
            ],
            ..Reading::default()
        };
        let score = |known: &KnownThings| {
            let man = vec![vec![Concept::Categories(vec![0])]];
            let seen = Seen::new(&detections, man, known, None, (10, 10));
            let claims = object_match(&reading, &seen);
            (claims[1].finding, object_match_score(&reading, &claims, &seen))
        };
        // None of the cat, half of Tom, who may be the man.
        let third = Some(0.5 / 1.5);
        assert_eq!(score(&KnownThings::Coco), (Finding::Supported(0), third));
        let labels = [0, 15].map(|it| Concept::Categories(vec![it]));
        let unknown = Finding::NotJudged(Unjudged::UnknownThing);
        assert_eq!(score(&KnownThings::Tables(labels.into())), (unknown, Some(0.0)));
    }

    /// What a picture of a zebra says to the pronoun of a text, and the text's score.
    fn of_a_zebra(text: &str, pronoun: &str) -> (Finding, Option<f64>) {
        let detections = [detection("zebra", 0.8, [0.0, 0.0, 5.0, 5.0])];
        let zebra = vec![vec![Concept::Categories(vec![22])]];
        let seen = Seen::new(&detections, zebra, &KnownThings::Coco, None, (10, 10));
        let reading = Lexicon::english().read(text, &Names::default());
        let claims = object_match(&reading, &seen);
        let found = claims.iter().find(|claim| text[claim.range.clone()] == *pronoun);
        (found.expect("the pronoun").finding, object_match_score(&reading, &claims, &seen))
    }

    #[test]
    fn a_zebra_supports_he_only_where_the_text_names_it() {
        let open = Finding::NotJudged(Unjudged::NobodyNamed);
        for (text, pronoun) in
            [("He was fast.", "He"), ("The child hugs her.", "her"), ("They ran.", "They")]
        {
            assert_eq!(of_a_zebra(text, pronoun).0, open, "{text}");
        }
        assert_eq!(of_a_zebra("He was fast.", "He").1, None, "nothing to judge");
        let (finding, score) = of_a_zebra("The zebra ran. He was fast.", "He");
        assert_eq!(finding, Finding::Supported(0));
        let score = score.expect("the zebra is judged");
        assert!((score - 0.8).abs() < 1e-6, "said twice, {score} counts once");
        let man = of_a_zebra("The man ran. He was fast.", "He");
        assert_eq!(man, (Finding::NotFound, Some(0.0)), "a zebra is no man");
    }

    #[test]
    fn a_box_outside_of_the_picture_supports_nothing() {
        let detections = [
            detection("dog", 0.9, [20.0, 0.0, 30.0, 5.0]),
            detection("dog", f32::NAN, [0.0, 0.0, 5.0, 5.0]),
        ];
        let dog = || vec![Concept::Categories(vec![16])];
        let seen = Seen::new(&detections, vec![dog(), dog()], &KnownThings::Coco, None, (10, 10));
        let reading = Reading {
            things: vec![thing(0..3, Concept::Categories(vec![16]))],
            ..Reading::default()
        };
        assert_eq!(object_match(&reading, &seen)[0].finding, Finding::NotFound);
    }
}
