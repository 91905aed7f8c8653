//! Replacing a folder so that a whole one is found at any instant.
//!
//! With the folder called `checkpoint`: the new one is written as `checkpoint.new` and through to
//! the disk; `checkpoint` becomes `checkpoint.old`; `checkpoint.new` becomes `checkpoint`;
//! `checkpoint.old` goes. A crash leaves one of these states, and [`resolve`] knows what is whole:
//!
//! | there is | whole |
//! |---|---|
//! | `checkpoint`, whatever is beside it | `checkpoint` |
//! | `.old` and `.new`, between the two renames | `.new`, written through before the first |
//! | `.old` alone | `.old` |
//! | `.new` alone: the first one was never finished | nothing |

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use story_core::{Error, Result};

/// The whole folder that stands for `folder` now.
pub(super) fn resolve(folder: &Path) -> Option<PathBuf> {
    let (new, old) = (beside(folder, "new"), beside(folder, "old"));
    if folder.is_dir() {
        Some(folder.to_path_buf())
    } else if !old.is_dir() {
        None
    } else if new.is_dir() {
        Some(new)
    } else {
        Some(old)
    }
}

/// Puts the folder that `write` fills in place of `folder`.
///
/// # Errors
/// Those of `write`, and [`Error::Environment`] where the disk refuses; the old folder is then
/// still found.
pub(super) fn replace(folder: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let (new, old) = (beside(folder, "new"), beside(folder, "old"));
    let at = |path: &Path| {
        let path = path.to_path_buf();
        move |error: io::Error| refused(&path, &error)
    };
    // What a crash has left first takes the name, so that `.new` may be written again.
    take_name(folder)?;
    if let Some(parent) = parent(folder) {
        fs::create_dir_all(parent).map_err(at(parent))?;
    }
    remove(&new)?;
    fs::create_dir(&new).map_err(at(&new))?;
    let written = write(&new).and_then(|()| sync_folder(&new));
    if let Err(error) = written {
        // The space may be what was missing; the first error is the one to tell.
        let _ = remove(&new);
        return Err(error);
    }
    remove(&old)?;
    if folder.is_dir() {
        fs::rename(folder, &old).map_err(at(&old))?;
    }
    fs::rename(&new, folder).map_err(at(folder))?;
    if let Some(parent) = parent(folder) {
        sync_folder(parent)?;
    }
    remove(&old)
}

/// Gives the folder that stands for `folder` its name and removes what is beside it.
///
/// # Errors
/// [`Error::Environment`] where the disk refuses; what stands for `folder` is then still found.
pub(super) fn repair(folder: &Path) -> Result<()> {
    take_name(folder)?;
    remove(&beside(folder, "new"))?;
    remove(&beside(folder, "old"))
}

/// Renames what stands for `folder`, where that has another name.
fn take_name(folder: &Path) -> Result<()> {
    match resolve(folder).filter(|whole| whole != folder) {
        Some(whole) => fs::rename(&whole, folder).map_err(|e| refused(folder, &e)),
        None => Ok(()),
    }
}

/// Writes a file through to the disk; returns its length.
pub(super) fn sync(path: &Path) -> Result<u64> {
    let length = fs::File::open(path).and_then(|file| {
        file.sync_all()?;
        Ok(file.metadata()?.len())
    });
    length.map_err(|e| refused(path, &e))
}

/// The error of a disk that refuses a write.
pub(super) fn refused(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::Environment(format!(
        "{}: the checkpoint cannot be written: {error}; free space or check the permissions, the last whole checkpoint is kept",
        path.display()
    ))
}

fn beside(folder: &Path, suffix: &str) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn parent(folder: &Path) -> Option<&Path> {
    folder.parent().filter(|p| !p.as_os_str().is_empty())
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(folder, &error)),
        _ => Ok(()),
    }
}

/// Writes a folder's entries through to the disk, where the system can.
fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        sync(folder)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> impl FnOnce(&Path) -> Result<()> {
        let text = text.to_string();
        move |new| fs::write(new.join("file"), text).map_err(Error::io(new))
    }

    fn read(folder: &Path) -> Option<String> {
        fs::read_to_string(resolve(folder)?.join("file")).ok()
    }

    /// Names present after a crash, and which of them must be found.
    const STATES: [(&[&str], Option<&str>); 7] = [
        (&[], None),
        (&["new"], None),
        (&["", "new"], Some("")),
        (&["", "old"], Some("")),
        (&["", "new", "old"], Some("")),
        (&["new", "old"], Some("new")),
        (&["old"], Some("old")),
    ];

    /// A place with the folders `present`, and the folder that is asked for.
    fn crashed(present: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("checkpoint");
        for name in present {
            let path = match *name {
                "" => folder.clone(),
                name => beside(&folder, name),
            };
            fs::create_dir(&path).expect("a folder");
            fs::write(path.join("file"), name).expect("a file");
        }
        (root, folder)
    }

    fn entries(root: &tempfile::TempDir) -> usize {
        fs::read_dir(root.path()).expect("readable").count()
    }

    #[test]
    fn every_state_that_a_crash_can_leave_is_read_and_written_over() {
        for (present, expected) in STATES {
            let (root, folder) = crashed(present);
            assert_eq!(read(&folder).as_deref(), expected, "{present:?}");
            // A write that fails leaves what was found.
            let failed = replace(&folder, |new| {
                fs::write(new.join("file"), "half").map_err(Error::io(new))?;
                Err(Error::Data("no".into()))
            });
            assert!(failed.is_err());
            assert_eq!(read(&folder).as_deref(), expected, "{present:?}");
            replace(&folder, fill("next")).expect("room for a file");
            assert_eq!(read(&folder).as_deref(), Some("next"), "{present:?}");
            assert_eq!(entries(&root), 1, "{present:?}");
        }
    }

    #[test]
    fn a_repair_gives_the_name_back_and_leaves_nothing_else() {
        for (present, expected) in STATES {
            let (root, folder) = crashed(present);
            repair(&folder).expect("a folder that takes renames");
            let found = fs::read_to_string(folder.join("file")).ok();
            assert_eq!(found.as_deref(), expected, "{present:?}");
            assert_eq!(entries(&root), usize::from(expected.is_some()), "{present:?}");
        }
    }
}
