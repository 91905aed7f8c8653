//! One process at a time in a folder: an exclusive lock on the file `lock` in it, which the
//! operating system lets go when its holder ends, however it ends. A holder that ends in order takes
//! the file away; one that was killed leaves it, and it means nothing then.
//!
//! Whoever takes a folder removes the unfinished files that a killed process has left there. Where a
//! disk knows no locks (NFS without a lock daemon, some of FUSE and of containers'), two processes are
//! the user's to keep apart, and nothing is removed.

use crate::leftovers;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The file's name.
pub(crate) const NAME: &str = "lock";

/// Holds a folder until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    // Closing the file lets go of the lock.
    file: File,
    unlocked: Option<String>,
    path: PathBuf,
}

/// Why a folder could not be taken.
#[derive(Debug)]
pub enum LockError {
    /// Another process is at work in it.
    Held(PathBuf),
    /// The lock's file cannot be made.
    Io {
        /// The lock's file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl FolderLock {
    /// Takes the existing folder `folder`, and removes what a killed process has left unfinished in it.
    ///
    /// # Errors
    /// Where another process holds it, or no file can be made in it.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join(NAME);
        loop {
            let opened = File::options().create(true).truncate(false).write(true).open(&path);
            let file = match opened {
                Ok(file) => file,
                Err(source) => return Err(LockError::Io { path, source }),
            };
            let lock = Self::of(file.try_lock(), file, folder)?;
            // The last holder may have taken the file away after it was opened here: the lock on it
            // would keep nobody out.
            if is_at(&lock.file, &path) {
                if lock.unlocked.is_none() {
                    leftovers::remove(folder);
                }
                return Ok(lock);
            }
        }
    }

    /// The lock on `file` in `folder`, by what the system said of it.
    fn of(said: Result<(), TryLockError>, file: File, folder: &Path) -> Result<Self, LockError> {
        let path = folder.join(NAME);
        match said {
            Ok(()) => Ok(Self { file, unlocked: None, path }),
            // The file was made, so that only locks are wanting: ENOLCK, EOPNOTSUPP, ENOSYS, EIO, EPERM.
            Err(TryLockError::Error(error)) => Ok(Self {
                file,
                unlocked: Some(format!(
                    "{}: this disk has no locks ({error}); let no other process write into this \
                     folder meanwhile",
                    folder.display()
                )),
                path,
            }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(folder.to_path_buf())),
        }
    }

    /// What to say where the disk has no locks, so that nothing keeps other processes out.
    pub fn warning(&self) -> Option<&str> {
        self.unlocked.as_deref()
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // While the lock is still held: who opens the file in between sees that it is gone. Elsewhere
        // than on Unix that cannot be seen, and the file stays.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether `path` still names the open `file`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

impl std::fmt::Display for LockError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Held(folder) => write!(
                out,
                "{}: another process is at work in this folder; wait for its end, stop it, or \
                 choose another folder",
                folder.display()
            ),
            Self::Io { path, source } => {
                write!(out, "{}: the file cannot be made: {source}", path.display())
            }
        }
    }
}

impl std::error::Error for LockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Held(_) => None,
            Self::Io { source, .. } => Some(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_holder_and_is_free_after_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let held = FolderLock::take(folder.path()).expect("free");
        let refused = FolderLock::take(folder.path()).expect_err("held");
        assert!(matches!(&refused, LockError::Held(path) if path == folder.path()));
        assert!(refused.to_string().contains("another process"), "{refused}");
        drop(held);
        if cfg!(unix) {
            assert_eq!(
                fs::read_dir(folder.path()).expect("a folder").count(),
                0,
                "nothing is left"
            );
        }
        drop(FolderLock::take(folder.path()).expect("free again"));
        let missing = FolderLock::take(&folder.path().join("none"));
        assert!(matches!(missing, Err(LockError::Io { .. })));
    }

    #[test]
    fn a_disk_without_locks_is_gone_on_with_and_said() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(FolderLock::take(folder.path()).expect("free").warning().is_none());
        for code in [37, 38, 95] {
            let said = Err(TryLockError::Error(io::Error::from_raw_os_error(code)));
            let file = File::create(folder.path().join(NAME)).expect("room");
            let lock = FolderLock::of(said, file, folder.path()).expect("gone on");
            assert!(lock.warning().is_some_and(|text| text.contains("no locks")), "{code}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_taken_away_locks_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(NAME);
        let file = File::create(&path).expect("room");
        assert!(is_at(&file, &path));
        fs::remove_file(&path).expect("there");
        assert!(!is_at(&file, &path));
        File::create(&path).expect("room");
        assert!(!is_at(&file, &path), "another file has the name");
    }

    #[test]
    fn who_takes_a_folder_removes_what_a_killed_process_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let half = crate::WholeFile::create(&folder.path().join("figures/a.svg")).expect("room");
        // As by a kill.
        std::mem::forget(half);
        fs::write(folder.path().join(NAME), "").expect("room");
        fs::write(folder.path().join("own.part"), "").expect("room");
        let held = FolderLock::take(folder.path()).expect("free");
        assert_eq!(fs::read_dir(folder.path().join("figures")).expect("a folder").count(), 0);
        assert!(folder.path().join("own.part").exists(), "somebody else's");
        drop(held);
    }
}
