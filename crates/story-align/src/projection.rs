//! The way from an encoder's vectors into the common space: y = z / |z|, z = W x + b.
//!
//! Axes: any leading axes, `I` the encoder's width, `D` the common width.

use candle_core::{D, Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use story_core::layers::{l2_normalize, linear};
use story_core::{Error, Result};

/// A linear layer followed by normalisation to length 1.
#[derive(Debug, Clone)]
pub struct Projection {
    linear: Linear,
    input: usize,
    width: usize,
}

impl Projection {
    /// Builds the projection from width `input` to `width` under `linear`.
    ///
    /// # Errors
    /// [`Error::Config`] where a width is 0.
    pub fn new(input: usize, width: usize, vb: VarBuilder) -> Result<Self> {
        if input == 0 || width == 0 {
            return Err(Error::Config(format!(
                "projection: expected widths of at least 1, found {input} to {width}"
            )));
        }
        Ok(Self { linear: linear(input, width, vb.pp("linear"))?, input, width })
    }

    /// `D` of what [`project`](Self::project) returns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Lengths of the projected vectors before they are brought to length 1, `(..., I)` to `(...)`.
    ///
    /// # Errors
    /// [`Error::Shape`] where `x` has another width.
    pub fn lengths(&self, x: &Tensor) -> Result<Tensor> {
        let projected = self.affine(x)?; // (..., D)
        Ok(projected.sqr()?.sum(D::Minus1)?.sqrt()?) // (...)
    }

    /// `x (..., I)` to `(..., D)` of length 1.
    ///
    /// # Errors
    /// [`Error::Shape`] where `x` has another width.
    pub fn project(&self, x: &Tensor) -> Result<Tensor> {
        l2_normalize(&self.affine(x)?) // (..., D)
    }

    fn affine(&self, x: &Tensor) -> Result<Tensor> {
        if x.dims().last() != Some(&self.input) {
            let expected = format!("(..., {})", self.input);
            return Err(Error::shape("vectors to project", expected, x));
        }
        Ok(self.linear.forward(x)?) // (..., D)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use story_core::ParamStore;

    #[test]
    fn vectors_have_length_one_whatever_their_axes() -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        let projection = Projection::new(3, 5, store.builder())?;
        let x = Tensor::new(&[[[1f32, 2.0, 3.0], [-1.0, 0.0, 1e4]]], &Device::Cpu)?; // (1, 2, 3)
        let y = projection.project(&x)?;
        assert_eq!(y.dims(), [1, 2, projection.width()]);
        let lengths = y.sqr()?.sum(D::Minus1)?.flatten_all()?.to_vec1::<f32>()?;
        assert!(lengths.iter().all(|l| (l - 1.0).abs() < 1e-5), "{lengths:?}");
        let flat = projection.project(&x.squeeze(0)?)?;
        assert_eq!(flat.to_vec2::<f32>()?, y.squeeze(0)?.to_vec2::<f32>()?);
        assert!(matches!(
            projection.project(&x.narrow(2, 0, 2)?.contiguous()?),
            Err(Error::Shape { .. })
        ));
        let lengths = projection.lengths(&x)?; // (1, 2)
        assert_eq!(lengths.dims(), [1, 2]);
        let raw = y.broadcast_mul(&lengths.unsqueeze(2)?)?;
        let linear = projection.affine(&x)?;
        story_core::conformance::same_numbers("length times direction", &linear, &raw);
        assert!(matches!(
            projection.lengths(&x.narrow(2, 0, 2)?.contiguous()?),
            Err(Error::Shape { .. })
        ));
        assert!(Projection::new(0, 5, store.builder()).is_err());
        Ok(())
    }
}
