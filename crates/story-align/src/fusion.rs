//! Fusions by `kind`: one vector a frame from its picture's and its text's embedding.

mod concat;
mod gated;

pub use concat::ConcatConfig;
pub use gated::GatedConfig;

use candle_core::Tensor;
use story_core::{Error, FrameEmbeddings, Fusion, Result};

/// What a fusion must know of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FusionDims {
    /// `D` of the embeddings.
    pub width: usize,
}

story_core::parts! {
    /// Fusions: embeddings `(B, T, D)` of pictures and texts to `(B, T, D')`.
    pub enum FusionConfig("fusion"): dyn Fusion, from FusionDims {
        "concat" => Concat(ConcatConfig), "picture and text side by side through one linear layer";
        "gated" => Gated(GatedConfig), "gated multimodal unit: learns for each feature how far to trust the picture or the text";
    }
}

/// The largest width that a config may give: beyond any use, and small enough that products of
/// widths cannot overflow.
const LARGEST_WIDTH: usize = 1 << 16;

/// `value`, unless it is 0 or beyond [`LARGEST_WIDTH`].
fn checked_width(key: &str, value: usize) -> Result<usize> {
    if value == 0 || value > LARGEST_WIDTH {
        return Err(Error::Config(format!(
            "fusion {key}: expected 1 to {LARGEST_WIDTH}, found {value}"
        )));
    }
    Ok(value)
}

/// The embeddings `(B, T, D)` of pictures and texts, zero where a frame has none.
fn masked(frames: &FrameEmbeddings, width: usize) -> Result<(Tensor, Tensor)> {
    let blank = |what: &str, x: &Tensor, mask: &Tensor| -> Result<Tensor> {
        let (b, t, d) = x.dims3()?;
        if d != width {
            return Err(Error::shape(what, format!("[{b}, {t}, {width}]"), x));
        }
        // Chosen, not multiplied: what stands in padding may be anything, not a number included.
        let real = mask.ne(0f32)?.unsqueeze(2)?.broadcast_as(x.shape())?; // (B, T, D)
        Ok(real.where_cond(x, &x.zeros_like()?)?)
    };
    Ok((
        blank("picture embeddings", &frames.image, &frames.image_mask)?,
        blank("text embeddings", &frames.text, &frames.text_mask)?,
    ))
}
