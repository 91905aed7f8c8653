//! A repository at one commit: which files it has, what the Hub announces of each, and how they
//! come into the cache: resumed, checked, renamed when they are whole.

use crate::client::{Announced, download::Wanted};
use crate::digest::Digest;
use crate::repository::{commit_of, is_inside};
use crate::{Cache, Client, Error, Event, Hub, Progress, Repository, Result, is_plain};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// What the Hub says of a repository (`api/models/R/revision/X?blobs=true`).
#[derive(Deserialize)]
struct Card {
    sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
    /// The head of the model card.
    #[serde(default, rename = "cardData")]
    data: Option<CardData>,
}

#[derive(Deserialize, Default)]
struct CardData {
    /// A short name, or several.
    #[serde(default)]
    license: Option<Value>,
}

/// A file of a repository.
#[derive(Deserialize)]
struct Sibling {
    #[serde(rename = "rfilename")]
    path: String,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default, rename = "blobId")]
    blob: Option<String>,
    /// The true content of a file that git keeps as a pointer.
    #[serde(default)]
    lfs: Option<Large>,
}

#[derive(Deserialize)]
struct Large {
    sha256: String,
    size: u64,
}

/// What is known of a file's bytes before they come.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    size: Option<u64>,
    digest: Option<Digest>,
}

/// A repository at the commit that its revision stood for.
pub struct Snapshot {
    client: Client,
    progress: Progress,
    repository: Repository,
    cache: Cache,
    commit: String,
    licence: Option<String>,
    /// By path.
    files: BTreeMap<String, Content>,
}

impl Snapshot {
    /// Asks the Hub for commit, licence and files in one request; fetches nothing.
    ///
    /// # Errors
    /// Where nothing may be fetched, or repository or revision cannot be read.
    pub fn of(hub: &Hub, repository: &Repository) -> Result<Self> {
        let client = hub.client()?.about(repository.describe());
        let url = repository.api(&client, &["revision", repository.revision()], "blobs=true");
        let card: Card = client.json(&url)?.0;
        let commit = commit_of(&url, card.sha)?;
        let files = card.siblings.into_iter().filter(|file| is_inside(&file.path));
        let licence = card.data.and_then(|data| data.license).map(|licence| match licence {
            Value::String(text) => text,
            other => other.to_string(),
        });
        Ok(Self {
            client,
            progress: hub.progress.clone(),
            cache: Cache::new(&hub.environment.cache, repository),
            repository: repository.clone(),
            commit,
            licence,
            files: files.map(Sibling::content).collect(),
        })
    }

    /// The commit; 40 hexadecimal digits.
    pub(crate) fn commit(&self) -> &str {
        &self.commit
    }

    /// The licence that the card names.
    pub(crate) fn licence(&self) -> Option<&str> {
        self.licence.as_deref()
    }

    /// The repository.
    pub(crate) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The paths of all files, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Bytes of a file, where the Hub says it.
    pub(crate) fn size(&self, path: &str) -> Option<u64> {
        self.files.get(path)?.size
    }

    /// A file in the cache, if it is there and what the Hub announced.
    pub(crate) fn cached(&self, path: &str) -> Option<PathBuf> {
        let content = self.files.get(path)?;
        let file = self.cache.file(&self.commit, path)?;
        content.check(&file).is_ok().then_some(file)
    }

    /// A file, from the cache or else from the Hub into the cache. It comes from the commit, so
    /// that a branch that moves meanwhile cannot mix two versions.
    ///
    /// # Errors
    /// Where it does not come, the disk does not take it, or the bytes are not those that the Hub
    /// announced; wrong bytes are deleted and fetched anew once.
    pub fn fetch(&self, path: &str) -> Result<PathBuf> {
        if let Some(file) = self.cached(path) {
            return Ok(file);
        }
        let url = self.repository.file_url(&self.client, &self.commit, path);
        let known = self.files.get(path);
        let (name, content) = match known.and_then(|known| known.digest.as_ref()) {
            Some(digest) => (digest.text().to_string(), known.cloned().unwrap_or(Content::NONE)),
            None => self.ask(&url, path, known.and_then(|known| known.size))?,
        };
        let lock = self.cache.lock(&name, &self.progress)?;
        let blob = self.cache.blob(&name);
        if content.check(&blob).is_err() {
            self.download(&url, path, &name, &content)?;
        }
        let file = self.cache.adopt(&name, &self.commit, path)?;
        drop(lock);
        Ok(file)
    }

    /// Notes in the cache what commit the revision stands for, so that it is found offline.
    ///
    /// # Errors
    /// Where the cache cannot be written.
    pub fn remember(&self) -> Result<()> {
        match self.repository.pinned() {
            Some(_) => Ok(()),
            None => self.cache.remember(self.repository.revision(), &self.commit),
        }
    }

    /// What the listing leaves out, by the headers of the file itself.
    fn ask(&self, url: &str, path: &str, size: Option<u64>) -> Result<(String, Content)> {
        let Announced { etag, size: announced } = self.client.announced(url)?;
        let plain = |etag: &String| is_plain(etag) && !etag.contains('/') && !etag.starts_with('.');
        let name = etag.filter(plain).ok_or_else(|| {
            Error::network(
                url,
                "the server does not say by an ETag what the file's content is",
                "check HF_ENDPOINT",
            )
        })?;
        let digest = Digest::of_text(&name);
        if digest.is_none() {
            let note = format!("{path}: the server announces no digest; its size alone is checked");
            self.progress.tell(Event::Note(&note));
        }
        Ok((name, Content { size: size.or(announced), digest }))
    }

    fn download(&self, url: &str, path: &str, name: &str, content: &Content) -> Result<()> {
        let part = self.cache.part(name);
        let wanted = Wanted { url, name: path, part: &part, size: content.size };
        let mut found = String::new();
        for _ in 0..2 {
            self.client.download(&wanted)?;
            match content.check(&part) {
                Ok(()) => {
                    self.progress.tell(Event::Finished);
                    return Ok(());
                }
                Err(problem) => found = problem,
            }
            std::fs::remove_file(&part).map_err(Error::io(&part))?;
        }
        Err(Error::Data {
            path: format!("{path} of {}", self.repository.describe()),
            expected: content.describe(),
            found,
            remedy: "it was deleted; try again later, or check HF_ENDPOINT".into(),
        })
    }
}

impl Sibling {
    fn content(self) -> (String, Content) {
        let (size, digest) = match self.lfs {
            Some(large) => (Some(large.size), Digest::of_text(&large.sha256)),
            None => (self.size, self.blob.as_deref().and_then(Digest::of_text)),
        };
        (self.path, Content { size, digest })
    }
}

impl Content {
    const NONE: Self = Self { size: None, digest: None };

    /// What the bytes must be.
    fn describe(&self) -> String {
        let size = self.size.map(|size| format!("{size} bytes"));
        let digest = self.digest.as_ref().map(|it| format!("the {} {}", it.name(), it.text()));
        let parts: Vec<String> = size.into_iter().chain(digest).collect();
        parts.join(" with ")
    }

    /// Whether the file at `path` is what was announced, or what it is instead.
    fn check(&self, path: &Path) -> std::result::Result<(), String> {
        let unread = |error: std::io::Error| format!("{}: {error}", path.display());
        let file = File::open(path).map_err(unread)?;
        let length = file.metadata().map_err(unread)?.len();
        if let Some(size) = self.size.filter(|size| *size != length) {
            return Err(format!("{length} bytes came, {size} were announced"));
        }
        let Some(digest) = &self.digest else {
            return Ok(());
        };
        let found = digest.of(file, length).map_err(unread)?;
        match found == digest.text() {
            true => Ok(()),
            false => Err(format!("the {} is {found}", digest.name())),
        }
    }
}
