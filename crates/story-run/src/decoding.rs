//! The next text of each window by any strategy of a config, minimum risk among them.
//!
//! What is drawn and told is weighed by minimum risk ([`risk`]) or by a reranker that learned on
//! validation stories ([`rerank`]).

mod named;
mod rerank;
mod risk;

pub(crate) use named::{reranked, several_draws};
pub(crate) use rerank::{LearnedReranker, Learning, Reranker};
pub(crate) use risk::{best, candidates, likeness};

use crate::error::Result;
use rayon::prelude::*;
use risk::least_risk;
use serde::Serialize;
use story_core::Context;
use story_data::tokenizer::TextTokenizer;
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
pub struct Continuation<'a> {
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
    pub fn read(self, context: &Context, names: &'a [String]) -> Result<Continuation<'a>> {
        let start = self.model.start(context)?;
        Ok(Continuation { teller: self, names, start, drawn: Vec::new() })
    }
}

impl Continuation<'_> {
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
    pub(crate) fn drawn(&mut self, config: &GenerateConfig) -> Result<&[Vec<Told>]> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
