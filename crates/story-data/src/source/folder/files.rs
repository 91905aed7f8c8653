//! What may be read of a folder of stories: its own files, within limits.

use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// A folder out of which nothing is read: what is exported or shown of it must not hold the bytes of
/// whatever file a link in it names.
pub(super) struct Root {
    real: PathBuf,
}

impl Root {
    /// The folder at `path`.
    ///
    /// # Errors
    /// Where it is not there.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { real: path.canonicalize().map_err(Error::io(path))? })
    }

    /// The bytes of the file at `path`, `most` of them.
    ///
    /// # Errors
    /// [`Error::Data`] where a link leads out of the folder; [`Error::Io`] where it cannot be read, is a
    /// pipe or a device, or longer.
    pub fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>> {
        let real = path.canonicalize().map_err(Error::io(path))?;
        if !real.starts_with(&self.real) {
            return Err(Error::data(
                path.display().to_string(),
                "files that lie in the folder",
                format!("a link out of the folder, to {}", real.display()),
                "put the file itself there",
            ));
        }
        story_files::read(&real, most).map_err(Error::io(path))
    }
}
