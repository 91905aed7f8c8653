//! The StoryReasoning dataset from the Hub into the Hub cache, where every program that knows the
//! cache finds it, ours included.

use crate::models::Plan;
use crate::{Error, Hub, Kind, Repository, Result, Snapshot};

/// The dataset.
pub const REPOSITORY: &str = "daniel3303/StoryReasoning";
/// Its licence, and what follows from it.
pub const LICENCE: &str =
    "CC-BY-ND-4.0: train and measure on it, pass on no frame and no sentence of it";
/// The names that its splits have.
pub const SPLITS: [&str; 2] = ["train", "test"];

/// Asks the Hub which shards `split` (or, without one, the dataset) has at `revision`.
///
/// # Errors
/// Where the dataset cannot be listed or has no such shard.
pub fn plan(hub: &Hub, split: Option<&str>, revision: &str) -> Result<Plan> {
    let repository = Repository::new(Kind::Dataset, REPOSITORY, revision)?;
    let snapshot = Snapshot::of(hub, &repository)?;
    let splits = split.map_or(SPLITS.to_vec(), |split| vec![split]);
    let prefixes: Vec<String> = splits.iter().map(|split| format!("data/{split}-")).collect();
    let is_shard = |path: &&str| {
        path.ends_with(".parquet") && prefixes.iter().any(|prefix| path.starts_with(prefix))
    };
    let shards: Vec<String> = snapshot.paths().filter(is_shard).map(str::to_string).collect();
    if shards.is_empty() {
        return Err(Error::Data {
            path: repository.describe(),
            expected: format!("{}*.parquet", prefixes.join("*.parquet or ")),
            found: snapshot.paths().collect::<Vec<_>>().join(", "),
            remedy: "name another revision".into(),
        });
    }
    Ok(Plan::over(snapshot, shards))
}
