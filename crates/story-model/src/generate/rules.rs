//! Which tokens may come next: special tokens, length and repeated n-grams.

use super::GenerateConfig;
use candle_core::Tensor;
use rayon::prelude::*;
use story_core::{Error, Result, Vocabulary};

/// One row's natural-log probabilities.
pub(super) struct Row {
    pub(super) values: Vec<f32>,
    /// What each score was more than its log probability.
    log_sum: f64,
}

/// Rows of scores `(N, V)` as natural-log probabilities.
///
/// # Errors
/// Scores that are not finite.
pub(super) fn log_probabilities(scores: &Tensor) -> Result<Vec<Row>> {
    let rows = scores.to_vec2::<f32>()?.into_par_iter();
    rows.map(|mut values| {
        let (max, sum) = log_sum(&values)?;
        for value in &mut values {
            *value = (f64::from(*value - max) - sum) as f32;
        }
        Ok(Row { values, log_sum: f64::from(max) + sum })
    })
    .collect()
}

/// The largest score and the log of the sum of the exponentials of the scores less it.
///
/// # Errors
/// Scores that are not finite.
pub(crate) fn log_sum(row: &[f32]) -> Result<(f32, f64)> {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|value| f64::from(value - max).exp()).sum();
    if !(max.is_finite() && sum.is_finite()) {
        return Err(Error::Diverged(
            "the text decoder's scores are not finite: the weights are damaged or of a run that diverged; use another checkpoint".into(),
        ));
    }
    Ok((max, sum.ln()))
}

/// Log probabilities after `tokens` with minus infinity where a rule forbids the token. The end is
/// allowed where nothing else is.
pub(super) fn allowed(
    row: &Row,
    tokens: &[u32],
    vocabulary: &Vocabulary,
    config: &GenerateConfig,
) -> Vec<f32> {
    let mut allowed = row.values.clone();
    if config.repetition_penalty != 1.0 {
        penalize(&mut allowed, row, tokens, f64::from(config.repetition_penalty));
    }
    let mut forbid = |token: u32| {
        if let Some(value) = allowed.get_mut(token as usize) {
            *value = f32::NEG_INFINITY;
        }
    };
    forbid(vocabulary.pad);
    // Where a text begins and ends with the same mark (a language model's line breaks), choosing
    // it is ending.
    if vocabulary.start != vocabulary.end {
        forbid(vocabulary.start);
    }
    if !config.allow_unknown {
        forbid(vocabulary.unknown);
    }
    if tokens.len() < config.min_length {
        forbid(vocabulary.end);
    }
    for token in repeats(tokens, config.no_repeat_ngram) {
        forbid(token);
    }
    if allowed.iter().all(|value| *value == f32::NEG_INFINITY) {
        let end = vocabulary.end as usize;
        allowed[end] = row.values[end];
    }
    allowed
}

/// Lowers the scores of the text's tokens, each once. Scores and not log probabilities: these are
/// all below 0. The others stay where they are, so that 1 changes nothing.
fn penalize(allowed: &mut [f32], row: &Row, tokens: &[u32], penalty: f64) {
    for &token in tokens {
        let score = f64::from(row.values[token as usize]) + row.log_sum;
        let lower = if score < 0.0 { score * penalty } else { score / penalty };
        allowed[token as usize] = (lower - row.log_sum) as f32;
    }
}

/// Tokens that would complete an n-gram that `tokens` holds already.
fn repeats(tokens: &[u32], n: usize) -> Vec<u32> {
    if n == 0 || tokens.len() < n {
        return Vec::new();
    }
    let tail = &tokens[tokens.len() + 1 - n..];
    tokens.windows(n).filter(|gram| gram[..n - 1] == *tail).map(|gram| gram[n - 1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    const VOCABULARY: Vocabulary = Vocabulary { size: 7, pad: 0, unknown: 1, start: 2, end: 3 };

    fn row(values: [f32; 7]) -> Row {
        Row { values: values.to_vec(), log_sum: 0.0 }
    }

    #[test]
    fn the_mark_that_begins_and_ends_a_text_is_chosen_as_its_end() {
        let lines = Vocabulary { start: 3, ..VOCABULARY };
        let config = GenerateConfig { min_length: 1, ..GenerateConfig::default() };
        let open = |tokens: &[u32]| allowed(&row([-1.0; 7]), tokens, &lines, &config)[3];
        assert_eq!((open(&[]), open(&[4])), (f32::NEG_INFINITY, -1.0));
    }

    #[test]
    fn tokens_of_the_text_are_lowered_by_their_scores_and_others_stay() -> Result<()> {
        let scores = Tensor::new(&[[0f32, 0.0, 0.0, 0.5, 2.0, -2.0, 1.0]], &Device::Cpu)?;
        let rows = log_probabilities(&scores)?;
        let config = GenerateConfig { repetition_penalty: 4.0, ..GenerateConfig::default() };
        let found = allowed(&rows[0], &[4, 5, 4], &VOCABULARY, &config);
        let expected = [(3, 0.5), (4, 0.5), (5, -8.0), (6, 1.0)];
        for (token, score) in expected {
            assert!((f64::from(found[token]) + rows[0].log_sum - score).abs() < 1e-5, "{token}");
        }
        Ok(())
    }

    #[test]
    fn n_grams_that_would_repeat_are_found() {
        assert_eq!(repeats(&[4, 5, 6, 4, 5], 3), [6]);
        assert_eq!(repeats(&[4, 5, 4], 2), [5]);
        assert_eq!(repeats(&[4, 5], 1), [4, 5]);
        assert_eq!(repeats(&[4, 4], 3), Vec::<u32>::new());
        assert_eq!(repeats(&[4, 4], 0), Vec::<u32>::new());
    }

    #[test]
    fn special_tokens_and_early_ends_are_forbidden() {
        let config =
            GenerateConfig { min_length: 2, no_repeat_ngram: 1, ..GenerateConfig::default() };
        let open = |tokens: &[u32]| -> Vec<usize> {
            let allowed = allowed(&row([-1.0; 7]), tokens, &VOCABULARY, &config);
            (0..7).filter(|&i| allowed[i].is_finite()).collect()
        };
        assert_eq!(open(&[]), [4, 5, 6]);
        assert_eq!(open(&[4]), [5, 6]);
        assert_eq!(open(&[4, 5]), [3, 6]);
        assert_eq!(open(&[4, 5, 6]), [3]);
        let unknown = GenerateConfig { allow_unknown: true, ..config };
        assert!(allowed(&row([-1.0; 7]), &[], &VOCABULARY, &unknown)[1].is_finite());
    }

    #[test]
    fn the_end_is_the_way_out_when_every_token_is_forbidden() {
        let config =
            GenerateConfig { min_length: 9, no_repeat_ngram: 1, ..GenerateConfig::default() };
        let allowed = allowed(&row([-1.0; 7]), &[4, 5, 6], &VOCABULARY, &config);
        assert_eq!(allowed[3], -1.0);
    }

    #[test]
    fn probabilities_sum_to_one_and_scores_that_are_not_finite_are_refused() -> Result<()> {
        let scores = Tensor::new(&[[1000f32, 999.0, -1000.0]], &Device::Cpu)?;
        let row = &log_probabilities(&scores)?[0].values;
        let sum: f32 = row.iter().map(|p| p.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-6);
        for bad in [f32::NAN, f32::INFINITY] {
            let scores = Tensor::new(&[[0f32, bad]], &Device::Cpu)?;
            assert!(matches!(log_probabilities(&scores), Err(Error::Diverged(_))));
        }
        Ok(())
    }
}
