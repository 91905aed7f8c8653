//! The Hub's cache on disk, as `huggingface_hub` lays it out and every program that knows the Hub
//! finds it.
//!
//! ```text
//! datasets--owner--name/refs/<revision>            a commit, as text
//! datasets--owner--name/snapshots/<commit>/..      the files; links to
//! datasets--owner--name/blobs/<digest>             their bytes, by SHA-256 or git's blob id
//! datasets--owner--name/blobs/<digest>.part        what has come so far
//! models--owner--name/..                           the same
//! ```

use crate::repository::is_commit;
use crate::{Entry, Error, Progress, Repository, Result};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// One repository's part of the cache.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The part of `root` that belongs to `repository`.
    pub fn new(root: &Path, repository: &Repository) -> Self {
        Self { folder: root.join(repository.folder()) }
    }

    /// Where it lies, whether it exists or not.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The commit that a revision stood for when it was last fetched.
    ///
    /// # Errors
    /// Where the cache's note of it cannot be read.
    pub fn commit(&self, revision: &str) -> Result<Option<String>> {
        let path = self.folder.join("refs").join(revision);
        if !path.is_file() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&path).map_err(Error::io(path))?;
        let commit = text.trim();
        Ok(is_commit(commit).then(|| commit.to_string()))
    }

    /// A file of a commit, where it is there.
    pub fn file(&self, commit: &str, path: &str) -> Option<PathBuf> {
        let file = self.snapshot(commit).join(path);
        file.is_file().then_some(file)
    }

    /// The files of a commit's `folder`, by name; none where the folder is not there.
    ///
    /// # Errors
    /// Where it cannot be listed.
    pub fn list(&self, commit: &str, folder: &str) -> Result<Vec<Entry>> {
        let place = self.snapshot(commit).join(folder);
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

    /// Notes the commit that a revision stands for.
    pub(crate) fn remember(&self, revision: &str, commit: &str) -> Result<()> {
        let path = self.folder.join("refs").join(revision);
        story_files::write_atomically(&path, commit.as_bytes()).map_err(Error::io(&path))
    }

    /// Where the bytes called `name` lie when they are whole.
    pub(crate) fn blob(&self, name: &str) -> PathBuf {
        self.folder.join("blobs").join(name)
    }

    /// Where they are gathered.
    pub(crate) fn part(&self, name: &str) -> PathBuf {
        self.folder.join("blobs").join(format!("{name}.part"))
    }

    /// Waits until no other process gathers the bytes called `name`; holds them until dropped.
    pub(crate) fn lock(&self, name: &str, progress: &Progress) -> Result<Option<File>> {
        let path = self.folder.join("blobs").join(format!("{name}.lock"));
        let blobs = self.folder.join("blobs");
        std::fs::create_dir_all(&blobs).map_err(Error::io(&blobs))?;
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(Error::io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            // A disk without locks: two processes are then the user's to keep apart.
            Err(TryLockError::Error(_)) => Ok(None),
            Err(TryLockError::WouldBlock) => {
                let note = format!("another process fetches {}; waiting for it", path.display());
                progress.tell(crate::Event::Note(&note));
                file.lock().map_err(Error::io(&path))?;
                Ok(Some(file))
            }
        }
    }

    /// Puts the whole bytes called `name` in place, where they are not yet, and links the file
    /// `path` of `commit` to them.
    pub(crate) fn adopt(&self, name: &str, commit: &str, path: &str) -> Result<PathBuf> {
        let (part, blob) = (self.part(name), self.blob(name));
        if part.is_file() {
            std::fs::rename(&part, &blob).map_err(Error::io(&blob))?;
        }
        let file = self.snapshot(commit).join(path);
        let folder = file.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
        if std::fs::symlink_metadata(&file).is_ok() {
            std::fs::remove_file(&file).map_err(Error::io(&file))?;
        }
        // From snapshots/<commit>/<folders of path>/ up to the repository's folder.
        let up = "../".repeat(2 + path.matches('/').count());
        let linked = link(&PathBuf::from(format!("{up}blobs/{name}")), &file);
        // Where the disk or the system has no links, as `huggingface_hub` does it.
        linked.or_else(|_| std::fs::rename(&blob, &file)).map_err(Error::io(&file))?;
        Ok(file)
    }

    fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(windows)]
fn link(target: &Path, at: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_file(target, at)
}
