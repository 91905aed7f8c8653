//! From a state for each token to one vector for each text.
//!
//! A text without a token (its mask is 0 throughout) gives the zero vector: whatever the network
//! says of its padding is about the padding.
//!
//! Axes: `N` texts, `L` tokens, `D` width.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};
use story_core::layers::masked_mean;
use story_core::{Error, Result};

/// How the states of a text's tokens become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// The state of the first token, `[CLS]`.
    Cls,
    /// The mean of the tokens' states, `[CLS]` and `[SEP]` among them.
    Mean,
}

/// Where the tokens of each text lie, as the mask tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows {
    kept: Vec<Vec<usize>>,
}

impl Rows {
    /// Reads `mask (N, L)`.
    ///
    /// # Errors
    /// A mask that is not `(N, L)` in f32.
    pub fn of(mask: &Tensor) -> Result<Self> {
        let rows =
            mask.to_vec2::<f32>().map_err(|_| Error::shape("token mask", "(N, L) of f32", mask))?;
        let kept = rows.into_iter().map(|row| {
            let places = row.iter().enumerate().filter(|(_, keep)| **keep != 0.0);
            places.map(|(place, _)| place).collect()
        });
        Ok(Self { kept: kept.collect() })
    }

    /// The length that holds every kept position, at least 1. What lies behind it is padding in
    /// all rows, and a network need not look at it.
    fn longest(&self) -> usize {
        let ends = self.kept.iter().filter_map(|row| row.last());
        ends.max().map_or(1, |last| last + 1)
    }

    /// `tokens (N, L)` and `mask (N, L)` cut to the longest text, `(N, L')`: attention is quadratic
    /// in the length, the rest linear, and padding costs as much as words.
    ///
    /// # Errors
    /// Whatever candle reports.
    pub fn trim(&self, tokens: &Tensor, mask: &Tensor) -> Result<(Tensor, Tensor)> {
        let cut = |x: &Tensor| x.narrow(1, 0, self.longest());
        Ok((cut(tokens)?, cut(mask)?))
    }

    /// Each text's first kept position, 0 where none is.
    fn first(&self) -> Vec<usize> {
        let first = |row: &Vec<usize>| row.first().copied().unwrap_or(0);
        self.kept.iter().map(first).collect()
    }

    /// Each text's first kept position whose token is `end`; where none is, its last kept one; 0
    /// where nothing is kept. `tokens (N, L)`.
    ///
    /// # Errors
    /// Tokens that are not `(N, L)` in u32.
    pub fn end(&self, tokens: &Tensor, end: u32) -> Result<Vec<usize>> {
        let tokens = tokens.to_vec2::<u32>()?;
        let places = self.kept.iter().zip(tokens).map(|(row, tokens)| {
            let found = row.iter().find(|place| tokens[**place] == end);
            found.or(row.last()).copied().unwrap_or(0)
        });
        Ok(places.collect())
    }

    /// The state of one position of each row, `states (N, L, D)` to `(N, D)`; zero where the row
    /// has no token.
    ///
    /// # Errors
    /// Whatever candle reports.
    pub fn pick(&self, states: &Tensor, places: &[usize]) -> Result<Tensor> {
        let (n, l, width) = states.dims3()?;
        let flat = places.iter().enumerate().map(|(row, place)| row * l + place);
        let flat: Vec<u32> = flat.map(|index| index as u32).collect();
        let flat = Tensor::from_vec(flat, n, states.device())?;
        let states = states.contiguous()?.reshape((n * l, width))?; // (N L, D)
        let picked = states.index_select(&flat, 0)?; // (N, D)
        if self.kept.iter().all(|row| !row.is_empty()) {
            return Ok(picked);
        }
        let full = self.kept.iter().map(|row| u8::from(!row.is_empty()));
        let full = full.map(f32::from).collect::<Vec<f32>>();
        let full = Tensor::from_vec(full, (n, 1), states.device())?;
        Ok(picked.broadcast_mul(&full)?)
    }

    /// `states (N, L, D)` with `mask (N, L)` to `(N, D)`.
    ///
    /// # Errors
    /// Whatever candle reports.
    pub fn pool(&self, states: &Tensor, mask: &Tensor, pooling: Pooling) -> Result<Tensor> {
        match pooling {
            Pooling::Cls => self.pick(states, &self.first()),
            Pooling::Mean => masked_mean(states, mask),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn mask() -> Result<Tensor> {
        let rows = [[1f32, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 1.0, 0.0]];
        Ok(Tensor::new(&rows, &Device::Cpu)?)
    }

    #[test]
    fn rows_know_their_tokens() -> Result<()> {
        let rows = Rows::of(&mask()?)?;
        assert_eq!((rows.longest(), rows.first()), (3, vec![0, 0, 1]));
        let tokens = [[5u32, 9, 9, 9], [9, 9, 9, 9], [9, 4, 4, 9]];
        let tokens = Tensor::new(&tokens, &Device::Cpu)?;
        assert_eq!(rows.end(&tokens, 9)?, [1, 0, 2]);
        assert_eq!(Rows::of(&mask()?.zeros_like()?)?.longest(), 1);
        Ok(())
    }

    #[test]
    fn a_text_without_a_token_pools_to_zero() -> Result<()> {
        let states = Tensor::arange(1f32, 13.0, &Device::Cpu)?.reshape((3, 4, 1))?;
        let rows = Rows::of(&mask()?)?;
        let pool = |pooling| -> Result<Vec<Vec<f32>>> {
            Ok(rows.pool(&states, &mask()?, pooling)?.to_vec2()?)
        };
        assert_eq!(pool(Pooling::Cls)?, [[1.0], [0.0], [10.0]]);
        assert_eq!(pool(Pooling::Mean)?, [[1.5], [0.0], [10.5]]);
        Ok(())
    }
}
