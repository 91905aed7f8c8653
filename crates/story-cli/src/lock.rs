//! One process at a time in a folder: an exclusive lock on the file `lock` in it, which the
//! operating system lets go when its holder ends, however it ends. The file itself stays and means
//! nothing.

use anyhow::{Context, Result, bail};
use std::fs::{File, TryLockError};
use std::path::Path;

/// The file's name.
const NAME: &str = "lock";

/// Holds a folder until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    // Closing the file lets go of the lock.
    _file: File,
}

impl FolderLock {
    /// Takes the existing folder `folder`.
    ///
    /// # Errors
    /// Where another process holds it, or no file can be made in it.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            // A network disk without locks: two processes are then the user's to keep apart.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{}: cannot be locked", path.display()));
            }
            Err(TryLockError::WouldBlock) => bail!(
                "{}: another process is at work in this folder; wait for its end, stop it, or \
                 choose another folder (--name for `story ablate`, --run or --resume for the others)",
                folder.display()
            ),
        }
        Ok(Self { _file: file })
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
        let message = refused.to_string();
        assert!(message.contains(&folder.path().display().to_string()));
        assert!(message.contains("another process"), "{message}");
        drop(held);
        FolderLock::take(folder.path()).expect("free again");
        assert!(FolderLock::take(&folder.path().join("none")).is_err());
    }
}
