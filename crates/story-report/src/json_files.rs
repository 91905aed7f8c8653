//! JSON and JSON lines of a run folder. Only the last line of a `.jsonl` may be cut short, as a killed
//! process leaves it.

use crate::error::{ReportError, Result};
use serde::de::DeserializeOwned;
use std::fs;
use std::path::Path;

/// A file's bytes; `None` where there is no file.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ReportError::io("read", path)(error)),
    }
}

/// A JSON file; `None` where there is no file.
pub(crate) fn document<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let Some(bytes) = bytes(path)? else {
        return Ok(None);
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| ReportError::Record {
        path: path.to_path_buf(),
        line: error.line(),
        reason: error.to_string(),
    })
}

/// The lines of a JSON-lines file; none where there is no file. A last line that is cut short is a note.
pub(crate) fn lines<T: DeserializeOwned>(path: &Path, notes: &mut Vec<String>) -> Result<Vec<T>> {
    let bytes = bytes(path)?.unwrap_or_default();
    let ends_with_newline = bytes.ends_with(b"\n");
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let mut records = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice(line) {
            Ok(record) => records.push(record),
            Err(error)
                if at + 1 == lines.len() && !ends_with_newline && cut_short(&error, line) =>
            {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                notes.push(format!(
                    "{name}, line {}: cut short, left out; the process was killed while it wrote",
                    at + 1
                ));
            }
            Err(error) => {
                return Err(ReportError::Record {
                    path: path.to_path_buf(),
                    line: at + 1,
                    reason: error.to_string(),
                });
            }
        }
    }
    Ok(records)
}

/// Whether a line ends in the middle of a value, a character included.
fn cut_short(error: &serde_json::Error, line: &[u8]) -> bool {
    error.is_eof() || std::str::from_utf8(line).is_err_and(|e| e.error_len().is_none())
}
