//! The gated unit between a feed-forward part's two matrices (Shazeer 2020, "SwiGLU"):
//!
//! y = silu(gate) * up with silu(g) = g / (1 + e^-g).
//! With s = 1 / (1 + e^-g): dgate = dy * up * s (1 + g (1 - s)), dup = dy * g s.

use crate::math;
use crate::silu;
use crate::storage::{check_not_empty, f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

/// Numbers a thread takes at a time.
const BLOCK: usize = 16 << 10;

/// silu(gate) * up of two tensors of one shape, differentiable in both.
///
/// # Errors
/// Two shapes, or an empty tensor.
pub fn swiglu(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    check(gate, up)?;
    if !fused(&[gate, up]) {
        return reference(gate, up);
    }
    gate.contiguous()?.apply_op2(&up.contiguous()?, Swiglu)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`swiglu`].
pub fn reference(gate: &Tensor, up: &Tensor) -> Result<Tensor> {
    check(gate, up)?;
    silu::reference(gate)? * up
}

fn check(gate: &Tensor, up: &Tensor) -> Result<()> {
    check_not_empty("swiglu", "the gate", gate)?;
    if gate.dims() != up.dims() {
        bail!("swiglu: the gate is {:?} and what it opens {:?}", gate.dims(), up.dims());
    }
    Ok(())
}

struct Swiglu;

impl CustomOp2 for Swiglu {
    fn name(&self) -> &'static str {
        "swiglu"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (gate, up) = (f32_slice(s1, l1)?, f32_slice(s2, l2)?);
        let mut output = vec![0f32; gate.len()];
        let inputs = gate.par_chunks(BLOCK).zip(up.par_chunks(BLOCK));
        output.par_chunks_mut(BLOCK).zip(inputs).for_each(|(output, (gate, up))| {
            for ((y, g), u) in output.iter_mut().zip(gate).zip(up) {
                *y = g * math::sigmoid(*g) * u;
            }
        });
        Ok((CpuStorage::F32(output), l1.shape().clone()))
    }

    fn bwd(
        &self,
        gate: &Tensor,
        up: &Tensor,
        _output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (mut dgate, mut dup) = (vec![0f32; gate.elem_count()], vec![0f32; gate.elem_count()]);
        with_f32(gate, |gate| {
            with_f32(up, |up| {
                with_f32(grad, |grad| {
                    let outputs = dgate.par_chunks_mut(BLOCK).zip(dup.par_chunks_mut(BLOCK));
                    let inputs = gate.par_chunks(BLOCK).zip(up.par_chunks(BLOCK));
                    outputs.zip(inputs).zip(grad.par_chunks(BLOCK)).for_each(
                        |(((dgate, dup), (gate, up)), grad)| {
                            let inputs = gate.iter().zip(up).zip(grad);
                            let outputs = dgate.iter_mut().zip(dup);
                            for ((dg, du), ((g, u), d)) in outputs.zip(inputs) {
                                let s = math::sigmoid(*g);
                                *dg = d * u * s * (1.0 + g * (1.0 - s));
                                *du = d * g * s;
                            }
                        },
                    );
                    Ok(())
                })
            })
        })?;
        Ok((gradient(dgate, gate)?, gradient(dup, up)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_same_gradients, wave};

    fn fused_op(t: &[Tensor]) -> Result<Tensor> {
        swiglu(&t[0], &t[1])
    }

    fn plain(t: &[Tensor]) -> Result<Tensor> {
        reference(&t[0], &t[1])
    }

    #[test]
    fn values_and_gradients() {
        for shape in [&[1][..], &[3, 4], &[2, 3, 2, 2]] {
            let gate = (wave(shape, 0.1) * 4.0).expect("a product");
            Check { fused: fused_op, reference: plain }.run(&[gate, wave(shape, 0.9)]);
        }
        let inputs = [wave(&[BLOCK + 7], 0.1), wave(&[BLOCK + 7], 0.9)];
        assert_same_gradients(fused_op, plain, &inputs, 1e-6);
    }

    #[test]
    fn two_shapes_and_nothing_are_errors() {
        let error = swiglu(&wave(&[2, 3], 0.0), &wave(&[3, 2], 0.0)).expect_err("two shapes");
        assert!(error.to_string().contains("[3, 2]"), "{error}");
        let empty = wave(&[2, 3], 0.0).narrow(0, 0, 0).expect("no rows");
        assert!(swiglu(&empty, &empty).is_err());
    }
}
