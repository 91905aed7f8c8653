//! Minimum Bayes risk decoding (Kumar and Byrne 2004; Eikema and Aziz 2020): of several candidates
//! the one that is most like what the model draws. The candidates are the drawn texts and the texts
//! of the context: a model that has learned that a story repeats itself draws texts like them, and
//! the whole sentence may then be taken, which greedy decoding never finds.
//!
//! utility(c) = mean over the drawn texts s of sentence BLEU(c, s), in lower case.

use super::Evaluator;
use anyhow::Result;
use rayon::prelude::*;
use story_core::{Batch, Context};
use story_metrics::sentence_bleu;
use story_model::{GenerateConfig, Strategy};

/// Texts drawn a window.
const DRAWN: usize = 16;

/// The chosen text of each window.
pub fn choose(
    evaluator: &Evaluator,
    batch: &Batch,
    context: &Context,
    names: &[String],
) -> Result<Vec<String>> {
    let config = GenerateConfig {
        strategy: Strategy::Sample { temperature: 1.0, top_k: 0, top_p: 1.0 },
        ..evaluator.config.evaluate.generation.clone()
    };
    let tokenizer = evaluator.collator.tokenizer();
    let mut drawn: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for draw in 0..DRAWN {
        evaluator.stop.go_on()?;
        let names: Vec<String> = names.iter().map(|name| format!("{name}/{draw}")).collect();
        let seed = evaluator.config.seed;
        let texts = evaluator.model.generate(context, &names, &config, seed)?;
        for (window, text) in drawn.iter_mut().zip(texts) {
            window.push(tokenizer.decode(&text.tokens));
        }
    }
    let own: Vec<Vec<String>> = batch.origins.iter().map(|o| told(evaluator, o)).collect();
    Ok(drawn.par_iter().zip(own).map(|(drawn, own)| best(drawn, own)).collect())
}

/// The texts of a window's context, as the tokenizer would tell them.
fn told(evaluator: &Evaluator, origin: &story_core::batch::Origin) -> Vec<String> {
    let corpus = evaluator.corpus;
    let window = corpus.test.iter().find(|window| {
        window.target == origin.target && corpus.stories[window.story].id == origin.story
    });
    let Some(window) = window else {
        return Vec::new();
    };
    let frames = &corpus.stories[window.story].frames;
    let real = window.context.iter().filter(|slot| !slot.padding);
    real.map(|slot| frames[slot.frame].text.trim().to_string())
        .filter(|text| !text.is_empty())
        .collect()
}

/// The candidate of the highest utility, drawn ones first among equals.
fn best(drawn: &[String], own: Vec<String>) -> String {
    let lower: Vec<String> = drawn.iter().map(|text| text.to_lowercase()).collect();
    let utility = |candidate: &str| -> f64 {
        let candidate = candidate.to_lowercase();
        let like = |other: &String| sentence_bleu(&candidate, &[other]).unwrap_or(0.0);
        lower.iter().map(like).sum()
    };
    let mut best: Option<(f64, String)> = None;
    // A drawn text is no more like itself than one of the context could be.
    let drawn_utility = |text: &str| {
        let own = text.to_lowercase();
        let itself = sentence_bleu(&own, &[&own]).unwrap_or(0.0);
        (utility(text) - itself) * lower.len() as f64 / (lower.len().max(2) - 1) as f64
    };
    let candidates = drawn
        .iter()
        .map(|text| (drawn_utility(text), text.clone()))
        .chain(own.into_iter().map(|text| (utility(&text), text)));
    for (value, text) in candidates {
        if best.as_ref().is_none_or(|(highest, _)| value > *highest) {
            best = Some((value, text));
        }
    }
    best.map(|(_, text)| text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_text_most_like_the_others_is_chosen_wherever_it_is_from() {
        let drawn = texts(&["a fox runs home now", "the fox runs home", "it rains"]);
        let own = texts(&["The fox runs home now", "Nobody was there"]);
        assert_eq!(best(&drawn, own), "The fox runs home now");
        // Nothing of the context is like what is drawn.
        let own = texts(&["Nobody was there"]);
        assert_ne!(best(&drawn, own), "Nobody was there");
        assert_eq!(best(&texts(&["alone"]), Vec::new()), "alone");
        assert_eq!(best(&[], Vec::new()), "");
    }
}
