//! Depthwise convolution (each channel its own kernel) with bias and activation:
//!
//! `y[b, c, gy, gx] = act(bias[c] + sum x[b, c, gy s - p + ky, gx s - p + kx] w[c, 0, ky, kx])`
//! over ky, kx, with zeros outside x. H' = floor((H + p + p' - kh) / s) + 1 with p rows before and
//! p' behind the picture, W' likewise. Equals PyTorch's `conv2d` with as many groups as channels.
//!
//! Each plane is copied once with its padding, its columns sorted by their remainder of the
//! stride: what one tap sees along a row then lies side by side, so that all inner loops run over
//! contiguous numbers whatever the stride. candle's own cuts the tensor into one convolution a
//! channel.

mod planes;

use crate::activation::Activation;
use crate::batch::Gradients;
use crate::geometry::{Operands, finish};
use crate::math;
use crate::storage::{f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use planes::{Backward, Planes, Scratch, Wanted};
use rayon::prelude::*;

/// How the kernels of a depthwise convolution move, the same along both axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepthwiseConfig {
    /// Pixels between neighbouring windows; at least 1.
    pub stride: usize,
    /// Rows and columns of zeros above and to the left of the picture.
    pub padding_before: usize,
    /// Rows and columns of zeros below and to the right of it.
    pub padding_after: usize,
    /// Applied to the output after the bias.
    pub activation: Activation,
}

/// Depthwise convolution, differentiable in all three tensors: `x` (B, C, H, W), `weight`
/// (C, 1, kh, kw), `bias` (C) give (B, C, H', W').
///
/// # Errors
/// Shapes that do not fit each other, an empty tensor, a stride of 0, or padding that leaves no
/// output.
pub fn depthwise_conv2d(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    config: DepthwiseConfig,
) -> Result<Tensor> {
    let planes = geometry(x, weight, bias, config)?;
    if !fused(&[x, weight, bias]) {
        return reference(x, weight, bias, config);
    }
    x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, DepthwiseConv2d(planes))
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`depthwise_conv2d`].
pub fn reference(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    config: DepthwiseConfig,
) -> Result<Tensor> {
    let planes = geometry(x, weight, bias, config)?;
    let (before, after) = (config.padding_before, config.padding_after);
    // Cut to whole windows: the backward of candle's convolution needs it.
    let used = |grid: usize, kernel: usize| (grid - 1) * config.stride + kernel;
    let y = x
        .pad_with_zeros(2, before, after)?
        .pad_with_zeros(3, before, after)?
        .narrow(2, 0, used(planes.grid.0, planes.kernel.0))?
        .narrow(3, 0, used(planes.grid.1, planes.kernel.1))?
        .conv2d(weight, 0, config.stride, 1, bias.elem_count())?; // (B, C, H', W')
    finish(&y, bias, config.activation)
}

fn geometry(x: &Tensor, weight: &Tensor, bias: &Tensor, config: DepthwiseConfig) -> Result<Planes> {
    let operands = Operands { op: "depthwise_conv2d", x, weight, bias };
    let ((_, channels, h, w), (kernels, one, kh, kw)) =
        operands.axes("(B, C, H, W) and (C, 1, kh, kw)")?;
    operands.check_channels(kernels == channels && one == 1, channels)?;
    let padded = |length: usize| {
        length
            .checked_add(config.padding_before)?
            .checked_add(config.padding_after)
            .filter(|&n| n <= u32::MAX as usize)
    };
    let grid = |length: Option<usize>, kernel: usize| {
        Some(length?.checked_sub(kernel)?.checked_div(config.stride)? + 1)
    };
    let (padded_h, padded_w) = (padded(h), padded(w));
    let (Some(rows), Some(columns), Some(height), Some(width)) =
        (grid(padded_h, kh), grid(padded_w, kw), padded_h, padded_w)
    else {
        return Err(operands.no_output(config));
    };
    Ok(Planes {
        config,
        image: (h, w),
        height,
        phase: width.div_ceil(config.stride),
        grid: (rows, columns),
        kernel: (kh, kw),
        channels,
    })
}

struct DepthwiseConv2d(Planes);

impl CustomOp3 for DepthwiseConv2d {
    fn name(&self) -> &'static str {
        "depthwise-conv2d"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight, bias) = (f32_slice(s1, l1)?, f32_slice(s2, l2)?, f32_slice(s3, l3)?);
        let planes = &self.0;
        let batch = l1.dims()[0];
        let mut output = vec![0f32; batch * planes.channels * planes.grid_len()];
        output
            .par_chunks_mut(planes.grid_len())
            .zip(x.par_chunks(planes.image_len()))
            .enumerate()
            .for_each_init(
                || Scratch::new(planes),
                |scratch, (plane, (grid, image))| {
                    let channel = plane % planes.channels;
                    let kernel = planes.kernel_of(plane, weight);
                    planes.spread(image, &mut scratch.padded);
                    planes.forward(&scratch.padded, kernel, bias[channel], grid);
                },
            );
        let shape = (batch, planes.channels, planes.grid.0, planes.grid.1);
        Ok((CpuStorage::F32(output), shape.into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        output: &Tensor,
        grad: &Tensor,
    ) -> Result<Gradients> {
        let planes = &self.0;
        let wanted = Wanted { image: x.track_op(), kernel: weight.track_op() || bias.track_op() };
        let mut gx = vec![0f32; x.elem_count()];
        // The share of each plane: its kernel's gradient, then its bias's.
        let share = planes.kernel_len() + 1;
        let mut shares = vec![0f32; x.elem_count() / planes.image_len() * share];
        with_f32(x, |x| {
            with_f32(weight, |weight| {
                with_f32(output, |output| {
                    with_f32(grad, |grad| {
                        let images = x.par_chunks(planes.image_len());
                        let outputs = output.par_chunks(planes.grid_len());
                        let grads = grad.par_chunks(planes.grid_len());
                        gx.par_chunks_mut(planes.image_len())
                            .zip(shares.par_chunks_mut(share))
                            .zip(images.zip(outputs).zip(grads))
                            .enumerate()
                            .for_each_init(
                                || Scratch::new(planes),
                                |scratch, (plane, ((gradient, share), ((x, output), grad)))| {
                                    let backward = Backward {
                                        image: x,
                                        kernel: planes.kernel_of(plane, weight),
                                        output,
                                        grad,
                                        image_gradient: gradient,
                                        share,
                                    };
                                    planes.backward(backward, wanted, scratch);
                                },
                            );
                        Ok(())
                    })
                })
            })
        })?;
        let mut gw = vec![0f32; weight.elem_count()];
        let mut gb = vec![0f32; bias.elem_count()];
        // Picture by picture, so that the order of the sums is fixed.
        for picture in shares.chunks_exact(planes.channels * share) {
            let kernels = gw.chunks_exact_mut(planes.kernel_len());
            for ((kernel, b), share) in kernels.zip(&mut gb).zip(picture.chunks_exact(share)) {
                math::add_assign(kernel, &share[..planes.kernel_len()]);
                *b += share[planes.kernel_len()];
            }
        }
        Ok((gradient(gx, x)?, gradient(gw, weight)?, gradient(gb, bias)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_same_gradients, wave};

    fn inputs(batch: usize, channels: usize, image: [usize; 2], kernel: [usize; 2]) -> Vec<Tensor> {
        vec![
            wave(&[batch, channels, image[0], image[1]], 0.1),
            wave(&[channels, 1, kernel[0], kernel[1]], 0.7),
            wave(&[channels], 1.3),
        ]
    }

    fn config(stride: usize, padding: [usize; 2]) -> DepthwiseConfig {
        DepthwiseConfig {
            stride,
            padding_before: padding[0],
            padding_after: padding[1],
            activation: Activation::None,
        }
    }

    fn check(inputs: &[Tensor], config: DepthwiseConfig) {
        Check {
            fused: |t: &[Tensor]| depthwise_conv2d(&t[0], &t[1], &t[2], config),
            reference: |t: &[Tensor]| reference(&t[0], &t[1], &t[2], config),
        }
        .run(inputs);
    }

    #[test]
    fn each_activation() {
        for activation in
            [Activation::None, Activation::Relu, Activation::Relu6, Activation::Sigmoid]
        {
            let config = DepthwiseConfig { activation, ..config(1, [1, 1]) };
            check(&inputs(2, 3, [3, 4], [3, 3]), config);
        }
    }

    #[test]
    fn general_kernels_strides_and_paddings() {
        let cases = [
            (1, 1, [1, 1], [1, 1], config(1, [0, 0])),
            (2, 2, [4, 4], [3, 3], config(2, [0, 1])), // TensorFlow's "same"
            (2, 2, [5, 6], [3, 3], config(2, [1, 1])),
            (1, 2, [6, 5], [5, 4], config(1, [2, 1])),
            (1, 2, [7, 8], [2, 7], config(3, [0, 2])),
            (1, 1, [8, 8], [1, 2], config(4, [0, 0])), // pixels that no window sees
        ];
        for (batch, channels, image, kernel, config) in cases {
            check(&inputs(batch, channels, image, kernel), config);
        }
    }

    #[test]
    fn large_planes_equal_the_reference() {
        let config = DepthwiseConfig { activation: Activation::Relu6, ..config(2, [0, 1]) };
        let fused = |t: &[Tensor]| depthwise_conv2d(&t[0], &t[1], &t[2], config);
        let plain = |t: &[Tensor]| reference(&t[0], &t[1], &t[2], config);
        let t = inputs(3, 4, [40, 70], [3, 3]);
        assert_same_gradients(fused, plain, &t, 5e-5);
    }

    #[test]
    fn misfits_are_errors_that_name_both_shapes() {
        let t = inputs(1, 2, [2, 2], [3, 3]);
        let (x, w, b) = (&t[0], &t[1], &t[2]);
        let good = config(1, [1, 1]);
        assert!(depthwise_conv2d(x, w, b, good).is_ok());
        let error = depthwise_conv2d(&wave(&[1, 3, 2, 2], 0.0), w, b, good).expect_err("refused");
        let error = error.to_string();
        assert!(error.contains("[1, 3, 2, 2]") && error.contains("[2, 1, 3, 3]"), "{error}");
        for bad in [config(0, [1, 1]), config(1, [0, 0]), config(1, [usize::MAX, 1])] {
            assert!(depthwise_conv2d(x, w, b, bad).is_err(), "{bad:?}");
        }
        assert!(depthwise_conv2d(x, &wave(&[2, 2, 3, 3], 0.0), b, good).is_err());
        assert!(depthwise_conv2d(x, w, &wave(&[3], 0.0), good).is_err());
        let empty = x.narrow(0, 0, 0).expect("an empty batch");
        assert!(depthwise_conv2d(&empty, w, b, good).is_err());
    }
}
