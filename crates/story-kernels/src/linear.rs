//! A matrix applied to the last axis, y = x W^T, whose backward makes only what is asked for:
//!
//! dx = dy W; dW = dy^T x.
//!
//! candle's matrix product makes both gradients always: a frozen matrix would cost a third more
//! time and a gradient of its own size.
//!
//! `x` (..., K), `weight` (N, K), result (..., N). A weight that is stored by columns, the transpose of
//! a (K, N) without gaps, is used as it is.

use crate::matmul::{Matrix, product};
use crate::storage::{
    check_not_empty, f32_slice, fused, gradient, matrix_of, packed, with_f32, with_matrix,
};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};

/// x W^T: `x` (..., K) and `weight` (N, K) give (..., N). Differentiable in both.
///
/// # Errors
/// Shapes that do not fit, or an empty tensor.
pub fn linear(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    check(x, weight)?;
    if !fused(&[x, weight]) {
        return reference(x, weight);
    }
    x.contiguous()?.apply_op2(&packed(weight)?, Linear)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`linear`].
pub fn reference(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    check(x, weight)?;
    let (n, k) = weight.dims2()?;
    let rows = x.contiguous()?.reshape(((), k))?; // (M, K)
    rows.matmul(&weight.t()?)?.reshape(with_last(x.dims(), n)) // (..., N)
}

fn check(x: &Tensor, weight: &Tensor) -> Result<()> {
    check_not_empty("linear", "x", x)?;
    check_not_empty("linear", "weight", weight)?;
    let fits = weight.rank() == 2 && x.dims().last() == weight.dims().last();
    if !fits {
        let (x, weight) = (x.dims(), weight.dims());
        bail!("linear: expected x (..., K) and weight (N, K), found {x:?} and {weight:?}");
    }
    Ok(())
}

/// `dims` with another last size.
pub(crate) fn with_last(dims: &[usize], last: usize) -> Vec<usize> {
    let mut dims = dims.to_vec();
    if let Some(size) = dims.last_mut() {
        *size = last;
    }
    dims
}

struct Linear;

impl CustomOp2 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = f32_slice(s1, l1)?;
        let (n, k) = l2.shape().dims2()?;
        let x = Matrix::new(x, x.len() / k, k);
        let output = product(1.0, x, matrix_of(s2, l2)?.t());
        Ok((CpuStorage::F32(output), with_last(l1.dims(), n).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (n, k) = weight.dims2()?;
        let m = x.elem_count() / k;
        with_f32(grad, |grad| {
            let dy = Matrix::new(grad, m, n);
            let mut gx = None;
            if x.track_op() {
                let out = with_matrix(weight, |weight| Ok(product(1.0, dy, weight)))?;
                gx = gradient(out, x)?;
            }
            let mut gw = None;
            if weight.track_op() {
                let out = with_f32(x, |x| Ok(product(1.0, dy.t(), Matrix::new(x, m, k))))?;
                gw = gradient(out, weight)?;
            }
            Ok((gx, gw))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_close, assert_same_gradients, wave};
    use candle_core::Var;

    /// By rows: one by columns is summed in another order, see below.
    fn fused_op(t: &[Tensor]) -> Result<Tensor> {
        linear(&t[0], &t[1].contiguous()?)
    }

    fn plain(t: &[Tensor]) -> Result<Tensor> {
        reference(&t[0], &t[1])
    }

    #[test]
    fn values_and_gradients_of_every_rank() {
        for shape in [&[3][..], &[4, 3], &[2, 5, 3], &[2, 1, 2, 3]] {
            Check { fused: fused_op, reference: plain }
                .run(&[wave(shape, 0.1), wave(&[7, 3], 0.7)]);
        }
        let inputs = [wave(&[3, 50, 40], 0.1), wave(&[70, 40], 0.7)];
        assert_same_gradients(fused_op, plain, &inputs, 5e-5);
    }

    #[test]
    fn a_weight_that_is_stored_by_columns_gives_the_same() -> Result<()> {
        let (x, w) = (Var::from_tensor(&wave(&[40, 30], 0.1))?, wave(&[20, 30], 0.7));
        let columns = w.t()?.contiguous()?.t()?;
        let run = |w: &Tensor| -> Result<(Tensor, Tensor)> {
            let y = linear(&x, w)?;
            let gradients = y.sqr()?.sum_all()?.backward()?;
            Ok((y, gradients.get(&x).cloned().expect("dx")))
        };
        let ((y, dx), (expected, expected_dx)) = (run(&columns)?, run(&w)?);
        assert_close("y", &y, &expected, 1e-5);
        assert_close("dx", &dx, &expected_dx, 1e-5);
        Ok(())
    }

    #[test]
    fn what_is_frozen_gets_no_gradient_and_the_other_the_same() -> Result<()> {
        let (x, w) = (wave(&[4, 3], 0.1), wave(&[5, 3], 0.7));
        let (x_var, w_var) = (Var::from_tensor(&x)?, Var::from_tensor(&w)?);
        let both = linear(&x_var, &w_var)?.sqr()?.sum_all()?.backward()?;
        let only_x = linear(&x_var, &w)?.sqr()?.sum_all()?.backward()?;
        let only_w = linear(&x, &w_var)?.sqr()?.sum_all()?.backward()?;
        let of = |store: &candle_core::backprop::GradStore, var: &Var| store.get(var).cloned();
        let (gx, gw) = (of(&both, &x_var).expect("dx"), of(&both, &w_var).expect("dw"));
        assert_close("dx", &of(&only_x, &x_var).expect("dx"), &gx, 0.0);
        assert_close("dw", &of(&only_w, &w_var).expect("dw"), &gw, 0.0);
        assert!(only_x.get(&w).is_none() && only_w.get(&x).is_none());
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_both_shapes() {
        let error = linear(&wave(&[2, 3], 0.0), &wave(&[3, 2], 0.0)).expect_err("a misfit");
        assert!(error.to_string().contains("[2, 3] and [3, 2]"), "{error}");
        assert!(linear(&wave(&[2, 3], 0.0), &wave(&[3], 0.0)).is_err());
        let empty = wave(&[2, 3], 0.0).narrow(0, 0, 0).expect("no rows");
        assert!(linear(&empty, &wave(&[2, 3], 0.0)).is_err());
    }
}
