//! Writing a whole file or none.

use crate::{Error, Result};
use std::path::Path;

/// Writes into a temporary file beside `path`, then renames it; makes the folder.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Of this process alone: another one may write the same file.
    let temporary = folder.join(format!(".{name}.{}.part", std::process::id()));
    std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path)).map_err(
        |error| {
            let _ = std::fs::remove_file(&temporary);
            Error::io(path)(error)
        },
    )
}
