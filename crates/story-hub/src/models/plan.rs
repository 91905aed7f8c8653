//! One repository: what is needed of it, its licence, and the bringing.

use super::Request;
use super::choice::chosen;
use crate::{Hub, Kind, Repository, Result, Snapshot};
use serde::Serialize;
use std::path::PathBuf;

/// What a request comes down to. As JSON: what [`describe`](Self::describe) says in words.
#[derive(Serialize)]
pub struct Plan {
    /// `owner/name`.
    pub repository: String,
    /// As it was asked for.
    pub revision: String,
    /// The commit that the revision stands for.
    pub commit: String,
    /// The licence that the model card names.
    pub licence: Option<String>,
    /// Weights first.
    pub files: Vec<PlannedFile>,
    #[serde(skip)]
    snapshot: Snapshot,
}

/// A file that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedFile {
    /// Path within the repository.
    pub path: String,
    /// Where the Hub says it.
    pub bytes: Option<u64>,
    /// Where it lies in the cache, if it is there and whole.
    pub cached: Option<PathBuf>,
}

impl Plan {
    /// Asks the Hub; fetches nothing.
    ///
    /// # Errors
    /// Where the repository cannot be listed or lacks the weights.
    pub fn of(hub: &Hub, request: &Request) -> Result<Self> {
        let repository = Repository::new(Kind::Model, &request.repository, &request.revision)?;
        let snapshot = Snapshot::of(hub, &repository)?;
        let files = chosen(&snapshot, request)?;
        Ok(Self::over(snapshot, files))
    }

    /// All of `files`, whatever they are.
    pub(crate) fn over(snapshot: Snapshot, files: Vec<String>) -> Self {
        let file = |path: String| PlannedFile {
            bytes: snapshot.size(&path),
            cached: snapshot.cached(&path),
            path,
        };
        Self {
            repository: snapshot.repository().name().into(),
            revision: snapshot.repository().revision().into(),
            commit: snapshot.commit().into(),
            licence: snapshot.licence().map(str::to_string),
            files: files.into_iter().map(file).collect(),
            snapshot,
        }
    }

    /// Bytes of all files whose size is known.
    pub fn bytes(&self) -> u64 {
        self.files.iter().filter_map(|file| file.bytes).sum()
    }

    /// Repository, licence, files and sizes, for the user to see before anything is fetched.
    pub fn describe(&self) -> String {
        let licence = self.licence.as_deref();
        let mut out = format!(
            "{} at `{}`, commit {}; licence {}",
            self.repository,
            self.revision,
            self.commit,
            licence.unwrap_or("not stated; read the card before use")
        );
        for file in &self.files {
            let there = if file.cached.is_some() { ", in the cache" } else { "" };
            out.push_str(&format!("\n  {} {}{there}", file.path, shown(file.bytes)));
        }
        out.push_str(&format!("\n  {} in all", shown(Some(self.bytes()))));
        out
    }

    /// Brings what is missing, checked against what the Hub announced, and says where all of it
    /// lies.
    ///
    /// # Errors
    /// Those of [`Snapshot::fetch`]; what has come until then stays, and is gone on with.
    pub fn bring(&self) -> Result<Vec<PathBuf>> {
        let mut out = Vec::new();
        for file in &self.files {
            out.push(match &file.cached {
                Some(path) => path.clone(),
                None => self.snapshot.fetch(&file.path)?,
            });
        }
        self.snapshot.remember()?;
        Ok(out)
    }
}

fn shown(size: Option<u64>) -> String {
    match size {
        None => "(size not stated)".into(),
        Some(size) if size < 100_000 => format!("{:.1} kB", size as f64 / 1e3),
        Some(size) => format!("{:.1} MB", size as f64 / 1e6),
    }
}
