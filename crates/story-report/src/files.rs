//! What is written, copied and removed in a folder of ours, and what there is somebody else's.

use crate::error::{ReportError, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a file whole or not at all, and its folder where that is missing; the path again.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<PathBuf> {
    story_files::write_atomically(path, content).map_err(ReportError::io("write", path))?;
    Ok(path.to_path_buf())
}

/// Writes files into a folder, each whole or not at all.
pub(crate) fn write_all<C: AsRef<[u8]>>(
    folder: &Path,
    files: impl IntoIterator<Item = (String, C)>,
) -> Result<Vec<PathBuf>> {
    let files = files.into_iter();
    files.map(|(name, content)| write(&folder.join(name), content.as_ref())).collect()
}

/// Removes a file that an earlier rendering left.
pub(crate) fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ReportError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Copies the files with these extensions and removes known ones that the source lacks.
pub(crate) fn copy_known(
    from: &Path,
    to: &Path,
    extensions: &[&str],
    known: impl Fn(&str) -> bool,
) -> Result<Vec<PathBuf>> {
    let names = names_in(from)?;
    let mut copied = Vec::new();
    for name in &names {
        let extension = Path::new(name).extension().and_then(|e| e.to_str());
        if !known(name) || !extension.is_some_and(|extension| extensions.contains(&extension)) {
            continue;
        }
        let source = from.join(name);
        let content = fs::read(&source).map_err(ReportError::io("read", &source))?;
        copied.push(write(&to.join(name), &content)?);
    }
    for name in names_in(to)? {
        if known(&name) && !names.contains(&name) {
            remove_if_there(&to.join(name))?;
        }
    }
    Ok(copied)
}

/// Writes a file unless somebody else's stands there: one without the mark of ours.
pub(crate) fn write_unless_foreign(path: &Path, content: &str, mark: &str) -> Result<Written> {
    match fs::read_to_string(path) {
        Ok(there) if !there.contains(mark) => return Ok(Written::LeftAlone),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Ok(Written::LeftAlone);
        }
        _ => {}
    }
    write(path, content.as_bytes())?;
    Ok(Written::Yes)
}

/// Whether a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Yes,
    LeftAlone,
}

/// Names of the files in a folder, sorted; none where there is no folder.
pub(crate) fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ReportError::io("read", folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(ReportError::io("read", folder))?;
        if entry.path().is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    names.sort();
    Ok(names)
}
