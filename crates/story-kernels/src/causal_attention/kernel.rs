//! The fused op behind `causal_attention` (formula and axes there): each head of each row is one
//! piece of work, which goes over blocks of queries; of a block's keys only those are looked at
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

/// Sizes of one row.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) queries: usize,
    pub(super) keys: usize,
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

    /// Numbers of a row's queries, and of its keys.
    fn row(&self) -> (usize, usize) {
        let (query, key) = self.strides();
        (self.queries * query, self.keys * key)
    }
}

pub(super) struct Attention {
    sizes: Sizes,
    first: Vec<usize>,
    tracked: bool,
    /// ln sum exp of each query's scores, (B, h, L).
    log_sums: OnceLock<Vec<f32>>,
}

/// One head of one row.
struct Head<'a> {
    sizes: Sizes,
    /// The row's queries, keys and values from the head's first number on.
    q: &'a [f32],
    k: &'a [f32],
    v: &'a [f32],
    first: usize,
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
}

impl<'a> Head<'a> {
    /// Head `index` of all rows' heads, counted row after row.
    fn new(op: &Attention, index: usize, q: &'a [f32], k: &'a [f32], v: &'a [f32]) -> Self {
        let sizes = op.sizes;
        let (row, head) = (index / sizes.heads, index % sizes.heads);
        let (query_row, key_row) = sizes.row();
        let of_query = row * query_row + head * sizes.width;
        let key_head = head / (sizes.heads / sizes.key_heads);
        let of_key = row * key_row + key_head * sizes.width;
        Self { sizes, q: &q[of_query..], k: &k[of_key..], v: &v[of_key..], first: op.first[row] }
    }

    /// The blocks that see a key.
    fn blocks(&self) -> impl Iterator<Item = Block> + use<> {
        let Sizes { queries, keys, .. } = self.sizes;
        let (first, before) = (self.first, keys - queries);
        (0..queries).step_by(QUERY_BLOCK).filter_map(move |start| {
            let end = (start + QUERY_BLOCK).min(queries);
            let seen = before + end;
            (first < seen).then_some(Block { queries: start..end, keys: first..seen })
        })
    }

    /// How many of the block's keys its query `i` sees, 0 in padding.
    fn seen(&self, block: &Block, i: usize) -> usize {
        let last = self.sizes.keys - self.sizes.queries + block.queries.start + i;
        (last + 1).saturating_sub(self.first)
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

    /// y (L, d) into `output`, which is 0, and each query's ln sum exp.
    fn forward(&self, output: &mut [f32], log_sums: &mut [f32], scratch: &mut Vec<f32>) {
        let d = self.sizes.width;
        for block in self.blocks() {
            let (n, m) = block.shape();
            scratch.resize(n * m, 0.0);
            self.scores(&block, scratch);
            for (i, row) in scratch.chunks_exact_mut(m).enumerate() {
                let (seen, hidden) = row.split_at_mut(self.seen(&block, i));
                hidden.fill(0.0);
                if seen.is_empty() {
                    continue;
                }
                let max = math::max(seen);
                let sum = math::exp_and_sum(seen, max);
                seen.iter_mut().for_each(|weight| *weight /= sum);
                log_sums[block.queries.start + i] = max + sum.ln();
            }
            let out = &mut output[block.queries.start * d..block.queries.end * d];
            let (weights, v) = (Matrix::new(scratch, n, m), self.keys(self.v, &block));
            matmul(MatrixMut::new(out, n, d), Write::Set, 1.0, weights, v, Threads::One);
        }
    }

    /// dq (L, d), dk and dv (M, d), from the output and its gradient of this head.
    fn backward(&self, output: &[f32], grad: &[f32], log_sums: &[f32]) -> Gradients {
        let Sizes { queries, keys, width: d, .. } = self.sizes;
        let (stride, _) = self.sizes.strides();
        let mut out = Gradients {
            q: vec![0f32; queries * d],
            k: vec![0f32; keys * d],
            v: vec![0f32; keys * d],
        };
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
                let seen = self.seen(&block, i);
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

/// One head's, without gaps between positions.
struct Gradients {
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
}

impl Attention {
    pub(super) fn new(sizes: Sizes, first: Vec<usize>, tracked: bool) -> Self {
        Self { sizes, first, tracked, log_sums: OnceLock::new() }
    }

    fn pieces(&self) -> usize {
        self.first.len() * self.sizes.heads
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
        let Sizes { queries, heads, width: d, .. } = self.sizes;
        let (stride, _) = self.sizes.strides();
        let mut by_head = vec![0f32; q.len()]; // (B, h, L, d)
        let mut log_sums = vec![0f32; self.pieces() * queries]; // (B, h, L)
        let pieces = by_head.par_chunks_mut(queries * d).zip(log_sums.par_chunks_mut(queries));
        pieces.enumerate().for_each_init(Vec::new, |scratch, (index, (output, log_sums))| {
            Head::new(self, index, q, k, v).forward(output, log_sums, scratch);
        });
        let mut output = vec![0f32; q.len()]; // (B, L, h, d)
        let row = queries * stride;
        output.par_chunks_mut(row).zip(by_head.par_chunks(row)).for_each(|(output, by_head)| {
            for (head, values) in by_head.chunks_exact(queries * d).enumerate() {
                let places = output[head * d..].chunks_mut(heads * d);
                for (place, values) in places.zip(values.chunks_exact(d)) {
                    place[..d].copy_from_slice(values);
                }
            }
        });
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
        let Sizes { queries, heads, key_heads, width: d, .. } = self.sizes;
        let pieces: Vec<Gradients> = with_f32(q, |q| {
            with_f32(k, |k| {
                with_f32(v, |v| {
                    with_f32(output, |output| {
                        with_f32(grad, |grad| {
                            let pieces = (0..self.pieces()).into_par_iter().map(|index| {
                                let head = Head::new(self, index, q, k, v);
                                let (row, at) = (index / heads, index % heads);
                                let start = row * self.sizes.row().0 + at * d;
                                let log_sums = &log_sums[index * queries..][..queries];
                                head.backward(&output[start..], &grad[start..], log_sums)
                            });
                            Ok(pieces.collect())
                        })
                    })
                })
            })
        })?;
        let (query_stride, key_stride) = self.sizes.strides();
        let (query_row, key_row) = self.sizes.row();
        let (mut gq, mut gk) = (vec![0f32; q.elem_count()], vec![0f32; k.elem_count()]);
        let mut gv = vec![0f32; v.elem_count()];
        // In the order of the heads: the same for any number of threads.
        for (index, piece) in pieces.iter().enumerate() {
            let (row, head) = (index / heads, index % heads);
            let of_query = row * query_row + head * d;
            let of_key = row * key_row + head / (heads / key_heads) * d;
            let end = (row + 1) * key_row;
            add_head(&mut gq[of_query..(row + 1) * query_row], query_stride, &piece.q, d);
            add_head(&mut gk[of_key..end], key_stride, &piece.k, d);
            add_head(&mut gv[of_key..end], key_stride, &piece.v, d);
        }
        Ok((gradient(gq, q)?, gradient(gk, k)?, gradient(gv, v)?))
    }
}
