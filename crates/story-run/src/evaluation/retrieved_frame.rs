//! The next picture as a real one: the training target whose embedding is nearest to the foreseen one.
//! It is as sharp as a picture can be, and shows what was never in this story.

use super::evaluator::Evaluator;
use super::outputs::Outputs;
use super::ranks;
use crate::config::Variant;
use crate::error::Result;
use story_data::window::StoryWindow;

/// Training targets among which it is looked for.
const POOL: usize = 1000;

/// For each window the training window whose target is nearest; empty where the config does not ask,
/// or no training target has a picture.
///
/// # Errors
/// Those of the model and the data; and soon after somebody asked to stop.
pub fn nearest<'a>(evaluator: &'a Evaluator, outputs: &Outputs) -> Result<Vec<&'a StoryWindow>> {
    let config = &evaluator.config().evaluate;
    if !config.variants.contains(&Variant::RetrievedFrame) {
        return Ok(Vec::new());
    }
    let (corpus, network) = (evaluator.corpus, evaluator.network);
    let pool = &corpus.train[..corpus.train.len().min(POOL)];
    let (rows, known) =
        network.placed_targets(&corpus.stories, &evaluator.collator, pool, evaluator.host)?; // (M, E)
    let scores = network.model.embedding_head().scores(&outputs.next, &rows)?; // (N, M)
    let best = ranks::best(&scores, &known, 1)?;
    Ok(best.iter().flatten().map(|&index| &pool[index]).collect())
}
