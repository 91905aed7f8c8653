//! Material of the figures: lengths, magnitudes, similarities.

use super::evaluator::{Evaluator, MODEL};
use super::outputs::Outputs;
use crate::batches::evaluation_batches;
use crate::error::Result;
use candle_core::Tensor;
use std::collections::BTreeMap;
use story_data::window::StoryWindow;
use story_report::System;
use story_report::records::Analysis;

/// Pairs in the similarity matrix; more would not be legible.
const MATRIX: usize = 24;
/// Windows whose embeddings are measured before normalisation.
const MAGNITUDES: usize = 256;
/// Each picture is compared with so many texts of other stories.
const MISMATCHES: usize = 8;

/// Collects everything that the figures show.
pub fn analyse(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    outputs: &Outputs,
) -> Result<Analysis> {
    let corpus = evaluator.corpus;
    let parts = [
        ("train", &corpus.splits.train),
        ("validation", &corpus.splits.validation),
        ("test", &corpus.splits.test),
    ];
    let mut story_lengths = BTreeMap::new();
    let mut token_lengths = BTreeMap::new();
    for (name, stories) in parts {
        let frames = || stories.iter().map(|story| &corpus.stories[*story].frames);
        story_lengths.insert(name.to_string(), frames().map(|f| f.len() as u64).collect());
        let (tokenizer, _) = evaluator.network.told();
        let counts = frames()
            .flatten()
            .map(|frame| Ok(tokenizer.count(&frame.text)? as u64))
            .collect::<Result<_>>()?;
        token_lengths.insert(name.to_string(), counts);
    }
    // Targets without a picture or a text have no similarity.
    let known: Vec<usize> = (0..windows.len())
        .filter(|i| outputs.has_picture[*i] && !corpus.target_text(&windows[*i]).trim().is_empty())
        .collect();
    let similarity = outputs.target_pictures.matmul(&outputs.target_texts.t()?.contiguous()?)?; // (N, N)
    let similarity = similarity.to_vec2::<f32>()?;
    let shown = &known[..known.len().min(MATRIX)];
    let other_story = |i: usize, j: usize| windows[i].story != windows[j].story;
    // Spread over the pool, so that not all mismatches are neighbours.
    let stride = (known.len() / (MISMATCHES + 1)).max(1);
    let mut mismatched_similarities = Vec::new();
    for (place, &i) in known.iter().enumerate() {
        for k in 1..=MISMATCHES {
            let j = known[(place + k * stride) % known.len()];
            if other_story(i, j) {
                mismatched_similarities.push(f64::from(similarity[i][j]));
            }
        }
    }
    Ok(Analysis {
        story_lengths,
        token_lengths,
        max_tokens: evaluator.network.told().1 as u64,
        embedding_magnitudes: magnitudes(evaluator, windows)?,
        temporal_norms: outputs.state_norms.clone(),
        similarity_matrix: shown
            .iter()
            .map(|i| shown.iter().map(|j| f64::from(similarity[*i][*j])).collect())
            .collect(),
        similarity_labels: shown
            .iter()
            .map(|i| label(&corpus.stories[windows[*i].story].id, windows[*i].target))
            .collect(),
        matched_similarities: known.iter().map(|i| f64::from(similarity[*i][*i])).collect(),
        mismatched_similarities,
        prediction_similarities: BTreeMap::from([
            (MODEL.to_string(), cosines(&outputs.next.embedding, outputs)?),
            (System::LastFrame.name().to_string(), cosines(&outputs.last_pictures, outputs)?),
        ]),
    })
}

/// A window's name, short enough for an axis: ids of one corpus differ at their end.
fn label(story: &str, target: usize) -> String {
    const LONGEST: usize = 10;
    let cut = story.chars().count().saturating_sub(LONGEST);
    let tail: String = story.chars().skip(cut).collect();
    let dots = if cut > 0 { "…" } else { "" };
    format!("{dots}{tail}#{}", target + 1)
}

/// Cosine of each row with the target picture in the embedding head's space, where there is a
/// target.
fn cosines(rows: &Tensor, outputs: &Outputs) -> Result<Vec<f64>> {
    let cosines = (rows * &outputs.placed_pictures)?.sum(1)?.to_vec1::<f32>()?; // (N,)
    let known = cosines.into_iter().zip(&outputs.has_picture).filter(|(_, known)| **known);
    Ok(known.map(|(cosine, _)| f64::from(cosine)).collect())
}

/// Lengths of the targets' embeddings before they are scaled to 1.
fn magnitudes(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
) -> Result<BTreeMap<String, Vec<f64>>> {
    let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let windows = &windows[..windows.len().min(MAGNITUDES)];
    let size = evaluator.config().evaluate.batch_size;
    for batch in evaluation_batches(&evaluator.corpus.stories, &evaluator.collator, windows, size)?
    {
        evaluator.go_on()?;
        let batch = batch?.to_device(&evaluator.network.device)?;
        let norms = evaluator.model().target_lengths(&batch)?;
        for (name, norms) in ["picture", "text"].into_iter().zip(&norms) {
            let norms = norms.to_vec1::<f32>()?.into_iter().map(f64::from);
            found.entry(name.to_string()).or_default().extend(norms);
        }
    }
    Ok(found)
}
