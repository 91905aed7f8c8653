//! A model on the Hugging Face Hub: first the cache, which `huggingface_hub` and `hf-hub` share,
//! then, unless offline, the network by way of `hf-hub`.
//!
//! ```text
//! models--owner--name/refs/<revision>          a commit, as text
//! models--owner--name/snapshots/<commit>/..    the files; links to blobs/<digest>
//! ```

use super::resolve::{USUAL_NAMES, is_index, shards};
use hf_hub::api::sync::{ApiBuilder, ApiError, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use story_core::hub::HubEnvironment;
use story_core::{Error, Result};

/// Digits of a full commit.
const COMMIT_LENGTH: usize = 40;
/// How often a broken download is taken up again.
const RETRIES: usize = 3;

/// A file of a model, or the usual one.
pub(super) struct Model<'a> {
    repository: &'a str,
    revision: &'a str,
    file: &'a str,
}

impl<'a> Model<'a> {
    /// Checks that the names can be part of an address and of a path in the cache.
    pub fn new(repository: &'a str, revision: &'a str, file: &'a str) -> Result<Self> {
        let wrong = |key: &str, found: &str, expected: &str| {
            Err(Error::Config(format!("weights.{key} = {found:?}: expected {expected}")))
        };
        if repository.split('/').count() > 2 || !is_plain(repository) {
            return wrong("repository", repository, "owner/name of a model on the Hub");
        }
        if !is_plain(revision) {
            return wrong("revision", revision, "a commit, tag or branch such as \"main\"");
        }
        if !file.is_empty() && !is_plain(file) {
            return wrong("file", file, "a path within the repository, or \"\"");
        }
        Ok(Self { repository, revision, file })
    }

    /// The file, or all shards of it.
    pub fn files(&self, environment: &HubEnvironment) -> Result<Vec<PathBuf>> {
        if let Some(files) = self.cached(environment)? {
            return Ok(files);
        }
        if environment.offline {
            return Err(Error::Environment(format!(
                "HF_HUB_OFFLINE is set and {} is not in the cache {}; run `cargo xtask fetch-models CONFIG` with the run's config where there is a network, or unset HF_HUB_OFFLINE",
                self.describe(),
                self.folder(environment).display()
            )));
        }
        // hf-hub asserts in a few places what servers and disks may break.
        let fetched = catch_unwind(AssertUnwindSafe(|| self.fetch(environment)));
        fetched.unwrap_or_else(|_| {
            Err(Error::Environment(format!(
                "{}: the Hub's answer or the cache {} is not what hf-hub expects; check HF_ENDPOINT, and delete the folder if it is damaged",
                self.describe(),
                self.folder(environment).display()
            )))
        })
    }

    /// What the cache has, if it is all there.
    fn cached(&self, environment: &HubEnvironment) -> Result<Option<Vec<PathBuf>>> {
        let folder = self.folder(environment);
        let commit = if is_commit(self.revision) {
            self.revision.to_lowercase()
        } else {
            let path = folder.join("refs").join(self.revision);
            match std::fs::read_to_string(&path) {
                Ok(text) if is_commit(text.trim()) => text.trim().to_string(),
                _ => return Ok(None),
            }
        };
        let snapshot = folder.join("snapshots").join(commit);
        let candidates = self.candidates();
        let mut files = candidates.iter().map(|name| snapshot.join(name));
        let Some(file) = files.find(|file| file.is_file()) else {
            return Ok(None);
        };
        if !is_index(&file) {
            return Ok(Some(vec![file]));
        }
        let beside = |name: String| file.with_file_name(name);
        let all: Vec<PathBuf> = shards(&file)?.into_iter().map(beside).collect();
        Ok(all.iter().all(|file| file.is_file()).then_some(all))
    }

    fn fetch(&self, environment: &HubEnvironment) -> Result<Vec<PathBuf>> {
        let failed = |error: ApiError| self.failed(environment, error);
        let cache = Cache::new(environment.cache.clone());
        let token = environment.token.as_ref();
        let api = ApiBuilder::from_cache(cache.clone())
            .with_endpoint(environment.endpoint.clone())
            .with_token(token.map(|token| token.secret().to_string()))
            .with_progress(false)
            .with_retries(RETRIES)
            .build()
            .map_err(failed)?;
        let at = |revision: &str| {
            Repo::with_revision(self.repository.into(), RepoType::Model, revision.into())
        };
        let info = api.repo(at(self.revision)).info().map_err(failed)?;
        if !is_commit(&info.sha) {
            return Err(Error::Environment(format!(
                "{}: {} names no commit; check HF_ENDPOINT",
                self.describe(),
                environment.endpoint
            )));
        }
        let has = |name: &&str| info.siblings.iter().any(|file| file.rfilename == **name);
        let candidates = self.candidates();
        let Some(name) = candidates.iter().copied().find(|name| has(name)) else {
            return Err(Error::Config(format!(
                "{}: no such file; the repository has {}; name one as weights.file",
                self.describe(),
                listed(info.siblings.iter().map(|file| file.rfilename.as_str()))
            )));
        };
        // From the commit, so that a branch that moves meanwhile cannot mix two versions.
        let repo: ApiRepo = api.repo(at(&info.sha));
        let file = repo.get(name).map_err(failed)?;
        let folder = name.rsplit_once('/').map(|(folder, _)| folder);
        let mut files = vec![file.clone()];
        if is_index(&file) {
            files.clear();
            for shard in shards(&file)? {
                let path = match folder {
                    Some(folder) => format!("{folder}/{shard}"),
                    None => shard,
                };
                files.push(repo.get(&path).map_err(failed)?);
            }
        }
        // So that the cache knows the revision next time; without it only a request is lost.
        let _ = cache.repo(at(self.revision)).create_ref(&info.sha);
        Ok(files)
    }

    fn candidates(&self) -> Vec<&str> {
        match self.file {
            "" => USUAL_NAMES.to_vec(),
            file => vec![file],
        }
    }

    fn folder(&self, environment: &HubEnvironment) -> PathBuf {
        let name = self.repository.replace('/', "--");
        environment.cache.join(format!("models--{name}"))
    }

    fn describe(&self) -> String {
        let file = match self.file {
            "" => "weights",
            file => file,
        };
        format!("{file} of {} at `{}`", self.repository, self.revision)
    }

    fn failed(&self, environment: &HubEnvironment, error: ApiError) -> Error {
        let text = error.to_string();
        let status = match error {
            ApiError::RequestError(error) => error.into_response().map(|reply| reply.status()),
            _ => None,
        };
        let remedy = match status {
            Some(401 | 403) => {
                "check the repository's name; if it is private or gated, set HF_TOKEN"
            }
            Some(404) => "check repository and revision",
            // hf-hub asks for the rest of a download that was whole already.
            Some(416) => "delete the files that end with .part from the cache and try again",
            _ => "check network and HF_ENDPOINT, or set kind = \"file\"",
        };
        Error::Environment(format!(
            "{} from {}: {text}; {remedy}",
            self.describe(),
            environment.endpoint
        ))
    }
}

/// Whether `name` is a path of plain parts: no way out of its folder, nothing that an address
/// would have to escape.
pub(super) fn is_plain(name: &str) -> bool {
    name.split('/').all(|part| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    })
}

fn is_commit(text: &str) -> bool {
    text.len() == COMMIT_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
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
