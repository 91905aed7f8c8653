//! From a config to the files that hold the weights.

use super::WeightsConfig;
use super::hub::Model;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use story_core::{Error, Result};
use story_files::MOST_TEXT_BYTES;
use story_hub::models::{USUAL_NAMES, is_index};
use story_hub::{Hub, is_plain};

/// The files of `config`'s weights, more than one where they are in shards; none where weights are
/// drawn or made by formula. What is in the Hub's cache is taken from there without a request.
///
/// # Errors
/// [`Error::Config`] where the path or name cannot be; [`Error::Environment`] where the Hub does
/// not give the file, or it is not in the cache and nothing may be fetched.
pub fn resolve(config: &WeightsConfig, hub: &Hub) -> Result<Vec<PathBuf>> {
    match config {
        WeightsConfig::Random {} | WeightsConfig::Formula {} => Ok(Vec::new()),
        WeightsConfig::File { path } => local(path),
        WeightsConfig::Hub { repository, revision, file } => {
            Model::new(repository, revision, file)?.files(hub)
        }
    }
}

fn local(path: &Path) -> Result<Vec<PathBuf>> {
    let file = if path.is_dir() {
        let mut candidates = USUAL_NAMES.iter().map(|name| path.join(name));
        candidates.find(|file| file.is_file()).ok_or_else(|| {
            Error::Config(format!(
                "weights: the folder {} has none of {}; name a file of it",
                path.display(),
                USUAL_NAMES.join(", ")
            ))
        })?
    } else {
        path.to_path_buf()
    };
    if !file.is_file() {
        return Err(Error::Config(format!(
            "weights: there is no file or folder {}; name a .safetensors, .pth or .bin file, the folder of one, or owner/name on the Hub",
            path.display()
        )));
    }
    if !is_index(&file.to_string_lossy()) {
        return Ok(vec![file]);
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let files: Vec<PathBuf> = shards(&file)?.iter().map(|name| folder.join(name)).collect();
    match files.iter().find(|file| !file.is_file()) {
        None => Ok(files),
        Some(missing) => Err(Error::Data(format!(
            "{}: the shard {} is not there; fetch it too",
            file.display(),
            missing.display()
        ))),
    }
}

/// The names of the shards that an index lists, sorted.
pub(super) fn shards(index: &Path) -> Result<Vec<String>> {
    let foreign = |found: &str| {
        Error::Data(format!(
            "{}: expected an index of shards (`weight_map`: tensor to file), found {found}; fetch it again",
            index.display()
        ))
    };
    let bytes = story_files::read(index, MOST_TEXT_BYTES).map_err(Error::io(index))?;
    let content: Value = serde_json::from_slice(&bytes).map_err(|_| foreign("no JSON"))?;
    let map = content["weight_map"].as_object();
    let mut names = BTreeSet::new();
    for name in map.ok_or_else(|| foreign("none"))?.values() {
        let name = name.as_str().filter(|name| is_plain(name));
        names.insert(name.ok_or_else(|| foreign("a shard with no plain name"))?.to_string());
    }
    if names.is_empty() {
        return Err(foreign("no shard"));
    }
    Ok(names.into_iter().collect())
}
