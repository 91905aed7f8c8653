//! What holds for both METEORs on every input: identity, ranges, merging, no panic.

use crate::meteor::meteor;
use proptest::collection::vec;
use proptest::prelude::*;
use story_metrics::stem::{porter_stem, snowball_english};
use story_metrics::{MeteorStage, Metric, NltkMeteor, Statistic};

/// Words of the invented data, so that all stages match.
fn sentence() -> impl Strategy<Value = String> {
    let words = vec![
        "the", "a", "at", "dawn", "early", "in", "morning", "lamp", "lantern", "geese", "goose",
        "gander", "mends", "repair", "many", "lot", "of", "fox", "foxes", "ran", "3.5", ".", "'s",
    ];
    vec(prop::sample::select(words), 0..24).prop_map(|words| words.join(" "))
}

fn pairs() -> impl Strategy<Value = Vec<(Option<String>, Vec<String>)>> {
    let pair = (prop::option::weighted(0.9, sentence()), vec(sentence(), 1..4));
    vec(pair, 0..12)
}

proptest! {
    #[test]
    fn a_text_scores_best_against_itself(text in sentence(), other in sentence()) {
        let mut meteor = meteor(MeteorStage::Paraphrase);
        let own = meteor.add(Some(&text), &[&other, &text]).expect("references").score();
        prop_assert_eq!(own, Some(if text.is_empty() { 0.0 } else { 1.0 }));
        let words = text.split_whitespace().count() as f64;
        let mut nltk = NltkMeteor::default();
        nltk.add(Some(&text), &[&text]).expect("a reference");
        let expected = if words == 0.0 { 0.0 } else { 1.0 - 0.5 / words.powi(3) };
        // Repeated words are matched from the end, which is their own place in an equal text.
        prop_assert!((nltk.score().expect("read") - expected).abs() < 1e-12);
    }

    #[test]
    fn shards_merge_to_one_pass(pairs in pairs(), cut in 0_usize..12) {
        let cut = cut.min(pairs.len());
        let mut whole = (meteor(MeteorStage::Paraphrase), NltkMeteor::default());
        let mut shards = [whole.clone(), whole.clone()];
        for (at, (hypothesis, references)) in pairs.iter().enumerate() {
            let shard = &mut shards[usize::from(at >= cut)];
            let hypothesis = hypothesis.as_deref();
            let alone = whole.0.add(hypothesis, references).expect("references");
            prop_assert_eq!(alone, shard.0.add(hypothesis, references).expect("references"));
            prop_assert!((0.0..=1.0).contains(&alone.score().expect("read")));
            whole.1.add(hypothesis, references).expect("references");
            shard.1.add(hypothesis, references).expect("references");
        }
        let [mut first, second] = shards;
        first.0.merge(&second.0);
        first.1.merge(&second.1);
        prop_assert_eq!(first.0.stats(), whole.0.stats());
        let missing = pairs.iter().filter(|(hypothesis, _)| hypothesis.is_none()).count() as u64;
        for metric in [first.0.measurement(), first.1.measurement()] {
            prop_assert_eq!((metric.n, metric.missing), (pairs.len() as u64, missing));
            prop_assert!(metric.value.is_none_or(|score| metric.range.contains(score)));
        }
        let difference = first.1.stats().sum - whole.1.stats().sum;
        prop_assert!(difference.abs() < 1e-12);
    }

    #[test]
    fn no_text_panics(hypothesis in ".{0,60}", reference in ".{0,60}") {
        let mut meteor = meteor(MeteorStage::Paraphrase);
        let score = meteor.add(Some(&hypothesis), &[&reference]).expect("a reference").score();
        prop_assert!((0.0..=1.0).contains(&score.expect("read")));
        NltkMeteor::default().add(Some(&hypothesis), &[&reference]).expect("a reference");
    }

    #[test]
    fn no_word_panics_a_stemmer(word in "[a-zA-Z'éßİy]{0,20}") {
        let lower = word.to_lowercase();
        prop_assert!(porter_stem(&word).len() <= lower.len() + 1);
        prop_assert!(snowball_english(&lower).len() <= lower.len() + 1);
    }
}
