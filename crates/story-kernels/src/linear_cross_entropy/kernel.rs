//! The fused op behind `linear_cross_entropy`: forward turns logits into dloss/dlogits in place,
//! row by row; backward is three products with them (formula and memory: `linear_cross_entropy.rs`).

use super::{OP, Reduction, Rows};
use crate::math;
use crate::matmul::{Matrix, MatrixMut, Threads, Write, matmul};
use crate::storage::{f32_slice, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use std::sync::OnceLock;

/// Words a thread sums the bias gradient of at a time.
pub(super) const BIAS_CHUNK: usize = 2048;

/// The loss as one op that holds at most `buffer_floats` logits, or one row's.
pub(super) fn fused_loss(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    rows: Rows,
    buffer_floats: usize,
) -> Result<Tensor> {
    let (v, d) = weight.dims2()?;
    let tracked = [x, weight, bias].iter().any(|t| t.track_op());
    let op = LinearCrossEntropy {
        chunk: (buffer_floats / v).clamp(1, rows.kept.len()),
        rows,
        v,
        d,
        tracked,
        saved: OnceLock::new(),
    };
    x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, op)
}

struct LinearCrossEntropy {
    rows: Rows,
    v: usize,
    d: usize,
    /// Rows whose logits exist at once.
    chunk: usize,
    tracked: bool,
    saved: OnceLock<Saved>,
}

/// What the forward leaves to the backward.
enum Saved {
    /// dloss/dlogits of all kept rows (N, V).
    Gradient(Vec<f32>),
    /// ln sum exp of each row's logits (N); the logits themselves are made again.
    LogSums(Vec<f32>),
}

impl LinearCrossEntropy {
    /// The kept rows of x, packed: (N, D).
    fn gather(&self, x: &[f32]) -> Vec<f32> {
        let rows = self.rows.kept.iter();
        rows.flat_map(|&row| &x[row as usize * self.d..][..self.d]).copied().collect()
    }

    /// x weight^T without bias into `logits`, (rows, V).
    fn project(&self, x: &[f32], weight: &[f32], logits: &mut [f32]) {
        let n = x.len() / self.d;
        let out = MatrixMut::new(logits, n, self.v);
        let weight = Matrix::new(weight, self.v, self.d);
        matmul(out, Write::Set, 1.0, Matrix::new(x, n, self.d), weight.t(), Threads::All);
    }

    /// Turns one row of logits into dloss/dlogits; returns the row's loss and log-sum.
    fn softmax(&self, logits: &mut [f32], bias: &[f32], target: usize) -> (f64, f32) {
        math::add_assign(logits, bias);
        let (max, chosen, smoothing) = (math::max(logits), logits[target], self.rows.smoothing);
        let mean = match smoothing {
            0.0 => 0.0,
            _ => f64::from(math::sum(logits)) / self.v as f64,
        };
        let sum = math::exp_and_sum(logits, max);
        let log_sum = f64::from(max) + f64::from(sum).ln();
        self.finish(logits, target, 1.0 / sum);
        let s = f64::from(smoothing);
        let sharp = log_sum - f64::from(chosen);
        let loss = if s == 0.0 { sharp } else { (1.0 - s) * sharp + s * (log_sum - mean) };
        (loss, log_sum as f32)
    }

    /// (scale * q - (1 - s) onehot - s / V) / N in place of q; N is 1 where each row has its loss.
    fn finish(&self, row: &mut [f32], target: usize, scale: f32) {
        let (n, smoothing) = (self.rows.divisor(), self.rows.smoothing);
        let (scale, floor) = (scale / n, smoothing / (self.v as f32 * n));
        for q in row.iter_mut() {
            *q = *q * scale - floor;
        }
        row[target] -= (1.0 - smoothing) / n;
    }

    /// Makes a chunk's dloss/dlogits again from its saved log-sums.
    fn again(&self, first: usize, log_sums: &[f32], bias: &[f32], logits: &mut [f32]) {
        let rows = logits.par_chunks_mut(self.v).enumerate();
        rows.for_each(|(i, row)| {
            math::add_assign(row, bias);
            math::exp_and_sum(row, log_sums[first + i]);
            self.finish(row, self.rows.targets[first + i] as usize, 1.0);
        });
    }

    /// Adds one chunk's share to the three gradients: (N, D) rows `gx`, (V, D), (V).
    fn accumulate(
        &self,
        logit_grad: &[f32],
        x: &[f32],
        weight: &[f32],
        upstream: Upstream<'_>,
        to: Sums<'_>,
    ) {
        let (n, v, d) = (x.len() / self.d, self.v, self.d);
        let dl = Matrix::new(logit_grad, n, v);
        let factor = upstream.common();
        if let Some(gx) = to.gx {
            let (out, weight) = (MatrixMut::new(gx, n, d), Matrix::new(weight, v, d));
            matmul(out, Write::Set, factor, dl, weight, Threads::All);
            upstream.scale_rows(gx, d);
        }
        if let Some(gw) = to.gw {
            let mut scaled = Vec::new();
            let x = match upstream {
                Upstream::One(_) => x,
                Upstream::Each(_) => {
                    scaled.extend_from_slice(x);
                    upstream.scale_rows(&mut scaled, d);
                    &scaled
                }
            };
            let (gw, x) = (MatrixMut::new(gw, v, d), Matrix::new(x, n, d));
            matmul(gw, to.write, factor, dl.t(), x, Threads::All);
        }
        if let Some(gb) = to.gb {
            gb.par_chunks_mut(BIAS_CHUNK).enumerate().for_each(|(i, gb)| {
                let mut sums = vec![0f32; gb.len()];
                for (n, row) in logit_grad.chunks_exact(v).enumerate() {
                    upstream.add_row(&mut sums, &row[i * BIAS_CHUNK..], n);
                }
                for (total, sum) in gb.iter_mut().zip(sums) {
                    *total += factor * sum;
                }
            });
        }
    }
}

/// What the rows' gradients are multiplied by.
#[derive(Clone, Copy)]
enum Upstream<'a> {
    /// All by one factor, which a product applies.
    One(f32),
    /// Each kept row of a chunk by its own.
    Each(&'a [f32]),
}

impl Upstream<'_> {
    /// The factor of all rows.
    fn common(self) -> f32 {
        match self {
            Self::One(factor) => factor,
            Self::Each(_) => 1.0,
        }
    }

    /// Multiplies each of the rows of `width` by its own factor.
    fn scale_rows(self, rows: &mut [f32], width: usize) {
        if let Self::Each(factors) = self {
            for (row, factor) in rows.chunks_exact_mut(width).zip(factors) {
                row.iter_mut().for_each(|value| *value *= factor);
            }
        }
    }

    /// Adds row `n` times its own factor.
    fn add_row(self, sums: &mut [f32], row: &[f32], n: usize) {
        match self {
            Self::One(_) => math::add_assign(sums, row),
            Self::Each(factors) => {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += factors[n] * value;
                }
            }
        }
    }
}

/// Where one chunk of rows adds its gradients.
struct Sums<'a> {
    gx: Option<&'a mut [f32]>,
    gw: Option<&'a mut [f32]>,
    gb: Option<&'a mut [f32]>,
    /// `Set` for the first chunk: the weights' gradient then needs no zeros.
    write: Write,
}

impl CustomOp3 for LinearCrossEntropy {
    fn name(&self) -> &'static str {
        "linear-cross-entropy"
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
        let (x, weight, bias) = (f32_slice(s1, l1)?, f32_slice(s2, l2)?, f32_slice(s3, l3)?);
        let (x, n) = (self.gather(x), self.rows.kept.len());
        let mut logits = vec![0f32; self.chunk * self.v];
        let mut rows: Vec<(f64, f32)> = Vec::with_capacity(n);
        for (i, x) in x.chunks(self.chunk * self.d).enumerate() {
            let first = i * self.chunk;
            let logits = &mut logits[..x.len() / self.d * self.v];
            self.project(x, weight, logits);
            let pairs = logits.par_chunks_mut(self.v).zip(&self.rows.targets[first..]);
            let chunk = pairs.map(|(row, &target)| self.softmax(row, bias, target as usize));
            rows.extend(chunk.collect::<Vec<_>>());
        }
        if self.tracked {
            let saved = if self.chunk == n {
                Saved::Gradient(logits)
            } else {
                Saved::LogSums(rows.iter().map(|row| row.1).collect())
            };
            if self.saved.set(saved).is_err() {
                bail!("{OP}: one op runs forward once");
            }
        }
        if self.rows.reduction == Reduction::Each {
            let mut all = vec![0f32; l1.dims()[0]];
            for (&place, row) in self.rows.kept.iter().zip(&rows) {
                all[place as usize] = row.0 as f32;
            }
            let count = all.len();
            return Ok((CpuStorage::F32(all), count.into()));
        }
        // In the order of the rows, and in f64: the same for any number of threads.
        let loss = rows.iter().map(|row| row.0).sum::<f64>() / n as f64;
        Ok((CpuStorage::F32(vec![loss as f32]), ().into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _loss: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(saved) = self.saved.get() else {
            bail!("{OP}: backward without a forward that tracked gradients")
        };
        let upstream = grad.flatten_all()?.to_vec1::<f32>()?;
        let kept = self.rows.kept.iter();
        let each: Vec<f32> = match self.rows.reduction {
            Reduction::Mean => Vec::new(),
            Reduction::Each => kept.map(|&row| upstream[row as usize]).collect(),
        };
        let (n, v, d) = (self.rows.kept.len(), self.v, self.d);
        let mut gx = x.track_op().then(|| vec![0f32; n * d]);
        let mut gw = weight.track_op().then(|| vec![0f32; v * d]);
        let mut gb = bias.track_op().then(|| vec![0f32; v]);
        with_f32(x, |x| {
            with_f32(weight, |weight| {
                with_f32(bias, |bias| {
                    let x = self.gather(x);
                    let mut buffer = Vec::new();
                    for (i, x) in x.chunks(self.chunk * d).enumerate() {
                        let first = i * self.chunk;
                        let logit_grad = match saved {
                            Saved::Gradient(gradient) => gradient.as_slice(),
                            Saved::LogSums(log_sums) => {
                                buffer.resize(x.len() / d * v, 0.0);
                                self.project(x, weight, &mut buffer);
                                self.again(first, log_sums, bias, &mut buffer);
                                &buffer
                            }
                        };
                        let sums = Sums {
                            gx: gx.as_mut().map(|gx| &mut gx[first * d..][..x.len()]),
                            gw: gw.as_deref_mut(),
                            gb: gb.as_deref_mut(),
                            write: if i == 0 { Write::Set } else { Write::Add },
                        };
                        let upstream = match self.rows.reduction {
                            Reduction::Mean => Upstream::One(upstream[0]),
                            Reduction::Each => Upstream::Each(&each[first..]),
                        };
                        self.accumulate(logit_grad, x, weight, upstream, sums);
                    }
                    Ok(())
                })
            })
        })?;
        // Rows that were not kept have a gradient of zero.
        let gx = gx.map(|packed| {
            let mut all = vec![0f32; x.elem_count()];
            for (&row, values) in self.rows.kept.iter().zip(packed.chunks_exact(d)) {
                all[row as usize * d..][..d].copy_from_slice(values);
            }
            all
        });
        let tensor = |values: Option<Vec<f32>>, of| match values {
            Some(values) => gradient(values, of),
            None => Ok(None),
        };
        Ok((tensor(gx, x)?, tensor(gw, weight)?, tensor(gb, bias)?))
    }
}
