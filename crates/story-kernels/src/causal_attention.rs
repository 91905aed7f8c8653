//! Causal attention of grouped queries (Vaswani et al. 2017; Ainslie et al. 2023) without the
//! scores ever standing in memory as a whole:
//!
//! y_i = sum_{first <= j <= i} p_ij v_j with p_i = softmax_j(q_i k_j / sqrt(d)).
//!
//! Backward, from the saved ln sum exp of each query's scores, as in FlashAttention (Dao et al.
//! 2022): with D_i = dy_i y_i and dp_ij = dy_i v_j, ds_ij = p_ij (dp_ij - D_i);
//! dq = ds k / sqrt(d), dk = ds^T q / sqrt(d), dv = p^T dy, keys and values summed over the heads
//! that share them.
//!
//! A row's sequence begins at `first`: what stands before pads and is seen by nobody, and a query
//! there finds nothing, 0. Queries are the last `L` of the `M` positions.
//!
//! Axes: `B` rows, `L` queries, `M` keys, `h` heads of queries, `c` of keys and values, a divisor
//! of `h`; head `i` looks at keys of head `i / (h / c)`. `d` width of a head.

mod cached;
mod kernel;

pub use cached::{Cached, attend_cached};

use crate::storage::{check_not_empty, fused};
use candle_core::{D, Result, Tensor, bail};
use kernel::{Attention, Sizes};

const OP: &str = "causal_attention";
/// Added to the score of a forbidden pair in the reference; its weight underflows to 0.
const FORBIDDEN_SCORE: f64 = -1e9;

/// What each query finds: `q` (B, L, h, d), `k` and `v` (B, M, c, d), `first` one a row, give
/// (B, L, h, d). Differentiable in all three.
///
/// # Errors
/// Shapes that do not fit, fewer keys than queries, an empty tensor.
pub fn causal_attention(q: &Tensor, k: &Tensor, v: &Tensor, first: &[usize]) -> Result<Tensor> {
    let sizes = check(q, k, v, first)?;
    if !fused(&[q, k, v]) {
        return composed(q, k, v, first, sizes);
    }
    let tracked = [q, k, v].iter().any(|t| t.track_op());
    let op = Attention::new(sizes, first.to_vec(), tracked);
    q.contiguous()?.apply_op3(&k.contiguous()?, &v.contiguous()?, op)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`causal_attention`].
pub fn reference(q: &Tensor, k: &Tensor, v: &Tensor, first: &[usize]) -> Result<Tensor> {
    composed(q, k, v, first, check(q, k, v, first)?)
}

fn check(q: &Tensor, k: &Tensor, v: &Tensor, first: &[usize]) -> Result<Sizes> {
    check_not_empty(OP, "q", q)?;
    check_not_empty(OP, "k", k)?;
    let fits = match (q.dims(), k.dims()) {
        (&[b, l, h, d], &[kb, m, c, kd]) => {
            (kb, kd) == (b, d) && h % c == 0 && l <= m && v.dims() == k.dims() && first.len() == b
        }
        _ => false,
    };
    if !fits {
        let (q, k, v, first) = (q.dims(), k.dims(), v.dims(), first.len());
        bail!(
            "{OP}: expected q (B, L, h, d), k and v (B, M, c, d) with c a divisor of h and L at most M, and B firsts; found {q:?}, {k:?}, {v:?}, {first}"
        );
    }
    let (_, queries, heads, width) = q.dims4()?;
    let (_, keys, key_heads, _) = k.dims4()?;
    Ok(Sizes { queries, keys, heads, key_heads, width })
}

fn composed(q: &Tensor, k: &Tensor, v: &Tensor, first: &[usize], sizes: Sizes) -> Result<Tensor> {
    let Sizes { queries, keys, heads, key_heads, width } = sizes;
    let b = first.len();
    let shared = |x: &Tensor| {
        let x = x.transpose(1, 2)?.unsqueeze(2)?; // (B, c, 1, M, d)
        let x = x.broadcast_as((b, key_heads, heads / key_heads, keys, width))?;
        x.contiguous()?.reshape((b, heads, keys, width)) // (B, h, M, d)
    };
    let q = (q.transpose(1, 2)?.contiguous()? / (width as f64).sqrt())?; // (B, h, L, d)
    let (mut bias, mut sees) = (Vec::new(), Vec::new());
    for &first in first {
        for last in keys - queries..keys {
            let allowed = |j| first <= j && j <= last;
            bias.extend((0..keys).map(|j| if allowed(j) { 0.0 } else { FORBIDDEN_SCORE }));
            sees.push(if first <= last { 1f64 } else { 0.0 });
        }
    }
    let bias = Tensor::from_vec(bias, (b, 1, queries, keys), q.device())?.to_dtype(q.dtype())?;
    let sees = Tensor::from_vec(sees, (b, 1, queries, 1), q.device())?.to_dtype(q.dtype())?;
    let scores = q.matmul(&shared(k)?.t()?)?.broadcast_add(&bias)?; // (B, h, L, M)
    let weights = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?.detach())?.exp()?;
    let weights = weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?;
    let found = weights.broadcast_mul(&sees)?.matmul(&shared(v)?)?; // (B, h, L, d)
    found.transpose(1, 2)?.contiguous() // (B, L, h, d)
}

#[cfg(test)]
mod tests {
    use super::kernel::QUERY_BLOCK;
    use super::*;
    use crate::testing::{Check, assert_close, assert_same_gradients, numbers, wave};
    use candle_core::DType;

    fn inputs(b: usize, l: usize, m: usize, heads: [usize; 2], d: usize) -> [Tensor; 3] {
        let [h, c] = heads;
        [wave(&[b, l, h, d], 0.1), wave(&[b, m, c, d], 0.7), wave(&[b, m, c, d], 1.3)]
    }

    #[test]
    fn grouped_heads_padding_and_earlier_keys() {
        for (l, m, heads, first) in [
            (3, 3, [2, 2], [0, 0]),
            (4, 4, [4, 2], [0, 2]),
            (3, 5, [3, 1], [1, 4]),
            (1, 4, [2, 1], [3, 0]),
            // Two queries of the second row stand in its padding.
            (4, 4, [2, 1], [0, 2]),
        ] {
            let reference = |t: &[Tensor]| reference(&t[0], &t[1], &t[2], &first);
            let fused = |t: &[Tensor]| causal_attention(&t[0], &t[1], &t[2], &first);
            Check { fused, reference }.run(&inputs(2, l, m, heads, 4));
        }
    }

    #[test]
    fn several_blocks_of_queries() {
        let (l, m) = (2 * QUERY_BLOCK + 5, 2 * QUERY_BLOCK + 9);
        let first = [0, QUERY_BLOCK + 3];
        assert_same_gradients(
            |t| causal_attention(&t[0], &t[1], &t[2], &first),
            |t| reference(&t[0], &t[1], &t[2], &first),
            &inputs(2, l, m, [3, 1], 8),
            2e-5,
        );
    }

    #[test]
    fn nothing_is_found_before_the_first_and_later_keys_change_nothing() -> Result<()> {
        let [q, k, v] = inputs(1, 4, 4, [2, 1], 4);
        let whole = numbers(&causal_attention(&q, &k, &v, &[2])?);
        assert!(whole[..16].iter().all(|x| *x == 0.0), "two queries of padding");
        let cut = |t: &Tensor| t.narrow(1, 0, 3);
        let shorter = numbers(&causal_attention(&cut(&q)?, &cut(&k)?, &cut(&v)?, &[2])?);
        assert_eq!(whole[..24], shorter[..]);
        // Whatever stands in the padding is not looked at.
        let dirty = Tensor::cat(&[&(k.narrow(1, 0, 2)? * f64::NAN)?, &k.narrow(1, 2, 2)?], 1)?;
        assert_eq!(numbers(&causal_attention(&q, &dirty, &v, &[2])?), whole);
        Ok(())
    }

    #[test]
    fn one_position_over_a_shared_past_is_the_last_of_the_whole() -> Result<()> {
        let (m, told) = (7, 3);
        let [q, k, v] = inputs(2, m, m, [4, 2], 4);
        let first = [0, 2];
        let whole = causal_attention(&q, &k, &v, &first)?;
        // Three rows: the second window's, the first's, and the second's again.
        let windows = Tensor::new(&[1u32, 0, 1], q.device())?;
        let rows = |t: &Tensor| t.index_select(&windows, 0);
        let past = |t: &Tensor| t.narrow(1, 0, m - told)?.contiguous();
        let own = |t: &Tensor| rows(&t.narrow(1, m - told, told)?.contiguous()?);
        let (keys, values) = (past(&k)?, past(&v)?);
        let cached = Cached { keys: &keys, values: &values, windows: &[1, 0, 1], first: &first };
        let query = rows(&q.narrow(1, m - 1, 1)?.contiguous()?)?;
        let found = attend_cached(&query, &cached, &own(&k)?, &own(&v)?)?;
        let expected = rows(&whole.narrow(1, m - 1, 1)?.contiguous()?)?;
        assert_close("last position", &found, &expected, 1e-6);
        let wide = |t: &Tensor| t.to_dtype(DType::F64);
        let (keys, values) = (wide(&keys)?, wide(&values)?);
        let cached = Cached { keys: &keys, values: &values, ..cached };
        let own = [wide(&own(&k)?)?, wide(&own(&v)?)?];
        let found = attend_cached(&wide(&query)?, &cached, &own[0], &own[1])?;
        assert_close("elsewhere", &found, &expected, 1e-6);
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_the_shapes() {
        let [q, k, v] = inputs(2, 3, 3, [4, 2], 4);
        let run = |q: &Tensor, k: &Tensor, v: &Tensor, first: &[usize]| {
            causal_attention(q, k, v, first).expect_err("a misfit").to_string()
        };
        assert!(run(&q, &k, &v, &[0]).contains("[2, 3, 4, 4]"));
        run(&q, &k, &wave(&[2, 3, 1, 4], 0.0), &[0, 0]);
        run(&q, &wave(&[2, 3, 3, 4], 0.0), &wave(&[2, 3, 3, 4], 0.0), &[0, 0]);
        run(&q, &wave(&[2, 2, 2, 4], 0.0), &wave(&[2, 2, 2, 4], 0.0), &[0, 0]);
        run(&q.narrow(0, 0, 0).expect("no rows"), &k, &v, &[]);
    }
}
