//! The sigmoid-weighted linear unit (Elfwing et al. 2018, "SiLU"; also "swish"):
//!
//! y = x / (1 + e^-x), dy/dx = s (1 + x (1 - s)) with s = 1 / (1 + e^-x).
//!
//! It is no [`Activation`](crate::Activation): those find their slope in their own output, and two
//! different x have the same y here. candle's own runs on one thread.

use crate::activation::sigmoid_reference;
use crate::math;
use crate::storage::{check_not_empty, f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// Numbers a thread takes at a time.
const BLOCK: usize = 16 << 10;

/// SiLU of every number, differentiable.
///
/// # Errors
/// An empty tensor.
pub fn silu(x: &Tensor) -> Result<Tensor> {
    check_not_empty("silu", "x", x)?;
    if !fused(&[x]) {
        return reference(x);
    }
    x.contiguous()?.apply_op1(Silu)
}

/// The same in candle's own ops.
///
/// # Errors
/// Whatever candle reports.
pub fn reference(x: &Tensor) -> Result<Tensor> {
    x * sigmoid_reference(x)?
}

struct Silu;

impl CustomOp1 for Silu {
    fn name(&self) -> &'static str {
        "silu-fused"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = f32_slice(storage, layout)?;
        let mut output = vec![0f32; x.len()];
        output.par_chunks_mut(BLOCK).zip(x.par_chunks(BLOCK)).for_each(|(output, x)| {
            for (y, x) in output.iter_mut().zip(x) {
                *y = x * math::sigmoid(*x);
            }
        });
        Ok((CpuStorage::F32(output), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _output: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let mut slopes = vec![0f32; x.elem_count()];
        with_f32(x, |x| {
            with_f32(grad, |grad| {
                slopes
                    .par_chunks_mut(BLOCK)
                    .zip(x.par_chunks(BLOCK).zip(grad.par_chunks(BLOCK)))
                    .for_each(|(slopes, (x, grad))| {
                        for ((d, x), g) in slopes.iter_mut().zip(x).zip(grad) {
                            let s = math::sigmoid(*x);
                            *d = g * s * (1.0 + x * (1.0 - s));
                        }
                    });
                Ok(())
            })
        })?;
        gradient(slopes, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_same_gradients, numbers, wave};
    use candle_core::Device;

    fn fused_op(t: &[Tensor]) -> Result<Tensor> {
        silu(&t[0])
    }

    fn plain(t: &[Tensor]) -> Result<Tensor> {
        reference(&t[0])
    }

    #[test]
    fn values_and_gradients() {
        for shape in [&[1][..], &[3, 4], &[2, 3, 2, 2]] {
            let x = (wave(shape, 0.1) * 4.0).expect("a product");
            Check { fused: fused_op, reference: plain }.run(&[x]);
        }
        assert_same_gradients(fused_op, plain, &[wave(&[BLOCK + 7], 0.1)], 1e-6);
    }

    #[test]
    fn far_from_zero_it_is_zero_or_x() -> Result<()> {
        let x = Tensor::new(&[-200f32, 0.0, 200.0], &Device::Cpu)?;
        let y = numbers(&silu(&x)?);
        assert!(y[0].abs() < 1e-30 && y[1] == 0.0 && y[2] == 200.0, "{y:?}");
        assert!(silu(&Tensor::zeros((0, 2), x.dtype(), &Device::Cpu)?).is_err());
        Ok(())
    }
}
