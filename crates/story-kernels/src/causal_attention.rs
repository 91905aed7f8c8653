//! Causal attention of grouped queries (Vaswani et al. 2017; Ainslie et al. 2023) without the
//! scores ever standing in memory as a whole:
//!
//! y_i = sum_{j <= i} p_ij v_j with p_i = softmax_j(q_i k_j / sqrt(d)).
//!
//! Backward, from the saved ln sum exp of each query's scores, as in FlashAttention (Dao et al.
//! 2022): with D_i = dy_i y_i and dp_ij = dy_i v_j, ds_ij = p_ij (dp_ij - D_i);
//! dq = ds k / sqrt(d), dk = ds^T q / sqrt(d), dv = p^T dy, keys and values summed over the heads
//! that share them.
//!
//! Sequences of unlike lengths stand one behind the other: nothing is computed for padding, and a
//! position sees its own sequence only.
//!
//! Axes: `T` positions of all sequences, `L` of one, `h` heads of queries, `c` of keys and values,
//! a divisor of `h`; head `i` looks at keys of head `i / (h / c)`. `d` width of a head.

mod cached;
mod kernel;

pub use cached::{Cached, attend_cached};

use crate::storage::{check_not_empty, fused};
use candle_core::{D, Result, Tensor, bail};
use kernel::{Attention, Sizes};
use std::ops::Range;

const OP: &str = "causal_attention";
/// Added to the score of a forbidden pair in the reference; its weight underflows to 0.
const FORBIDDEN_SCORE: f64 = -1e9;

/// What each position finds at itself and before: `q` (T, h, d), `k` and `v` (T, c, d), the
/// `lengths` of the sequences, which sum to T, give (T, h, d). Differentiable in all three.
///
/// # Errors
/// Shapes that do not fit, an empty tensor.
pub fn causal_attention(q: &Tensor, k: &Tensor, v: &Tensor, lengths: &[usize]) -> Result<Tensor> {
    check(q, k, v, lengths)?;
    if !fused(&[q, k, v]) {
        return composed(q, k, v, lengths);
    }
    let (_, heads, width) = q.dims3()?;
    let sizes = Sizes { heads, key_heads: k.dim(1)?, width };
    let tracked = [q, k, v].iter().any(|t| t.track_op());
    let op = Attention::new(sizes, places(lengths).collect(), tracked);
    q.contiguous()?.apply_op3(&k.contiguous()?, &v.contiguous()?, op)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`causal_attention`].
pub fn reference(q: &Tensor, k: &Tensor, v: &Tensor, lengths: &[usize]) -> Result<Tensor> {
    check(q, k, v, lengths)?;
    composed(q, k, v, lengths)
}

/// Where each sequence stands.
fn places(lengths: &[usize]) -> impl Iterator<Item = Range<usize>> {
    lengths.iter().scan(0, |next, length| {
        let start = *next;
        *next += length;
        Some(start..*next)
    })
}

fn check(q: &Tensor, k: &Tensor, v: &Tensor, lengths: &[usize]) -> Result<()> {
    check_not_empty(OP, "q", q)?;
    check_not_empty(OP, "k", k)?;
    let all: usize = lengths.iter().sum();
    let fits = match (q.dims(), k.dims()) {
        (&[t, h, d], &[kt, c, kd]) => {
            (kt, kd, all) == (t, d, t) && h % c == 0 && v.dims() == k.dims()
        }
        _ => false,
    };
    if !fits {
        let (q, k, v) = (q.dims(), k.dims(), v.dims());
        bail!(
            "{OP}: expected q (T, h, d), k and v (T, c, d) with c a divisor of h, and lengths that sum to T; found {q:?}, {k:?}, {v:?}, {all}"
        );
    }
    Ok(())
}

/// One sequence after another.
fn composed(q: &Tensor, k: &Tensor, v: &Tensor, lengths: &[usize]) -> Result<Tensor> {
    let (_, heads, width) = q.dims3()?;
    let key_heads = k.dim(1)?;
    let one = |place: Range<usize>| -> Result<Tensor> {
        let length = place.len();
        let of = |x: &Tensor| x.narrow(0, place.start, length)?.transpose(0, 1)?.contiguous();
        let shared = |x: &Tensor| {
            let x = of(x)?.unsqueeze(1)?; // (c, 1, L, d)
            let x = x.broadcast_as((key_heads, heads / key_heads, length, width))?;
            x.contiguous()?.reshape((heads, length, width)) // (h, L, d)
        };
        let q = (of(q)? / (width as f64).sqrt())?; // (h, L, d)
        let pairs = (0..length).flat_map(|i| (0..length).map(move |j| j <= i));
        let bias = pairs.map(|seen| if seen { 0.0 } else { FORBIDDEN_SCORE }).collect();
        let bias = Tensor::from_vec(bias, (1, length, length), q.device())?.to_dtype(q.dtype())?;
        let scores = q.matmul(&shared(k)?.t()?)?.broadcast_add(&bias)?; // (h, L, L)
        let weights = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?.detach())?.exp()?;
        let weights = weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?;
        weights.matmul(&shared(v)?)?.transpose(0, 1)?.contiguous() // (L, h, d)
    };
    let found = places(lengths).filter(|place| !place.is_empty()).map(one);
    Tensor::cat(&found.collect::<Result<Vec<_>>>()?, 0) // (T, h, d)
}

#[cfg(test)]
mod tests {
    use super::kernel::QUERY_BLOCK;
    use super::*;
    use crate::testing::{Check, assert_close, assert_same_gradients, numbers, wave};
    use candle_core::DType;

    fn inputs(t: usize, heads: [usize; 2], d: usize) -> [Tensor; 3] {
        let [h, c] = heads;
        [wave(&[t, h, d], 0.1), wave(&[t, c, d], 0.7), wave(&[t, c, d], 1.3)]
    }

    #[test]
    fn grouped_heads_and_unlike_lengths() {
        for (lengths, heads) in [(&[3][..], [2, 2]), (&[1, 3, 2], [4, 2]), (&[0, 4, 0, 1], [3, 1])]
        {
            let reference = |t: &[Tensor]| reference(&t[0], &t[1], &t[2], lengths);
            let fused = |t: &[Tensor]| causal_attention(&t[0], &t[1], &t[2], lengths);
            Check { fused, reference }.run(&inputs(lengths.iter().sum(), heads, 4));
        }
    }

    #[test]
    fn several_blocks_of_queries() {
        let lengths = [QUERY_BLOCK + 3, 2 * QUERY_BLOCK + 5];
        assert_same_gradients(
            |t| causal_attention(&t[0], &t[1], &t[2], &lengths),
            |t| reference(&t[0], &t[1], &t[2], &lengths),
            &inputs(lengths.iter().sum(), [3, 1], 8),
            2e-5,
        );
    }

    #[test]
    fn each_sequence_is_what_it_is_alone_and_later_positions_change_nothing() -> Result<()> {
        let lengths = [3, 70, 1];
        let [q, k, v] = inputs(74, [4, 2], 4);
        let whole = numbers(&causal_attention(&q, &k, &v, &lengths)?);
        let mut alone = Vec::new();
        for place in places(&lengths) {
            let of = |x: &Tensor| x.narrow(0, place.start, place.len());
            alone.extend(numbers(&causal_attention(&of(&q)?, &of(&k)?, &of(&v)?, &[place.len()])?));
        }
        assert_eq!(whole, alone);
        let first = |x: &Tensor| x.narrow(0, 0, 40);
        let shorter = causal_attention(&first(&q)?, &first(&k)?, &first(&v)?, &[3, 37])?;
        assert_eq!(numbers(&shorter), whole[..40 * 16]);
        Ok(())
    }

    #[test]
    fn one_position_over_a_shared_past_is_the_last_of_the_whole() -> Result<()> {
        // Two windows of 7 and 5 positions, of which 3 were told.
        let (lengths, told) = ([7, 5], 3);
        let [q, k, v] = inputs(12, [4, 2], 4);
        let whole = causal_attention(&q, &k, &v, &lengths)?;
        // Three rows: the second window's, the first's, and the second's again.
        let rows = |x: &Tensor, count: usize| {
            let of = |end: usize| x.narrow(0, end - count, count);
            Tensor::stack(&[of(12)?, of(7)?, of(12)?], 0)
        };
        let past =
            |x: &Tensor| Tensor::cat(&[x.narrow(0, 0, 7 - told)?, x.narrow(0, 7, 5 - told)?], 0);
        let expected = rows(&whole, 1)?;
        for dtype in [DType::F32, DType::F64] {
            let of = |x: &Tensor| x.to_dtype(dtype);
            let (keys, values) = (of(&past(&k)?)?, of(&past(&v)?)?);
            let lengths = lengths.map(|length| length - told);
            let past =
                Cached { keys: &keys, values: &values, windows: &[1, 0, 1], lengths: &lengths };
            let (q, k, v) = (of(&rows(&q, 1)?)?, of(&rows(&k, told)?)?, of(&rows(&v, told)?)?);
            let found = attend_cached(&q, &past, &k, &v)?;
            assert_close("last position", &found, &expected, 1e-6);
        }
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_the_shapes() {
        let [q, k, v] = inputs(4, [4, 2], 4);
        let error = causal_attention(&q, &k, &v, &[3]).expect_err("a misfit").to_string();
        assert!(error.contains("found [4, 4, 4], [4, 2, 4], [4, 2, 4], 3"), "{error}");
        assert!(causal_attention(&q, &wave(&[4, 3, 4], 0.0), &v, &[4]).is_err());
        assert!(causal_attention(&q.narrow(0, 0, 0).expect("none"), &k, &v, &[]).is_err());
    }
}
