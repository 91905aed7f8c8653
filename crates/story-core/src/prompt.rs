//! What a language model reads and is to tell: one row of tokens a window for the story so far, padded
//! on the left, so that what is told next begins at the same place in every row, and one for that.
//!
//! Axes: `B` windows, `P` tokens of the longest story so far, `L` of the longest target.

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

/// The story so far and the text to tell, in the vocabulary of a text decoder that has its own.
#[derive(Debug, Clone)]
pub struct Telling {
    /// The story so far.
    pub prompt: Prompt,
    /// The text to predict, `(B, L)` u32: start, words, end, padding.
    pub target: Tensor,
    /// 1 where a target token is not padding, `(B, L)` f32; all 0 where the target has no text.
    pub target_mask: Tensor,
}

impl Telling {
    /// Checks that prompt, target and mask agree.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(prompt: Prompt, target: Tensor, target_mask: Tensor) -> Result<Self> {
        let b = prompt.tokens.dim(0)?;
        let l = target.dims().last().copied().unwrap_or(0);
        for (what, tensor) in [("told target", &target), ("told target mask", &target_mask)] {
            if tensor.dims() != [b, l] {
                return Err(Error::shape(what, format!("[{b}, {l}]"), tensor));
            }
        }
        Ok(Self { prompt, target, target_mask })
    }

    /// The same on another device.
    pub fn to_device(&self, device: &Device) -> Result<Self> {
        Ok(Self {
            prompt: self.prompt.to_device(device)?,
            target: self.target.to_device(device)?,
            target_mask: self.target_mask.to_device(device)?,
        })
    }
}
