//! Convolution whose weights do not change, for networks that only run: what can be made of the
//! weights once is made once.
//!
//! The same function as [`conv2d`](crate::conv2d()). Kernels of 3 x 3 with stride 1 and enough
//! channels go by Winograd's way (`winograd.rs`), all others as in `conv2d`.

use crate::activation::Activation;
use crate::conv2d::{conv2d, geometry};
use crate::geometry::{ConvConfig, Geometry};
use crate::storage::{f32_slice, fused, with_f32};
use crate::winograd::{self, Kernels, Maps};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use std::sync::Arc;

/// With fewer channels on either side the transforms cost more than they save.
const MIN_CHANNELS: usize = 16;

/// A convolution with bias and activation whose weights are constants.
#[derive(Debug, Clone)]
pub struct FrozenConv2d {
    /// (Co, Ci, kh, kw)
    weight: Tensor,
    /// (Co)
    bias: Tensor,
    config: ConvConfig,
    transformed: Option<Arc<Transformed>>,
}

/// What Winograd's way needs of the weights.
#[derive(Debug)]
struct Transformed {
    kernels: Kernels,
    bias: Vec<f32>,
}

impl FrozenConv2d {
    /// Takes `weight` (Co, Ci, kh, kw) and `bias` (Co) as they are now; later changes of a
    /// variable do not reach it.
    ///
    /// # Errors
    /// Whatever candle reports. Shapes are checked by [`forward`](Self::forward).
    pub fn new(weight: &Tensor, bias: &Tensor, config: ConvConfig) -> Result<Self> {
        let (weight, bias) = (weight.detach(), bias.detach());
        let suits = match *weight.dims() {
            [output, input, 3, 3] => {
                output.min(input) >= MIN_CHANNELS && config.stride == 1 && config.padding <= 2
            }
            _ => false,
        };
        let transformed = if suits && fused(&[&weight, &bias]) {
            let (output, input, _, _) = weight.dims4()?;
            let kernels = with_f32(&weight, |w| Ok(Kernels::new(w, output, input)))?;
            let bias = with_f32(&bias, |b| Ok(b.to_vec()))?;
            Some(Arc::new(Transformed { kernels, bias }))
        } else {
            None
        };
        Ok(Self { weight, bias, config, transformed })
    }

    /// `x` (B, Ci, H, W) to (B, Co, H', W'), differentiable in `x`.
    ///
    /// # Errors
    /// As [`conv2d`].
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let Self { weight, bias, config, .. } = self;
        match &self.transformed {
            // Backward is the general one's.
            Some(transformed) if fused(&[x]) && !x.track_op() => {
                let op = Winograd {
                    geometry: geometry(x, weight, bias, *config)?,
                    transformed: Arc::clone(transformed),
                    activation: config.activation,
                };
                x.contiguous()?.apply_op1_no_bwd(&op)
            }
            _ => conv2d(x, weight, bias, *config),
        }
    }
}

struct Winograd {
    geometry: Geometry,
    transformed: Arc<Transformed>,
    activation: Activation,
}

impl CustomOp1 for Winograd {
    fn name(&self) -> &'static str {
        "conv2d-winograd"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Self { geometry: g, transformed, activation } = self;
        let maps = Maps { image: g.image, padding: g.padding, grid: g.grid };
        let x = f32_slice(storage, layout)?;
        let Transformed { kernels, bias } = &**transformed;
        let output = winograd::forward(x, kernels, bias, &maps, *activation);
        let shape = (layout.dims()[0], g.grid_channels, g.grid.0, g.grid.1);
        Ok((CpuStorage::F32(output), shape.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conv2d;
    use crate::testing::{assert_close, numbers, wave};
    use candle_core::{Device, Var};

    /// Relative to the largest number of the output, as the transforms' rounding is.
    fn assert_same(what: &str, found: &Tensor, expected: &Tensor) {
        let largest = numbers(expected).into_iter().fold(0f64, |m, v| m.max(v.abs()));
        let scale = |t: &Tensor| (t / largest).expect("a quotient");
        assert_close(what, &scale(found), &scale(expected), 1e-5);
    }

    #[test]
    fn winograd_s_way_equals_the_direct_one() -> Result<()> {
        let sizes = [
            (1, 16, 16, 1, 1, 1),
            (2, 17, 19, 4, 4, 1),
            (3, 16, 40, 7, 7, 1), // tiles that stand over on both sides
            (2, 33, 16, 5, 9, 0),
            (1, 16, 16, 2, 3, 2),
            (5, 16, 35, 30, 21, 1), // several groups of pictures
            (2, 20, 70, 56, 56, 1),
        ];
        for (batch, input, output, height, width, padding) in sizes {
            for activation in [Activation::None, Activation::Relu, Activation::Sigmoid] {
                let x = wave(&[batch, input, height, width], 0.1);
                let weight = (wave(&[output, input, 3, 3], 0.7) * 0.1)?;
                let bias = wave(&[output], 1.3);
                let config = ConvConfig { stride: 1, padding, activation };
                let frozen = FrozenConv2d::new(&weight, &bias, config)?;
                assert!(frozen.transformed.is_some());
                let expected = conv2d::reference(&x, &weight, &bias, config)?;
                let what = format!("{batch} x {input} x {height} x {width} to {output}");
                assert_same(&what, &frozen.forward(&x)?, &expected);
            }
        }
        Ok(())
    }

    #[test]
    fn other_kernels_go_the_direct_way() -> Result<()> {
        let x = wave(&[2, 16, 6, 6], 0.1);
        for (output, side, stride) in [(16, 3, 2), (16, 1, 1), (4, 3, 1), (16, 5, 1)] {
            let weight = wave(&[output, 16, side, side], 0.7);
            let bias = wave(&[output], 1.3);
            let config = ConvConfig { stride, padding: side / 2, ..ConvConfig::default() };
            let frozen = FrozenConv2d::new(&weight, &bias, config)?;
            assert!(frozen.transformed.is_none());
            let expected = conv2d::reference(&x, &weight, &bias, config)?;
            assert_same("direct", &frozen.forward(&x)?, &expected);
        }
        Ok(())
    }

    #[test]
    fn the_input_gets_its_gradient_and_repeated_runs_the_same_bits() -> Result<()> {
        let x = Var::from_tensor(&wave(&[3, 16, 9, 9], 0.1))?;
        let (weight, bias) = (wave(&[40, 16, 3, 3], 0.7), wave(&[40], 1.3));
        let config = ConvConfig { padding: 1, ..ConvConfig::default() };
        let frozen = FrozenConv2d::new(&weight, &bias, config)?;
        let loss = (frozen.forward(&x)? * wave(&[3, 40, 9, 9], 2.1))?.sum_all()?;
        let expected = (conv2d(&x, &weight, &bias, config)? * wave(&[3, 40, 9, 9], 2.1))?;
        let (found, expected) = (loss.backward()?, expected.sum_all()?.backward()?);
        match (found.get(&x), expected.get(&x)) {
            (Some(found), Some(expected)) => assert_same("gradient", found, expected),
            _ => panic!("no gradient"),
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
        pool.expect("three threads").install(|| -> Result<()> {
            let constant = x.as_detached_tensor();
            let first = numbers(&frozen.forward(&constant)?);
            for _ in 0..4 {
                assert_eq!(numbers(&frozen.forward(&constant)?), first);
            }
            Ok(())
        })
    }

    #[test]
    fn misfits_are_errors_that_name_both_shapes() -> Result<()> {
        let (weight, bias) = (wave(&[16, 16, 3, 3], 0.7), wave(&[16], 1.3));
        let frozen = FrozenConv2d::new(&weight, &bias, ConvConfig::default())?;
        let error = frozen.forward(&wave(&[1, 17, 5, 5], 0.1)).expect_err("misfit");
        let error = error.to_string();
        assert!(error.contains("[1, 17, 5, 5]") && error.contains("[16, 16, 3, 3]"));
        assert!(frozen.forward(&wave(&[1, 16, 2, 5], 0.1)).is_err());
        let none = Tensor::zeros((0, 16, 5, 5), candle_core::DType::F32, &Device::Cpu)?;
        assert!(frozen.forward(&none).is_err());
        let short = FrozenConv2d::new(&weight, &wave(&[15], 0.0), ConvConfig::default())?;
        assert!(short.forward(&wave(&[1, 16, 5, 5], 0.1)).is_err());
        Ok(())
    }
}
