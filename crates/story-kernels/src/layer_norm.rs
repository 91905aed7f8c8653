//! Layer norm (Ba, Kiros and Hinton 2016) over the last axis, with its backward, which candle's
//! own fused layer norm lacks:
//!
//! xhat = (x - mean) / sqrt(var + eps), var biased; y = xhat * weight + bias.
//! With h = dy * weight: dx = (h - mean(h) - xhat * mean(h * xhat)) / sqrt(var + eps).
//!
//! Rows are cut into blocks of fixed size; the blocks' weight and bias gradients are added in
//! order, so that the result does not even depend on the number of threads.

use crate::math;
use crate::storage::{check_not_empty, f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp3, D, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use std::sync::OnceLock;

/// Rows a thread takes at a time.
const BLOCK_ROWS: usize = 32;

/// Layer norm over the last axis: `x` (..., D), `weight` (D), `bias` (D) give (..., D).
/// Differentiable in all three.
///
/// # Errors
/// Shapes that do not fit each other, an empty tensor, or an `eps` that is not positive.
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, eps: f64) -> Result<Tensor> {
    check(x, weight, bias, eps)?;
    if !fused(&[x, weight, bias]) {
        return reference(x, weight, bias, eps);
    }
    let op = LayerNorm { width: weight.elem_count(), eps: eps as f32, statistics: OnceLock::new() };
    x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, op)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`layer_norm`].
pub fn reference(x: &Tensor, weight: &Tensor, bias: &Tensor, eps: f64) -> Result<Tensor> {
    check(x, weight, bias, eps)?;
    let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?; // (..., 1)
    let scaled = centred.broadcast_div(&(variance + eps)?.sqrt()?)?;
    scaled.broadcast_mul(weight)?.broadcast_add(bias)
}

fn check(x: &Tensor, weight: &Tensor, bias: &Tensor, eps: f64) -> Result<()> {
    check_not_empty("layer_norm", "x", x)?;
    let last = x.dims().last().copied().unwrap_or(0);
    if weight.dims() != [last] || bias.dims() != [last] {
        let (x, weight, bias) = (x.dims(), weight.dims(), bias.dims());
        bail!(
            "layer_norm: x {x:?} needs weight and bias of its last size, found {weight:?}, {bias:?}"
        );
    }
    if eps.is_nan() || eps <= 0.0 {
        bail!("layer_norm: eps is {eps}, expected a positive number");
    }
    Ok(())
}

struct LayerNorm {
    width: usize,
    eps: f32,
    /// Mean and 1 / sqrt(var + eps) of each row.
    statistics: OnceLock<Vec<(f32, f32)>>,
}

impl LayerNorm {
    fn statistics(&self, row: &[f32], centred: &mut [f32]) -> (f32, f32) {
        let n = self.width as f32;
        let mean = math::sum(row) / n;
        // Squares of differences: the difference of squares cancels for a large mean.
        for (c, x) in centred.iter_mut().zip(row) {
            *c = (x - mean) * (x - mean);
        }
        let variance = math::sum(centred) / n;
        (mean, 1.0 / (variance + self.eps).sqrt())
    }

    /// One row's dx, and its shares of the weight and bias gradients. `dx` and `product` are
    /// overwritten.
    fn row_backward(&self, row: Row<'_>, weight: &[f32], sums: &mut BlockSums, dx: &mut [f32]) {
        let (mean, scale) = row.statistics;
        let n = self.width as f32;
        let inputs = row.x.iter().zip(row.grad).zip(weight);
        let stores = sums.weight.iter_mut().zip(&mut sums.bias);
        let work = dx.iter_mut().zip(&mut sums.product);
        for (((d, product), (gw, gb)), ((x, g), w)) in work.zip(stores).zip(inputs) {
            let xhat = (x - mean) * scale;
            *gw += g * xhat;
            *gb += g;
            *d = g * w;
            *product = *d * xhat;
        }
        let (mean_h, mean_product) = (math::sum(dx) / n, math::sum(&sums.product) / n);
        for (d, x) in dx.iter_mut().zip(row.x) {
            let xhat = (x - mean) * scale;
            *d = (*d - mean_h - xhat * mean_product) * scale;
        }
    }
}

struct Row<'a> {
    x: &'a [f32],
    grad: &'a [f32],
    statistics: (f32, f32),
}

/// One block's sums over its rows, and room for one row.
struct BlockSums {
    weight: Vec<f32>,
    bias: Vec<f32>,
    product: Vec<f32>,
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
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
        let mut output = vec![0f32; x.len()];
        let mut statistics = vec![(0f32, 0f32); x.len() / self.width];
        let block = BLOCK_ROWS * self.width;
        output
            .par_chunks_mut(block)
            .zip(x.par_chunks(block))
            .zip(statistics.par_chunks_mut(BLOCK_ROWS))
            .for_each(|((output, x), statistics)| {
                let rows = output.chunks_exact_mut(self.width).zip(x.chunks_exact(self.width));
                for ((output, x), saved) in rows.zip(statistics) {
                    *saved = self.statistics(x, output);
                    let (mean, scale) = *saved;
                    for (((y, x), w), b) in output.iter_mut().zip(x).zip(weight).zip(bias) {
                        *y = (x - mean) * scale * w + b;
                    }
                }
            });
        if self.statistics.set(statistics).is_err() {
            bail!("layer_norm: one op runs forward once");
        }
        Ok((CpuStorage::F32(output), l1.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(statistics) = self.statistics.get() else {
            bail!("layer_norm: backward before forward")
        };
        let mut gx = vec![0f32; x.elem_count()];
        let (width, block) = (self.width, BLOCK_ROWS * self.width);
        let blocks: Vec<BlockSums> = with_f32(x, |x| {
            with_f32(weight, |weight| {
                with_f32(grad, |grad| {
                    let blocks = gx.par_chunks_mut(block).zip(x.par_chunks(block));
                    let blocks = blocks.zip(grad.par_chunks(block));
                    let blocks = blocks.zip(statistics.par_chunks(BLOCK_ROWS));
                    let sums = blocks.map(|(((gx, x), grad), statistics)| {
                        let mut sums = BlockSums {
                            weight: vec![0f32; width],
                            bias: vec![0f32; width],
                            product: vec![0f32; width],
                        };
                        let rows = x.chunks_exact(width).zip(grad.chunks_exact(width));
                        let rows = rows.zip(statistics).zip(gx.chunks_exact_mut(width));
                        for (((x, grad), &statistics), dx) in rows {
                            let row = Row { x, grad, statistics };
                            self.row_backward(row, weight, &mut sums, dx);
                        }
                        sums
                    });
                    Ok(sums.collect())
                })
            })
        })?;
        let (mut gw, mut gb) = (vec![0f32; width], vec![0f32; width]);
        for block in blocks {
            math::add_assign(&mut gw, &block.weight);
            math::add_assign(&mut gb, &block.bias);
        }
        Ok((gradient(gx, x)?, gradient(gw, weight)?, gradient(gb, bias)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_same_gradients, numbers, wave};

    const EPS: f64 = 1e-5;

    fn fused_op(t: &[Tensor]) -> Result<Tensor> {
        layer_norm(&t[0], &t[1], &t[2], EPS)
    }

    fn plain(t: &[Tensor]) -> Result<Tensor> {
        reference(&t[0], &t[1], &t[2], EPS)
    }

    #[test]
    fn small_shapes_of_every_rank() {
        for shape in [&[5][..], &[3, 4], &[2, 3, 7], &[2, 1, 2, 3]] {
            let d = shape[shape.len() - 1];
            let inputs = [wave(shape, 0.1), wave(&[d], 0.7), wave(&[d], 1.3)];
            Check { fused: fused_op, reference: plain }.run(&inputs);
        }
    }

    #[test]
    fn several_blocks_of_rows() {
        let inputs = [wave(&[3 * BLOCK_ROWS + 5, 70], 0.1), wave(&[70], 0.7), wave(&[70], 1.3)];
        assert_same_gradients(fused_op, plain, &inputs, 5e-5);
    }

    #[test]
    fn a_large_mean_does_not_cancel() -> Result<()> {
        let x = (wave(&[2, 64], 0.3) + 1000.0)?;
        let (w, b) = (x.get(0)?.ones_like()?, x.get(0)?.zeros_like()?);
        let y = numbers(&layer_norm(&x, &w, &b, EPS)?);
        let mean_square = y.iter().map(|v| v * v).sum::<f64>() / y.len() as f64;
        assert!((mean_square - 1.0).abs() < 1e-3, "{mean_square}");
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_both_shapes() {
        let (x, w) = (wave(&[2, 3], 0.0), wave(&[3], 0.0));
        let error = layer_norm(&x, &wave(&[4], 0.0), &w, EPS).expect_err("misfit");
        assert!(error.to_string().contains("[2, 3]") && error.to_string().contains("[4]"));
        assert!(layer_norm(&x, &w, &wave(&[1, 3], 0.0), EPS).is_err());
        assert!(layer_norm(&x, &w, &w, 0.0).is_err());
        assert!(layer_norm(&x, &w, &w, f64::NAN).is_err());
        let empty = x.narrow(0, 0, 0).expect("no rows");
        assert!(layer_norm(&empty, &w, &w, EPS).is_err());
    }
}
