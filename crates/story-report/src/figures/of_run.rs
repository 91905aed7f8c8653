//! The figures of a run.

use super::attention;
use super::curves;
use super::distributions;
use super::figure::Drawn;
use super::matrix;
use super::retrieved;
use super::scores;
use super::sheets;
use super::temporal;
use crate::error::Result;
use crate::run_records::RunRecords;

/// Names of all figures but those of the score tables, which bear the tables' ids.
const NAMES: [&str; 15] = [
    "loss_curves",
    "story_lengths",
    "token_lengths",
    "embedding_magnitudes",
    "temporal_norms",
    "similarity_matrix",
    "matched_similarities",
    "prediction_similarities",
    "samples_best",
    "samples_median",
    "samples_worst",
    "retrieval_gallery",
    "attention_1",
    "attention_2",
    "attention_3",
];

/// Whether a figure of this name, or of a score table, is a run's.
pub(super) fn is_figure(stem: &str) -> bool {
    stem.starts_with(scores::PREFIX) || NAMES.contains(&stem)
}

/// Draws every figure that the records allow.
pub(crate) fn draw_run(run: &RunRecords) -> Result<Drawn> {
    let mut attempts = vec![curves::losses(&run.log)];
    attempts.extend(run.scores.iter().map(scores::bars));
    attempts.extend([
        distributions::story_lengths(&run.analysis),
        distributions::token_lengths(&run.analysis),
        distributions::embedding_magnitudes(&run.analysis),
        temporal::norms(&run.analysis),
        matrix::similarities(&run.analysis),
        distributions::matched_similarities(&run.analysis),
        distributions::prediction_similarities(&run.analysis),
    ]);
    attempts.extend(attention::maps(&run.windows));
    attempts.extend(sheets::all(run));
    attempts.push(retrieved::gallery(run));
    Drawn::of(attempts)
}
