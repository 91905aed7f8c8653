//! The pictures of a context, as vectors and as pixels.

use crate::{Error, Result};
use candle_core::Tensor;

/// Embeddings of the context's pictures.
#[derive(Debug, Clone)]
pub struct ContextPictures {
    /// One a frame, `(B, T, E)`, each of length 1.
    pub vectors: Tensor,
    /// 1 where the frame has a picture that the model may see, `(B, T)`.
    pub mask: Tensor,
}

impl ContextPictures {
    /// Checks that the mask fits.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(vectors: Tensor, mask: Tensor) -> Result<Self> {
        if vectors.rank() != 3 {
            return Err(Error::shape("context pictures", "(B, T, E)", &vectors));
        }
        if mask.dims() != &vectors.dims()[..2] {
            let expected = format!("{:?}", &vectors.dims()[..2]);
            return Err(Error::shape("mask of the pictures", expected, &mask));
        }
        Ok(Self { vectors, mask })
    }

    pub(crate) fn index_select(&self, rows: &Tensor) -> Result<Self> {
        let pick = |tensor: &Tensor| tensor.contiguous()?.index_select(rows, 0);
        Ok(Self {
            vectors: pick(&self.vectors)?, // (N, T, E)
            mask: pick(&self.mask)?,       // (N, T)
        })
    }
}

/// The context's pictures as pixels, for decoders that take from them.
#[derive(Debug, Clone)]
pub struct ShownPictures {
    /// One a frame, `(B, T, 3, H, W)`, 0..1; 0 where there is none.
    pub pixels: Tensor,
    /// 1 where the frame has a picture that the model may see, `(B, T)`.
    pub mask: Tensor,
}

impl ShownPictures {
    /// Checks that the mask fits.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(pixels: Tensor, mask: Tensor) -> Result<Self> {
        if pixels.rank() != 5 || pixels.dim(2)? != 3 {
            return Err(Error::shape("shown pictures", "(B, T, 3, H, W)", &pixels));
        }
        if mask.dims() != &pixels.dims()[..2] {
            let expected = format!("{:?}", &pixels.dims()[..2]);
            return Err(Error::shape("mask of the shown pictures", expected, &mask));
        }
        Ok(Self { pixels, mask })
    }

    pub(crate) fn index_select(&self, rows: &Tensor) -> Result<Self> {
        let pick = |tensor: &Tensor| tensor.contiguous()?.index_select(rows, 0);
        Ok(Self { pixels: pick(&self.pixels)?, mask: pick(&self.mask)? })
    }
}
