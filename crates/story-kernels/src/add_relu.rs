//! The end of a residual block in one pass: y = max(a + b, 0).
//!
//! Its slope at 0 is 0, as in PyTorch; candle's own `relu` has slope 1 there.

use crate::storage::{check_not_empty, f32_slice, fused, with_f32};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

/// Numbers a thread takes at a time.
const BLOCK: usize = 16 << 10;

/// Sum and ReLU of two tensors of one shape, differentiable in both.
///
/// # Errors
/// Shapes that differ, or an empty tensor.
pub fn add_relu(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.dims() != b.dims() {
        bail!("add_relu: shapes differ: {:?} and {:?}", a.dims(), b.dims());
    }
    check_not_empty("add_relu", "a", a)?;
    if !fused(&[a, b]) {
        return reference(a, b);
    }
    a.contiguous()?.apply_op2(&b.contiguous()?, AddRelu)
}

/// The same in candle's own ops.
///
/// # Errors
/// Shapes that differ.
pub fn reference(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let sum = (a + b)?;
    let positive = sum.gt(&sum.zeros_like()?)?.to_dtype(sum.dtype())?;
    sum * positive
}

struct AddRelu;

impl CustomOp2 for AddRelu {
    fn name(&self) -> &'static str {
        "add-relu"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (a, b) = (f32_slice(s1, l1)?, f32_slice(s2, l2)?);
        let mut output = vec![0f32; a.len()];
        output.par_chunks_mut(BLOCK).zip(a.par_chunks(BLOCK).zip(b.par_chunks(BLOCK))).for_each(
            |(output, (a, b))| {
                for ((y, a), b) in output.iter_mut().zip(a).zip(b) {
                    let sum = a + b;
                    // Not `max`: it would turn not-a-number into 0.
                    *y = if sum < 0.0 { 0.0 } else { sum };
                }
            },
        );
        Ok((CpuStorage::F32(output), l1.shape().clone()))
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut both = vec![0f32; output.elem_count()];
        with_f32(output, |output| {
            with_f32(grad, |grad| {
                both.par_chunks_mut(BLOCK)
                    .zip(output.par_chunks(BLOCK).zip(grad.par_chunks(BLOCK)))
                    .for_each(|(both, (output, grad))| {
                        for ((d, y), g) in both.iter_mut().zip(output).zip(grad) {
                            *d = if *y <= 0.0 { 0.0 } else { *g };
                        }
                    });
                Ok(())
            })
        })?;
        let both = Tensor::from_vec(both, output.shape(), output.device())?;
        let of = |input: &Tensor| input.track_op().then(|| both.clone());
        Ok((of(a), of(b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_same_gradients, wave};

    fn fused_op(t: &[Tensor]) -> Result<Tensor> {
        add_relu(&t[0], &t[1])
    }

    fn plain(t: &[Tensor]) -> Result<Tensor> {
        reference(&t[0], &t[1])
    }

    #[test]
    fn values_and_gradients() {
        for shape in [&[1][..], &[3, 4], &[2, 3, 2, 2]] {
            let inputs = [wave(shape, 0.1), wave(shape, 0.9)];
            Check { fused: fused_op, reference: plain }.run(&inputs);
        }
        let long = [wave(&[BLOCK + 7], 0.1), wave(&[BLOCK + 7], 0.9)];
        assert_same_gradients(fused_op, plain, &long, 1e-6);
    }

    #[test]
    fn the_slope_at_zero_is_zero() {
        let zeros = wave(&[3], 0.0).zeros_like().expect("zeros");
        assert_same_gradients(fused_op, plain, &[zeros.clone(), zeros], 0.0);
    }

    #[test]
    fn misfits_are_errors_that_name_both_shapes() {
        let error = add_relu(&wave(&[2, 3], 0.0), &wave(&[3, 2], 0.0)).expect_err("misfit");
        let error = error.to_string();
        assert!(error.contains("[2, 3]") && error.contains("[3, 2]"), "{error}");
    }
}
