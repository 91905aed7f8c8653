//! The mean squared error of each row of two tensors, where a mask keeps the row, in one pass over them;
//! in candle's own ops it is five results of their size.
//!
//! ```text
//! out[b] = mean over the row of (a - t)^2 where mask[b] is not 0, and 0 elsewhere
//! ```
//!
//! `a` and `t` (B, ...), `mask` (B,), result (B,). Whatever a masked row holds, infinity and NaN included,
//! changes neither the result nor the gradient. Differentiable in `a` and `t`.

use crate::storage::{check_not_empty, f32_slice, fused, with_f32};
use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

const OP: &str = "squared_error";
/// Numbers a thread takes at a time: pieces are cut alike whatever the threads, so that sums are.
const PIECE: usize = 16 << 10;

/// The mean squared errors.
///
/// # Errors
/// Shapes that differ, an empty tensor, a mask that is not (B,) or learns.
pub fn squared_error(a: &Tensor, target: &Tensor, mask: &Tensor) -> Result<Tensor> {
    check(a, target, mask)?;
    if !fused(&[a, target]) {
        return composed(a, target, mask);
    }
    let kept = kept(mask)?.to_dtype(DType::U8)?.to_vec1::<u8>()?;
    let op = SquaredError { kept: kept.into_iter().map(|it| it != 0).collect() };
    a.contiguous()?.apply_op2(&target.contiguous()?, op)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`squared_error`].
pub fn reference(a: &Tensor, target: &Tensor, mask: &Tensor) -> Result<Tensor> {
    check(a, target, mask)?;
    composed(a, target, mask)
}

fn check(a: &Tensor, target: &Tensor, mask: &Tensor) -> Result<()> {
    check_not_empty(OP, "a", a)?;
    if a.dims() != target.dims() || mask.dims() != &a.dims()[..1] {
        bail!(
            "{OP}: expected two tensors (B, ...) of one shape and a mask (B,), found {:?}, {:?} and {:?}",
            a.dims(),
            target.dims(),
            mask.dims()
        );
    }
    Ok(())
}

/// 1 for each row that counts.
fn kept(mask: &Tensor) -> Result<Tensor> {
    mask.ne(0f64)
}

fn composed(a: &Tensor, target: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let difference = (a - target)?.flatten_from(1)?; // (B, N)
    // Before the square: its derivative at infinity would turn a gradient of 0 into NaN.
    let kept = kept(mask)?.unsqueeze(1)?.broadcast_as(difference.shape())?.contiguous()?;
    kept.where_cond(&difference, &difference.zeros_like()?)?.sqr()?.mean(1)
}

struct SquaredError {
    kept: Vec<bool>,
}

impl SquaredError {
    fn errors(&self, a: &[f32], target: &[f32]) -> Vec<f32> {
        let row = a.len() / self.kept.len();
        let of_row = |(at, kept): (usize, &bool)| {
            if !kept {
                return 0.0;
            }
            let (a, target) = (&a[at * row..][..row], &target[at * row..][..row]);
            let pieces: Vec<f64> = a
                .par_chunks(PIECE)
                .zip(target.par_chunks(PIECE))
                .map(|(a, target)| {
                    let squares = a.iter().zip(target).map(|(a, t)| f64::from((a - t) * (a - t)));
                    squares.sum()
                })
                .collect();
            (pieces.iter().sum::<f64>() / row as f64) as f32
        };
        self.kept.iter().enumerate().map(of_row).collect()
    }

    fn gradient(&self, a: &[f32], target: &[f32], grad: &[f32]) -> Vec<f32> {
        let row = a.len() / self.kept.len();
        let scale = (1.0 / row as f64) as f32;
        let mut out = vec![0.0; a.len()];
        out.par_chunks_mut(row)
            .zip(a.par_chunks(row).zip(target.par_chunks(row)))
            .enumerate()
            .for_each(|(at, (out, (a, target)))| {
                if !self.kept[at] {
                    return;
                }
                let grad = grad[at] * scale;
                for (out, (a, t)) in out.iter_mut().zip(a.iter().zip(target)) {
                    *out = (a - t) * grad * 2.0;
                }
            });
        out
    }
}

impl CustomOp2 for SquaredError {
    fn name(&self) -> &'static str {
        OP
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let errors = self.errors(f32_slice(s1, l1)?, f32_slice(s2, l2)?);
        Ok((CpuStorage::F32(errors), Shape::from(self.kept.len())))
    }

    fn bwd(
        &self,
        a: &Tensor,
        target: &Tensor,
        _output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let values = with_f32(a, |a| {
            with_f32(target, |target| with_f32(grad, |grad| Ok(self.gradient(a, target, grad))))
        })?;
        let gradient = Tensor::from_vec(values, a.shape(), a.device())?;
        let of_target = if target.track_op() { Some(gradient.neg()?) } else { None };
        Ok((a.track_op().then_some(gradient), of_target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, wave};
    use candle_core::{Device, Var};

    #[test]
    fn values_and_gradients() -> Result<()> {
        let inputs = [wave(&[3, 2, 5], 0.3), wave(&[3, 2, 5], 1.4)];
        let mask = Tensor::new(&[1f32, 0.0, 1.0], &Device::Cpu)?;
        let of = |t: &[Tensor]| squared_error(&t[0], &t[1], &mask);
        let plain = |t: &[Tensor]| reference(&t[0], &t[1], &mask);
        Check { fused: of, reference: plain }.run(&inputs);
        Ok(())
    }

    #[test]
    fn rows_longer_than_a_piece_add_up() -> Result<()> {
        let (a, target) = (wave(&[2, 40_000], 0.3), wave(&[2, 40_000], 0.9));
        let mask = Tensor::ones(2, DType::F32, &Device::Cpu)?;
        let found = squared_error(&a, &target, &mask)?;
        let plain = reference(&a, &target, &mask)?;
        crate::testing::assert_close("errors", &found, &plain, 1e-6);
        Ok(())
    }

    #[test]
    fn a_masked_row_spoils_nothing_whatever_it_holds() -> Result<()> {
        let a = Var::new(&[[3f32, 1.0], [f32::NAN, f32::INFINITY]], &Device::Cpu)?;
        let target = Tensor::new(&[[1f32, 1.0], [0.0, f32::NEG_INFINITY]], &Device::Cpu)?;
        let mask = Tensor::new(&[1f32, 0.0], &Device::Cpu)?;
        let errors = squared_error(&a, &target, &mask)?;
        assert_eq!(errors.to_vec1::<f32>()?, [2.0, 0.0]);
        let gradients = errors.sum_all()?.backward()?;
        let gradient = gradients.get(&a).expect("the graph is whole").to_vec2::<f32>()?;
        assert_eq!(gradient, [[2.0, 0.0], [0.0, 0.0]]);
        Ok(())
    }

    #[test]
    fn misfits_are_errors() {
        let a = wave(&[2, 3], 0.3);
        let mask = wave(&[2], 0.3);
        assert!(squared_error(&a, &wave(&[3, 2], 0.3), &mask).is_err());
        assert!(squared_error(&a, &a, &wave(&[3], 0.3)).is_err());
    }
}
