//! Transposed convolution with bias and activation:
//!
//! `y[b, o, gy s - p + ky, gx s - p + kx] += sum_i x[b, i, gy, gx] w[i, o, ky, kx]`, then
//! `+ bias[o]`, then the activation. H' = (H - 1) s - 2 p + kh, W' likewise. Equals PyTorch's
//! `conv_transpose2d` with dilation 1, one group and no output padding.
//!
//! Forward is one matrix product an image and col2im; backward im2col and two products (see
//! `columns.rs`). Work is cut by image; each thread sums its own images' weight gradient, and the
//! sums are added in image order.

use crate::activation::Activation;
use crate::batch::{self, Gradients};
use crate::geometry::{ConvConfig, Geometry, Operands, check, finish, image_length};
use crate::storage::{f32_slice, fused};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

/// Transposed convolution, differentiable in all three tensors.
///
/// `x` (B, Ci, H, W), `weight` (Ci, Co, kh, kw), `bias` (Co) give (B, Co, H', W').
///
/// # Errors
/// Shapes that do not fit each other, an empty tensor, a stride of 0, or padding that leaves no
/// output.
pub fn conv_transpose2d(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    config: ConvConfig,
) -> Result<Tensor> {
    let geometry = geometry(x, weight, bias, config)?;
    if !fused(&[x, weight, bias]) {
        return reference(x, weight, bias, config);
    }
    let op = ConvTranspose2d { geometry, activation: config.activation };
    x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, op)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`conv_transpose2d`].
pub fn reference(x: &Tensor, weight: &Tensor, bias: &Tensor, config: ConvConfig) -> Result<Tensor> {
    geometry(x, weight, bias, config)?;
    let y = x.conv_transpose2d(weight, config.padding, 0, config.stride, 1)?; // (B, Co, H', W')
    finish(&y, bias, config.activation)
}

fn geometry(x: &Tensor, weight: &Tensor, bias: &Tensor, config: ConvConfig) -> Result<Geometry> {
    let operands = Operands { op: "conv_transpose2d", x, weight, bias };
    let ((batch, ci, h, w), (wi, co, kh, kw)) =
        operands.axes("(B, Ci, H, W) and (Ci, Co, kh, kw)")?;
    operands.check_channels(wi == ci, co)?;
    let (Some(height), Some(width)) = (image_length(h, kh, config), image_length(w, kw, config))
    else {
        return Err(operands.no_output(config));
    };
    let geometry = Geometry {
        channels: co,
        image: (height, width),
        grid_channels: ci,
        grid: (h, w),
        kernel: (kh, kw),
        stride: config.stride,
        padding: config.padding,
    };
    check(operands.op, &geometry, batch)?;
    Ok(geometry)
}

struct ConvTranspose2d {
    geometry: Geometry,
    activation: Activation,
}

impl CustomOp3 for ConvTranspose2d {
    fn name(&self) -> &'static str {
        "conv-transpose2d"
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
        let output = batch::forward(x, g.grid_len(), g.image_len(), |piece| {
            batch::fill_channels(piece.output, bias);
            g.grid_to_image(piece.input, weight, piece.output, piece.scratch, piece.threads);
            self.activation.apply(piece.output);
        });
        let shape = (l1.dims()[0], g.channels, g.image.0, g.image.1);
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
        batch::backward(&tensors, self.activation, |piece| {
            let product = piece.input_gradient.map(|gx| (piece.weights, gx));
            let gradient = piece.weight_gradient.map(|gw| (piece.input, gw));
            let (scratch, threads) = (piece.scratch, piece.threads);
            self.geometry.image_to_grid(piece.grad, product, gradient, scratch, threads);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_same_gradients, gradients, numbers, wave};
    use candle_core::Var;

    fn inputs(
        sizes: (usize, usize, usize),
        image: (usize, usize),
        k: (usize, usize),
    ) -> Vec<Tensor> {
        let (b, ci, co) = sizes;
        vec![
            wave(&[b, ci, image.0, image.1], 0.1),
            wave(&[ci, co, k.0, k.1], 0.7),
            wave(&[co], 1.3),
        ]
    }

    fn check(inputs: &[Tensor], config: ConvConfig) {
        Check {
            fused: |t: &[Tensor]| conv_transpose2d(&t[0], &t[1], &t[2], config),
            reference: |t: &[Tensor]| reference(&t[0], &t[1], &t[2], config),
        }
        .run(inputs);
    }

    #[test]
    fn doubling_kernel_with_each_activation() {
        for activation in [Activation::None, Activation::Relu, Activation::Sigmoid] {
            let config = ConvConfig { stride: 2, padding: 1, activation };
            check(&inputs((3, 2, 3), (3, 4), (4, 4)), config);
        }
    }

    #[test]
    fn general_kernels_strides_and_paddings() {
        let sizes = [
            ((1, 1, 1), (1, 1), (1, 1), 1, 0),
            ((2, 2, 1), (3, 2), (3, 3), 1, 1),
            ((2, 1, 2), (2, 3), (2, 2), 2, 0),
            ((2, 2, 2), (2, 2), (5, 4), 3, 2),
            ((1, 2, 2), (3, 3), (2, 3), 3, 0), // gaps between windows
            ((1, 1, 2), (4, 1), (4, 4), 2, 1), // one column
        ];
        for (channels, image, kernel, stride, padding) in sizes {
            let config = ConvConfig { stride, padding, activation: Activation::Sigmoid };
            check(&inputs(channels, image, kernel), config);
        }
    }

    #[test]
    fn several_tiles_an_image_equal_the_reference() {
        let config = ConvConfig { stride: 2, padding: 1, activation: Activation::Relu };
        let t = inputs((2, 3, 40), (24, 20), (4, 4));
        let fused = |t: &[Tensor]| conv_transpose2d(&t[0], &t[1], &t[2], config);
        let plain = |t: &[Tensor]| reference(&t[0], &t[1], &t[2], config);
        assert_same_gradients(fused, plain, &t, 5e-5);
    }

    #[test]
    fn frozen_tensors_get_no_gradient() -> Result<()> {
        let config = ConvConfig { stride: 2, padding: 1, activation: Activation::Relu };
        let t = inputs((3, 2, 3), (3, 4), (4, 4));
        let (_, all) = gradients(|t| conv_transpose2d(&t[0], &t[1], &t[2], config), &t);
        for which in 0..3 {
            let var = Var::from_tensor(&t[which])?;
            let mut mixed = t.clone();
            mixed[which] = var.as_tensor().clone();
            let y = conv_transpose2d(&mixed[0], &mixed[1], &mixed[2], config)?;
            let store = (&y * wave(y.dims(), 2.1))?.sum_all()?.backward()?;
            let frozen = (0..3).filter(|&other| other != which);
            assert!(frozen.map(|i| store.get(&mixed[i])).all(|g| g.is_none()));
            let gradient = store.get(&var).expect("the variable's gradient");
            assert_eq!(numbers(gradient), numbers(&all[which]));
        }
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_both_shapes() {
        let t = inputs((1, 2, 3), (2, 2), (4, 4));
        let (x, w, b) = (&t[0], &t[1], &t[2]);
        let config = ConvConfig::default();
        let message = |r: Result<Tensor>| r.expect_err("must be refused").to_string();
        let error = message(conv_transpose2d(&wave(&[1, 5, 2, 2], 0.0), w, b, config));
        assert!(error.contains("[1, 5, 2, 2]") && error.contains("[2, 3, 4, 4]"), "{error}");
        assert!(conv_transpose2d(x, w, &wave(&[4], 0.0), config).is_err());
        assert!(conv_transpose2d(&wave(&[2, 2], 0.0), w, b, config).is_err());
        assert!(conv_transpose2d(x, w, b, ConvConfig { stride: 0, ..config }).is_err());
        assert!(conv_transpose2d(x, w, b, ConvConfig { padding: 3, ..config }).is_err());
        assert!(conv_transpose2d(x, w, b, ConvConfig { padding: usize::MAX, ..config }).is_err());
        assert!(conv_transpose2d(x, w, b, ConvConfig { stride: usize::MAX, ..config }).is_err());
        let empty = x.narrow(0, 0, 0).expect("an empty batch");
        assert!(conv_transpose2d(&empty, w, b, config).is_err());
    }
}
