//! What the model tells after a context that it has read, and what it makes of a text that is given.

use super::StoryModel;
use crate::generate::{self, Candidate, GenerateConfig, Start};
use crate::score::{TokenScore, score_text};
use story_core::{Batch, Context, Generated, Result};

impl StoryModel {
    /// Teacher-forced token statistics of each window's target text.
    pub fn score(&self, context: &Context, batch: &Batch) -> Result<Vec<TokenScore>> {
        let (tokens, mask) = batch.told();
        score_text(self.text_decoder(), context, tokens, mask)
    }

    /// The next text of each window; `names` key the random streams of sampling.
    ///
    /// # Errors
    /// Those of [`generate::generate`].
    pub fn generate(
        &self,
        context: &Context,
        names: &[String],
        config: &GenerateConfig,
        seed: u64,
    ) -> Result<Vec<Generated>> {
        let decoder = self.text_decoder();
        generate::generate(decoder, &self.vocabulary, context, names, config, seed)
    }

    /// The context as the text decoder reads it, for any number of generations.
    ///
    /// # Errors
    /// Those of the decoder.
    pub fn start(&self, context: &Context) -> Result<Start> {
        Start::new(self.text_decoder(), context)
    }

    /// The mean of -ln p of each candidate's tokens, in nats; see [`generate::score_candidates`].
    ///
    /// # Errors
    /// Those of [`generate::score_candidates`].
    pub fn score_candidates(&self, start: &Start, candidates: &[Candidate]) -> Result<Vec<f64>> {
        generate::score_candidates(self.text_decoder(), start, candidates)
    }

    /// All texts that the strategy ends with for each window; see [`generate::n_best_from`].
    ///
    /// # Errors
    /// Those of [`generate::n_best_from`].
    pub fn n_best(
        &self,
        start: &Start,
        names: &[String],
        config: &GenerateConfig,
        seed: u64,
    ) -> Result<Vec<Vec<Generated>>> {
        let decoder = self.text_decoder();
        generate::n_best_from(decoder, &self.vocabulary, start, names, config, seed)
    }
}
