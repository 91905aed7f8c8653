//! Teacher-forced token statistics, apart from any loss: for each window how many tokens, the
//! negative log probability of each and their sum, and how often the right one was first or among
//! the first five.
//!
//! Position i of a text `[CLS] w w w [SEP] [PAD]...` predicts token i + 1: every token but `[CLS]`
//! is predicted, `[SEP]` counted, padding not. How probable the end is depends on the format, not
//! on the text: whoever compares vocabularies leaves it out by [`TokenScore::nll_of_first`]. The
//! scores `(rows, V)` exist for a few rows at a time.

use crate::generate::log_sum;
use candle_core::Tensor;
use rayon::prelude::*;
use story_core::{Context, Error, Pass, Result, TextDecoder};

/// Scores held at once: 8 Mi f32, 32 MiB; 274 rows of a vocabulary of 30,522.
const BUFFER_FLOATS: usize = 8 << 20;
/// Ranks that count as a hit in [`TokenScore::top5`].
const TOP: usize = 5;

/// The statistics of one window's target text. Sums over windows are sums of the counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TokenScore {
    /// Tokens predicted, the end counted.
    pub tokens: usize,
    /// Sum of -ln p of the right tokens, in nats; perplexity is exp(nll / tokens).
    pub nll: f64,
    /// Tokens that had the highest score; among equals the lowest id is first.
    pub top1: usize,
    /// Tokens among the five highest scores.
    pub top5: usize,
    /// -ln p of each token in the order of the text, in nats; the end is the last.
    pub each: Vec<f64>,
}

/// Scores the target text of each of the context's `B` windows: `tokens (B, L)` u32 with
/// `mask (B, L)`.
///
/// # Errors
/// Scores that are not finite.
pub fn score_text(
    decoder: &dyn TextDecoder,
    context: &Context,
    tokens: &Tensor,
    mask: &Tensor,
) -> Result<Vec<TokenScore>> {
    let (b, l) = tokens.dims2()?;
    let mut all = vec![TokenScore::default(); b];
    if l < 2 {
        return Ok(all);
    }
    let (ids, keep) = (tokens.to_vec2::<u32>()?, mask.to_vec2::<f32>()?);
    let places: Vec<(usize, usize)> = (0..b)
        .flat_map(|window| (0..l - 1).map(move |i| (window, i)))
        .filter(|&(window, i)| keep[window][i + 1] != 0.0)
        .collect();
    let given = tokens.narrow(1, 0, l - 1)?.contiguous()?; // (B, L-1)
    let states = decoder.states(context, &given, &Pass::Eval)?.detach(); // (B, L-1, D)
    let rows = (BUFFER_FLOATS / decoder.output().words()?).max(1);
    for chunk in places.chunks(rows) {
        let scores = states.select(chunk)?.scores(decoder.output())?.squeeze(1)?; // (rows, V)
        let scores = scores.detach().to_vec2::<f32>()?;
        let right = chunk.iter().map(|&(window, i)| ids[window][i + 1] as usize);
        let right: Vec<usize> = right.collect();
        let found = scores.par_iter().zip(right).map(|(row, right)| TokenRank::of(row, right));
        let found: Vec<Result<TokenRank>> = found.collect();
        for (&(window, _), found) in chunk.iter().zip(found) {
            all[window].add(found?);
        }
    }
    Ok(all)
}

impl TokenScore {
    /// Sum of -ln p of the first `count` tokens, in nats: of the text without its end where `count`
    /// is one less than [`tokens`](Self::tokens). `None` where there are not so many.
    pub fn nll_of_first(&self, count: usize) -> Option<f64> {
        Some(self.each.get(..count)?.iter().sum())
    }

    fn add(&mut self, TokenRank { nll, rank }: TokenRank) {
        self.tokens += 1;
        self.nll += nll;
        self.each.push(nll);
        self.top1 += usize::from(rank == 0);
        self.top5 += usize::from(rank < TOP);
    }
}

/// What a row of scores says of the right token.
struct TokenRank {
    /// -ln p, in nats.
    nll: f64,
    /// Tokens before it, from 0.
    rank: usize,
}

impl TokenRank {
    fn of(row: &[f32], right: usize) -> Result<Self> {
        let (max, log_sum) = log_sum(row)?;
        let Some(&score) = row.get(right) else {
            return Err(Error::Data(format!(
                "target token {right} is not below the vocabulary's size {}; use the tokenizer of the checkpoint",
                row.len()
            )));
        };
        let before =
            |(token, value): (usize, &f32)| *value > score || (*value == score && token < right);
        let rank = row.iter().enumerate().filter(|place| before(*place)).count();
        Ok(Self { nll: log_sum - f64::from(score - max), rank })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_count_ties_by_id_and_nll_is_in_nats() -> Result<()> {
        let mut score = TokenScore::default();
        score.add(TokenRank::of(&[1.0, 1.0, 0.0], 0)?);
        score.add(TokenRank::of(&[1.0, 1.0, 0.0], 1)?);
        assert_eq!((score.tokens, score.top1, score.top5), (2, 1, 2));
        let e = 1f64.exp();
        let expected = 2.0 * -(e / (2.0 * e + 1.0)).ln();
        assert!((score.nll - expected).abs() < 1e-6);
        score.add(TokenRank::of(&[5.0, 4.0, 3.0, 2.0, 1.0, 0.0], 5)?);
        assert_eq!((score.top1, score.top5), (1, 2));
        assert!(TokenRank::of(&[0.0], 1).is_err());
        assert_eq!(score.each.len(), 3);
        Ok(())
    }

    #[test]
    fn the_text_is_told_from_its_end_by_hand() -> Result<()> {
        // Three ids with odds 2 : 1 : 1, then 8 : 1 : 1: the text is id 0, its end id 2.
        let mut score = TokenScore::default();
        score.add(TokenRank::of(&[2f32.ln(), 0.0, 0.0], 0)?);
        score.add(TokenRank::of(&[8f32.ln(), 0.0, 0.0], 2)?);
        let close = |found: Option<f64>, expected: f64| {
            assert!((found.expect("so many tokens") - expected).abs() < 1e-6, "{found:?}");
        };
        close(score.nll_of_first(0), 0.0);
        close(score.nll_of_first(1), 2f64.ln()); // p = 2/4
        close(score.nll_of_first(2), 2f64.ln() + 10f64.ln()); // the end's p = 1/10
        close(Some(score.nll), 20f64.ln());
        assert_eq!(score.nll_of_first(3), None);
        Ok(())
    }
}
