//! What the recurrent scans over a sequence share: checked sizes, the padding mask, the recurrent
//! product of a step, and the weights' gradient over all steps at once.
//!
//! candle's custom ops take three tensors, so `w_hh` and `b_hh` travel as one flat tensor.

use crate::math;
use crate::matmul::{Matrix, MatrixMut, Threads, Write, matmul};
use crate::storage::check_not_empty;
use candle_core::{DType, Result, Tensor, bail};

/// The sizes of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) batch: usize,
    pub(crate) steps: usize,
    /// Width of the state, H.
    pub(crate) width: usize,
    /// Gates of the cell times H: 3 H or 4 H.
    pub(crate) gates: usize,
}

/// The tensors of a scan, before they are checked.
pub(crate) struct Scan<'a> {
    pub(crate) op: &'static str,
    /// 3 or 4.
    pub(crate) gates: usize,
    pub(crate) x_proj: &'a Tensor,
    pub(crate) states: &'a [&'a Tensor],
    pub(crate) w_hh: &'a Tensor,
    pub(crate) b_hh: &'a Tensor,
    pub(crate) mask: Option<&'a Tensor>,
}

impl Scan<'_> {
    pub(crate) fn sizes(&self) -> Result<Sizes> {
        let op = self.op;
        let states: Vec<_> = self.states.iter().map(|s| s.dims()).collect();
        let mask = self.mask.map(|m| m.dims());
        let found = format!(
            "projected input {:?}, initial states {states:?}, w_hh {:?}, b_hh {:?}, mask {mask:?}",
            self.x_proj.dims(),
            self.w_hh.dims(),
            self.b_hh.dims()
        );
        let (Ok((batch, steps, gates)), Ok((_, width))) = (self.x_proj.dims3(), self.w_hh.dims2())
        else {
            bail!("{op}: expected (B, T, {} H) and (_, H), found {found}", self.gates)
        };
        check_not_empty(op, "the projected input", self.x_proj)?;
        let fits = width.checked_mul(self.gates) == Some(gates)
            && self.w_hh.dims() == [gates, width]
            && self.b_hh.dims() == [gates]
            && states.iter().all(|s| *s == [batch, width])
            && mask.is_none_or(|m| m == [batch, steps]);
        if !fits {
            bail!("{op}: shapes do not agree for {} gates: {found}", self.gates);
        }
        Ok(Sizes { batch, steps, width, gates })
    }

    /// Whether each step (B, T) is real; `None` if all are.
    pub(crate) fn keep(&self) -> Result<Option<Vec<bool>>> {
        let Some(mask) = self.mask else {
            return Ok(None);
        };
        let values = mask.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
        Ok(Some(values.into_iter().map(|v| v != 0.0).collect()))
    }

    /// `w_hh` and `b_hh` end to end; gradients flow back into both.
    pub(crate) fn weights(&self) -> Result<Tensor> {
        Tensor::cat(&[&self.w_hh.flatten_all()?, self.b_hh], 0) // (gates * (H + 1))
    }
}

impl Sizes {
    /// Numbers in one state, and in all gates of one step.
    pub(crate) fn state_len(&self) -> usize {
        self.batch * self.width
    }

    pub(crate) fn gates_len(&self) -> usize {
        self.batch * self.gates
    }

    /// `w_hh` (gates, H) and `b_hh` (gates) out of their flat tensor.
    fn split<'a>(&self, weights: &'a [f32]) -> (&'a [f32], &'a [f32]) {
        weights.split_at(self.gates * self.width)
    }

    /// out = state w_hh^T + b_hh, (B, gates).
    pub(crate) fn recur(&self, state: &[f32], weights: &[f32], out: &mut [f32]) {
        let (w_hh, b_hh) = self.split(weights);
        for row in out.chunks_exact_mut(self.gates) {
            row.copy_from_slice(b_hh);
        }
        let out = MatrixMut::new(out, self.batch, self.gates);
        let w_hh = Matrix::new(w_hh, self.gates, self.width);
        let state = Matrix::new(state, self.batch, self.width);
        matmul(out, Write::Add, 1.0, state, w_hh.t(), Threads::All);
    }

    /// state_grad += gate_grad w_hh, (B, H).
    pub(crate) fn recur_back(&self, gate_grad: &[f32], weights: &[f32], state_grad: &mut [f32]) {
        let (w_hh, _) = self.split(weights);
        let out = MatrixMut::new(state_grad, self.batch, self.width);
        let gate_grad = Matrix::new(gate_grad, self.batch, self.gates);
        let w_hh = Matrix::new(w_hh, self.gates, self.width);
        matmul(out, Write::Add, 1.0, gate_grad, w_hh, Threads::All);
    }

    /// The flat gradient of weights and bias, from the gate gradients (T, B, gates) and the states
    /// (T, B, H) that the steps began with.
    pub(crate) fn weight_gradient(&self, gate_grad: &[f32], before: &[f32]) -> Vec<f32> {
        let rows = self.steps * self.batch;
        let mut gradient = vec![0f32; self.gates * (self.width + 1)];
        let (gw, gb) = gradient.split_at_mut(self.gates * self.width);
        let out = MatrixMut::new(gw, self.gates, self.width);
        let gates = Matrix::new(gate_grad, rows, self.gates);
        let before = Matrix::new(before, rows, self.width);
        matmul(out, Write::Set, 1.0, gates.t(), before, Threads::All);
        for row in gate_grad.chunks_exact(self.gates) {
            math::add_assign(gb, row);
        }
        gradient
    }

    /// Where row `b` of step `t` begins in a batch-first (B, T, n) tensor.
    pub(crate) fn at(&self, b: usize, t: usize, n: usize) -> std::ops::Range<usize> {
        let start = (b * self.steps + t) * n;
        start..start + n
    }

    /// Whether step `t` of row `b` is real.
    pub(crate) fn kept(&self, keep: Option<&[bool]>, b: usize, t: usize) -> bool {
        keep.is_none_or(|keep| keep[b * self.steps + t])
    }
}

/// The blend of a composed scan: `next` where row step is kept, `previous` where it is padding.
pub(crate) fn carry(
    mask: Option<&Tensor>,
    t: usize,
    next: Tensor,
    previous: &Tensor,
) -> Result<Tensor> {
    let Some(mask) = mask else {
        return Ok(next);
    };
    let kept = mask.narrow(1, t, 1)?.ne(&mask.narrow(1, t, 1)?.zeros_like()?)?; // (B, 1)
    kept.broadcast_as(next.shape())?.where_cond(&next, previous)
}
