//! Where an export goes: what the name asks for, and that nothing is written over unasked.

use super::{IMAGES, STORIES};
use crate::arguments::ExportArguments;
use anyhow::{Result, bail};
use std::path::Path;

/// Endings of files that are not written: whoever gives one does not mean a folder.
const FILES: [&str; 13] = [
    "arrow", "csv", "feather", "gz", "json", "jsonl", "pq", "tar", "tsv", "txt", "xlsx", "zip",
    "zst",
];

/// What an export writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// StoryReasoning's table in one file.
    Parquet,
    /// Pictures and a list of stories.
    Folder,
}

impl Form {
    /// What the name `out` asks for.
    ///
    /// # Errors
    /// The ending of a file of another kind.
    pub fn of(out: &Path) -> Result<Self> {
        let ending = out.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match ending.as_str() {
            "parquet" => Ok(Self::Parquet),
            other if FILES.contains(&other) => bail!(
                "--out {}: no .{other} is written; expected a file that ends in .parquet, or a folder",
                out.display()
            ),
            _ => Ok(Self::Folder),
        }
    }
}

/// Refuses a place that holds something, unless `--force` says to write over it.
///
/// # Errors
/// What is there; also the corpus itself, which would be read while it is written.
pub fn check(arguments: &ExportArguments, form: Form) -> Result<()> {
    let out = &arguments.out;
    let shown = out.display();
    let Ok(found) = std::fs::metadata(out) else { return Ok(()) };
    if let (Form::Folder, Some(source)) = (form, &arguments.corpus.folder)
        && same(out, source)
    {
        bail!("--out {shown}: this is the folder that is read; name another one");
    }
    match form {
        Form::Parquet if !found.is_file() => {
            bail!("--out {shown}: this is no file; name another one")
        }
        Form::Folder if !found.is_dir() => {
            bail!("--out {shown}: this is no folder; name another one")
        }
        _ if arguments.force => Ok(()),
        Form::Parquet => {
            bail!(
                "--out {shown}: the file is there already; name another one, or add --force to write over it"
            )
        }
        Form::Folder if is_empty(out) => Ok(()),
        Form::Folder => bail!(
            "--out {shown}: the folder is not empty; name another one, or add --force to write over its {STORIES} and {IMAGES}"
        ),
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}
