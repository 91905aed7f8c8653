//! The next text of each window by any strategy of a config, minimum risk among them.
//!
//! Minimum Bayes risk decoding (Kumar and Byrne 2004; Eikema and Aziz 2020): of several candidates
//! the one that is most like what the model draws. The candidates are the drawn texts and the texts
//! of the context: a model that has learned that a story repeats itself draws texts like them, and
//! the whole sentence may then be taken, which greedy decoding never finds.
//!
//! utility(c) = mean over the drawn texts s of sentence BLEU(c, s), in lower case.

use crate::error::Result;
use rayon::prelude::*;
use serde::Serialize;
use story_core::Context;
use story_data::tokenizer::TextTokenizer;
use story_metrics::sentence_bleu;
use story_model::{GenerateConfig, StoryModel, Strategy};

/// A text that a model tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// The text.
    pub text: String,
    /// Its log probability by the model itself, in nats; `None` for one taken from the context.
    pub log_probability: Option<f32>,
}

/// What a model decodes with.
#[derive(Clone, Copy)]
pub struct Teller<'a> {
    /// The model.
    pub model: &'a StoryModel,
    /// What turns its tokens into texts.
    pub tokenizer: &'a dyn TextTokenizer,
    /// The seed of what is drawn.
    pub seed: u64,
}

impl Teller<'_> {
    /// The next text of each of the context's `B` windows.
    ///
    /// `told` holds the texts of each window's context, which minimum risk may take; `names` key the
    /// random streams, so that a window's text depends neither on its batch nor on its place in it.
    ///
    /// # Errors
    /// A config out of range, or scores that are not finite.
    pub fn next_texts(
        &self,
        context: &Context,
        told: &[Vec<String>],
        names: &[String],
        config: &GenerateConfig,
    ) -> Result<Vec<Told>> {
        let all = self.model.n_best(context, names, config, self.seed)?;
        let texts = all.into_iter().map(|candidates| {
            let told = candidates.into_iter().map(|candidate| Told {
                text: self.tokenizer.decode(&candidate.tokens),
                log_probability: Some(candidate.log_probability),
            });
            told.collect::<Vec<Told>>()
        });
        let texts: Vec<Vec<Told>> = texts.collect();
        match config.strategy {
            Strategy::MinimumRisk { .. } => Ok(texts
                .into_par_iter()
                .zip(told)
                .map(|(drawn, own)| least_risk(drawn, own))
                .collect()),
            _ => Ok(texts
                .into_iter()
                .filter_map(|candidates| candidates.into_iter().next())
                .collect()),
        }
    }
}

/// The texts of a context as a tokenizer would tell them; none that are empty.
pub(crate) fn told<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.map(|text| text.trim().to_string()).filter(|text| !text.is_empty()).collect()
}

/// The candidate of the highest utility, drawn ones first among equals.
fn least_risk(drawn: Vec<Told>, own: &[String]) -> Told {
    let lower: Vec<String> = drawn.iter().map(|it| it.text.to_lowercase()).collect();
    let utility = |candidate: &str| -> f64 {
        let candidate = candidate.to_lowercase();
        let like = |other: &String| sentence_bleu(&candidate, &[other]).unwrap_or(0.0);
        lower.iter().map(like).sum()
    };
    // A drawn text is no more like itself than one of the context could be.
    let drawn_utility = |text: &str| {
        let own = text.to_lowercase();
        let itself = sentence_bleu(&own, &[&own]).unwrap_or(0.0);
        (utility(text) - itself) * lower.len() as f64 / (lower.len().max(2) - 1) as f64
    };
    let own = own.iter().map(|text| Told { text: text.clone(), log_probability: None });
    let own = own.map(|told| (utility(&told.text), told));
    let candidates = drawn.into_iter().map(|told| (drawn_utility(&told.text), told)).chain(own);
    let mut best: Option<(f64, Told)> = None;
    for (value, told) in candidates {
        if best.as_ref().is_none_or(|(highest, _)| value > *highest) {
            best = Some((value, told));
        }
    }
    best.map_or(Told { text: String::new(), log_probability: None }, |(_, told)| told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(drawn: &[&str], own: &[&str]) -> String {
        let drawn = drawn.iter().map(|text| Told { text: text.to_string(), log_probability: None });
        let own: Vec<String> = own.iter().map(ToString::to_string).collect();
        least_risk(drawn.collect(), &own).text
    }

    #[test]
    fn the_text_most_like_the_others_is_chosen_wherever_it_is_from() {
        let drawn = ["a fox runs home now", "the fox runs home", "it rains"];
        let own = ["The fox runs home now", "Nobody was there"];
        assert_eq!(best(&drawn, &own), "The fox runs home now");
        // Nothing of the context is like what is drawn.
        assert_ne!(best(&drawn, &["Nobody was there"]), "Nobody was there");
        assert_eq!(best(&["alone"], &[]), "alone");
        assert_eq!(best(&[], &[]), "");
    }
}
