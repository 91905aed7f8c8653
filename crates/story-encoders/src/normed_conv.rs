//! A convolution and the batch norm (Ioffe and Szegedy 2015) behind it, with the published running
//! statistics as constants:
//!
//! y = act(gamma (w * x - mean) / sqrt(var + eps) + beta) = act((s w) * x + (beta - s mean)),
//! s = gamma / sqrt(var + eps).
//!
//! The norm is folded into the kernel and a bias. Where nothing of it trains, once, when the
//! network is built; where it trains, anew for each pass, which carries gradients to `w`, `gamma`
//! and `beta`. Statistics of batches are never used: a picture's vector does not depend on its
//! neighbours, and windows of one story would give poor statistics.
//!
//! Axes: `N` pictures, `Ci`, `Co` channels before and after, `H`, `W` pixels.

use candle_core::Tensor;
use candle_nn::{Init, VarBuilder};
use story_core::Result;
use story_kernels::{
    Activation, ConvConfig, DepthwiseConfig, FrozenConv2d, conv2d, depthwise_conv2d,
};

/// Whether each output channel reads all input channels or its own only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of them: a dense convolution.
    All,
    /// Its own: a depthwise one.
    Own,
}

/// Sizes of a convolution with its norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    /// Channels of the input.
    pub input: usize,
    /// Channels of the output; equal to `input` where each reads its own only.
    pub output: usize,
    /// Side of the kernel, pixels.
    pub kernel: usize,
    /// Pixels between neighbouring windows.
    pub stride: usize,
    /// Rows of zeros above and below, and columns to the left and to the right.
    pub padding: (usize, usize),
    /// Which channels are read.
    pub reach: Reach,
    /// What follows the norm.
    pub activation: Activation,
}

/// Where a network's running statistics come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistics {
    /// They are served, as all of a published file are.
    Served,
    /// Mean 0 and variance 1, those of a network that has seen nothing. They are constants and no
    /// parameters.
    Initial,
}

impl Statistics {
    /// Served, if the norm at `norm` has them.
    pub fn of(norm: &VarBuilder) -> Self {
        if norm.contains_tensor("running_mean") { Self::Served } else { Self::Initial }
    }

    fn read(self, count: usize, name: &str, initial: f32, norm: &VarBuilder) -> Result<Tensor> {
        Ok(match self {
            Self::Served => norm.get(count, name)?.detach(),
            Self::Initial => Tensor::full(initial, count, norm.device())?,
        })
    }
}

/// Where a convolution and its norm lie, and what serves their statistics.
pub struct Place<'a> {
    /// At the convolution, which has `weight`.
    pub conv: VarBuilder<'a>,
    /// At the norm, which has `weight`, `bias`, `running_mean` and `running_var`.
    pub norm: VarBuilder<'a>,
    /// See [`Statistics`].
    pub statistics: Statistics,
    /// Added to the variance.
    pub epsilon: f64,
}

/// A convolution without bias, its norm, and an activation.
#[derive(Debug, Clone)]
pub struct NormedConv {
    weights: Weights,
    shape: ConvShape,
}

#[derive(Debug, Clone)]
enum Weights {
    Frozen(FrozenConv2d),
    FrozenOwn { kernel: Tensor, bias: Tensor },
    Training(Unfolded),
}

#[derive(Debug, Clone)]
struct Unfolded {
    kernel: Tensor,
    gamma: Tensor,
    beta: Tensor,
    /// A constant.
    mean: Tensor,
    /// 1 / sqrt(var + eps), a constant.
    inverse_deviation: Tensor,
}

impl NormedConv {
    /// Builds the pair. The shape's sizes are taken as checked.
    ///
    /// # Errors
    /// Whatever serves the tensors reports.
    pub fn new(shape: ConvShape, place: &Place) -> Result<Self> {
        let read = match shape.reach {
            Reach::All => shape.input,
            Reach::Own => 1,
        };
        let sizes = (shape.output, read, shape.kernel, shape.kernel);
        // He et al. 2015: keeps the deviation of the values from layer to layer under ReLU.
        let init = candle_nn::init::DEFAULT_KAIMING_NORMAL;
        let (output, norm) = (shape.output, &place.norm);
        let variance = place.statistics.read(output, "running_var", 1.0, norm)?;
        let unfolded = Unfolded {
            kernel: place.conv.get_with_hints(sizes, "weight", init)?,
            gamma: norm.get_with_hints(output, "weight", Init::Const(1.0))?,
            beta: norm.get_with_hints(output, "bias", Init::Const(0.0))?,
            mean: place.statistics.read(output, "running_mean", 0.0, norm)?,
            inverse_deviation: (variance + place.epsilon)?.sqrt()?.recip()?,
        };
        let weights = if unfolded.trains() {
            Weights::Training(unfolded)
        } else {
            let (kernel, bias) = unfolded.fold()?;
            match shape.reach {
                Reach::All => Weights::Frozen(FrozenConv2d::new(&kernel, &bias, shape.dense())?),
                Reach::Own => Weights::FrozenOwn { kernel, bias },
            }
        };
        Ok(Self { weights, shape })
    }

    /// `x (N, Ci, H, W)` to `(N, Co, H', W')`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let shape = &self.shape;
        match &self.weights {
            Weights::Frozen(conv) => Ok(conv.forward(&shape.padded(x)?)?),
            Weights::FrozenOwn { kernel, bias } => {
                Ok(depthwise_conv2d(x, kernel, bias, shape.own())?)
            }
            Weights::Training(unfolded) => {
                let (kernel, bias) = unfolded.fold()?;
                Ok(match shape.reach {
                    Reach::All => conv2d(&shape.padded(x)?, &kernel, &bias, shape.dense())?,
                    Reach::Own => depthwise_conv2d(x, &kernel, &bias, shape.own())?,
                })
            }
        }
    }
}

impl ConvShape {
    /// The config of a convolution over [`padded`](Self::padded) maps.
    fn dense(&self) -> ConvConfig {
        let (before, after) = self.padding;
        ConvConfig {
            stride: self.stride,
            padding: if before == after { before } else { 0 },
            activation: self.activation,
        }
    }

    /// The config of a convolution whose channels read their own only.
    fn own(&self) -> DepthwiseConfig {
        DepthwiseConfig {
            stride: self.stride,
            padding_before: self.padding.0,
            padding_after: self.padding.1,
            activation: self.activation,
        }
    }

    /// `x (N, Ci, H, W)` with zeros around it where [`dense`](Self::dense) cannot say how many.
    fn padded(&self, x: &Tensor) -> Result<Tensor> {
        let (before, after) = self.padding;
        if before == after {
            return Ok(x.clone());
        }
        Ok(x.pad_with_zeros(2, before, after)?.pad_with_zeros(3, before, after)?) // (N, Ci, before + H + after, ...)
    }
}

impl Unfolded {
    fn trains(&self) -> bool {
        [&self.kernel, &self.gamma, &self.beta].iter().any(|tensor| tensor.track_op())
    }

    /// s w and beta - s mean.
    fn fold(&self) -> Result<(Tensor, Tensor)> {
        let scale = (&self.gamma * &self.inverse_deviation)?; // (Co,)
        let kernel = self.kernel.broadcast_mul(&scale.reshape(((), 1, 1, 1))?)?; // (Co, Ci, k, k)
        let bias = (&self.beta - (scale * &self.mean)?)?; // (Co,)
        Ok((kernel, bias))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::formula;
    use candle_core::Device;
    use story_core::{ParamStore, conformance};

    const SHAPE: ConvShape = ConvShape {
        input: 2,
        output: 3,
        kernel: 3,
        stride: 2,
        padding: (1, 1),
        reach: Reach::All,
        activation: Activation::Relu,
    };

    fn place(vb: &VarBuilder<'static>) -> Place<'static> {
        Place {
            conv: vb.pp("conv"),
            norm: vb.pp("norm"),
            statistics: Statistics::of(&vb.pp("norm")),
            epsilon: 1e-5,
        }
    }

    #[test]
    fn folding_equals_the_norm_by_its_formula() -> Result<()> {
        let x = formula::tensor("x", &[2, 2, 5, 5])?;
        let folded = NormedConv::new(SHAPE, &place(&formula::builder()))?;
        assert!(matches!(folded.weights, Weights::Frozen(_)));
        let of = |name: &str| formula::tensor(&format!("norm.{name}"), &[3]);
        let column = |tensor: Tensor| tensor.reshape((1, 3, 1, 1));
        let y = x.conv2d(&formula::tensor("conv.weight", &[3, 2, 3, 3])?, 1, 2, 1, 1)?;
        let centred = y.broadcast_sub(&column(of("running_mean")?)?)?;
        let deviation = column((of("running_var")? + 1e-5)?.sqrt()?)?;
        let expected = centred
            .broadcast_div(&deviation)?
            .broadcast_mul(&column(of("weight")?)?)?
            .broadcast_add(&column(of("bias")?)?)?
            .relu()?;
        conformance::same_numbers("folded", &expected, &folded.forward(&x)?);
        Ok(())
    }

    #[test]
    fn what_trains_gets_gradients_and_statistics_are_no_parameters() -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        let conv = NormedConv::new(SHAPE, &place(&store.builder()))?;
        let names = ["conv.weight", "norm.bias", "norm.weight"];
        conformance::parameter_names_are_stable("conv", &store, &names);
        let x = formula::tensor("x", &[2, 2, 5, 5])?;
        let loss = conformance::weighted_sum(&conv.forward(&x)?)?;
        conformance::every_parameter_gets_a_gradient("conv", &store, &loss);
        Ok(())
    }

    #[test]
    fn uneven_padding_moves_the_windows() -> Result<()> {
        let x = formula::tensor("x", &[1, 2, 4, 4])?;
        for reach in [Reach::All, Reach::Own] {
            let shape = |padding| ConvShape { padding, reach, output: 2, ..SHAPE };
            let vb = formula::builder();
            let uneven = NormedConv::new(shape((0, 1)), &place(&vb))?.forward(&x)?;
            let padded = x.pad_with_zeros(2, 0, 1)?.pad_with_zeros(3, 0, 1)?;
            let expected = NormedConv::new(shape((0, 0)), &place(&vb))?.forward(&padded)?;
            conformance::same_numbers("uneven", &expected, &uneven);
        }
        Ok(())
    }
}
