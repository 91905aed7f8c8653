//! A dataset on the Hugging Face Hub, read by byte range: nothing is written to disk.
//!
//! ```text
//! revision -> commit            GET api/datasets/R/revision/X     (once; results name the commit)
//! commit   -> shards and sizes  GET api/datasets/R/tree/C/data    (page by page)
//! shard    -> footer            GET datasets/R/resolve/C/P        Range: its end
//! group    -> column chunks     GET datasets/R/resolve/C/P        Range: neighbours as one
//! ```
//!
//! A shard that lies in the Hub cache already is read from there; offline, only from there.

mod ranges;

use super::parquet::{FileRanges, ParquetSource, RangeReader, Shard};
use super::shards::{missing, split_of};
use crate::{Columns, Error, Record, Result, Split, StorySource};
use ranges::HubRanges;
use std::sync::Arc;
use story_hub::{Cache, Client, Entry, Hub, Kind, Repository, Traffic};

/// The folder of a dataset that holds its shards.
const FOLDER: &str = "data";

/// What to read, and how.
#[derive(Debug, Clone)]
pub struct HubConfig {
    /// `owner/name` of a dataset.
    pub repository: String,
    /// A commit, a tag or a branch.
    pub revision: String,
    /// Where the Hub and its cache are, and how patient to be.
    pub hub: Hub,
}

impl HubConfig {
    /// A dataset on `hub`.
    pub fn new(repository: impl Into<String>, revision: impl Into<String>, hub: Hub) -> Self {
        Self { repository: repository.into(), revision: revision.into(), hub }
    }
}

/// The records of one split of a dataset on the Hub.
pub struct HubSource {
    stream: ParquetSource,
    commit: String,
    traffic: Arc<Traffic>,
}

impl HubSource {
    /// Resolves the revision, lists the shards of `split` and reads their footers.
    ///
    /// # Errors
    /// Where the dataset, the revision or the split does not exist or may not be read, where the
    /// network fails after all retries, or, offline, where the cache lacks a shard.
    pub fn open(config: &HubConfig, split: Split, columns: Columns) -> Result<Self> {
        let repository = Repository::new(Kind::Dataset, &config.repository, &config.revision)?;
        let environment = &config.hub.environment;
        let cache = Cache::new(&environment.cache, &repository);
        let (commit, shards, traffic) = if environment.offline {
            let (commit, shards) = offline(&repository, &cache, split)?;
            (commit, shards, Arc::default())
        } else {
            let client = config.hub.client()?.about(repository.describe());
            let (commit, shards) = online(&repository, &cache, &client, split)?;
            (commit, shards, client.traffic())
        };
        let description = format!(
            "hub {}@{commit}, revision {}, split {}",
            config.repository,
            config.revision,
            split.name()
        );
        Ok(Self { stream: ParquetSource::new(description, shards, columns), commit, traffic })
    }

    /// The commit that the revision stood for when the source was opened; 40 hexadecimal digits.
    /// Everything is read from it, whatever happens to the branch meanwhile.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// Requests and bytes so far. The counter goes on after the source was boxed.
    pub fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }
}

impl StorySource for HubSource {
    fn describe(&self) -> String {
        self.stream.describe()
    }

    fn len(&self) -> Option<usize> {
        self.stream.len()
    }

    fn next_record(&mut self) -> Option<Result<Record>> {
        self.stream.next_record()
    }
}

fn online(
    repository: &Repository,
    cache: &Cache,
    client: &Client,
    split: Split,
) -> Result<(String, Vec<Shard>)> {
    let commit = repository.commit(client)?;
    let mut entries = repository.list(client, &commit, FOLDER)?;
    let listed: Vec<String> = entries.iter().map(|entry| entry.path.clone()).collect();
    entries.retain(|entry| split_of(&entry.path) == Some(split));
    complete(repository, &commit, split, &entries, &listed)?;
    let mut shards = Vec::with_capacity(entries.len());
    for entry in entries {
        let cached = cache.file(&commit, &entry.path);
        let ranges: Box<dyn RangeReader> = match cached.map(|path| FileRanges::open(&path)) {
            Some(Ok(file)) if file.size() == entry.size => Box::new(file),
            _ => Box::new(HubRanges::new(
                client.clone(),
                repository.file_url(client, &commit, &entry.path),
                entry.size,
            )),
        };
        shards.push(Shard::open(ranges)?);
    }
    Ok((commit, shards))
}

fn offline(repository: &Repository, cache: &Cache, split: Split) -> Result<(String, Vec<Shard>)> {
    let commit = match repository.pinned() {
        Some(commit) => commit,
        None => cache
            .commit(repository.revision())?
            .ok_or_else(|| offline_error(cache, repository, "the revision"))?,
    };
    let mut entries = cache.list(&commit, FOLDER)?;
    if entries.is_empty() {
        return Err(offline_error(cache, repository, "the commit's data folder"));
    }
    let listed: Vec<String> = entries.iter().map(|entry| entry.path.clone()).collect();
    entries.retain(|entry| split_of(&entry.path) == Some(split));
    if let Some(name) = missing(entries.iter().map(|entry| entry.path.as_str())) {
        return Err(offline_error(cache, repository, &name));
    }
    complete(repository, &commit, split, &entries, &listed)?;
    let mut shards = Vec::with_capacity(entries.len());
    for entry in &entries {
        let path = cache
            .file(&commit, &entry.path)
            .ok_or_else(|| offline_error(cache, repository, &entry.path))?;
        shards.push(Shard::open(Box::new(FileRanges::open(&path)?))?);
    }
    Ok((commit, shards))
}

fn offline_error(cache: &Cache, repository: &Repository, what: &str) -> Error {
    Error::Hub(story_hub::Error::Network {
        url: repository.describe(),
        problem: format!(
            "HF_HUB_OFFLINE is set and {what} is not in the cache {}",
            cache.folder().display()
        ),
        remedy: "unset HF_HUB_OFFLINE, or fetch the dataset into the cache first".into(),
    })
}

fn complete(
    repository: &Repository,
    commit: &str,
    split: Split,
    entries: &[Entry],
    listed: &[String],
) -> Result<()> {
    let place = format!("{}, commit {commit}", repository.describe());
    let expected = format!("{FOLDER}/{}-*.parquet", split.name());
    let remedy = "name another repository or revision";
    if entries.is_empty() {
        let found = match listed {
            [] => "an empty folder".to_string(),
            names => names.join(", "),
        };
        return Err(Error::data(place, expected, found, remedy));
    }
    match missing(entries.iter().map(|entry| entry.path.as_str())) {
        Some(name) => {
            Err(Error::data(place, "all shards of the split", format!("no {name}"), remedy))
        }
        None => Ok(()),
    }
}
