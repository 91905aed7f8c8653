//! A repository: its names checked, its revision resolved to a commit, the files of a folder.

use crate::{Client, Error, Result};
use serde::Deserialize;
use url::Url;

/// Digits of a full commit.
const COMMIT_LENGTH: usize = 40;
/// The most pages of a listing; the Hub puts a thousand files on one.
const MOST_PAGES: usize = 1000;

/// What a repository holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Weights.
    Model,
    /// Stories.
    Dataset,
}

impl Kind {
    /// As messages call it.
    fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Dataset => "dataset",
        }
    }

    /// As the Hub's interface and cache call it.
    fn plural(self) -> &'static str {
        match self {
            Self::Model => "models",
            Self::Dataset => "datasets",
        }
    }
}

/// A file of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Path within the repository.
    pub path: String,
    /// Bytes.
    pub size: u64,
}

/// A repository and the revision that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    kind: Kind,
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
    ///
    /// # Errors
    /// [`Error::Config`] where they cannot.
    pub fn new(kind: Kind, name: &str, revision: &str) -> Result<Self> {
        let fits = |part: &str| !part.starts_with('.') && is_plain(part);
        let parts: Vec<&str> = name.split('/').collect();
        if parts.len() > 2 || !parts.iter().all(|part| fits(part)) {
            return Err(Error::Config(format!(
                "repository = {name:?} is not the name of a {}; expected owner/name",
                kind.name()
            )));
        }
        if !is_inside(revision) {
            return Err(Error::Config(format!(
                "revision = {revision:?} is not a commit, a tag or a branch; expected e.g. \"main\""
            )));
        }
        Ok(Self { kind, name: name.into(), revision: revision.into() })
    }

    /// Kind, name and revision, for messages.
    pub fn describe(&self) -> String {
        format!("{} {}, revision {}", self.kind.name(), self.name, self.revision)
    }

    /// `owner/name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The revision as it was asked for.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// The revision, where it is a commit already.
    pub fn pinned(&self) -> Option<String> {
        is_commit(&self.revision).then(|| self.revision.to_lowercase())
    }

    /// Its folder in the cache.
    pub(crate) fn folder(&self) -> String {
        format!("{}--{}", self.kind.plural(), self.name.replace('/', "--"))
    }

    /// The commit that the revision stands for now.
    ///
    /// # Errors
    /// Where repository or revision do not exist, may not be read, or the Hub names no commit.
    pub fn commit(&self, client: &Client) -> Result<String> {
        if let Some(commit) = self.pinned() {
            return Ok(commit);
        }
        let url = self.api(client, &["revision", &self.revision], "");
        let found: Revision = client.json(&url)?.0;
        commit_of(&url, found.sha)
    }

    /// The files directly in `folder` at `commit`, by name and each once, from all pages of the
    /// listing.
    ///
    /// # Errors
    /// Where the folder does not exist, may not be read, or the listing has no end.
    pub fn list(&self, client: &Client, commit: &str, folder: &str) -> Result<Vec<Entry>> {
        let mut parts = vec!["tree", commit];
        parts.extend(folder.split('/'));
        let mut url = self.api(client, &parts, "recursive=false");
        let mut out = Vec::new();
        for _ in 0..MOST_PAGES {
            let (page, next): (Vec<Listed>, Option<String>) = client.json(&url)?;
            for file in page.into_iter().filter(|file| file.kind == "file") {
                if is_inside(&file.path) {
                    out.push(Entry {
                        size: file.lfs.map_or(file.size, |large| large.size),
                        path: file.path,
                    });
                }
            }
            match next {
                Some(next) => url = next,
                None => {
                    out.sort();
                    out.dedup_by(|one, other| one.path == other.path);
                    return Ok(out);
                }
            }
        }
        Err(Error::network(
            url,
            format!("the listing has more than {MOST_PAGES} pages"),
            "check that HF_ENDPOINT is a Hub",
        ))
    }

    /// Where a file's bytes are.
    pub fn file_url(&self, client: &Client, commit: &str, path: &str) -> String {
        let mut parts = match self.kind {
            Kind::Model => vec![],
            Kind::Dataset => vec![self.kind.plural()],
        };
        parts.extend(self.name.split('/'));
        parts.extend(["resolve", commit]);
        parts.extend(path.split('/'));
        address(client.endpoint(), &parts, "")
    }

    /// An address of the Hub's interface for this repository.
    pub(crate) fn api(&self, client: &Client, parts: &[&str], query: &str) -> String {
        let mut all = vec!["api", self.kind.plural()];
        all.extend(self.name.split('/'));
        all.extend(parts);
        address(client.endpoint(), &all, query)
    }
}

/// `endpoint` with path segments, each quoted as a whole: a slash in a revision is quoted too.
fn address(endpoint: &str, parts: &[&str], query: &str) -> String {
    let Ok(mut url) = Url::parse(endpoint) else {
        // The client has refused such an endpoint; its request will again.
        return endpoint.to_string();
    };
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(parts);
    }
    if !query.is_empty() {
        url.set_query(Some(query));
    }
    url.to_string()
}

/// `sha` as the commit that an answer names.
pub(crate) fn commit_of(url: &str, sha: String) -> Result<String> {
    if is_commit(&sha) {
        return Ok(sha.to_lowercase());
    }
    let problem = format!("the answer's commit is {sha:?}");
    Err(Error::network(url, problem, "check that HF_ENDPOINT is a Hub"))
}

/// Whether `text` is a full commit.
pub(crate) fn is_commit(text: &str) -> bool {
    text.len() == COMMIT_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a path stays in its folder.
pub(crate) fn is_inside(path: &str) -> bool {
    let walks = |part: &str| part.is_empty() || part == "." || part == "..";
    !path.contains('\\') && !path.split('/').any(walks)
}

/// Whether `name` is a path of plain parts: no way out of its folder, nothing that an address
/// would have to escape.
pub fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    is_inside(name) && name.split('/').all(|part| part.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(name: &str, revision: &str) -> Result<Repository> {
        Repository::new(Kind::Dataset, name, revision)
    }

    #[test]
    fn names_that_leave_their_place_are_refused() {
        for name in ["", "a/b/c", "../x", "a/..", "a b/c", "a/", "a?b"] {
            assert!(matches!(dataset(name, "main"), Err(Error::Config(_))), "{name}");
        }
        for revision in ["", "../main", "a//b", "a/../b", "a\\b"] {
            assert!(matches!(dataset("o/n", revision), Err(Error::Config(_))), "{revision}");
        }
        assert!(dataset("o/n", "refs/convert/parquet").is_ok());
        assert!(dataset("canonical", "v1.0").is_ok());
        assert!(is_plain("folder/x.bin") && !is_plain("a b") && !is_plain("/etc/passwd"));
    }

    #[test]
    fn a_full_commit_is_pinned() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let pinned = |revision| dataset("o/n", revision).expect("names").pinned();
        assert_eq!(pinned(commit).as_deref(), Some(commit));
        assert_eq!(pinned("0123456"), None);
    }

    #[test]
    fn addresses_quote_each_part() {
        let url = address("https://h/mirror/", &["api", "refs/pr/1", "train 1é?.parquet"], "a=b");
        assert_eq!(url, "https://h/mirror/api/refs%2Fpr%2F1/train%201%C3%A9%3F.parquet?a=b");
        assert_eq!(address("http://h:1", &["x"], ""), "http://h:1/x");
    }
}
