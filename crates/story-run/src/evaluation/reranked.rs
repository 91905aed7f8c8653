//! The reranker of [`Variant::Reranked`] learns on the validation windows, which the model has not
//! learned: what it draws there is as good as what it draws on test windows.

use super::evaluator::Evaluator;
use crate::config::Variant;
use crate::decoding::{Learning, Reranker, Told, reranked};
use crate::error::Result;
use story_model::GenerateConfig;

/// The reranker, where the config asks for it and there is something to learn from.
///
/// # Errors
/// Those of the model and the data; and soon after somebody asked to stop.
pub fn learn(evaluator: &Evaluator) -> Result<Option<Reranker>> {
    let config = &evaluator.config().evaluate;
    if !config.variants.contains(&Variant::Reranked) {
        return Ok(None);
    }
    let drawing = GenerateConfig { strategy: reranked(), ..config.generation.clone() };
    let windows = &evaluator.corpus.validation;
    let mut drawn: Vec<Vec<Told>> = Vec::new();
    evaluator.read("learn to rerank", windows, |_, _, _, telling| {
        drawn.extend(telling.drawn(&drawing)?.iter().cloned());
        Ok(())
    })?;
    let told: Vec<Vec<String>> =
        windows.iter().map(|window| evaluator.context_texts(window)).collect();
    let each = windows.iter().zip(&drawn).zip(&told);
    let learning = each.map(|((window, drawn), told)| Learning {
        drawn,
        told,
        truth: evaluator.corpus.target_text(window),
    });
    let learning: Vec<Learning<'_>> =
        learning.filter(|window| !window.truth.trim().is_empty()).collect();
    let reranker = Reranker::learn(&learning)?;
    if reranker.is_none() {
        evaluator.host.warn(
            "reranked is left out: there is no validation window in which one text is clearly better than another; data.split.validation gives it more stories",
        );
    }
    Ok(reranker)
}
