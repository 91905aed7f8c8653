//! Stories seldom show a picture twice, and the pictures nearest to a prediction made from the
//! context are those of the context. A reluctance that is learned:
//!
//! novelty(t) = exp(a) sum_k softplus( SHARPNESS (c_k t - b) )
//!
//! over the context's pictures c_k, with the strength a and the threshold b learned: next to nothing
//! for pictures that are merely alike, much for one that is the same.
//!
//! Axes: `B` windows, `T` frames, `M` pictures in a pool, `E` width of the space.

use candle_core::Tensor;
use candle_nn::{Init, VarBuilder};
use story_core::{ContextPictures, Result};

/// How steeply the reluctance grows about the threshold: from a tenth above it on, it is linear.
const SHARPNESS: f64 = 20.0;
/// The threshold at the start, a cosine: what is nearer than this is the same picture.
const THRESHOLD: f64 = 0.9;

/// The term's two parameters.
pub(super) struct NoveltyTerm {
    log_strength: Tensor,
    threshold: Tensor,
}

impl NoveltyTerm {
    /// Under `log_strength` and `threshold`.
    pub(super) fn new(vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            log_strength: vb.get_with_hints(1, "log_strength", Init::Const(0.0))?,
            threshold: vb.get_with_hints(1, "threshold", Init::Const(THRESHOLD))?,
        })
    }

    /// Of each picture of `pool (M, E)` for each window, `(B, M)`.
    pub(super) fn of_pool(&self, shown: &ContextPictures, pool: &Tensor) -> Result<Tensor> {
        let (b, t, e) = shown.vectors.dims3()?;
        let vectors = shown.vectors.reshape((b * t, e))?; // (B T, E)
        let cosines = vectors.matmul(&pool.t()?.contiguous()?)?; // (B T, M)
        self.sum(&cosines.reshape((b, t, ()))?, &shown.mask)
    }

    /// Of each window's own pictures, `pictures (B, N, E)`, `(B, N)`.
    pub(super) fn of_own(&self, shown: &ContextPictures, pictures: &Tensor) -> Result<Tensor> {
        let pictures = pictures.transpose(1, 2)?.contiguous()?; // (B, E, N)
        let cosines = shown.vectors.contiguous()?.matmul(&pictures)?; // (B, T, N)
        self.sum(&cosines, &shown.mask)
    }

    /// `cosines (B, T, N)` with the frames' mask `(B, T)` to `(B, N)`.
    fn sum(&self, cosines: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let over = (cosines.broadcast_sub(&self.threshold)? * SHARPNESS)?; // (B, T, N)
        let softplus = (over.exp()? + 1.0)?.log()?;
        let terms = softplus.broadcast_mul(&mask.unsqueeze(2)?)?;
        Ok(terms.sum(1)?.broadcast_mul(&self.log_strength.exp()?)?) // (B, N)
    }
}
