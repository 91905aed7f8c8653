//! The Hub's cache on disk, as `huggingface_hub` lays it out; it is only read here.
//!
//! ```text
//! datasets--owner--name/refs/<revision>             a commit, as text
//! datasets--owner--name/snapshots/<commit>/data/..  the files
//! ```

use super::repository::Entry;
use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// One dataset's part of the cache.
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The part of `root` that belongs to the dataset `repository`.
    pub fn new(root: &Path, repository: &str) -> Self {
        Self { folder: root.join(format!("datasets--{}", repository.replace('/', "--"))) }
    }

    /// Where it lies, whether it exists or not.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The commit that a revision stood for when it was last fetched.
    pub fn commit(&self, revision: &str) -> Result<Option<String>> {
        let path = self.folder.join("refs").join(revision);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(path)(error)),
        }
    }

    /// A file of a commit, where it is there.
    pub fn file(&self, commit: &str, path: &str) -> Option<PathBuf> {
        let file = self.folder.join("snapshots").join(commit).join(path);
        file.is_file().then_some(file)
    }

    /// The files of a commit's `folder`, by name; none where the folder is not there.
    pub fn list(&self, commit: &str, folder: &str) -> Result<Vec<Entry>> {
        let place = self.folder.join("snapshots").join(commit).join(folder);
        if !place.is_dir() {
            return Ok(Vec::new());
        }
        let mut out = Vec::new();
        for entry in std::fs::read_dir(&place).map_err(Error::io(&place))? {
            let path = entry.map_err(Error::io(&place))?.path();
            let (Some(name), Ok(data)) = (path.file_name(), std::fs::metadata(&path)) else {
                continue;
            };
            out.push(Entry {
                path: format!("{folder}/{}", name.to_string_lossy()),
                size: data.len(),
            });
        }
        out.sort();
        Ok(out)
    }
}
