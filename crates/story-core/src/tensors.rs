//! What flows between the parts of a model. A constructor checks shapes once; later code trusts.

use crate::{Error, Result};
use candle_core::Tensor;

/// Embeddings of the context's pictures and texts in one space.
#[derive(Debug, Clone)]
pub struct FrameEmbeddings {
    /// Pictures, `(B, T, D)`, L2-normalised along `D`.
    pub image: Tensor,
    /// Texts, `(B, T, D)`, L2-normalised along `D`.
    pub text: Tensor,
    /// 1 where a frame has a picture, `(B, T)`.
    pub image_mask: Tensor,
    /// 1 where a frame has a text, `(B, T)`.
    pub text_mask: Tensor,
}

impl FrameEmbeddings {
    /// Checks that both are `(B, T, D)` and both masks `(B, T)`.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(image: Tensor, text: Tensor, image_mask: Tensor, text_mask: Tensor) -> Result<Self> {
        let (b, t, d) = image
            .dims3()
            .map_err(|_| Error::shape("picture embeddings", "(B, T, D)", &image))?;
        if text.dims() != [b, t, d] {
            return Err(Error::shape(
                "text embeddings",
                format!("[{b}, {t}, {d}]"),
                &text,
            ));
        }
        for (what, mask) in [("picture mask", &image_mask), ("text mask", &text_mask)] {
            if mask.dims() != [b, t] {
                return Err(Error::shape(what, format!("[{b}, {t}]"), mask));
            }
        }
        Ok(Self {
            image,
            text,
            image_mask,
            text_mask,
        })
    }

    /// 1 where a frame has a picture or a text, `(B, T)`: the frames a sequence model reads.
    pub fn frame_mask(&self) -> Result<Tensor> {
        Ok(self.image_mask.maximum(&self.text_mask)?) // (B, T)
    }
}

/// What a sequence model has understood of the context.
#[derive(Debug, Clone)]
pub struct Context {
    /// One state a frame, `(B, T, D)`.
    pub states: Tensor,
    /// The story so far in one vector, `(B, D)`.
    pub summary: Tensor,
    /// 1 where a state belongs to a real frame, `(B, T)`.
    pub mask: Tensor,
}

impl Context {
    /// Checks that states, summary and mask agree.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(states: Tensor, summary: Tensor, mask: Tensor) -> Result<Self> {
        let (b, t, d) = states
            .dims3()
            .map_err(|_| Error::shape("context states", "(B, T, D)", &states))?;
        if summary.dims() != [b, d] {
            return Err(Error::shape(
                "context summary",
                format!("[{b}, {d}]"),
                &summary,
            ));
        }
        if mask.dims() != [b, t] {
            return Err(Error::shape("context mask", format!("[{b}, {t}]"), &mask));
        }
        Ok(Self {
            states,
            summary,
            mask,
        })
    }

    /// The context of the rows named by `rows`, `(N,)` of u32; for beams and sub-batches.
    pub fn index_select(&self, rows: &Tensor) -> Result<Self> {
        Ok(Self {
            states: self.states.contiguous()?.index_select(rows, 0)?, // (N, T, D)
            summary: self.summary.contiguous()?.index_select(rows, 0)?, // (N, D)
            mask: self.mask.contiguous()?.index_select(rows, 0)?,     // (N, T)
        })
    }
}

/// What a model says of the fifth step under teacher forcing.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// Scores of the next token at each position, `(B, L, V)`, before softmax.
    pub text_logits: Tensor,
    /// The next picture, `(B, 3, H, W)`, 0..1.
    pub image: Tensor,
    /// The next picture's embedding, `(B, D)`, L2-normalised.
    pub embedding: Tensor,
}

/// What a model makes of one context when nothing of the target is given to it.
#[derive(Debug, Clone)]
pub struct Generated {
    /// Token ids without start, end and padding.
    pub tokens: Vec<u32>,
    /// Sum of the natural-log probabilities of the tokens chosen, the end included.
    pub log_probability: f32,
}
