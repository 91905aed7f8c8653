//! A dataset repository: its revision resolved to a commit, and the files of a folder.

use super::client::Client;
use super::url::{join, quote, quote_path};
use crate::{Error, Result};
use serde::Deserialize;

/// Digits of a full commit.
const COMMIT_LENGTH: usize = 40;
/// The most pages of a listing; the Hub puts a thousand files on one.
const MOST_PAGES: usize = 1000;

/// A file of the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// Path within the repository.
    pub path: String,
    /// Bytes.
    pub size: u64,
}

/// A dataset and the revision that is asked for.
pub(super) struct Repository {
    name: String,
    revision: String,
}

#[derive(Deserialize)]
struct Revision {
    sha: String,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
    lfs: Option<Large>,
}

#[derive(Deserialize)]
struct Large {
    size: u64,
}

impl Repository {
    /// Checks that both names can be part of an address and of a path in the cache.
    pub fn new(name: &str, revision: &str) -> Result<Self> {
        let fits = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        let parts: Vec<&str> = name.split('/').collect();
        if parts.len() > 2 || !parts.iter().all(|part| fits(part)) {
            return Err(Error::Config(format!(
                "repository = {name:?} is not the name of a dataset; expected owner/name"
            )));
        }
        let walks = |part: &str| part.is_empty() || part == "." || part == "..";
        if revision.contains('\\') || revision.split('/').any(walks) {
            return Err(Error::Config(format!(
                "revision = {revision:?} is not a commit, a tag or a branch; expected e.g. \"main\""
            )));
        }
        Ok(Self { name: name.into(), revision: revision.into() })
    }

    /// Name and revision, for messages.
    pub fn describe(&self) -> String {
        format!("dataset {}, revision {}", self.name, self.revision)
    }

    /// The revision as it was asked for.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The revision, where it is a commit already.
    pub fn pinned(&self) -> Option<String> {
        is_commit(&self.revision).then(|| self.revision.to_lowercase())
    }

    /// The commit that the revision stands for now.
    pub fn commit(&self, client: &Client) -> Result<String> {
        if let Some(commit) = self.pinned() {
            return Ok(commit);
        }
        let url = format!(
            "{}/api/datasets/{}/revision/{}",
            client.endpoint(),
            self.name,
            quote(&self.revision)
        );
        let found: Revision = client.json(&url)?.0;
        if is_commit(&found.sha) {
            return Ok(found.sha);
        }
        Err(Error::Network {
            url,
            problem: format!("the answer's commit is {:?}", found.sha),
            remedy: "check that HF_ENDPOINT is a Hub".into(),
        })
    }

    /// The files directly in `folder` at `commit`, by name, from all pages of the listing.
    pub fn list(&self, client: &Client, commit: &str, folder: &str) -> Result<Vec<Entry>> {
        let mut url = format!(
            "{}/api/datasets/{}/tree/{commit}/{}?recursive=false",
            client.endpoint(),
            self.name,
            quote_path(folder)
        );
        let mut out = Vec::new();
        for _ in 0..MOST_PAGES {
            let (page, next): (Vec<Listed>, Option<String>) = client.json(&url)?;
            for file in page.into_iter().filter(|file| file.kind == "file") {
                let inside = file.path.split('/').all(|part| !part.is_empty() && part != "..");
                if inside {
                    out.push(Entry {
                        size: file.lfs.map_or(file.size, |large| large.size),
                        path: file.path,
                    });
                }
            }
            match next.and_then(|next| join(&url, &next)) {
                Some(next) => url = next,
                None => {
                    out.sort();
                    return Ok(out);
                }
            }
        }
        Err(Error::Network {
            url,
            problem: format!("the listing has more than {MOST_PAGES} pages"),
            remedy: "check that HF_ENDPOINT is a Hub".into(),
        })
    }

    /// Where a file's bytes are.
    pub fn file_url(&self, client: &Client, commit: &str, path: &str) -> String {
        format!(
            "{}/datasets/{}/resolve/{commit}/{}",
            client.endpoint(),
            self.name,
            quote_path(path)
        )
    }
}

fn is_commit(text: &str) -> bool {
    text.len() == COMMIT_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_their_place_are_refused() {
        for name in ["", "a/b/c", "../x", "a/..", "a b/c", "a/", "a?b"] {
            assert!(Repository::new(name, "main").is_err(), "{name}");
        }
        for revision in ["", "../main", "a//b", "a/../b", "a\\b"] {
            assert!(Repository::new("o/n", revision).is_err(), "{revision}");
        }
        assert!(Repository::new("o/n", "refs/convert/parquet").is_ok());
        assert!(Repository::new("canonical", "v1.0").is_ok());
    }

    #[test]
    fn a_full_commit_is_pinned() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let pinned = |revision| Repository::new("o/n", revision).expect("names").pinned();
        assert_eq!(pinned(commit).as_deref(), Some(commit));
        assert_eq!(pinned("0123456"), None);
    }
}
