//! One query a row over keys and values that were made before, as a generation needs it: a past
//! that rows share (a prompt's, read once for all texts that are told after it) and the row's own.
//! Formula and axes as in `causal_attention`; no gradient.

use super::{OP, places};
use crate::math;
use crate::matmul::{Matrix, MatrixMut, Threads, Write, matmul};
use crate::storage::{check_not_empty, fused, with_f32};
use candle_core::{D, Device, Result, Tensor, bail};
use rayon::prelude::*;
use std::ops::Range;

/// Keys and values of `W` windows, one behind the other, (T, c, d) each, and which of them each of
/// `N` rows follows.
#[derive(Clone, Copy)]
pub struct Cached<'a> {
    /// What queries are compared with.
    pub keys: &'a Tensor,
    /// What is mixed.
    pub values: &'a Tensor,
    /// The window of each row, (N,).
    pub windows: &'a [u32],
    /// How many of the positions are each window's, (W,); they sum to T.
    pub lengths: &'a [usize],
}

/// What each row's query finds in its window's past and among its own `keys` and `values`
/// (N, L, c, d), the query's own among them: `q` (N, 1, h, d) to (N, 1, h, d).
///
/// # Errors
/// Shapes that do not fit, or a window that is not there.
pub fn attend_cached(
    q: &Tensor,
    past: &Cached<'_>,
    keys: &Tensor,
    values: &Tensor,
) -> Result<Tensor> {
    let step = Step::new(q, past, keys, values)?;
    if !fused(&[q, past.keys, past.values, keys, values]) {
        return composed(q, past, keys, values);
    }
    let mut output = vec![0f32; q.elem_count()];
    with_f32(q, |q| {
        with_f32(past.keys, |past_keys| {
            with_f32(past.values, |past_values| {
                with_f32(keys, |keys| {
                    with_f32(values, |values| {
                        let stores = Stores { q, past_keys, past_values, keys, values };
                        let pieces = output.par_chunks_mut(step.group * step.width).enumerate();
                        pieces.for_each_init(Vec::new, |scratch, (index, output)| {
                            step.group(&stores, past, index, output, scratch);
                        });
                        Ok(())
                    })
                })
            })
        })
    })?;
    Tensor::from_vec(output, q.shape(), &Device::Cpu)
}

/// The same with the past copied for each row, in candle's own ops.
fn composed(q: &Tensor, past: &Cached<'_>, keys: &Tensor, values: &Tensor) -> Result<Tensor> {
    let places: Vec<Range<usize>> = places(past.lengths).collect();
    let (_, _, heads, width) = q.dims4()?;
    let found = past.windows.iter().enumerate().map(|(row, &window)| {
        let place = &places[window as usize];
        let all = |past: &Tensor, own: &Tensor| -> Result<Tensor> {
            let past = past.narrow(0, place.start, place.len())?;
            let all = Tensor::cat(&[&past, &own.get(row)?], 0)?.transpose(0, 1)?; // (c, M, d)
            let (c, m, _) = all.dims3()?;
            let all = all.unsqueeze(1)?.broadcast_as((c, heads / c, m, width))?;
            all.contiguous()?.reshape((heads, m, width)) // (h, M, d)
        };
        let q = (q.get(row)?.transpose(0, 1)?.contiguous()? / (width as f64).sqrt())?; // (h, 1, d)
        let scores = q.matmul(&all(past.keys, keys)?.t()?)?; // (h, 1, M)
        let weights = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?)?.exp()?;
        let weights = weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?;
        weights.matmul(&all(past.values, values)?)?.transpose(0, 1) // (1, h, d)
    });
    Tensor::stack(&found.collect::<Result<Vec<_>>>()?, 0) // (N, 1, h, d)
}

/// Sizes of one step.
struct Step {
    /// Where each window's past stands.
    places: Vec<Range<usize>>,
    /// Keys of a row.
    own: usize,
    key_heads: usize,
    /// Heads of queries that share a head of keys.
    group: usize,
    width: usize,
}

struct Stores<'a> {
    q: &'a [f32],
    past_keys: &'a [f32],
    past_values: &'a [f32],
    keys: &'a [f32],
    values: &'a [f32],
}

impl Step {
    fn new(q: &Tensor, past: &Cached<'_>, keys: &Tensor, values: &Tensor) -> Result<Self> {
        check_not_empty(OP, "q", q)?;
        check_not_empty(OP, "keys", keys)?;
        let windows = past.lengths.len();
        let all: usize = past.lengths.iter().sum();
        let fits = match (q.dims(), past.keys.dims(), keys.dims()) {
            (&[n, 1, h, d], &[t, pc, pd], &[kn, _, c, kd]) => {
                (t, pc, pd, kn, kd) == (all, c, d, n, d)
                    && h % c == 0
                    && past.values.dims() == past.keys.dims()
                    && values.dims() == keys.dims()
                    && past.windows.len() == n
                    && past.windows.iter().all(|&window| (window as usize) < windows)
            }
            _ => false,
        };
        if !fits {
            bail!(
                "{OP}: a step's shapes do not fit: q {:?}, past {:?} and {:?} of {windows} windows, own {:?} and {:?}",
                q.dims(),
                past.keys.dims(),
                past.values.dims(),
                keys.dims(),
                values.dims()
            );
        }
        let (_, _, heads, width) = q.dims4()?;
        let (_, own, key_heads, _) = keys.dims4()?;
        let places = places(past.lengths).collect();
        Ok(Self { places, own, key_heads, group: heads / key_heads, width })
    }

    /// The heads of one row that share keys: `output` (group, d).
    fn group(
        &self,
        of: &Stores<'_>,
        past: &Cached<'_>,
        index: usize,
        output: &mut [f32],
        scratch: &mut Vec<f32>,
    ) {
        let (row, key_head) = (index / self.key_heads, index % self.key_heads);
        let place = &self.places[past.windows[row] as usize];
        let (g, d, stride) = (self.group, self.width, self.key_heads * self.width);
        let past_start = place.start * stride + key_head * d;
        let own_start = row * self.own * stride + key_head * d;
        let (p, t) = (place.len(), self.own);
        let shared = |of| view(of, past_start, p, d, stride);
        let own = |of| view(of, own_start, t, d, stride);
        let q = Matrix::new(&of.q[index * g * d..][..g * d], g, d);
        let scale = 1.0 / (d as f32).sqrt();
        scratch.resize(g * (p + t), 0.0);
        let (to_past, to_own) = scratch.split_at_mut(g * p);
        let product = |out: &mut [f32], keys: Matrix<'_>, count| {
            matmul(MatrixMut::new(out, g, count), Write::Set, scale, q, keys.t(), Threads::One);
        };
        product(to_past, shared(of.past_keys), p);
        product(to_own, own(of.keys), t);
        for head in 0..g {
            let (a, b) = (&mut to_past[head * p..][..p], &mut to_own[head * t..][..t]);
            let max = math::max(a).max(math::max(b));
            let sum = math::exp_and_sum(a, max) + math::exp_and_sum(b, max);
            a.iter_mut().chain(b).for_each(|weight| *weight /= sum);
        }
        let out = MatrixMut::new(output, g, d);
        let weights = Matrix::new(to_own, g, t);
        matmul(out, Write::Set, 1.0, weights, own(of.values), Threads::One);
        let out = MatrixMut::new(output, g, d);
        let weights = Matrix::new(to_past, g, p);
        matmul(out, Write::Add, 1.0, weights, shared(of.past_values), Threads::One);
    }
}

/// `count` rows of `d` numbers from `start` on, `stride` apart; a window may have none.
fn view(of: &[f32], start: usize, count: usize, d: usize, stride: usize) -> Matrix<'_> {
    Matrix::strided(of.get(start..).unwrap_or_default(), count, d, stride)
}
