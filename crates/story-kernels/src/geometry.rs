//! The sizes of a convolution or transposed convolution: how its image and its grid belong
//! together, checked before anything is allocated.

use crate::activation::Activation;
use crate::storage::check_not_empty;
use candle_core::{Error, Result, Tensor, bail};
use std::fmt::Debug;

/// How a convolution's or transposed convolution's kernel moves, the same along both axes, and
/// what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvConfig {
    /// Pixels between neighbouring windows; at least 1.
    pub stride: usize,
    /// Rows and columns of zeros around the image side.
    pub padding: usize,
    /// Applied to the output after the bias.
    pub activation: Activation,
}

impl Default for ConvConfig {
    fn default() -> Self {
        Self { stride: 1, padding: 0, activation: Activation::None }
    }
}

/// What a convolution of any kind is given, under the op's name: checks that all kinds share, and
/// their errors, which name all shapes.
pub(crate) struct Operands<'a> {
    pub(crate) op: &'static str,
    pub(crate) x: &'a Tensor,
    pub(crate) weight: &'a Tensor,
    pub(crate) bias: &'a Tensor,
}

/// The four axes of `x`, then those of `weight`.
type Axes = ((usize, usize, usize, usize), (usize, usize, usize, usize));

impl Operands<'_> {
    /// The axes of `x` and `weight`, neither of them empty; `expected` names them in the error.
    pub(crate) fn axes(&self, expected: &str) -> Result<Axes> {
        let Self { op, x, weight, .. } = self;
        let (Ok(pixels), Ok(kernels)) = (x.dims4(), weight.dims4()) else {
            bail!("{op}: expected {expected}, found {}", self.shapes())
        };
        check_not_empty(op, "x", x)?;
        check_not_empty(op, "weight", weight)?;
        Ok((pixels, kernels))
    }

    /// Refuses channels of `x` and `weight` that do not agree, and a bias that has not one number
    /// for each of the output's `channels`.
    pub(crate) fn check_channels(&self, agree: bool, channels: usize) -> Result<()> {
        if !agree || self.bias.dims() != [channels] {
            bail!("{}: channels do not agree: {}", self.op, self.shapes());
        }
        Ok(())
    }

    /// The error of a `config` with which no window fits.
    pub(crate) fn no_output(&self, config: impl Debug) -> Error {
        let text = format!("{}: {config:?} leaves no output for {}", self.op, self.shapes());
        Error::Msg(text).bt()
    }

    fn shapes(&self) -> String {
        let Self { x, weight, bias, .. } = self;
        format!("x {:?}, weight {:?}, bias {:?}", x.dims(), weight.dims(), bias.dims())
    }
}

/// What follows every convolution: `y (B, C, H', W')` plus `bias (C)`, then the activation, in
/// candle's own ops.
pub(crate) fn finish(y: &Tensor, bias: &Tensor, activation: Activation) -> Result<Tensor> {
    let bias = bias.reshape((1, bias.elem_count(), 1, 1))?;
    activation.reference(&y.broadcast_add(&bias)?)
}

/// The sizes of one joined image and grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) channels: usize,
    pub(crate) image: (usize, usize),
    pub(crate) grid_channels: usize,
    pub(crate) grid: (usize, usize),
    pub(crate) kernel: (usize, usize),
    pub(crate) stride: usize,
    pub(crate) padding: usize,
}

/// A length along the grid from one along the image: floor((length + 2 p - k) / s) + 1.
pub(crate) fn grid_length(length: usize, kernel: usize, config: ConvConfig) -> Option<usize> {
    let padded = config.padding.checked_mul(2)?.checked_add(length)?;
    Some(padded.checked_sub(kernel)?.checked_div(config.stride)? + 1)
}

/// A length along the image from one along the grid: (length - 1) s - 2 p + k; at least 1.
pub(crate) fn image_length(length: usize, kernel: usize, config: ConvConfig) -> Option<usize> {
    let reach = length.checked_sub(1)?.checked_mul(config.stride)?;
    let reach = reach.checked_add(kernel)?;
    reach.checked_sub(config.padding.checked_mul(2)?).filter(|&n| n > 0)
}

/// Refuses a stride of 0 and sizes whose buffers no address space can hold.
pub(crate) fn check(op: &str, geometry: &Geometry, batch: usize) -> Result<()> {
    let c = geometry.channels;
    let product = |sizes: &[usize]| {
        sizes
            .iter()
            .try_fold(1usize, |product, &size| product.checked_mul(size))
            .filter(|&n| n <= isize::MAX as usize / size_of::<f32>())
    };
    let (kh, kw) = geometry.kernel;
    let columns = product(&[c, kh, kw, geometry.grid.0, geometry.grid.1]);
    let images = product(&[batch, c, geometry.image.0, geometry.image.1]);
    let grids = product(&[batch, geometry.grid_channels, geometry.grid.0, geometry.grid.1]);
    if geometry.stride == 0 || [columns, images, grids].contains(&None) {
        bail!("{op}: a stride of 0 or sizes beyond memory: {geometry:?}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_do_not_exist_are_none() {
        let config = ConvConfig { padding: 2, ..ConvConfig::default() };
        assert_eq!(grid_length(1, 6, config), None);
        assert_eq!(image_length(1, 4, config), None);
        assert_eq!(image_length(2, 4, config), Some(1));
        let stuck = ConvConfig { stride: 0, ..config };
        assert_eq!(grid_length(5, 1, stuck), None);
        let huge = ConvConfig { padding: usize::MAX, ..config };
        assert_eq!((grid_length(5, 1, huge), image_length(5, 1, huge)), (None, None));
    }
}
