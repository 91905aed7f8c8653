//! Text files: UTF-8, with or without a byte-order mark, lines ended in any way.

use super::files::Root;
use crate::{Error, Result};
use std::path::Path;
use story_files::MOST_TEXT_BYTES;

/// Editors put it before a text; it is no part of it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a file in `root`.
///
/// # Errors
/// Where it cannot be read, or is not UTF-8; the line is named.
pub(super) fn read(path: &Path, root: &Root) -> Result<String> {
    let bytes = root.read(path, MOST_TEXT_BYTES)?;
    let text = decode(&bytes, path, 1)?;
    Ok(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text).to_string())
}

/// `bytes` as text; `first` is the number of its first line in the file.
pub(super) fn decode(bytes: &[u8], path: &Path, first: usize) -> Result<String> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = first + before.iter().filter(|byte| **byte == b'\n').count();
        Error::data(
            path.display().to_string(),
            "text in UTF-8",
            "other bytes",
            "save the file as UTF-8",
        )
        .at(format!("line {line}"))
    })
}

/// The lines of a file without the empty ones at its end.
pub(super) fn lines(path: &Path, root: &Root) -> Result<Vec<String>> {
    let text = read(path, root)?;
    let lines = text.trim_end().lines().map(|line| line.trim().to_string());
    Ok(lines.collect())
}
