//! A model on the Hugging Face Hub: first the cache, then, unless offline, the network by way of
//! `story-hub`, which checks what comes.

use super::resolve::shards;
use std::path::PathBuf;
use story_core::{Error, Result};
use story_hub::models::{USUAL_NAMES, is_index};
use story_hub::{Cache, Hub, Kind, Repository, Snapshot, is_plain};

/// A file of a model, or the usual one.
pub(super) struct Model<'a> {
    repository: Repository,
    file: &'a str,
}

impl<'a> Model<'a> {
    /// Checks that the names can be part of an address and of a path in the cache.
    pub fn new(repository: &str, revision: &str, file: &'a str) -> Result<Self> {
        if !file.is_empty() && !is_plain(file) {
            return Err(Error::Config(format!(
                "weights.file = {file:?}: expected a path within the repository, or \"\""
            )));
        }
        let repository = Repository::new(Kind::Model, repository, revision).map_err(core_error)?;
        Ok(Self { repository, file })
    }

    /// The file, or all shards of it.
    pub fn files(&self, hub: &Hub) -> Result<Vec<PathBuf>> {
        let cache = Cache::new(&hub.environment.cache, &self.repository);
        if let Some(files) = self.cached(&cache)? {
            return Ok(files);
        }
        if hub.environment.offline {
            return Err(Error::Environment(format!(
                "HF_HUB_OFFLINE is set and {} is not in the cache {}; run `story fetch models CONFIG` (or `cargo xtask fetch-models CONFIG`) with the run's config where there is a network, or unset HF_HUB_OFFLINE",
                self.describe(),
                cache.folder().display()
            )));
        }
        self.fetch(hub)
    }

    /// What the cache has, if it is all there.
    fn cached(&self, cache: &Cache) -> Result<Option<Vec<PathBuf>>> {
        let commit = match self.repository.pinned() {
            Some(commit) => Some(commit),
            None => cache.commit(self.repository.revision()).map_err(core_error)?,
        };
        let Some(commit) = commit else {
            return Ok(None);
        };
        let mut files = self.candidates().into_iter().filter_map(|name| cache.file(&commit, name));
        let Some(file) = files.next() else {
            return Ok(None);
        };
        if !is_index(&file.to_string_lossy()) {
            return Ok(Some(vec![file]));
        }
        let beside = |name: String| file.with_file_name(name);
        let all: Vec<PathBuf> = shards(&file)?.into_iter().map(beside).collect();
        Ok(all.iter().all(|file| file.is_file()).then_some(all))
    }

    fn fetch(&self, hub: &Hub) -> Result<Vec<PathBuf>> {
        let snapshot = Snapshot::of(hub, &self.repository).map_err(core_error)?;
        let has = |name: &&str| snapshot.paths().any(|path| path == *name);
        let Some(name) = self.candidates().into_iter().find(has) else {
            return Err(Error::Config(format!(
                "{}: no such file; the repository has {}; name one as weights.file",
                self.describe(),
                listed(snapshot.paths())
            )));
        };
        let file = snapshot.fetch(name).map_err(core_error)?;
        let folder = name.rsplit_once('/').map(|(folder, _)| folder);
        let mut files = vec![file.clone()];
        if is_index(name) {
            files.clear();
            for shard in shards(&file)? {
                let path = match folder {
                    Some(folder) => format!("{folder}/{shard}"),
                    None => shard,
                };
                files.push(snapshot.fetch(&path).map_err(core_error)?);
            }
        }
        // So that the cache knows the revision next time; without it only a request is lost.
        let _ = snapshot.remember();
        Ok(files)
    }

    fn candidates(&self) -> Vec<&str> {
        match self.file {
            "" => USUAL_NAMES.to_vec(),
            file => vec![file],
        }
    }

    fn describe(&self) -> String {
        let file = match self.file {
            "" => "weights",
            file => file,
        };
        format!("{file} of {} at `{}`", self.repository.name(), self.repository.revision())
    }
}

/// The core's form of the Hub's error, keeping its words and who can fix it.
fn core_error(error: story_hub::Error) -> Error {
    use story_hub::Error as HubError;
    match error {
        HubError::Config(message) => Error::Config(format!("weights: {message}")),
        HubError::Io { path, source } => Error::Io { path, source },
        error @ HubError::Data { .. } => Error::Data(error.to_string()),
        error @ HubError::Network { .. } => {
            Error::Environment(format!("{error}; or name a file or folder of the weights"))
        }
    }
}

/// The first names of a list that may be long.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 12;
    let names: Vec<&str> = names.collect();
    match names.len() {
        0 => "none".into(),
        count if count > MOST => format!("{} and {} more", names[..MOST].join(", "), count - MOST),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_their_place_are_config_errors() {
        for (repository, revision, file) in [
            ("", "main", ""),
            ("a/b/c", "main", ""),
            ("../x", "main", ""),
            ("o/n?x", "main", ""),
            ("o/n", "", ""),
            ("o/n", "../main", ""),
            ("o/n", "main", "/etc/passwd"),
            ("o/n", "main", "a/../../b"),
            ("o/n", "main", "a b"),
        ] {
            let result = Model::new(repository, revision, file);
            assert!(matches!(result, Err(Error::Config(_))), "{repository} {file}");
        }
        assert!(Model::new("o/n", "refs/pr/1", "folder/x.bin").is_ok());
        assert!(Model::new("canonical", "v1.0", "").is_ok());
    }
}
