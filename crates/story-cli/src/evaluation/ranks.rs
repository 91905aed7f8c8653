//! Ranks in a pool by cosine similarity.

use anyhow::Result;
use candle_core::Tensor;
use story_report::records::RankRecord;

/// Rank of pool item i for query i: `queries (N, D)` and `pool (N, D)`, both of length 1. Query i
/// and item i belong together.
///
/// `None` where `known[i]` is false for the query or its item; unknown items leave the pool.
pub fn ranks(queries: &Tensor, pool: &Tensor, known: &[bool]) -> Result<Vec<Option<RankRecord>>> {
    let similarity = queries.matmul(&pool.t()?.contiguous()?)?.to_vec2::<f32>()?; // (N, N)
    Ok(similarity
        .iter()
        .enumerate()
        .map(|(query, row)| rank(row, query, known))
        .collect())
}

fn rank(row: &[f32], target: usize, known: &[bool]) -> Option<RankRecord> {
    if !known[target] {
        return None;
    }
    let others = || {
        row.iter()
            .zip(known)
            .enumerate()
            .filter(move |(i, (_, k))| **k && *i != target)
    };
    let count = |test: fn(f32, f32) -> bool| {
        others()
            .filter(|(_, (value, _))| test(**value, row[target]))
            .count() as u64
    };
    Some(RankRecord {
        better: count(|value, own| value > own),
        ties: count(|value, own| value == own),
        pool: others().count() as u64 + 1,
    })
}

/// Indices of the `count` pool items nearest to each query, best first, the query's own place in
/// the pool among them.
pub fn nearest(
    queries: &Tensor,
    pool: &Tensor,
    known: &[bool],
    count: usize,
) -> Result<Vec<Vec<usize>>> {
    let similarity = queries.matmul(&pool.t()?.contiguous()?)?.to_vec2::<f32>()?; // (N, M)
    Ok(similarity
        .iter()
        .map(|row| {
            let mut order: Vec<usize> = (0..row.len()).filter(|i| known[*i]).collect();
            order.sort_by(|a, b| row[*b].total_cmp(&row[*a]).then(a.cmp(b)));
            order.truncate(count);
            order
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn ranks_count_better_items_and_ties_of_known_ones() -> Result<()> {
        let queries = Tensor::new(&[[1f32, 0.0], [0.0, 1.0], [1.0, 0.0]], &Device::Cpu)?;
        let pool = Tensor::new(&[[0.6f32, 0.8], [0.0, 1.0], [1.0, 0.0]], &Device::Cpu)?;
        let found = ranks(&queries, &pool, &[true, true, true])?;
        assert_eq!(
            found[0],
            Some(RankRecord {
                better: 1,
                ties: 0,
                pool: 3
            })
        );
        assert_eq!(
            found[1],
            Some(RankRecord {
                better: 0,
                ties: 0,
                pool: 3
            })
        );
        let found = ranks(&queries, &pool, &[true, true, false])?;
        assert_eq!(
            found[0],
            Some(RankRecord {
                better: 0,
                ties: 0,
                pool: 2
            })
        );
        assert_eq!(found[2], None);
        assert_eq!(nearest(&queries, &pool, &[true; 3], 2)?[0], [2, 0]);
        Ok(())
    }
}
