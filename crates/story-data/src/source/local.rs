//! Parquet files on disk, by path, by folder or by glob.
//!
//! A folder is read as the Hub lays a dataset out: `data/train-*.parquet`, `data/test-*.parquet`;
//! the files may also lie in the folder itself. Where no file is named after a split, all of them
//! belong to [`Split::Train`].

use super::parquet::{FileRanges, ParquetSource, Shard};
use super::shards::{is_parquet, missing, split_of};
use crate::{Columns, Error, Result, Split};
use std::path::{Path, PathBuf};

/// Opens the files of `split` that `path` names (a file, a folder or a glob), in the order of
/// their names, as one stream. It can be empty where the corpus has no such split.
///
/// # Errors
/// Where nothing matches, a shard is missing from a numbered set in a folder, or a file is not a
/// story table.
pub fn open_parquet(path: &str, split: Split, columns: Columns) -> Result<ParquetSource> {
    open_files(path, split, of_split(files(path)?, split), columns)
}

/// Opens all files that `path` names, whatever their names say; for a split that the config names
/// by a path of its own.
pub(super) fn open_all(path: &str, split: Split, columns: Columns) -> Result<ParquetSource> {
    open_files(path, split, files(path)?, columns)
}

/// Whether the files that `path` names are divided into training and test stories.
///
/// # Errors
/// As [`open_parquet`], but without opening a file.
pub fn has_split(path: &str) -> Result<bool> {
    let files = files(path)?;
    let has = |split| files.iter().any(|file| split_of(&text(file)) == Some(split));
    Ok(has(Split::Train) && has(Split::Test))
}

fn open_files(
    path: &str,
    split: Split,
    files: Vec<PathBuf>,
    columns: Columns,
) -> Result<ParquetSource> {
    let shards = files
        .iter()
        .map(|file| Shard::open(Box::new(FileRanges::open(file)?)))
        .collect::<Result<_>>()?;
    let description = format!("parquet {path}, split {}", split.name());
    Ok(ParquetSource::new(description, shards, columns))
}

fn of_split(mut files: Vec<PathBuf>, split: Split) -> Vec<PathBuf> {
    let named = files.iter().any(|file| split_of(&text(file)).is_some());
    if named {
        files.retain(|file| split_of(&text(file)) == Some(split));
    } else if split == Split::Test {
        files.clear();
    }
    files
}

fn files(path: &str) -> Result<Vec<PathBuf>> {
    let whole = Path::new(path);
    let mut found = if whole.is_dir() {
        in_folder(whole)?
    } else if whole.exists() {
        vec![whole.to_path_buf()]
    } else if path.contains(['*', '?', '[']) {
        matching(path)?
    } else {
        let problem = std::io::Error::new(
            std::io::ErrorKind::NotFound,
            "no such file or folder; name a parquet file, a folder with data/train-*.parquet, \
             or a glob",
        );
        return Err(Error::io(whole)(problem));
    };
    found.sort();
    if found.is_empty() {
        return Err(Error::data(
            path,
            "parquet files, such as data/train-00000-of-00001.parquet",
            "none",
            "correct the path, or fetch the corpus first",
        ));
    }
    Ok(found)
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>> {
    let data = folder.join("data");
    for folder in [data.as_path(), folder] {
        if !folder.is_dir() {
            continue;
        }
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
            let path = entry.map_err(Error::io(folder))?.path();
            if is_parquet(&text(&path)) {
                found.push(path);
            }
        }
        if found.is_empty() {
            continue;
        }
        let names: Vec<String> = found.iter().map(|path| text(path)).collect();
        if let Some(name) = missing(names.iter().map(String::as_str)) {
            return Err(Error::data(
                folder.display().to_string(),
                "all shards of the set",
                format!("no {name}"),
                "fetch the missing shard, or name the present ones by a glob",
            ));
        }
        return Ok(found);
    }
    Ok(Vec::new())
}

fn matching(pattern: &str) -> Result<Vec<PathBuf>> {
    let paths = glob::glob(pattern)
        .map_err(|error| Error::Config(format!("the glob {pattern} is malformed: {error}")))?;
    let mut found = Vec::new();
    for path in paths {
        let path = path.map_err(|error| {
            let place = error.path().to_path_buf();
            Error::io(place)(error.into())
        })?;
        if path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

fn text(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
