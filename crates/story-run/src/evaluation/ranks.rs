//! Ranks in a pool, by scores such as cosine similarities.

use crate::error::Result;
use candle_core::Tensor;
use story_report::records::RankRecord;

/// Rank of pool item i for query i, from `scores (N, N)`, larger is better. Query i and item i
/// belong together.
///
/// `None` where `known[i]` is false for the query or its item; unknown items leave the pool.
pub fn ranks(scores: &Tensor, known: &[bool]) -> Result<Vec<Option<RankRecord>>> {
    let scores = scores.to_vec2::<f32>()?; // (N, N)
    let rows = scores.iter().enumerate();
    Ok(rows.map(|(query, row)| rank(row, query, known)).collect())
}

/// Rank of the item `target` by a query's scores, among the items of the pool.
pub fn rank(row: &[f32], target: usize, pool: &[bool]) -> Option<RankRecord> {
    if !pool[target] {
        return None;
    }
    let others = || row.iter().zip(pool).enumerate().filter(move |(i, (_, k))| **k && *i != target);
    let count = |test: fn(f32, f32) -> bool| {
        others().filter(|(_, (value, _))| test(**value, row[target])).count() as u64
    };
    Some(RankRecord {
        better: count(|value, own| value > own),
        ties: count(|value, own| value == own),
        pool: others().count() as u64 + 1,
    })
}

/// Indices of the `count` pool items that score best for each query, from `scores (N, M)`, best
/// first, the query's own among them.
pub fn best(scores: &Tensor, known: &[bool], count: usize) -> Result<Vec<Vec<usize>>> {
    let best = |row: &Vec<f32>| {
        let mut order: Vec<usize> = (0..row.len()).filter(|i| known[*i]).collect();
        order.sort_by(|a, b| row[*b].total_cmp(&row[*a]).then(a.cmp(b)));
        order.truncate(count);
        order
    };
    Ok(scores.to_vec2::<f32>()?.iter().map(best).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn ranks_count_better_items_and_ties_of_known_ones() -> Result<()> {
        let queries = Tensor::new(&[[1f32, 0.0], [0.0, 1.0], [1.0, 0.0]], &Device::Cpu)?;
        let pool = Tensor::new(&[[0.6f32, 0.8], [0.0, 1.0], [1.0, 0.0]], &Device::Cpu)?;
        let scores = queries.matmul(&pool.t()?)?;
        let found = ranks(&scores, &[true, true, true])?;
        assert_eq!(found[0], Some(RankRecord { better: 1, ties: 0, pool: 3 }));
        assert_eq!(found[1], Some(RankRecord { better: 0, ties: 0, pool: 3 }));
        let found = ranks(&scores, &[true, true, false])?;
        assert_eq!(found[0], Some(RankRecord { better: 0, ties: 0, pool: 2 }));
        assert_eq!(found[2], None);
        assert_eq!(best(&scores, &[true; 3], 2)?[0], [2, 0]);
        Ok(())
    }
}
