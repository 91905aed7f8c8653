//! Convolution with bias and activation:
//!
//! `y[b, o, gy, gx] = act(bias[o] + sum x[b, i, gy s - p + ky, gx s - p + kx] w[o, i, ky, kx])`
//! over i, ky, kx, with zeros outside x. H' = floor((H + 2 p - kh) / s) + 1, W' likewise. Equals
//! PyTorch's `conv2d` with dilation 1 and one group.
//!
//! Forward is im2col and one matrix product an image; backward one product and col2im for the
//! input, im2col and one product for the weights (see `columns.rs`). candle's own backward runs
//! its scalar transposed convolution instead.

use crate::activation::Activation;
use crate::batch::{self, Gradients};
use crate::geometry::{ConvConfig, Geometry, Operands, check, finish, grid_length};
use crate::storage::{f32_slice, fused};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

/// Convolution, differentiable in all three tensors.
///
/// `x` (B, Ci, H, W), `weight` (Co, Ci, kh, kw), `bias` (Co) give (B, Co, H', W').
///
/// # Errors
/// Shapes that do not fit each other, an empty tensor, a stride of 0, or padding that leaves no
/// output.
pub fn conv2d(x: &Tensor, weight: &Tensor, bias: &Tensor, config: ConvConfig) -> Result<Tensor> {
    let geometry = geometry(x, weight, bias, config)?;
    if !fused(&[x, weight, bias]) {
        return reference(x, weight, bias, config);
    }
    let op = Conv2d { geometry, activation: config.activation };
    x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, op)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`conv2d`].
pub fn reference(x: &Tensor, weight: &Tensor, bias: &Tensor, config: ConvConfig) -> Result<Tensor> {
    geometry(x, weight, bias, config)?;
    let y = plain(x, weight, config)?; // (B, Co, H', W')
    finish(&y, bias, config.activation)
}

/// candle's `conv2d`, whose backward takes the pixels that no window reaches along H to be as many
/// along W: where they are not, the image is padded and cut to whole windows first.
fn plain(x: &Tensor, weight: &Tensor, config: ConvConfig) -> Result<Tensor> {
    let (_, _, kh, kw) = weight.dims4()?;
    let (_, _, h, w) = x.dims4()?;
    let ConvConfig { stride, padding, .. } = config;
    let (height, width) = (h + 2 * padding, w + 2 * padding);
    let (unused_h, unused_w) = ((height - kh) % stride, (width - kw) % stride);
    if unused_h == unused_w {
        return x.conv2d(weight, padding, stride, 1, 1);
    }
    x.pad_with_zeros(2, padding, padding)?
        .pad_with_zeros(3, padding, padding)?
        .narrow(2, 0, height - unused_h)?
        .narrow(3, 0, width - unused_w)?
        .conv2d(weight, 0, stride, 1, 1)
}

pub(crate) fn geometry(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    config: ConvConfig,
) -> Result<Geometry> {
    let operands = Operands { op: "conv2d", x, weight, bias };
    let ((batch, ci, h, w), (co, wi, kh, kw)) =
        operands.axes("(B, Ci, H, W) and (Co, Ci, kh, kw)")?;
    operands.check_channels(wi == ci, co)?;
    let (Some(height), Some(width)) = (grid_length(h, kh, config), grid_length(w, kw, config))
    else {
        return Err(operands.no_output(config));
    };
    let geometry = Geometry {
        channels: ci,
        image: (h, w),
        grid_channels: co,
        grid: (height, width),
        kernel: (kh, kw),
        stride: config.stride,
        padding: config.padding,
    };
    check(operands.op, &geometry, batch)?;
    Ok(geometry)
}

struct Conv2d {
    geometry: Geometry,
    activation: Activation,
}

impl CustomOp3 for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d-fused"
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
        let g = &self.geometry;
        let output = batch::forward(x, g.image_len(), g.grid_len(), |piece| {
            let product = Some((weight, &mut *piece.output));
            g.image_to_grid(piece.input, product, None, piece.scratch, piece.threads);
            batch::add_to_channels(piece.output, bias);
            self.activation.apply(piece.output);
        });
        let shape = (l1.dims()[0], g.grid_channels, g.grid.0, g.grid.1);
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
        let tensors = batch::Tensors { x, weight, bias, output, grad };
        let g = &self.geometry;
        batch::backward(&tensors, self.activation, |piece| {
            let (scratch, threads) = (piece.scratch, piece.threads);
            if let Some(gx) = piece.input_gradient {
                g.grid_to_image(piece.grad, piece.weights, gx, scratch, threads);
            }
            if let Some(gw) = piece.weight_gradient {
                g.image_to_grid(piece.input, None, Some((piece.grad, gw)), scratch, threads);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_same_gradients, wave};

    fn inputs(
        sizes: (usize, usize, usize),
        image: (usize, usize),
        k: (usize, usize),
    ) -> Vec<Tensor> {
        let (b, ci, co) = sizes;
        vec![
            wave(&[b, ci, image.0, image.1], 0.1),
            wave(&[co, ci, k.0, k.1], 0.7),
            wave(&[co], 1.3),
        ]
    }

    fn check(inputs: &[Tensor], config: ConvConfig) {
        Check {
            fused: |t: &[Tensor]| conv2d(&t[0], &t[1], &t[2], config),
            reference: |t: &[Tensor]| reference(&t[0], &t[1], &t[2], config),
        }
        .run(inputs);
    }

    #[test]
    fn each_activation() {
        for activation in
            [Activation::None, Activation::Relu, Activation::Relu6, Activation::Sigmoid]
        {
            let config = ConvConfig { stride: 1, padding: 1, activation };
            check(&inputs((3, 2, 3), (3, 4), (3, 3)), config);
        }
    }

    #[test]
    fn general_kernels_strides_and_paddings() {
        let sizes = [
            ((1, 1, 1), (1, 1), (1, 1), 1, 0),
            ((2, 3, 2), (3, 4), (1, 1), 1, 0),
            ((2, 2, 3), (4, 3), (1, 1), 2, 0),
            ((2, 2, 2), (5, 6), (3, 3), 2, 1),
            ((2, 1, 2), (6, 5), (4, 4), 2, 1),
            ((1, 2, 2), (7, 7), (5, 4), 3, 2),
            ((1, 2, 2), (8, 8), (2, 3), 3, 0), // pixels that no window sees
        ];
        for (channels, image, kernel, stride, padding) in sizes {
            let config = ConvConfig { stride, padding, activation: Activation::Sigmoid };
            check(&inputs(channels, image, kernel), config);
        }
    }

    #[test]
    fn several_tiles_an_image_equal_the_reference() {
        let config = ConvConfig { stride: 2, padding: 1, activation: Activation::Relu };
        let t = inputs((2, 20, 3), (50, 44), (3, 3));
        let fused = |t: &[Tensor]| conv2d(&t[0], &t[1], &t[2], config);
        let plain = |t: &[Tensor]| reference(&t[0], &t[1], &t[2], config);
        assert_same_gradients(fused, plain, &t, 5e-5);
    }

    #[test]
    fn misfits_are_errors_that_name_both_shapes() {
        let t = inputs((1, 2, 3), (2, 2), (4, 4));
        let (x, w, b) = (&t[0], &t[1], &t[2]);
        let config = ConvConfig { padding: 1, ..ConvConfig::default() };
        let message = |r: Result<Tensor>| r.expect_err("must be refused").to_string();
        let error = message(conv2d(&wave(&[1, 5, 2, 2], 0.0), w, b, config));
        assert!(error.contains("[1, 5, 2, 2]") && error.contains("[3, 2, 4, 4]"), "{error}");
        assert!(conv2d(x, w, &wave(&[4], 0.0), config).is_err());
        assert!(conv2d(&wave(&[2, 2], 0.0), w, b, config).is_err());
        assert!(conv2d(x, w, b, ConvConfig { stride: 0, ..config }).is_err());
        assert!(conv2d(x, w, b, ConvConfig { padding: 0, ..config }).is_err());
        assert!(conv2d(x, w, b, ConvConfig { padding: usize::MAX / 4, ..config }).is_err());
        let empty = x.narrow(0, 0, 0).expect("an empty batch");
        assert!(conv2d(&empty, w, b, config).is_err());
    }
}
