//! Projection to a vocabulary and mean cross-entropy in one op, over the kept positions only:
//!
//! l_nv = x_n . w_v + b_v; p = softmax(l);
//! loss = 1/N sum_n [(1 - s) (-ln p_n,target) + s/V sum_v (-ln p_nv)]
//!
//! with N kept rows, V words and label smoothing s (Szegedy et al. 2016), as PyTorch's
//! `cross_entropy` with `ignore_index`. Backward needs dloss/dl = (p - (1 - s) onehot - s/V) / N
//! and three products. Row by row, as PyTorch's `reduction="none"`, there is no division by N and
//! each row has its own gradient from above.
//!
//! Memory beside the gradients: the logits are made once, turned into dloss/dl in place and kept
//! for the backward while they fit [`BUFFER_FLOATS`]; past that they are made in chunks of rows,
//! and again in the backward, so that the buffer never grows beyond max(`BUFFER_FLOATS`, V).

mod kernel;

use self::kernel::fused_loss;
use crate::storage::{check_not_empty, fused};
use candle_core::{D, DType, Result, Tensor, bail};

const OP: &str = "linear_cross_entropy";
/// Logits held at once: 64 Mi f32, 256 MiB; 2,198 rows of a vocabulary of 30,522.
pub const BUFFER_FLOATS: usize = 64 << 20;

/// Mean cross-entropy of `x weight^T + bias` against `targets` over the rows that `keep` marks;
/// a scalar, differentiable in `x`, `weight` and `bias`.
///
/// `x` (M, D), `weight` (V, D), `bias` (V), `targets` (M) u32 ids below V, `keep` (M) of any dtype,
/// not 0 = keep; `label_smoothing` in 0..1, 0 for none. Targets of rows that are not kept are not
/// looked at.
///
/// # Errors
/// Shapes that do not fit, no row kept, a kept target at or past V (named with its position),
/// label smoothing out of range.
pub fn linear_cross_entropy(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    targets: &Tensor,
    keep: &Tensor,
    label_smoothing: f32,
) -> Result<Tensor> {
    let rows = Rows::new(x, weight, bias, targets, keep, label_smoothing)?;
    loss(x, weight, bias, rows)
}

/// The cross-entropy of each row, (M,): -ln p_m,target, and 0 at rows that `keep` does not mark;
/// differentiable in `x`, `weight` and `bias`. For losses that mix the projection's probability
/// with another before the mean. Arguments as those of [`linear_cross_entropy`].
///
/// # Errors
/// As [`linear_cross_entropy`].
pub fn linear_cross_entropy_rows(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    targets: &Tensor,
    keep: &Tensor,
) -> Result<Tensor> {
    let rows = Rows::new(x, weight, bias, targets, keep, 0.0)?;
    loss(x, weight, bias, rows.each())
}

fn loss(x: &Tensor, weight: &Tensor, bias: &Tensor, rows: Rows) -> Result<Tensor> {
    if fused(&[x, weight, bias]) {
        fused_loss(x, weight, bias, rows, BUFFER_FLOATS)
    } else {
        composed_loss(x, weight, bias, &rows)
    }
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`linear_cross_entropy`].
pub fn reference(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    targets: &Tensor,
    keep: &Tensor,
    label_smoothing: f32,
) -> Result<Tensor> {
    let rows = Rows::new(x, weight, bias, targets, keep, label_smoothing)?;
    composed_loss(x, weight, bias, &rows)
}

/// [`linear_cross_entropy_rows`] in candle's own ops.
#[cfg(test)]
fn reference_rows(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    targets: &Tensor,
    keep: &Tensor,
) -> Result<Tensor> {
    let rows = Rows::new(x, weight, bias, targets, keep, 0.0)?;
    composed_loss(x, weight, bias, &rows.each())
}

/// What becomes of the kept rows' losses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reduction {
    /// Their mean, a scalar.
    Mean,
    /// One each, and 0 for rows that are not kept, (M,).
    Each,
}

/// The kept rows, checked.
struct Rows {
    kept: Vec<u32>,
    targets: Vec<u32>,
    smoothing: f32,
    reduction: Reduction,
}

impl Rows {
    /// The same rows, each with its own loss.
    fn each(self) -> Self {
        Self { reduction: Reduction::Each, ..self }
    }

    /// What each row's loss is divided by.
    fn divisor(&self) -> f32 {
        match self.reduction {
            Reduction::Mean => self.kept.len() as f32,
            Reduction::Each => 1.0,
        }
    }

    fn new(
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        targets: &Tensor,
        keep: &Tensor,
        smoothing: f32,
    ) -> Result<Self> {
        let shapes = format!(
            "x {:?}, weight {:?}, bias {:?}, targets {:?}, keep {:?}",
            x.dims(),
            weight.dims(),
            bias.dims(),
            targets.dims(),
            keep.dims()
        );
        let (Ok((m, d)), Ok((v, dw))) = (x.dims2(), weight.dims2()) else {
            bail!("{OP}: expected x (M, D) and weight (V, D), found {shapes}")
        };
        let fits = dw == d && bias.dims() == [v] && targets.dims() == [m] && keep.dims() == [m];
        if !fits {
            bail!("{OP}: shapes do not agree: {shapes}");
        }
        check_not_empty(OP, "x", x)?;
        check_not_empty(OP, "weight", weight)?;
        if !(0.0..1.0).contains(&smoothing) {
            bail!("{OP}: label smoothing is {smoothing}, expected 0 <= s < 1");
        }
        if targets.dtype() != DType::U32 {
            bail!("{OP}: targets are {:?}, expected U32", targets.dtype());
        }
        let mask = keep.to_dtype(DType::F32)?.to_vec1::<f32>()?;
        let ids = targets.to_vec1::<u32>()?;
        let (mut kept, mut kept_ids) = (Vec::new(), Vec::new());
        for (row, (&id, _)) in ids.iter().zip(&mask).enumerate().filter(|(_, (_, k))| **k != 0.0) {
            if id as usize >= v {
                bail!("{OP}: target {id} at row {row} is not below the {v} rows of the weight");
            }
            let Ok(row) = u32::try_from(row) else {
                bail!("{OP}: {m} rows are more than an index of 32 bits counts")
            };
            kept.push(row);
            kept_ids.push(id);
        }
        if kept.is_empty() {
            bail!("{OP}: zero of {m} rows are kept, a mean over none is undefined");
        }
        Ok(Self { kept, targets: kept_ids, smoothing, reduction: Reduction::Mean })
    }
}

fn composed_loss(x: &Tensor, weight: &Tensor, bias: &Tensor, rows: &Rows) -> Result<Tensor> {
    let n = rows.kept.len();
    let index = |ids: &[u32]| Tensor::from_slice(ids, n, x.device());
    let kept = index(&rows.kept)?;
    let packed = x.contiguous()?.index_select(&kept, 0)?; // (N, D)
    let logits = packed.matmul(&weight.t()?)?.broadcast_add(bias)?; // (N, V)
    let shifted = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?.detach())?;
    let log_sum = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?; // (N, 1)
    let log_p = shifted.broadcast_sub(&log_sum)?; // (N, V)
    let chosen = log_p.gather(&index(&rows.targets)?.unsqueeze(1)?, 1)?; // (N, 1)
    if rows.reduction == Reduction::Each {
        let nothing = Tensor::zeros(x.dim(0)?, x.dtype(), x.device())?; // (M,)
        return nothing.index_add(&kept, &chosen.squeeze(1)?.neg()?, 0);
    }
    let smoothing = f64::from(rows.smoothing);
    let sharp = (chosen.mean_all()? * (smoothing - 1.0))?;
    sharp - (log_p.mean_all()? * smoothing)?
}

#[cfg(test)]
mod tests {
    use super::kernel::BIAS_CHUNK;
    use super::*;
    use crate::testing::{Check, assert_close, assert_same_gradients, numbers, wave};
    use candle_core::{Device, Var};

    const M: usize = 7;
    const V: usize = 37;

    fn inputs() -> Vec<Tensor> {
        vec![wave(&[M, 3], 0.1), wave(&[V, 3], 0.7), wave(&[V], 1.3)]
    }

    /// Targets of all rows, and a mask that drops rows 1 and 5; row 5's target does not exist.
    fn labels() -> (Tensor, Tensor) {
        let ids: Vec<u32> = (0..M as u32).map(|i| i * 17 % V as u32).collect();
        let ids = [&ids[..5], &[u32::MAX], &ids[6..]].concat();
        let keep = [1u8, 0, 1, 1, 1, 0, 1];
        let targets = Tensor::from_vec(ids, M, &Device::Cpu).expect("count");
        (targets, Tensor::new(&keep, &Device::Cpu).expect("count"))
    }

    /// The op with a buffer of a few rows, as a huge vocabulary would have it.
    fn chunked(t: &[Tensor], rows: usize, smoothing: f32, reduction: Reduction) -> Result<Tensor> {
        let (targets, keep) = labels();
        let checked =
            Rows { reduction, ..Rows::new(&t[0], &t[1], &t[2], &targets, &keep, smoothing)? };
        if !fused(&[&t[0]]) {
            return composed_loss(&t[0], &t[1], &t[2], &checked);
        }
        fused_loss(&t[0], &t[1], &t[2], checked, rows * V)
    }

    #[test]
    fn with_and_without_smoothing_in_one_chunk_and_in_several() {
        let (targets, keep) = labels();
        for smoothing in [0.0, 0.1] {
            let reference =
                |t: &[Tensor]| reference(&t[0], &t[1], &t[2], &targets, &keep, smoothing);
            let fused = |t: &[Tensor]| {
                linear_cross_entropy(&t[0], &t[1], &t[2], &targets, &keep, smoothing)
            };
            Check { fused, reference }.run(&inputs());
            for rows in [0, 1, 2, 4] {
                let fused = |t: &[Tensor]| chunked(t, rows, smoothing, Reduction::Mean);
                Check { fused, reference }.run(&inputs());
            }
        }
    }

    #[test]
    fn row_by_row_in_one_chunk_and_in_several() {
        let (targets, keep) = labels();
        let reference = |t: &[Tensor]| reference_rows(&t[0], &t[1], &t[2], &targets, &keep);
        let fused = |t: &[Tensor]| linear_cross_entropy_rows(&t[0], &t[1], &t[2], &targets, &keep);
        Check { fused, reference }.run(&inputs());
        for rows in [0, 1, 2, 4] {
            let fused = |t: &[Tensor]| chunked(t, rows, 0.0, Reduction::Each);
            Check { fused, reference }.run(&inputs());
        }
    }

    #[test]
    fn the_mean_of_the_kept_rows_is_the_mean() -> Result<()> {
        let (t, (targets, keep)) = (inputs(), labels());
        let rows = linear_cross_entropy_rows(&t[0], &t[1], &t[2], &targets, &keep)?;
        let losses = numbers(&rows);
        assert_eq!((losses.len(), losses[1], losses[5]), (M, 0.0, 0.0));
        let mean = linear_cross_entropy(&t[0], &t[1], &t[2], &targets, &keep, 0.0)?;
        let found = losses.iter().sum::<f64>() / 5.0;
        assert!((found - numbers(&mean)[0]).abs() < 1e-6, "{found} {mean}");
        Ok(())
    }

    #[test]
    fn upstream_gradients_scale_and_backward_can_run_twice() -> Result<()> {
        let (targets, keep) = labels();
        let vars: Vec<Var> = inputs().iter().map(Var::from_tensor).collect::<Result<_>>()?;
        let loss = linear_cross_entropy(&vars[0], &vars[1], &vars[2], &targets, &keep, 0.0)?;
        let once = loss.backward()?;
        let scaled = (&loss * 3.0)?.backward()?;
        for var in &vars {
            let (a, b) = (once.get(var).expect("gradient"), scaled.get(var).expect("gradient"));
            assert_close("three times", b, &(a * 3.0)?, 1e-6);
        }
        // Rows that are not kept take no part.
        let gx = once.get(&vars[0]).expect("gradient").to_vec2::<f32>()?;
        assert_eq!((&gx[1], &gx[5]), (&vec![0.0; 3], &vec![0.0; 3]));
        Ok(())
    }

    #[test]
    fn a_larger_case_equals_the_reference() -> Result<()> {
        let (m, d, v) = (40, 24, 2 * BIAS_CHUNK + 9);
        let inputs = [wave(&[m, d], 0.1), wave(&[v, d], 0.7), wave(&[v], 1.3)];
        let ids = (0..m as u32).map(|i| i * 7919 % v as u32).collect();
        let (targets, keep) =
            (Tensor::from_vec(ids, m, &Device::Cpu)?, Tensor::ones(m, DType::F32, &Device::Cpu)?);
        assert_same_gradients(
            |t| linear_cross_entropy(&t[0], &t[1], &t[2], &targets, &keep, 0.05),
            |t| reference(&t[0], &t[1], &t[2], &targets, &keep, 0.05),
            &inputs,
            2e-5,
        );
        Ok(())
    }

    #[test]
    fn large_logits_stay_finite_and_nan_is_not_hidden() -> Result<()> {
        let (targets, keep) = labels();
        let t = inputs();
        let loud = (&t[0] * 1e6)?;
        let loss = linear_cross_entropy(&loud, &t[1], &t[2], &targets, &keep, 0.0)?;
        let plain = reference(&loud, &t[1], &t[2], &targets, &keep, 0.0)?;
        assert!(numbers(&loss)[0].is_finite());
        assert_close("loss", &loss, &plain, 1e-5);
        let broken = (&t[0] * f64::NAN)?;
        let loss = linear_cross_entropy(&broken, &t[1], &t[2], &targets, &keep, 0.0)?;
        assert!(numbers(&loss)[0].is_nan());
        Ok(())
    }

    #[test]
    fn bad_targets_and_masks_are_errors() -> Result<()> {
        let (t, (targets, keep)) = (inputs(), labels());
        let run = |targets: &Tensor, keep: &Tensor, smoothing| {
            let result = linear_cross_entropy(&t[0], &t[1], &t[2], targets, keep, smoothing);
            result.expect_err("must be refused").to_string()
        };
        let all = keep.ones_like()?;
        let error = run(&targets, &all, 0.0);
        assert!(error.contains("row 5") && error.contains("37"), "{error}");
        assert!(run(&targets, &keep.zeros_like()?, 0.0).contains("zero of 7 rows"));
        assert!(run(&targets, &keep.narrow(0, 0, 3)?, 0.0).contains("keep [3]"));
        assert!(run(&targets.to_dtype(DType::I64)?, &keep, 0.0).contains("I64"));
        assert!(run(&targets, &keep, 1.0).contains("smoothing"));
        assert!(run(&targets, &keep, f32::NAN).contains("smoothing"));
        let narrow = linear_cross_entropy(&t[0], &wave(&[V, 4], 0.0), &t[2], &targets, &keep, 0.0);
        let error = narrow.expect_err("widths differ").to_string();
        assert!(error.contains("[7, 3]") && error.contains("[37, 4]"), "{error}");
        Ok(())
    }
}
