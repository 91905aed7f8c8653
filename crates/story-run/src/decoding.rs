//! The next text of each window by any strategy of a config, minimum risk among them.
//!
//! Minimum Bayes risk decoding (Kumar and Byrne 2004; Eikema and Aziz 2020): of several candidates
//! the one that is most like what the model draws. The candidates are the drawn texts and, unless the
//! config says otherwise, the texts of the context: a model that has learned that a story repeats
//! itself draws texts like them, and the whole sentence may then be taken, which greedy decoding never
//! finds.
//!
//! utility(c) = mean over the drawn texts s of sentence BLEU or chrF++ of c against s, in lower case;
//! a drawn text is not compared with itself.

use crate::error::Result;
use rayon::prelude::*;
use serde::Serialize;
use story_core::Context;
use story_data::tokenizer::TextTokenizer;
use story_metrics::bleu::Casing;
use story_metrics::chrf::{ChrfKind, ChrfStats};
use story_metrics::{Statistic, sentence_bleu};
use story_model::{Candidate, Candidates, GenerateConfig, Start, StoryModel, Strategy, Utility};

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

/// A context that was read and can be told on in several ways.
pub struct Telling<'a> {
    teller: Teller<'a>,
    names: &'a [String],
    start: Start,
    /// What was drawn, and how: strategies may choose differently among the same texts.
    drawn: Vec<(GenerateConfig, Vec<Vec<Told>>)>,
}

impl<'a> Teller<'a> {
    /// Reads a context of `B` windows; `names` key the random streams, so that a window's text depends
    /// neither on its batch nor on its place in it.
    ///
    /// # Errors
    /// Those of the decoder.
    pub fn read(self, context: &Context, names: &'a [String]) -> Result<Telling<'a>> {
        let start = self.model.start(context)?;
        Ok(Telling { teller: self, names, start, drawn: Vec::new() })
    }
}

impl Telling<'_> {
    /// The next text of each window. `told` holds the texts of each window's context, which minimum
    /// risk may take.
    ///
    /// # Errors
    /// A config out of range, or scores that are not finite.
    pub fn next_texts(
        &mut self,
        told: &[Vec<String>],
        config: &GenerateConfig,
    ) -> Result<Vec<Told>> {
        let Strategy::MinimumRisk { utility, candidates, .. } = config.strategy else {
            let texts = self.n_best(config)?.into_iter();
            return Ok(texts.filter_map(|texts| texts.into_iter().next()).collect());
        };
        let drawn = self.drawn(config)?.par_iter().zip(told);
        Ok(drawn
            .map(|(drawn, told)| match candidates {
                Candidates::DrawnAndTold => least_risk(drawn, told, utility),
                Candidates::Drawn => least_risk(drawn, &[], utility),
            })
            .collect())
    }

    /// The mean of -ln p of the tokens of each text that may follow, in nats.
    ///
    /// # Errors
    /// A window or token that is not there, or scores that are not finite.
    pub fn means(&self, candidates: &[Candidate]) -> Result<Vec<f64>> {
        Ok(self.teller.model.score_candidates(&self.start, candidates)?)
    }

    /// The texts that minimum risk draws, once for all who choose among them.
    fn drawn(&mut self, config: &GenerateConfig) -> Result<&[Vec<Told>]> {
        let drawing = drawing(config);
        let known = self.drawn.iter().position(|(known, _)| *known == drawing);
        let at = match known {
            Some(at) => at,
            None => {
                let texts = self.n_best(&drawing)?;
                self.drawn.push((drawing, texts));
                self.drawn.len() - 1
            }
        };
        Ok(&self.drawn[at].1)
    }

    fn n_best(&self, config: &GenerateConfig) -> Result<Vec<Vec<Told>>> {
        let Teller { model, tokenizer, seed } = self.teller;
        let all = model.n_best(&self.start, self.names, config, seed)?;
        let texts = all.into_iter().map(|candidates| {
            let told = candidates.into_iter().map(|candidate| Told {
                text: tokenizer.decode(&candidate.tokens),
                log_probability: Some(candidate.log_probability),
            });
            told.collect()
        });
        Ok(texts.collect())
    }
}

/// What of a config of minimum risk decides which texts are drawn.
fn drawing(config: &GenerateConfig) -> GenerateConfig {
    let mut drawing = config.clone();
    if let Strategy::MinimumRisk { utility, candidates, .. } = &mut drawing.strategy {
        (*utility, *candidates) = (Utility::default(), Candidates::default());
    }
    drawing
}

/// The texts of a context as a tokenizer would tell them; none that are empty.
pub(crate) fn told<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.map(|text| text.trim().to_string()).filter(|text| !text.is_empty()).collect()
}

/// How like `candidate` is to `other`, both in lower case.
fn likeness(candidate: &str, other: &str, utility: Utility) -> f64 {
    match utility {
        Utility::Bleu => sentence_bleu(candidate, &[other]).unwrap_or(0.0),
        Utility::ChrfPlusPlus => {
            let (kind, cased) = (ChrfKind::CharactersAndWords, Casing::Mixed);
            let stats = ChrfStats::of(kind, Some(candidate), &[other], cased);
            stats.ok().and_then(|stats| stats.score()).unwrap_or(0.0)
        }
    }
}

/// The candidate of the highest utility, drawn ones first among equals.
fn least_risk(drawn: &[Told], told: &[String], by: Utility) -> Told {
    let lower: Vec<String> = drawn.iter().map(|it| it.text.to_lowercase()).collect();
    let utility = |candidate: &str| -> f64 {
        let candidate = candidate.to_lowercase();
        lower.iter().map(|other| likeness(&candidate, other, by)).sum()
    };
    // A drawn text is no more like itself than one of the context could be.
    let drawn_utility = |text: &str| {
        let own = text.to_lowercase();
        let itself = likeness(&own, &own, by);
        (utility(text) - itself) * lower.len() as f64 / (lower.len().max(2) - 1) as f64
    };
    let told = told.iter().map(|text| Told { text: text.clone(), log_probability: None });
    let told = told.map(|told| (utility(&told.text), told));
    let candidates = drawn.iter().map(|it| (drawn_utility(&it.text), it.clone())).chain(told);
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

    #[test]
    fn who_draws_alike_shares_what_is_drawn() {
        let config = |temperature, utility, candidates| {
            let (draws, top_k, top_p) = (4, 0, 1.0);
            let strategy =
                Strategy::MinimumRisk { draws, temperature, top_k, top_p, utility, candidates };
            GenerateConfig { strategy, ..GenerateConfig::default() }
        };
        let one = config(0.7, Utility::ChrfPlusPlus, Candidates::Drawn);
        let other = config(0.7, Utility::Bleu, Candidates::DrawnAndTold);
        assert_eq!(drawing(&one), drawing(&other));
        let warmer = config(1.0, Utility::ChrfPlusPlus, Candidates::Drawn);
        assert_ne!(drawing(&one), drawing(&warmer));
    }
}
