//! Root-mean-square norm (Zhang and Sennrich 2019) over the last axis, with its backward, which
//! candle's own lacks:
//!
//! xhat = x / sqrt(mean(x^2) + eps); y = xhat * weight.
//! With h = dy * weight: dx = (h - xhat * mean(h * xhat)) / sqrt(mean(x^2) + eps);
//! dweight = sum over rows of dy * xhat, made only where something asks for it.
//!
//! Rows are cut into blocks of fixed size; the blocks' weight gradients are added in order, so
//! that the result does not even depend on the number of threads.

use crate::math;
use crate::storage::{check_not_empty, f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp2, D, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use std::sync::OnceLock;

/// Rows a thread takes at a time.
const BLOCK_ROWS: usize = 32;

/// RMS norm over the last axis: `x` (..., D) and `weight` (D) give (..., D). Differentiable in
/// both.
///
/// # Errors
/// Shapes that do not fit each other, an empty tensor, or an `eps` that is not positive.
pub fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    check(x, weight, eps)?;
    if !fused(&[x, weight]) {
        return reference(x, weight, eps);
    }
    let op = RmsNorm { width: weight.elem_count(), eps: eps as f32, scales: OnceLock::new() };
    x.contiguous()?.apply_op2(&weight.contiguous()?, op)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`rms_norm`].
pub fn reference(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    check(x, weight, eps)?;
    let mean_square = x.sqr()?.mean_keepdim(D::Minus1)?; // (..., 1)
    x.broadcast_div(&(mean_square + eps)?.sqrt()?)?.broadcast_mul(weight)
}

fn check(x: &Tensor, weight: &Tensor, eps: f64) -> Result<()> {
    check_not_empty("rms_norm", "x", x)?;
    let last = x.dims().last().copied().unwrap_or(0);
    if weight.dims() != [last] {
        let (x, weight) = (x.dims(), weight.dims());
        bail!("rms_norm: x {x:?} needs a weight of its last size, found {weight:?}");
    }
    if eps.is_nan() || eps <= 0.0 {
        bail!("rms_norm: eps is {eps}, expected a positive number");
    }
    Ok(())
}

struct RmsNorm {
    width: usize,
    eps: f32,
    /// 1 / sqrt(mean(x^2) + eps) of each row.
    scales: OnceLock<Vec<f32>>,
}

impl RmsNorm {
    /// One row's dx, and its share of the weight's gradient where that is wanted. `dx` and
    /// `product` are overwritten.
    fn row_backward(&self, row: Row<'_>, weight: &[f32], sums: &mut BlockSums, dx: &mut [f32]) {
        let Row { x, grad, scale } = row;
        let inputs = x.iter().zip(grad).zip(weight);
        for ((d, product), ((x, g), w)) in dx.iter_mut().zip(&mut sums.product).zip(inputs) {
            *d = g * w;
            *product = *d * x * scale;
        }
        for (sum, (x, g)) in sums.weight.iter_mut().zip(x.iter().zip(grad)) {
            *sum += g * x * scale;
        }
        let mean = math::sum(&sums.product) / self.width as f32;
        for (d, x) in dx.iter_mut().zip(x) {
            *d = (*d - x * scale * mean) * scale;
        }
    }
}

struct Row<'a> {
    x: &'a [f32],
    grad: &'a [f32],
    scale: f32,
}

/// One block's sum over its rows (empty where it is not wanted), and room for one row.
struct BlockSums {
    weight: Vec<f32>,
    product: Vec<f32>,
}

impl CustomOp2 for RmsNorm {
    fn name(&self) -> &'static str {
        "rms-norm"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight) = (f32_slice(s1, l1)?, f32_slice(s2, l2)?);
        let (width, block) = (self.width, BLOCK_ROWS * self.width);
        let mut output = vec![0f32; x.len()];
        let mut scales = vec![0f32; x.len() / width];
        let blocks = output.par_chunks_mut(block).zip(x.par_chunks(block));
        blocks.zip(scales.par_chunks_mut(BLOCK_ROWS)).for_each(|((output, x), scales)| {
            let rows = output.chunks_exact_mut(width).zip(x.chunks_exact(width));
            for ((output, x), saved) in rows.zip(scales) {
                for (y, x) in output.iter_mut().zip(x) {
                    *y = x * x;
                }
                let scale = 1.0 / (math::sum(output) / width as f32 + self.eps).sqrt();
                for ((y, x), w) in output.iter_mut().zip(x).zip(weight) {
                    *y = x * scale * w;
                }
                *saved = scale;
            }
        });
        if self.scales.set(scales).is_err() {
            bail!("rms_norm: one op runs forward once");
        }
        Ok((CpuStorage::F32(output), l1.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(scales) = self.scales.get() else { bail!("rms_norm: backward before forward") };
        let mut gx = vec![0f32; x.elem_count()];
        let (width, block) = (self.width, BLOCK_ROWS * self.width);
        let wanted = if weight.track_op() { width } else { 0 };
        let blocks: Vec<BlockSums> = with_f32(x, |x| {
            with_f32(weight, |weight| {
                with_f32(grad, |grad| {
                    let blocks = gx.par_chunks_mut(block).zip(x.par_chunks(block));
                    let blocks = blocks.zip(grad.par_chunks(block));
                    let blocks = blocks.zip(scales.par_chunks(BLOCK_ROWS));
                    let sums = blocks.map(|(((gx, x), grad), scales)| {
                        let mut sums =
                            BlockSums { weight: vec![0f32; wanted], product: vec![0f32; width] };
                        let rows = x.chunks_exact(width).zip(grad.chunks_exact(width));
                        for (((x, grad), &scale), dx) in
                            rows.zip(scales).zip(gx.chunks_exact_mut(width))
                        {
                            self.row_backward(Row { x, grad, scale }, weight, &mut sums, dx);
                        }
                        sums
                    });
                    Ok(sums.collect())
                })
            })
        })?;
        let mut gw = vec![0f32; wanted];
        for block in blocks {
            math::add_assign(&mut gw, &block.weight);
        }
        let gw = if wanted > 0 { gradient(gw, weight)? } else { None };
        Ok((gradient(gx, x)?, gw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_close, assert_same_gradients, wave};
    use candle_core::Var;

    const EPS: f64 = 1e-5;

    fn fused_op(t: &[Tensor]) -> Result<Tensor> {
        rms_norm(&t[0], &t[1], EPS)
    }

    fn plain(t: &[Tensor]) -> Result<Tensor> {
        reference(&t[0], &t[1], EPS)
    }

    #[test]
    fn small_shapes_of_every_rank() {
        for shape in [&[5][..], &[3, 4], &[2, 3, 7], &[2, 1, 2, 3]] {
            let inputs = [wave(shape, 0.1), wave(&[shape[shape.len() - 1]], 0.7)];
            Check { fused: fused_op, reference: plain }.run(&inputs);
        }
    }

    #[test]
    fn several_blocks_of_rows() {
        let inputs = [wave(&[3 * BLOCK_ROWS + 5, 70], 0.1), wave(&[70], 0.7)];
        assert_same_gradients(fused_op, plain, &inputs, 5e-5);
    }

    #[test]
    fn a_frozen_weight_changes_nothing_and_gets_no_gradient() -> Result<()> {
        let (x, weight) = (Var::from_tensor(&wave(&[3, 4], 0.1))?, wave(&[4], 0.7));
        let own = Var::from_tensor(&weight)?;
        let gradient = |y: Tensor| -> Result<Tensor> {
            let store = y.sqr()?.sum_all()?.backward()?;
            Ok(store.get(&x).expect("x learns").clone())
        };
        let frozen = gradient(rms_norm(&x, &weight, EPS)?)?;
        assert_close("dx", &frozen, &gradient(rms_norm(&x, &own, EPS)?)?, 0.0);
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_both_shapes() {
        let (x, w) = (wave(&[2, 3], 0.0), wave(&[3], 0.0));
        let error = rms_norm(&x, &wave(&[4], 0.0), EPS).expect_err("misfit").to_string();
        assert!(error.contains("[2, 3]") && error.contains("[4]"), "{error}");
        assert!(rms_norm(&x, &w, 0.0).is_err() && rms_norm(&x, &w, f64::NAN).is_err());
        let empty = x.narrow(0, 0, 0).expect("no rows");
        assert!(rms_norm(&empty, &w, EPS).is_err());
    }
}
