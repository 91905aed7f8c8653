//! Minimum Bayes risk decoding (Kumar and Byrne 2004; Eikema and Aziz 2020): of several candidates
//! the one that is most like what the model draws. The candidates are the drawn texts and, unless the
//! config says otherwise, the texts of the context: a model that has learned that a story repeats
//! itself draws texts like them, and the whole sentence may then be taken, which greedy decoding never
//! finds.
//!
//! utility(c) = mean over the drawn texts s of sentence BLEU or chrF++ of c against s, in lower case;
//! a drawn text is not compared with itself.

use super::Told;
use story_metrics::bleu::Casing;
use story_metrics::chrf::{ChrfKind, ChrfStats};
use story_metrics::{Statistic, sentence_bleu};
use story_model::Utility;

/// How like `candidate` is to `other`, in points; give both in lower case.
pub(crate) fn likeness(candidate: &str, other: &str, utility: Utility) -> f64 {
    match utility {
        Utility::Bleu => sentence_bleu(candidate, &[other]).unwrap_or(0.0),
        Utility::ChrfPlusPlus => {
            let (kind, cased) = (ChrfKind::CharactersAndWords, Casing::Mixed);
            let stats = ChrfStats::of(kind, Some(candidate), &[other], cased);
            stats.ok().and_then(|stats| stats.score()).unwrap_or(0.0)
        }
    }
}

/// How like each candidate is to what was drawn, in points: the drawn ones in order, then those that
/// were told.
pub(super) fn utilities(drawn: &[Told], told: &[String], by: Utility) -> Vec<f64> {
    let lower: Vec<String> = drawn.iter().map(|it| it.text.to_lowercase()).collect();
    let sum =
        |candidate: &str| -> f64 { lower.iter().map(|other| likeness(candidate, other, by)).sum() };
    // A drawn text is no more like itself than one of the context could be.
    let of_drawn = lower
        .iter()
        .map(|own| (sum(own) - likeness(own, own, by)) / (lower.len().max(2) - 1) as f64);
    let of_told = told.iter().map(|text| sum(&text.to_lowercase()) / lower.len().max(1) as f64);
    of_drawn.chain(of_told).collect()
}

/// The drawn texts in order, then those that were told.
pub(crate) fn candidates(drawn: &[Told], told: &[String]) -> impl Iterator<Item = Told> {
    let told = told.iter().map(|text| Told { text: text.clone(), log_probability: None });
    drawn.iter().cloned().chain(told)
}

/// The candidate of the highest utility, the first among equals.
pub(super) fn least_risk(drawn: &[Told], told: &[String], by: Utility) -> Told {
    best(candidates(drawn, told), utilities(drawn, told, by))
}

/// The candidate of the highest value, the first among equals; an empty text where there is none.
pub(crate) fn best(candidates: impl Iterator<Item = Told>, values: Vec<f64>) -> Told {
    let mut best: Option<(f64, Told)> = None;
    for (told, value) in candidates.zip(values) {
        if best.as_ref().is_none_or(|(highest, _)| value > *highest) {
            best = Some((value, told));
        }
    }
    best.map_or(Told { text: String::new(), log_probability: None }, |(_, told)| told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(drawn: &[&str], own: &[&str], by: Utility) -> String {
        let drawn = drawn.iter().map(|text| Told { text: text.to_string(), log_probability: None });
        let own: Vec<String> = own.iter().map(ToString::to_string).collect();
        least_risk(&drawn.collect::<Vec<Told>>(), &own, by).text
    }

    #[test]
    fn the_text_most_like_the_others_is_chosen_wherever_it_is_from() {
        let drawn = ["a fox runs home now", "the fox runs home", "it rains"];
        let own = ["The fox runs home now", "Nobody was there"];
        for by in [Utility::Bleu, Utility::ChrfPlusPlus] {
            assert_eq!(best(&drawn, &own, by), "The fox runs home now");
            // Nothing of the context is like what is drawn.
            assert_ne!(best(&drawn, &["Nobody was there"], by), "Nobody was there");
            assert_eq!(best(&["alone"], &[], by), "alone");
            assert_eq!(best(&[], &[], by), "");
        }
    }

    #[test]
    fn utilities_are_those_of_sacrebleu_and_differ() {
        let close = |by, expected: f64| {
            let found = likeness("the fox", "the foxes ran", by);
            assert!((found - expected).abs() < 0.01, "{found} {expected}");
        };
        // Of the characters 6, 5, 4, 3, 2 and 1 runs against 11, 10, 9, 8, 7 and 6, all common; of the
        // words one of 2 against 3, and no pair.
        let (precision, recall) = (6.0 + 0.5, 6.0 / 11.0 + 0.5 + 4.0 / 9.0 + 3.0 / 8.0 + 2.0 / 7.0);
        let (precision, recall) = (precision / 8.0, (recall + 1.0 / 6.0 + 1.0 / 3.0) / 8.0);
        close(Utility::ChrfPlusPlus, 100.0 * 5.0 * precision * recall / (4.0 * precision + recall));
        close(Utility::Bleu, sentence_bleu("the fox", &["the foxes ran"]).expect("a reference"));
        // No word is the same, and much of two texts is: BLEU is 0 everywhere, and the first is taken.
        let drawn = ["it rains", "walked homewards", "walking homeward"];
        assert_eq!(best(&drawn, &[], Utility::Bleu), "it rains");
        assert_ne!(best(&drawn, &[], Utility::ChrfPlusPlus), "it rains");
    }
}
