//! Which metrics an ablation can be planned on, told before any run.

use crate::error::Result;
use crate::evaluation::{EvaluationConfig, MODEL, score_tables};
use crate::records::{PictureRecord, Pool, RankRecord, TokenRecord, WindowRecord};
use std::collections::BTreeMap;

/// Every metric that a run can have, as `table/column`: those of a window in which the model
/// answered all that can be asked. A corpus without texts, or too small for a pool, has fewer.
///
/// # Errors
/// None that an input could cause.
pub fn known_metrics() -> Result<Vec<String>> {
    fn answer<T>(record: T) -> BTreeMap<String, T> {
        BTreeMap::from([(MODEL.to_string(), record)])
    }
    let rank = RankRecord { better: 0, ties: 0, pool: 2 };
    let tokens = TokenRecord { count: 1, ..TokenRecord::default() };
    let window = WindowRecord {
        reference: Some("a".to_string()),
        texts: answer("a".to_string()),
        tokens: answer(tokens),
        pictures: answer(PictureRecord::default()),
        next_frame: answer(rank),
        next_frame_pools: Pool::NAMED.map(|pool| (pool, answer(rank))).into(),
        next_text: answer(rank),
        image_to_text: answer(rank),
        text_to_image: answer(rank),
        told_to_image: answer(rank),
        painted_to_text: answer(rank),
        ..WindowRecord::default()
    };
    let once = super::without_interval(&EvaluationConfig::default());
    let tables = score_tables(&[window], &once)?;
    Ok(tables.iter().flat_map(super::columns_of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_are_asked_can_be_planned() {
        let known = known_metrics().expect("a window with every answer");
        for metric in [
            "next-text-free-running/rouge-l",
            "next-text-free-running/chrf++",
            "next-text-teacher-forced/perplexity",
            "next-text-teacher-forced/perplexity-word",
            "next-text-teacher-forced/bits-per-character",
            "next-frame-retrieval/mrr",
            "next-frame-retrieval-unshown/r@1",
            "picture-to-text-retrieval/r@5",
        ] {
            assert!(known.iter().any(|name| name == metric), "{metric}: {known:?}");
        }
    }
}
