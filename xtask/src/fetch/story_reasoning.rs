//! The StoryReasoning dataset from the Hugging Face Hub into the Hub cache, where every program
//! that knows the cache finds it, ours included.

use super::hub::Place;
use anyhow::{Context, Result, bail};
use hf_hub::{Repo, RepoType};

const REPOSITORY: &str = "daniel3303/StoryReasoning";
const LICENCE: &str =
    "CC-BY-ND-4.0: train and measure on it, pass on no frame and no sentence of it";
/// All shards together, in MB, as the Hub states.
const MEGABYTES: u32 = 773;

/// Which part of the dataset.
#[derive(clap::Args)]
pub struct Options {
    /// Only `train` or `test`; by default both.
    #[arg(long, value_parser = ["train", "test"])]
    split: Option<String>,
    /// Branch, tag or commit.
    #[arg(long, default_value = "main")]
    revision: String,
    /// List the shards and stop.
    #[arg(long)]
    dry_run: bool,
}

/// Fetches the shards; those that are in the cache already are not fetched again.
pub fn fetch(options: &Options) -> Result<()> {
    println!("{REPOSITORY}: {MEGABYTES} MB in all; licence {LICENCE}");
    let place = Place::from_environment();
    println!("cache: {}", place.cache.path().display());
    let repository =
        Repo::with_revision(REPOSITORY.into(), RepoType::Dataset, options.revision.clone());
    let api = place.api()?.repo(repository);
    let info = api.info().with_context(|| {
        format!(
            "{REPOSITORY} at `{}` cannot be listed; check network, HF_ENDPOINT and HF_TOKEN",
            options.revision
        )
    })?;
    println!("commit: {}", info.sha);
    let prefixes: Vec<String> = match &options.split {
        Some(split) => vec![format!("data/{split}-")],
        None => vec!["data/train-".into(), "data/test-".into()],
    };
    let shards: Vec<String> = info
        .siblings
        .into_iter()
        .map(|sibling| sibling.rfilename)
        .filter(|name| name.ends_with(".parquet") && prefixes.iter().any(|p| name.starts_with(p)))
        .collect();
    if shards.is_empty() {
        bail!(
            "{REPOSITORY} at `{}` has no shard under {}",
            options.revision,
            prefixes.join(" or ")
        );
    }
    for shard in &shards {
        if options.dry_run {
            println!("{shard}");
        } else {
            let path = api.get(shard).with_context(|| {
                format!("{shard}; run the command again, what has arrived is kept")
            })?;
            println!("{}", path.display());
        }
    }
    Ok(())
}
