//! The context as a language model reads it: one row of tokens a window, padded on the left, so
//! that what is told next begins at the same place in every row.
//!
//! Axes: `B` windows, `P` tokens of the longest row.

use crate::{Error, Result};
use candle_core::{Device, Tensor};

/// The tokens of the story so far, in the vocabulary of the text decoder.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Token ids, `(B, P)` u32.
    pub tokens: Tensor,
    /// 1 where a token is real, 0 where it pads, `(B, P)` f32; padding comes first.
    pub mask: Tensor,
}

impl Prompt {
    /// Checks that tokens and mask agree.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(tokens: Tensor, mask: Tensor) -> Result<Self> {
        let (b, p) = tokens.dims2().map_err(|_| Error::shape("prompt", "(B, P)", &tokens))?;
        if mask.dims() != [b, p] {
            return Err(Error::shape("prompt mask", format!("[{b}, {p}]"), &mask));
        }
        Ok(Self { tokens, mask })
    }

    /// The rows named by `rows`, `(N,)` of u32.
    pub fn index_select(&self, rows: &Tensor) -> Result<Self> {
        Ok(Self {
            tokens: self.tokens.contiguous()?.index_select(rows, 0)?, // (N, P)
            mask: self.mask.contiguous()?.index_select(rows, 0)?,     // (N, P)
        })
    }

    /// The same rows on another device.
    pub fn to_device(&self, device: &Device) -> Result<Self> {
        Ok(Self { tokens: self.tokens.to_device(device)?, mask: self.mask.to_device(device)? })
    }
}
