//! How probable given texts are after a context that was read once: a network reads the story so far
//! for a window and not for each candidate.
//!
//! Axes: `N` candidates of all windows, `V` vocabulary.

use super::{Start, rules};
use candle_core::Tensor;
use rayon::prelude::*;
use story_core::{Error, Result, TextDecoder};

/// Candidates whose states exist at once; beyond, memory grows and nothing is gained.
const MOST_ROWS: usize = 256;

/// A text that may follow a window's context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The window, counted from 0.
    pub window: usize,
    /// Its row: the start, the words and the end.
    pub tokens: Vec<u32>,
}

/// The mean of -ln p of the tokens of each of `candidates` after the first, the end among them, in
/// nats; infinity for a row of one token or none.
///
/// # Errors
/// A window or a token that is not there; scores that are not finite.
pub fn score_candidates(
    decoder: &dyn TextDecoder,
    start: &Start,
    candidates: &[Candidate],
) -> Result<Vec<f64>> {
    // The longest first, so that those that go on are the first rows.
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by_key(|&place| std::cmp::Reverse(candidates[place].tokens.len()));
    let mut means = vec![f64::INFINITY; candidates.len()];
    for places in order.chunks(MOST_ROWS) {
        let rows: Vec<&Candidate> = places.iter().map(|&place| &candidates[place]).collect();
        for (&place, sum) in places.iter().zip(sums(decoder, start, &rows)?) {
            if let Some(predicted @ 1..) = candidates[place].tokens.len().checked_sub(1) {
                means[place] = sum / predicted as f64;
            }
        }
    }
    Ok(means)
}

/// Sums of -ln p; `rows` from the longest to the shortest.
fn sums(decoder: &dyn TextDecoder, start: &Start, rows: &[&Candidate]) -> Result<Vec<f64>> {
    if let Some(row) = rows.iter().find(|row| row.window >= start.windows) {
        return Err(Error::Data(format!(
            "a candidate is of window {}, {} were read",
            row.window, start.windows
        )));
    }
    let first = |count: usize| Tensor::arange(0, count as u32, &start.device);
    let windows: Vec<u32> = rows.iter().map(|row| row.window as u32).collect();
    let mut state = start.state.index_select(&Tensor::new(windows, &start.device)?)?;
    let mut sums = vec![0.0; rows.len()];
    let mut going = rows.len();
    for place in 0.. {
        let still = rows.iter().take_while(|row| row.tokens.len() > place + 1).count();
        if still == 0 {
            break;
        }
        if still < going {
            state = state.index_select(&first(still)?)?;
            going = still;
        }
        let given: Vec<u32> = rows[..going].iter().map(|row| row.tokens[place]).collect();
        let scores = decoder.step(&Tensor::new(given, &start.device)?, &mut state)?; // (N, V)
        let scores = rules::log_probabilities(&scores)?;
        let next = rows[..going].par_iter().zip(&scores).map(|(row, scores)| {
            let token = row.tokens[place + 1];
            scores.values.get(token as usize).map(|value| -f64::from(*value)).ok_or(token)
        });
        for (sum, nll) in sums.iter_mut().zip(next.collect::<Vec<_>>()) {
            *sum += nll.map_err(|token| {
                Error::Data(format!(
                    "a candidate's token {token} is not in the decoder's vocabulary; use the tokenizer of the checkpoint"
                ))
            })?;
        }
    }
    Ok(sums)
}
