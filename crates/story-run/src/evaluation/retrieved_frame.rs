//! The next picture as a real one: the training target whose embedding is nearest to the foreseen one.
//! It is as sharp as a picture can be, and shows what was never in this story.

use super::evaluator::Evaluator;
use super::outputs::Outputs;
use super::ranks;
use crate::config::Variant;
use crate::error::Result;
use crate::pool::TrainingTargets;
use story_data::window::StoryWindow;

/// The training targets among which it is looked for; `None` where the config does not ask.
///
/// # Errors
/// Those of the model and the data; and soon after somebody asked to stop.
pub fn targets(evaluator: &Evaluator) -> Result<Option<TrainingTargets>> {
    match evaluator.config().evaluate.variants.contains(&Variant::RetrievedFrame) {
        true => evaluator.training_targets().map(Some),
        false => Ok(None),
    }
}

/// For each window the training window whose target is nearest; empty without targets, or where none
/// has a picture.
///
/// # Errors
/// Those of the model.
pub fn nearest<'a>(
    evaluator: &Evaluator,
    outputs: &Outputs,
    targets: Option<&'a TrainingTargets>,
) -> Result<Vec<&'a StoryWindow>> {
    let Some(targets) = targets else { return Ok(Vec::new()) };
    let head = evaluator.model().embedding_head();
    let scores = head.scores(&outputs.next, &targets.rows)?; // (N, M)
    let best = ranks::best(&scores, &targets.known, 1)?;
    Ok(best.iter().flatten().map(|&index| &targets.windows[index]).collect())
}
