//! Object match: are the things there that the text mentions?
//!
//! How far a thing m is borne out is p_m = [`borne_out`] of the best score that the detector gives its
//! category in any box, kept or not: from a logit of -4.5 (a score of .011) to 0 (one half). Then
//! s = sum_m w_m p_m / sum_m w_m over the different things that the text mentions and the detector
//! knows, w_m how much its presence says ([`KnownThings::weight`](super::KnownThings::weight)): the
//! recall of mentioned things. The weakest is the least p_m, and as long a text is as wrong as its
//! worst word, the better signal. Things in the picture that the text does not mention cost nothing:
//! no text tells all. A pronoun is who it stands for said once more, and says nothing where the text
//! names nobody.
//!
//! A thing with a box is supported, by the box that suits its colour and relations
//! ([`Placement`](super::placement::Placement)). One without is not found, unless the detector has a
//! faint idea of it.

use super::placement::Placement;
use super::seen::borne_out;
use super::{Claim, ClaimKind, Finding, KnownThings, Seen, Unjudged};
use std::collections::BTreeMap;
use story_language::{Concept, Reading};

/// The logits between which a thing is borne out.
pub(super) const THERE: [f64; 2] = [-4.5, 0.0];
/// Below this score nothing of the kind is anywhere.
pub(super) const NOWHERE: f64 = 0.015;

/// A claim for each thing of the text, in order.
pub(super) fn object_match(reading: &Reading, seen: &Seen, placement: &Placement) -> Vec<Claim> {
    let things = reading.things.iter().enumerate().map(|(place, thing)| {
        let concept = reading.meaning(place).unwrap_or(&thing.concept);
        let range = thing.range.clone();
        // An unknown name would fit anybody without one: only ever for the text, never against it.
        if !seen.known.knows(concept) {
            let why = KnownThings::unknown(concept);
            return Claim::unjudged(range, ClaimKind::Thing, why);
        }
        let presence = seen.presence(concept);
        let chosen = placement.of(place).or_else(|| seen.fitting(concept).first().copied());
        let finding = match chosen {
            Some(index) => Finding::Supported(index),
            None if presence >= NOWHERE => Finding::NotJudged(Unjudged::Faint),
            None => Finding::NotFound,
        };
        let score = Some(borne_out(presence, THERE));
        Claim { range, kind: ClaimKind::Thing, finding, score, other: None, shown: None }
    });
    things.collect()
}

/// The least of the scores of `claims`, one for each thing of the text, and of `denials`; what says
/// less ([`KnownThings::weight`](super::KnownThings::weight)) takes away less. `None` where none was
/// judged.
pub(super) fn weakest(
    reading: &Reading,
    claims: &[Claim],
    denials: &[Claim],
    seen: &Seen,
) -> Option<f64> {
    let things = claims.iter().enumerate().filter_map(|(place, claim)| {
        let weight = seen.known.weight(reading.meaning(place)?);
        Some(1.0 - weight * (1.0 - claim.score?))
    });
    things.chain(denials.iter().filter_map(|claim| claim.score)).reduce(f64::min)
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
    use story_language::{Lexicon, Names};

    #[test]
    fn recall_is_of_the_things_that_are_known() {
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
        let claims = object_match(&reading, &seen, &Placement::new(&reading, &seen));
        let findings: Vec<Finding> = claims.iter().map(|claim| claim.finding).collect();
        let unknown = Finding::NotJudged(Unjudged::UnknownThing);
        let there = Finding::Supported(0);
        assert_eq!(findings, [there, Finding::NotFound, unknown, there]);
        let score = object_match_score(&reading, &claims, &seen).expect("two things are judged");
        assert!((score - 0.5).abs() < 1e-6, "one of two: {score}");
        assert_eq!(weakest(&reading, &claims, &[], &seen), Some(0.0));
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
            let claims = object_match(&reading, &seen, &Placement::new(&reading, &seen));
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
        let claims = object_match(&reading, &seen, &Placement::new(&reading, &seen));
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
        assert!((score - 1.0).abs() < 1e-6, "{score}");
        let man = of_a_zebra("The man ran. He was fast.", "He");
        assert_eq!(man, (Finding::NotFound, Some(0.0)), "a zebra is no man");
    }

    #[test]
    fn what_the_detector_has_a_faint_idea_of_is_not_missing() {
        let reading = Reading {
            things: vec![thing(0..3, Concept::Categories(vec![16]))],
            ..Reading::default()
        };
        let judged = |score: f32| {
            let mut best = vec![0.001f32; 80];
            best[16] = score;
            let seen = Seen::new(&[], Vec::new(), &KnownThings::Coco, None, (10, 10));
            let seen = seen.with_faint(&best, 0.1);
            let claim = object_match(&reading, &seen, &Placement::new(&reading, &seen)).remove(0);
            (claim.finding, claim.score.expect("a known thing"))
        };
        assert_eq!(judged(0.05).0, Finding::NotJudged(Unjudged::Faint));
        assert_eq!(judged(0.001), (Finding::NotFound, 0.0));
        assert!(judged(0.05).1 < judged(0.09).1);
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
        let claims = object_match(&reading, &seen, &Placement::new(&reading, &seen));
        assert_eq!(claims[0].finding, Finding::NotFound);
    }
}
