//! A frozen matrix with a low-rank part that learns (LoRA, Hu et al. 2021), in one op:
//!
//! y = x W^T + s (x A^T) B^T
//!
//! dx = dy W + s (dy B) A; dA = s (dy B)^T x; dB = s dy^T (x A^T).
//!
//! Written as three ops it keeps x W^T beside y and makes two gradients of x that are then added: for
//! every matrix of a network one activation and one sum more. x A^T is made again in backward, for
//! A is small.
//!
//! `x` (..., K), `weight` W (N, K), `down` A (r, K), `up` B (N, r), result (..., N).

use crate::add_linear::add_linear;
use crate::linear::{linear, with_last};
use crate::matmul::{Matrix, MatrixMut, Threads, Write, matmul, product};
use crate::storage::{check_not_empty, f32_slice, fused, gradient, packed, with_f32, with_matrix};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

/// x W^T + scale (x A^T) B^T. Differentiable in `x`, `down` and `up`; `weight` is frozen.
///
/// # Errors
/// Shapes that do not fit, an empty tensor, a `weight` that learns.
pub fn low_rank_linear(
    x: &Tensor,
    weight: &Tensor,
    down: &Tensor,
    up: &Tensor,
    scale: f32,
) -> Result<Tensor> {
    check(x, weight, down, up)?;
    if !fused(&[x, weight, down, up]) {
        return reference(x, weight, down, up, scale);
    }
    let op = LowRankLinear { weight: packed(weight)?, scale };
    x.contiguous()?.apply_op3(&down.contiguous()?, &up.contiguous()?, op)
}

/// The same in three ops.
///
/// # Errors
/// As [`low_rank_linear`].
pub fn reference(
    x: &Tensor,
    weight: &Tensor,
    down: &Tensor,
    up: &Tensor,
    scale: f32,
) -> Result<Tensor> {
    check(x, weight, down, up)?;
    add_linear(&linear(x, weight)?, &linear(x, down)?, up, scale)
}

fn check(x: &Tensor, weight: &Tensor, down: &Tensor, up: &Tensor) -> Result<()> {
    for (name, tensor) in [("x", x), ("weight", weight), ("down", down), ("up", up)] {
        check_not_empty("low_rank_linear", name, tensor)?;
    }
    let fits = match (x.dims(), weight.dims(), down.dims(), up.dims()) {
        ([.., input], [n, k], [r, down_input], [output, up_rank]) => {
            input == k && down_input == k && output == n && up_rank == r
        }
        _ => false,
    };
    if !fits {
        let (x, weight, down, up) = (x.dims(), weight.dims(), down.dims(), up.dims());
        bail!(
            "low_rank_linear: expected x (..., K), weight (N, K), down (r, K) and up (N, r), found {x:?}, {weight:?}, {down:?} and {up:?}"
        );
    }
    if weight.track_op() {
        bail!("low_rank_linear: the weight learns; only a frozen one has a low-rank part");
    }
    Ok(())
}

struct LowRankLinear {
    weight: Tensor,
    scale: f32,
}

/// All inputs as matrices, `x` (M, K).
#[derive(Clone, Copy)]
struct Inputs<'a> {
    x: Matrix<'a>,
    weight: Matrix<'a>,
    down: Matrix<'a>,
    up: Matrix<'a>,
    rows: usize,
    input: usize,
    output: usize,
    rank: usize,
}

impl LowRankLinear {
    fn with_inputs<R>(
        &self,
        x: &[f32],
        down: &[f32],
        up: &[f32],
        f: impl FnOnce(Inputs<'_>) -> R,
    ) -> Result<R> {
        let (output, input) = self.weight.dims2()?;
        let (rank, rows) = (down.len() / input, x.len() / input);
        with_matrix(&self.weight, |weight| {
            Ok(f(Inputs {
                x: Matrix::new(x, rows, input),
                weight,
                down: Matrix::new(down, rank, input),
                up: Matrix::new(up, output, rank),
                rows,
                input,
                output,
                rank,
            }))
        })
    }
}

impl CustomOp3 for LowRankLinear {
    fn name(&self) -> &'static str {
        "low-rank-linear"
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
        let (x, down, up) = (f32_slice(s1, l1)?, f32_slice(s2, l2)?, f32_slice(s3, l3)?);
        let output = self.with_inputs(x, down, up, |of| {
            let mut output = product(1.0, of.x, of.weight.t());
            let inner = product(1.0, of.x, of.down.t()); // (M, r)
            let inner = Matrix::new(&inner, of.rows, of.rank);
            let out = MatrixMut::new(&mut output, of.rows, of.output);
            matmul(out, Write::Add, self.scale, inner, of.up.t(), Threads::All);
            output
        })?;
        let shape = with_last(l1.dims(), self.weight.dim(0)?);
        Ok((CpuStorage::F32(output), shape.into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        down: &Tensor,
        up: &Tensor,
        _output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let backward = |of: Inputs<'_>, grad: &[f32]| -> Result<_> {
            let dy = Matrix::new(grad, of.rows, of.output);
            let inner = product(self.scale, dy, of.up); // s dy B, (M, r)
            let inner = Matrix::new(&inner, of.rows, of.rank);
            let gx = match x.track_op() {
                true => {
                    let mut gx = product(1.0, dy, of.weight);
                    let out = MatrixMut::new(&mut gx, of.rows, of.input);
                    matmul(out, Write::Add, 1.0, inner, of.down, Threads::All);
                    gradient(gx, x)?
                }
                false => None,
            };
            let gdown = match down.track_op() {
                true => gradient(product(1.0, inner.t(), of.x), down)?,
                false => None,
            };
            let gup = match up.track_op() {
                true => {
                    let read = product(1.0, of.x, of.down.t()); // (M, r)
                    let read = Matrix::new(&read, of.rows, of.rank);
                    gradient(product(self.scale, dy.t(), read), up)?
                }
                false => None,
            };
            Ok((gx, gdown, gup))
        };
        with_f32(x, |x| {
            with_f32(down, |down| {
                with_f32(up, |up| {
                    with_f32(grad, |grad| self.with_inputs(x, down, up, |of| backward(of, grad))?)
                })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_same_gradients, wave};

    const SCALE: f32 = 1.75;

    fn inputs(rows: &[usize], [n, k, r]: [usize; 3]) -> [Tensor; 3] {
        let x = [rows, &[k]].concat();
        [wave(&x, 0.1), wave(&[r, k], 0.7), wave(&[n, r], 1.3)]
    }

    #[test]
    fn values_and_gradients_of_every_rank() {
        let weight = wave(&[7, 3], 0.4);
        let of = |t: &[Tensor]| low_rank_linear(&t[0], &weight, &t[1], &t[2], SCALE);
        let plain =
            |t: &[Tensor]| reference(&t[0], &weight.to_dtype(t[0].dtype())?, &t[1], &t[2], SCALE);
        for rows in [&[][..], &[4], &[2, 5]] {
            Check { fused: of, reference: plain }.run(&inputs(rows, [7, 3, 2]));
        }
        let weight = wave(&[70, 40], 0.4);
        let of = |t: &[Tensor]| low_rank_linear(&t[0], &weight, &t[1], &t[2], SCALE);
        let plain =
            |t: &[Tensor]| reference(&t[0], &weight.to_dtype(t[0].dtype())?, &t[1], &t[2], SCALE);
        assert_same_gradients(of, plain, &inputs(&[3, 50], [70, 40, 5]), 5e-5);
    }

    #[test]
    fn misfits_and_a_weight_that_learns_are_errors() -> Result<()> {
        let [x, down, up] = inputs(&[2], [5, 3, 2]);
        let weight = wave(&[5, 3], 0.4);
        assert!(low_rank_linear(&x, &weight, &down, &up, SCALE).is_ok());
        let other = wave(&[5, 4], 0.0);
        let error = low_rank_linear(&x, &other, &down, &up, SCALE).expect_err("another width");
        assert!(error.to_string().contains("[2, 3], [5, 4], [2, 3] and [5, 2]"), "{error}");
        let learns = candle_core::Var::from_tensor(&weight)?;
        assert!(low_rank_linear(&x, &learns, &down, &up, SCALE).is_err());
        assert!(low_rank_linear(&x, &weight, &up, &down, SCALE).is_err());
        Ok(())
    }
}
