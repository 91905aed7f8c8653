//! The fused op behind `causal_attention` (formula and axes there): each head of each sequence is
//! one piece of work, which goes over blocks of queries; of a block's keys only those are looked at
//! that its last query may see.

use super::OP;
use crate::math;
use crate::matmul::{Matrix, MatrixMut, Threads, Write, matmul};
use crate::storage::{f32_slice, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::OnceLock;

/// Queries whose scores exist at once, for each thread.
pub(super) const QUERY_BLOCK: usize = 64;

/// Sizes of a position.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) heads: usize,
    pub(super) key_heads: usize,
    pub(super) width: usize,
}

impl Sizes {
    fn scale(&self) -> f32 {
        1.0 / (self.width as f32).sqrt()
    }

    /// Numbers from one query to the next, and from one key.
    fn strides(&self) -> (usize, usize) {
        (self.heads * self.width, self.key_heads * self.width)
    }
}

pub(super) struct Attention {
    sizes: Sizes,
    /// Where each sequence stands, one behind the other.
    places: Vec<Range<usize>>,
    tracked: bool,
    /// ln sum exp of each query's scores, for each head of each sequence.
    log_sums: OnceLock<Vec<Vec<f32>>>,
}

/// One head of one sequence.
struct Head<'a> {
    sizes: Sizes,
    length: usize,
    /// The sequence's queries, keys and values from the head's first number on.
    q: &'a [f32],
    k: &'a [f32],
    v: &'a [f32],
}

/// A block of queries and the keys that its last one may see.
struct Block {
    queries: Range<usize>,
    keys: Range<usize>,
}

impl Block {
    fn shape(&self) -> (usize, usize) {
        (self.queries.len(), self.keys.len())
    }

    /// How many keys its query `i` sees.
    fn seen(&self, i: usize) -> usize {
        self.queries.start + i + 1
    }
}

impl<'a> Head<'a> {
    /// Head `index` of all sequences' heads, counted sequence after sequence.
    fn new(op: &Attention, index: usize, q: &'a [f32], k: &'a [f32], v: &'a [f32]) -> Self {
        let sizes = op.sizes;
        let (place, head) = (&op.places[index / sizes.heads], index % sizes.heads);
        let (query_stride, key_stride) = sizes.strides();
        let of_query = place.start * query_stride + head * sizes.width;
        let key_head = head / (sizes.heads / sizes.key_heads);
        let of_key = place.start * key_stride + key_head * sizes.width;
        Self { sizes, length: place.len(), q: &q[of_query..], k: &k[of_key..], v: &v[of_key..] }
    }

    fn blocks(&self) -> impl Iterator<Item = Block> + use<> {
        let length = self.length;
        (0..length).step_by(QUERY_BLOCK).map(move |start| {
            let end = (start + QUERY_BLOCK).min(length);
            Block { queries: start..end, keys: 0..end }
        })
    }

    fn queries<'b>(&self, of: &'b [f32], block: &Block) -> Matrix<'b> {
        let (stride, _) = self.sizes.strides();
        let rows = block.queries.len();
        Matrix::strided(&of[block.queries.start * stride..], rows, self.sizes.width, stride)
    }

    fn keys<'b>(&self, of: &'b [f32], block: &Block) -> Matrix<'b> {
        let (_, stride) = self.sizes.strides();
        let rows = block.keys.len();
        Matrix::strided(&of[block.keys.start * stride..], rows, self.sizes.width, stride)
    }

    /// The block's scores into `scores`, rows without gaps; what a query may not see is included.
    fn scores(&self, block: &Block, scores: &mut [f32]) {
        let (n, m) = block.shape();
        let (q, k) = (self.queries(self.q, block), self.keys(self.k, block));
        let out = MatrixMut::new(scores, n, m);
        matmul(out, Write::Set, self.sizes.scale(), q, k.t(), Threads::One);
    }

    /// y (L, d) and each query's ln sum exp.
    fn forward(&self, scratch: &mut Vec<f32>) -> Found {
        let d = self.sizes.width;
        let mut output = vec![0f32; self.length * d];
        let mut log_sums = vec![0f32; self.length];
        for block in self.blocks() {
            let (n, m) = block.shape();
            scratch.resize(n * m, 0.0);
            self.scores(&block, scratch);
            for (i, row) in scratch.chunks_exact_mut(m).enumerate() {
                let (seen, hidden) = row.split_at_mut(block.seen(i));
                hidden.fill(0.0);
                let max = math::max(seen);
                let sum = math::exp_and_sum(seen, max);
                seen.iter_mut().for_each(|weight| *weight /= sum);
                log_sums[block.queries.start + i] = max + sum.ln();
            }
            let out = &mut output[block.queries.start * d..block.queries.end * d];
            let (weights, v) = (Matrix::new(scratch, n, m), self.keys(self.v, &block));
            matmul(MatrixMut::new(out, n, d), Write::Set, 1.0, weights, v, Threads::One);
        }
        Found { output, log_sums }
    }

    /// dq, dk and dv, (L, d) each, from the output and its gradient of this head.
    fn backward(&self, output: &[f32], grad: &[f32], log_sums: &[f32]) -> Gradients {
        let d = self.sizes.width;
        let (stride, _) = self.sizes.strides();
        let zeros = || vec![0f32; self.length * d];
        let mut out = Gradients { q: zeros(), k: zeros(), v: zeros() };
        let (mut weights, mut slopes) = (Vec::new(), Vec::new());
        for block in self.blocks() {
            let (n, m) = block.shape();
            weights.resize(n * m, 0.0);
            slopes.resize(n * m, 0.0);
            self.scores(&block, &mut weights);
            let (q, k) = (self.queries(self.q, &block), self.keys(self.k, &block));
            let (v, dy) = (self.keys(self.v, &block), self.queries(grad, &block));
            let out_slopes = MatrixMut::new(&mut slopes, n, m);
            matmul(out_slopes, Write::Set, 1.0, dy, v.t(), Threads::One);
            let rows = weights.chunks_exact_mut(m).zip(slopes.chunks_exact_mut(m));
            for (i, (weights, slopes)) in rows.enumerate() {
                let seen = block.seen(i);
                weights[seen..].fill(0.0);
                slopes[seen..].fill(0.0);
                let query = block.queries.start + i;
                math::exp_and_sum(&mut weights[..seen], log_sums[query]);
                let (y, dy) = (&output[query * stride..][..d], &grad[query * stride..][..d]);
                let mean: f32 = y.iter().zip(dy).map(|(y, dy)| y * dy).sum();
                for (slope, weight) in slopes[..seen].iter_mut().zip(&*weights) {
                    *slope = weight * (*slope - mean);
                }
            }
            let (p, ds) = (Matrix::new(&weights, n, m), Matrix::new(&slopes, n, m));
            let scale = self.sizes.scale();
            let dq = &mut out.q[block.queries.start * d..block.queries.end * d];
            matmul(MatrixMut::new(dq, n, d), Write::Set, scale, ds, k, Threads::One);
            let range = block.keys.start * d..block.keys.end * d;
            let dk = MatrixMut::new(&mut out.k[range.clone()], m, d);
            matmul(dk, Write::Add, scale, ds.t(), q, Threads::One);
            let dv = MatrixMut::new(&mut out.v[range], m, d);
            matmul(dv, Write::Add, 1.0, p.t(), dy, Threads::One);
        }
        out
    }
}

/// What one head of a sequence found, without gaps between positions.
struct Found {
    output: Vec<f32>,
    log_sums: Vec<f32>,
}

/// One head's, without gaps between positions.
struct Gradients {
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
}

impl Attention {
    pub(super) fn new(sizes: Sizes, places: Vec<Range<usize>>, tracked: bool) -> Self {
        Self { sizes, places, tracked, log_sums: OnceLock::new() }
    }

    fn pieces(&self) -> usize {
        self.places.len() * self.sizes.heads
    }
}

/// Adds one head's `(n, d)` to its place among rows that are `stride` apart.
fn add_head(to: &mut [f32], stride: usize, head: &[f32], d: usize) {
    for (to, values) in to.chunks_mut(stride).zip(head.chunks_exact(d)) {
        math::add_assign(&mut to[..d], values);
    }
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        OP
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
        let (q, k, v) = (f32_slice(s1, l1)?, f32_slice(s2, l2)?, f32_slice(s3, l3)?);
        let (heads, d) = (self.sizes.heads, self.sizes.width);
        let pieces = (0..self.pieces()).into_par_iter();
        let found: Vec<Found> = pieces
            .map_init(Vec::new, |scratch, index| Head::new(self, index, q, k, v).forward(scratch))
            .collect();
        let mut output = vec![0f32; q.len()]; // (T, h, d)
        for (place, found) in self.places.iter().zip(found.chunks(heads)) {
            let rows = &mut output[place.start * heads * d..place.end * heads * d];
            for (head, found) in found.iter().enumerate() {
                let rows = rows.chunks_exact_mut(heads * d);
                for (row, values) in rows.zip(found.output.chunks_exact(d)) {
                    row[head * d..][..d].copy_from_slice(values);
                }
            }
        }
        let log_sums = found.into_iter().map(|found| found.log_sums).collect();
        if self.tracked && self.log_sums.set(log_sums).is_err() {
            bail!("{OP}: one op runs forward once");
        }
        Ok((CpuStorage::F32(output), l1.shape().clone()))
    }

    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(log_sums) = self.log_sums.get() else {
            bail!("{OP}: backward without a forward that tracked gradients")
        };
        let Sizes { heads, key_heads, width: d } = self.sizes;
        let (query_stride, key_stride) = self.sizes.strides();
        let pieces: Vec<Gradients> = with_f32(q, |q| {
            with_f32(k, |k| {
                with_f32(v, |v| {
                    with_f32(output, |output| {
                        with_f32(grad, |grad| {
                            let pieces = (0..self.pieces()).into_par_iter().map(|index| {
                                let head = Head::new(self, index, q, k, v);
                                let place = &self.places[index / heads];
                                let start = place.start * query_stride + index % heads * d;
                                head.backward(&output[start..], &grad[start..], &log_sums[index])
                            });
                            Ok(pieces.collect())
                        })
                    })
                })
            })
        })?;
        let (mut gq, mut gk) = (vec![0f32; q.elem_count()], vec![0f32; k.elem_count()]);
        let mut gv = vec![0f32; v.elem_count()];
        // In the order of the heads: the same for any number of threads.
        for (index, piece) in pieces.iter().enumerate() {
            let (place, head) = (&self.places[index / heads], index % heads);
            if place.is_empty() {
                continue;
            }
            let of_query = place.start * query_stride + head * d;
            let of_key = place.start * key_stride + head / (heads / key_heads) * d;
            let (queries, end) = (of_query..place.end * query_stride, place.end * key_stride);
            add_head(&mut gq[queries], query_stride, &piece.q, d);
            add_head(&mut gk[of_key..end], key_stride, &piece.k, d);
            add_head(&mut gv[of_key..end], key_stride, &piece.v, d);
        }
        Ok((gradient(gq, q)?, gradient(gk, k)?, gradient(gv, v)?))
    }
}
