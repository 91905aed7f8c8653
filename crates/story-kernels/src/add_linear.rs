//! A scaled product added to what is there, y + s x W^T, in one op: the low-rank part of a matrix
//! (LoRA) without a product, its scaled copy and a sum in memory.
//!
//! dy' = dy; dx = s dy W; dW = s dy^T x; each only where something asks for it, where candle's sum
//! and product would make and keep those of constants too.
//!
//! `y` (..., N), `x` (..., K), `weight` (N, K), result (..., N).

use crate::linear::linear;
use crate::matmul::{Matrix, MatrixMut, Threads, Write, matmul};
use crate::storage::{check_not_empty, f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// y + scale x W^T: `y` (..., N), `x` (..., K) and `weight` (N, K) give (..., N). Differentiable in
/// all three.
///
/// # Errors
/// Shapes that do not fit, or an empty tensor.
pub fn add_linear(y: &Tensor, x: &Tensor, weight: &Tensor, scale: f32) -> Result<Tensor> {
    check(y, x, weight)?;
    if !fused(&[y, x, weight]) {
        return reference(y, x, weight, scale);
    }
    let op = AddLinear { scale };
    y.contiguous()?.apply_op3(&x.contiguous()?, &weight.contiguous()?, op)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`add_linear`].
pub fn reference(y: &Tensor, x: &Tensor, weight: &Tensor, scale: f32) -> Result<Tensor> {
    check(y, x, weight)?;
    y + (linear(x, weight)? * f64::from(scale))?
}

fn check(y: &Tensor, x: &Tensor, weight: &Tensor) -> Result<()> {
    check_not_empty("add_linear", "x", x)?;
    check_not_empty("add_linear", "weight", weight)?;
    let fits = match (y.dims(), x.dims(), weight.dims()) {
        ([before @ .., n], [rows @ .., k], [output, input]) => {
            before == rows && n == output && k == input
        }
        _ => false,
    };
    if !fits {
        let (y, x, weight) = (y.dims(), x.dims(), weight.dims());
        bail!(
            "add_linear: expected y (..., N), x (..., K) and weight (N, K), found {y:?}, {x:?} and {weight:?}"
        );
    }
    Ok(())
}

struct AddLinear {
    scale: f32,
}

impl CustomOp3 for AddLinear {
    fn name(&self) -> &'static str {
        "add-linear"
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
        let (x, weight) = (f32_slice(s2, l2)?, f32_slice(s3, l3)?);
        let (n, k) = l3.shape().dims2()?;
        let m = x.len() / k;
        let mut output = f32_slice(s1, l1)?.to_vec();
        let (x, weight) = (Matrix::new(x, m, k), Matrix::new(weight, n, k));
        let out = MatrixMut::new(&mut output, m, n);
        matmul(out, Write::Add, self.scale, x, weight.t(), Threads::All);
        Ok((CpuStorage::F32(output), l1.shape().clone()))
    }

    fn bwd(
        &self,
        y: &Tensor,
        x: &Tensor,
        weight: &Tensor,
        _output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (n, k) = weight.dims2()?;
        let m = x.elem_count() / k;
        let product = |rows, a: Matrix<'_>, b: Matrix<'_>| {
            let mut out = vec![0f32; rows * k];
            let to = MatrixMut::new(&mut out, rows, k);
            matmul(to, Write::Set, self.scale, a, b, Threads::All);
            out
        };
        let (gx, gw) = with_f32(grad, |grad| {
            let dy = Matrix::new(grad, m, n);
            let mut gx = None;
            if x.track_op() {
                let out = with_f32(weight, |weight| Ok(product(m, dy, Matrix::new(weight, n, k))));
                gx = gradient(out?, x)?;
            }
            let mut gw = None;
            if weight.track_op() {
                let out = with_f32(x, |x| Ok(product(n, dy.t(), Matrix::new(x, m, k))));
                gw = gradient(out?, weight)?;
            }
            Ok((gx, gw))
        })?;
        Ok((y.track_op().then(|| grad.clone()), gx, gw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_close, assert_same_gradients, wave};
    use candle_core::Var;

    const SCALE: f32 = 1.75;

    fn fused_op(t: &[Tensor]) -> Result<Tensor> {
        add_linear(&t[0], &t[1], &t[2], SCALE)
    }

    fn plain(t: &[Tensor]) -> Result<Tensor> {
        reference(&t[0], &t[1], &t[2], SCALE)
    }

    #[test]
    fn values_and_gradients_of_every_rank() {
        for rows in [&[][..], &[4], &[2, 5], &[2, 1, 2]] {
            let (y, x) = ([rows, &[7]].concat(), [rows, &[3]].concat());
            let inputs = [wave(&y, 0.4), wave(&x, 0.1), wave(&[7, 3], 0.7)];
            Check { fused: fused_op, reference: plain }.run(&inputs);
        }
        let inputs = [wave(&[3, 50, 70], 0.4), wave(&[3, 50, 40], 0.1), wave(&[70, 40], 0.7)];
        assert_same_gradients(fused_op, plain, &inputs, 5e-5);
    }

    #[test]
    fn what_is_frozen_gets_no_gradient_and_the_others_the_same() -> Result<()> {
        let inputs = [wave(&[4, 5], 0.4), wave(&[4, 3], 0.1), wave(&[5, 3], 0.7)];
        let vars = inputs.iter().map(Var::from_tensor).collect::<Result<Vec<_>>>()?;
        let all: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
        let expected = fused_op(&all)?.sqr()?.sum_all()?.backward()?;
        for (i, var) in vars.iter().enumerate() {
            let mut only = inputs.to_vec();
            only[i] = all[i].clone();
            let found = fused_op(&only)?.sqr()?.sum_all()?.backward()?;
            assert_eq!(found.get_ids().count(), 1, "input {i} alone");
            let of = |store: &candle_core::backprop::GradStore| store.get(var).cloned();
            let (found, expected) = (of(&found), of(&expected));
            assert_close("alone", &found.expect("one"), &expected.expect("all"), 0.0);
        }
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_the_shapes() {
        let (y, x, w) = (wave(&[2, 5], 0.0), wave(&[2, 3], 0.0), wave(&[5, 3], 0.0));
        assert!(add_linear(&y, &x, &w, SCALE).is_ok());
        let other = add_linear(&wave(&[3, 5], 0.0), &x, &w, SCALE).expect_err("other rows");
        assert!(other.to_string().contains("[3, 5], [2, 3] and [5, 3]"), "{other}");
        assert!(add_linear(&x, &x, &w, SCALE).is_err() && add_linear(&y, &y, &w, SCALE).is_err());
        assert!(add_linear(&y, &x, &wave(&[5], 0.0), SCALE).is_err());
        let empty = x.narrow(0, 0, 0).expect("no rows");
        assert!(add_linear(&y, &empty, &w, SCALE).is_err());
    }
}
