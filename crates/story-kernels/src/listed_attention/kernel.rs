//! The fused op behind `listed_attention` (formula and axes there). Forward, each query is a piece
//! of work. Backward, a piece is a block of queries and a head of keys, which sums the gradients of
//! keys and values in a store of its own; the stores are added in the order of the blocks.

use super::{KeyLists, OP};
use crate::math;
use crate::storage::{f32_slice, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use std::ops::Range;

/// Queries that share a store of gradients in backward.
pub(super) const QUERY_BLOCK: usize = 512;

#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// Keys of all windows together.
    pub(super) keys: usize,
    pub(super) heads: usize,
    pub(super) key_heads: usize,
    pub(super) width: usize,
}

impl Sizes {
    fn scale(&self) -> f32 {
        1.0 / (self.width as f32).sqrt()
    }

    /// Heads of queries that share a head of keys.
    fn group(&self) -> usize {
        self.heads / self.key_heads
    }

    /// Where a key's or value's head begins.
    fn at(&self, key: u32, key_head: usize) -> usize {
        (key as usize * self.key_heads + key_head) * self.width
    }

    /// A key's or value's numbers of one head.
    fn part<'a>(&self, of: &'a [f32], key: u32, key_head: usize) -> &'a [f32] {
        &of[self.at(key, key_head)..][..self.width]
    }
}

pub(super) struct Attention {
    pub(super) sizes: Sizes,
    pub(super) lists: KeyLists,
}

/// What forward reads, and backward again.
#[derive(Clone, Copy)]
struct Inputs<'a> {
    q: &'a [f32],
    k: &'a [f32],
    v: &'a [f32],
}

/// Gradients of a block of queries and one head of keys.
struct Piece {
    /// (queries, group, d).
    q: Vec<f32>,
    /// (W M, d).
    k: Vec<f32>,
    /// (W M, d).
    v: Vec<f32>,
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    /// Sums that grow side by side, so that the loop vectorises.
    const LANES: usize = 8;
    let mut sums = [0f32; LANES];
    let (a, b) = (a.chunks(LANES), b.chunks(LANES));
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// `to += by * values`.
fn add_scaled(to: &mut [f32], by: f32, values: &[f32]) {
    for (to, value) in to.iter_mut().zip(values) {
        *to += by * value;
    }
}

impl Attention {
    /// The weights of one query's `list` for one head.
    fn weights(&self, q: &[f32], k: &[f32], list: &[u32], key_head: usize, out: &mut Vec<f32>) {
        let scale = self.sizes.scale();
        out.clear();
        out.extend(list.iter().map(|&key| scale * dot(q, self.sizes.part(k, key, key_head))));
        let max = math::max(out);
        let sum = math::exp_and_sum(out, max);
        out.iter_mut().for_each(|weight| *weight /= sum);
    }

    /// All heads of query `i` into `output` (h, d), which is 0.
    fn forward(&self, of: Inputs<'_>, i: usize, output: &mut [f32], weights: &mut Vec<f32>) {
        let Sizes { heads, width: d, .. } = self.sizes;
        let list = self.lists.of(i);
        if list.is_empty() {
            return;
        }
        let queries = of.q[i * heads * d..][..heads * d].chunks_exact(d);
        for (head, (q, output)) in queries.zip(output.chunks_exact_mut(d)).enumerate() {
            let key_head = head / self.sizes.group();
            self.weights(q, of.k, list, key_head, weights);
            for (&key, &weight) in list.iter().zip(&*weights) {
                add_scaled(output, weight, self.sizes.part(of.v, key, key_head));
            }
        }
    }

    fn backward(
        &self,
        of: Inputs<'_>,
        (output, grad): (&[f32], &[f32]),
        queries: Range<usize>,
        key_head: usize,
    ) -> Piece {
        let Sizes { keys, heads, width: d, .. } = self.sizes;
        let (group, scale) = (self.sizes.group(), self.sizes.scale());
        let mut piece = Piece {
            q: vec![0f32; queries.len() * group * d],
            k: vec![0f32; keys * d],
            v: vec![0f32; keys * d],
        };
        let mut weights = Vec::new();
        for (place, i) in queries.enumerate() {
            let list = self.lists.of(i);
            if list.is_empty() {
                continue;
            }
            for member in 0..group {
                let start = (i * heads + key_head * group + member) * d;
                let [q, y, dy] = [of.q, output, grad].map(|of| &of[start..][..d]);
                self.weights(q, of.k, list, key_head, &mut weights);
                let mean = dot(y, dy);
                let dq = &mut piece.q[(place * group + member) * d..][..d];
                for (&key, &weight) in list.iter().zip(&weights) {
                    let [k, v] = [of.k, of.v].map(|of| self.sizes.part(of, key, key_head));
                    let slope = scale * weight * (dot(dy, v) - mean);
                    add_scaled(dq, slope, k);
                    let own = key as usize * d;
                    add_scaled(&mut piece.k[own..][..d], slope, q);
                    add_scaled(&mut piece.v[own..][..d], weight, dy);
                }
            }
        }
        piece
    }

    /// The range of queries and the head of keys of each piece.
    fn pieces(&self) -> Vec<(Range<usize>, usize)> {
        let queries = self.lists.of.len();
        let starts = (0..queries).step_by(QUERY_BLOCK);
        let blocks = starts.map(|start| start..(start + QUERY_BLOCK).min(queries));
        blocks
            .flat_map(|block| (0..self.sizes.key_heads).map(move |c| (block.clone(), c)))
            .collect()
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
        let of = Inputs { q: f32_slice(s1, l1)?, k: f32_slice(s2, l2)?, v: f32_slice(s3, l3)? };
        let mut output = vec![0f32; of.q.len()];
        let pieces = output.par_chunks_mut(self.sizes.heads * self.sizes.width).enumerate();
        pieces.for_each_init(Vec::new, |weights, (i, output)| self.forward(of, i, output, weights));
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
        let pieces = self.pieces();
        let found: Vec<Piece> = with_f32(q, |q| {
            with_f32(k, |k| {
                with_f32(v, |v| {
                    with_f32(output, |output| {
                        with_f32(grad, |grad| {
                            let of = Inputs { q, k, v };
                            let pieces = pieces.par_iter().map(|(queries, key_head)| {
                                self.backward(of, (output, grad), queries.clone(), *key_head)
                            });
                            Ok(pieces.collect())
                        })
                    })
                })
            })
        })?;
        let (mut gq, mut gk) = (vec![0f32; q.elem_count()], vec![0f32; k.elem_count()]);
        let mut gv = vec![0f32; v.elem_count()];
        let Sizes { heads, key_heads, width: d, .. } = self.sizes;
        let group = self.sizes.group();
        for ((queries, key_head), piece) in pieces.iter().zip(&found) {
            for (i, values) in queries.clone().zip(piece.q.chunks_exact(group * d)) {
                gq[(i * heads + key_head * group) * d..][..group * d].copy_from_slice(values);
            }
            for (sums, own) in [(&mut gk, &piece.k), (&mut gv, &piece.v)] {
                let places = sums.chunks_exact_mut(key_heads * d);
                for (place, values) in places.zip(own.chunks_exact(d)) {
                    math::add_assign(&mut place[key_head * d..][..d], values);
                }
            }
        }
        Ok((gradient(gq, q)?, gradient(gk, k)?, gradient(gv, v)?))
    }
}
