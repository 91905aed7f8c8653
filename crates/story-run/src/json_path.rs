//! Paths in JSON documents. A path need not be Unicode, and serde refuses one that is not, when all
//! the work is done: it is written as it is printed, with U+FFFD for what is no character.
//!
//! For fields: `#[serde(serialize_with = "story_run::json_path::one")]`.

use serde::Serializer;
use std::path::Path;

/// A path.
///
/// # Errors
/// Those of the serializer.
pub fn one<S: Serializer>(path: &impl AsRef<Path>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&path.as_ref().display())
}

/// A path, or `null`.
///
/// # Errors
/// Those of the serializer.
pub fn maybe<S: Serializer>(path: &Option<impl AsRef<Path>>, to: S) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => one(path, to),
        None => to.serialize_none(),
    }
}

/// A list of paths.
///
/// # Errors
/// Those of the serializer.
pub fn all<S: Serializer>(
    paths: &impl AsRef<[std::path::PathBuf]>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_seq(paths.as_ref().iter().map(|path| path.display().to_string()))
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};

    #[derive(serde::Serialize)]
    struct Document<'a> {
        #[serde(serialize_with = "super::one")]
        one: &'a Path,
        #[serde(serialize_with = "super::maybe")]
        maybe: Option<PathBuf>,
        #[serde(serialize_with = "super::all")]
        all: &'a [PathBuf],
    }

    #[test]
    fn what_is_no_unicode_is_written_all_the_same() {
        let path = Path::new(OsStr::from_bytes(b"a\xff.png"));
        let all = [path.to_path_buf()];
        let document = Document { one: path, maybe: None, all: &all };
        let text = serde_json::to_string(&document).expect("JSON");
        assert_eq!(text, "{\"one\":\"a\u{fffd}.png\",\"maybe\":null,\"all\":[\"a\u{fffd}.png\"]}");
    }
}
