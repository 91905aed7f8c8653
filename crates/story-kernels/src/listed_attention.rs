//! Attention of grouped queries over a few keys that are listed for each query:
//!
//! y_i = sum_{j in list(i)} p_ij v_j with p_i = softmax_{j in list(i)}(q_i k_j / sqrt(d)).
//!
//! An empty list finds 0. Many queries share a list, and rows share keys: nothing is copied for
//! them. Backward as in [`causal_attention`](crate::causal_attention()): with dp_ij = dy_i v_j,
//! ds_ij = p_ij (dp_ij - dy_i y_i); dq = ds k / sqrt(d), dk = ds^T q / sqrt(d), dv = p^T dy.
//!
//! Axes: `N` rows, `L` queries of a row, `W` windows, `M` keys of a window, `h` heads of queries,
//! `c` of keys and values, a divisor of `h`; head `i` looks at keys of head `i / (h / c)`. `d`
//! width of a head.

mod kernel;

use crate::storage::{check_not_empty, fused};
use candle_core::{D, Result, Tensor, bail};
use kernel::{Attention, Sizes};
use std::sync::Arc;

const OP: &str = "listed_attention";
/// Added to the score of a forbidden pair in the reference; its weight underflows to 0.
const FORBIDDEN_SCORE: f64 = -1e9;

/// Which keys each query looks at. Clones share the lists.
#[derive(Debug, Clone)]
pub struct KeyLists {
    lists: Arc<[Vec<u32>]>,
    of: Arc<[u32]>,
}

impl KeyLists {
    /// Places of keys, counted over all windows (`W M` of them), list by list, and the list of each
    /// query, counted over all rows (`N L` of them).
    ///
    /// # Errors
    /// A query whose list is not there.
    pub fn new(lists: Vec<Vec<u32>>, of: Vec<u32>) -> Result<Self> {
        if let Some(list) = of.iter().find(|&&list| list as usize >= lists.len()) {
            bail!("{OP}: a query looks at list {list} of {}", lists.len());
        }
        Ok(Self { lists: lists.into(), of: of.into() })
    }

    /// The keys that query `i` looks at.
    fn of(&self, i: usize) -> &[u32] {
        &self.lists[self.of[i] as usize]
    }
}

/// What each query finds: `q` (N, L, h, d), `k` and `v` (W, M, c, d) give (N, L, h, d).
/// Differentiable in all three.
///
/// # Errors
/// Shapes that do not fit, a key that is not there, an empty tensor.
pub fn listed_attention(q: &Tensor, k: &Tensor, v: &Tensor, lists: &KeyLists) -> Result<Tensor> {
    let sizes = check(q, k, v, lists)?;
    if !fused(&[q, k, v]) {
        return composed(q, k, v, lists, sizes);
    }
    let op = Attention { sizes, lists: lists.clone() };
    q.contiguous()?.apply_op3(&k.contiguous()?, &v.contiguous()?, op)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`listed_attention`].
pub fn reference(q: &Tensor, k: &Tensor, v: &Tensor, lists: &KeyLists) -> Result<Tensor> {
    composed(q, k, v, lists, check(q, k, v, lists)?)
}

fn check(q: &Tensor, k: &Tensor, v: &Tensor, lists: &KeyLists) -> Result<Sizes> {
    check_not_empty(OP, "q", q)?;
    check_not_empty(OP, "k", k)?;
    let fits = match (q.dims(), k.dims()) {
        (&[n, l, h, d], &[_, _, c, kd]) => {
            kd == d && h % c == 0 && v.dims() == k.dims() && lists.of.len() == n * l
        }
        _ => false,
    };
    if !fits {
        let (q, k, v, of) = (q.dims(), k.dims(), v.dims(), lists.of.len());
        bail!(
            "{OP}: expected q (N, L, h, d), k and v (W, M, c, d) with c a divisor of h, and N L lists; found {q:?}, {k:?}, {v:?}, {of}"
        );
    }
    let (windows, per_window, key_heads, width) = k.dims4()?;
    let keys = windows * per_window;
    if let Some(key) = lists.lists.iter().flatten().find(|&&key| key as usize >= keys) {
        bail!("{OP}: a list names key {key} of {keys}");
    }
    Ok(Sizes { keys, heads: q.dim(2)?, key_heads, width })
}

fn composed(q: &Tensor, k: &Tensor, v: &Tensor, lists: &KeyLists, sizes: Sizes) -> Result<Tensor> {
    let Sizes { keys, heads, key_heads, width } = sizes;
    let (queries, device, dtype) = (lists.of.len(), q.device(), q.dtype());
    let shared = |x: &Tensor| {
        let x = x.contiguous()?.reshape((keys, key_heads, 1, width))?;
        let x = x.broadcast_as((keys, key_heads, heads / key_heads, width))?;
        x.contiguous()?.reshape((keys, heads, width))?.transpose(0, 1)?.contiguous() // (h, W M, d)
    };
    let (mut bias, mut sees) = (vec![FORBIDDEN_SCORE; queries * keys], Vec::new());
    for (i, row) in bias.chunks_exact_mut(keys).enumerate() {
        let list = lists.of(i);
        list.iter().for_each(|&key| row[key as usize] = 0.0);
        sees.push(if list.is_empty() { 0f64 } else { 1.0 });
    }
    let bias = Tensor::from_vec(bias, (1, queries, keys), device)?.to_dtype(dtype)?;
    let sees = Tensor::from_vec(sees, (1, queries, 1), device)?.to_dtype(dtype)?;
    let rows = q.contiguous()?.reshape((queries, heads, width))?; // (N L, h, d)
    let rows = (rows.transpose(0, 1)?.contiguous()? / (width as f64).sqrt())?; // (h, N L, d)
    let scores = rows.matmul(&shared(k)?.t()?)?.broadcast_add(&bias)?; // (h, N L, W M)
    let weights = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?.detach())?.exp()?;
    let weights = weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?;
    let found = weights.broadcast_mul(&sees)?.matmul(&shared(v)?)?; // (h, N L, d)
    found.transpose(0, 1)?.contiguous()?.reshape(q.shape()) // (N, L, h, d)
}

#[cfg(test)]
mod tests {
    use super::kernel::QUERY_BLOCK;
    use super::*;
    use crate::testing::{Check, assert_close, assert_same_gradients, numbers, wave};
    use candle_core::DType;

    fn inputs(q: [usize; 4], k: [usize; 4]) -> [Tensor; 3] {
        [wave(&q, 0.1), wave(&k, 0.7), wave(&k, 1.3)]
    }

    fn lists(lists: &[&[u32]], of: &[u32]) -> KeyLists {
        let lists = lists.iter().map(|list| list.to_vec()).collect();
        KeyLists::new(lists, of.to_vec()).expect("lists")
    }

    #[test]
    fn grouped_heads_shared_lists_and_empty_ones() {
        for heads in [[2, 2], [4, 2], [3, 1]] {
            let lists = lists(&[&[], &[0], &[4, 1, 2], &[3, 5]], &[0, 2, 2, 3, 1, 0]);
            let [h, c] = heads;
            let reference = |t: &[Tensor]| reference(&t[0], &t[1], &t[2], &lists);
            let fused = |t: &[Tensor]| listed_attention(&t[0], &t[1], &t[2], &lists);
            Check { fused, reference }.run(&inputs([2, 3, h, 4], [2, 3, c, 4]));
        }
    }

    #[test]
    fn several_blocks_of_queries() {
        let l = QUERY_BLOCK + 5;
        let of: Vec<u32> = (0..2 * l as u32).map(|i| i % 3).collect();
        let lists = lists(&[&[0, 1, 4], &[], &[2, 3, 4, 5]], &of);
        assert_same_gradients(
            |t| listed_attention(&t[0], &t[1], &t[2], &lists),
            |t| reference(&t[0], &t[1], &t[2], &lists),
            &inputs([2, l, 2, 4], [3, 2, 1, 4]),
            2e-5,
        );
    }

    #[test]
    fn an_empty_list_finds_nothing_and_what_is_not_listed_is_not_looked_at() -> Result<()> {
        let [q, k, v] = inputs([1, 2, 2, 4], [1, 3, 1, 4]);
        let lists = lists(&[&[], &[1]], &[0, 1]);
        let found = listed_attention(&q, &k, &v, &lists)?;
        assert!(numbers(&found)[..8].iter().all(|x| *x == 0.0));
        // A single key is found whatever its score.
        let only = v.narrow(1, 1, 1)?.broadcast_as((1, 1, 2, 4))?.contiguous()?;
        assert_close("the only one", &found.narrow(1, 1, 1)?, &only, 1e-7);
        let junk = (k.narrow(1, 0, 1)? * f64::NAN)?;
        let dirty = |t: &Tensor| Tensor::cat(&[&junk, &t.narrow(1, 1, 1)?, &junk], 1);
        let again = listed_attention(&q, &dirty(&k)?, &dirty(&v)?, &lists)?;
        assert_eq!(numbers(&again), numbers(&found));
        let wide = |t: &Tensor| t.to_dtype(DType::F64);
        let elsewhere = listed_attention(&wide(&q)?, &wide(&k)?, &wide(&v)?, &lists)?;
        assert_close("elsewhere", &found, &elsewhere, 1e-6);
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_the_shapes() {
        let [q, k, v] = inputs([1, 2, 4, 4], [1, 3, 2, 4]);
        let good = lists(&[&[0]], &[0, 0]);
        let run = |q: &Tensor, k: &Tensor, v: &Tensor, lists: &KeyLists| {
            listed_attention(q, k, v, lists).expect_err("a misfit").to_string()
        };
        assert!(run(&q, &k, &v, &lists(&[&[0]], &[0])).contains("[1, 2, 4, 4]"));
        assert!(run(&q, &k, &v, &lists(&[&[3]], &[0, 0])).contains("key 3 of 3"));
        run(&q, &k, &wave(&[1, 3, 1, 4], 0.0), &good);
        run(&q, &wave(&[1, 3, 3, 4], 0.0), &wave(&[1, 3, 3, 4], 0.0), &good);
        assert!(KeyLists::new(vec![vec![0]], vec![1]).is_err());
    }
}
