//! The evaluation of a trained network: held-out windows, teacher-forced and free-running apart,
//! every number beside its baselines. Writes records; `story-report` makes scores and figures of
//! them.

mod analysis;
mod baselines;
mod bigram_cache;
mod both_ways;
mod bound;
mod colour_histogram;
mod crossed;
mod evaluator;
mod foretold;
mod order;
mod other_pictures;
mod outputs;
mod painted;
mod pools;
mod ranks;
mod reader;
mod reranked;
mod retrieval;
mod retrieved_frame;
mod sample_details;
mod samples;
mod scene_mean;
#[cfg(test)]
mod tests;
mod text_baselines;
mod tokens;
mod trigram;
mod variants;

pub(crate) use evaluator::Evaluator;
pub(crate) use ranks::best;

use crate::decoding::Reranker;
use crate::error::Result;
use crate::pool::TrainingTargets;
use crate::run_folder::RunFolder;
use outputs::Outputs;
use std::collections::BTreeMap;
use story_report::records::{Analysis, WindowRecord};

/// What an evaluation found.
pub(crate) struct Evaluation {
    /// One record a test window.
    pub records: Vec<WindowRecord>,
    /// Material of the figures.
    pub analysis: Analysis,
    /// What an all-knowing predictor could reach, where that is known.
    pub bounds: BTreeMap<String, f64>,
    /// What chooses among drawn texts, where the config asked for it and it could be learned.
    pub reranker: Option<Reranker>,
    /// Training targets among which the nearest was looked for, where the config asked for it.
    pub targets: Option<TrainingTargets>,
}

/// Evaluates the test windows and saves sample pictures into the run's folder.
///
/// # Errors
/// Those of the model and the data; and soon after somebody asked to stop.
pub(crate) fn evaluate_windows(evaluator: &Evaluator, folder: &RunFolder) -> Result<Evaluation> {
    let windows = evaluator.windows();
    let reranker = reranked::learn(evaluator)?;
    let outputs = Outputs::collect(evaluator, &windows, reranker.as_ref())?;
    // The model's own work is over; what follows holds pictures.
    story_kernels::release_free_memory();
    let mut records: Vec<WindowRecord> = windows
        .iter()
        .zip(&outputs.texts)
        .map(|(w, told)| evaluator.record(w, &told.text))
        .collect();
    baselines::add_texts(evaluator, &windows, &mut records)?;
    variants::add(&outputs.variants, &mut records);
    evaluator.go_on()?;
    tokens::add(evaluator, &windows, &outputs, &mut records)?;
    let targets = retrieved_frame::targets(evaluator)?;
    let pictures = painted::Others {
        mean: painted::mean(evaluator),
        retrieved: retrieved_frame::nearest(evaluator, &outputs, targets.as_ref())?,
        scene_means: scene_mean::of(evaluator, &windows)?,
    };
    painted::add(evaluator, &windows, &outputs, &pictures, &mut records)?;
    retrieval::add(evaluator, &windows, &outputs, &mut records)?;
    both_ways::add(evaluator, &windows, &outputs, &mut records)?;
    evaluator.go_on()?;
    let mut bounds = bound::add(evaluator, &windows, &mut records)?;
    let painted = crossed::painted(evaluator, &windows, &outputs, &pictures)?;
    bounds.extend(reader::add(evaluator, &windows, &outputs, &painted, &mut records)?);
    for (record, ranks) in records.iter_mut().zip(&outputs.order) {
        record.next_text = ranks.clone();
    }
    crossed::add(evaluator, &outputs, &painted, &mut records)?;
    samples::save(evaluator, folder, &windows, &outputs, &mut records)?;
    let analysis = analysis::analyse(evaluator, &windows, &outputs)?;
    Ok(Evaluation { records, analysis, bounds, reranker, targets })
}
