//! Which files of a repository weights need.

use super::{Request, USUAL_NAMES, is_index};
use crate::{Error, Result, Snapshot};

/// How the name of an index of shards ends.
pub(super) const INDEX: &str = ".index.json";
/// What belongs to weights where it is there: sizes, preprocessing, tokenizer.
const COMPANIONS: [&str; 7] = [
    "config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
];

/// The weights that were asked for and their companions, each once.
pub(super) fn chosen(snapshot: &Snapshot, request: &Request) -> Result<Vec<String>> {
    let paths: Vec<&str> = snapshot.paths().collect();
    let weights = match request.file.as_str() {
        "" => USUAL_NAMES.into_iter().find(|name| paths.contains(name)),
        file => paths.iter().copied().find(|path| *path == file),
    };
    let Some(weights) = weights else {
        return Err(Error::Config(format!(
            "{} has no {}; it has {}",
            request.repository,
            match request.file.as_str() {
                "" => USUAL_NAMES.join(", "),
                file => file.to_string(),
            },
            paths.join(", ")
        )));
    };
    let mut out = vec![weights.to_string()];
    let shards = paths.iter().filter(|path| is_index(weights) && is_shard(path, weights));
    let companions = COMPANIONS.iter().filter(|name| paths.contains(name));
    for name in shards.chain(companions) {
        if !out.iter().any(|known| known == name) {
            out.push(name.to_string());
        }
    }
    Ok(out)
}

/// Whether `path` is called as the shards of `index` are: `model-00001-of-00002.safetensors` for
/// `model.safetensors.index.json`.
fn is_shard(path: &str, index: &str) -> bool {
    let whole = index.trim_end_matches(INDEX);
    let (stem, kind) = whole.rsplit_once('.').unwrap_or((whole, ""));
    let rest = path.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-'));
    let number = rest.and_then(|rest| rest.strip_suffix(kind)?.strip_suffix('.'));
    number.is_some_and(|number| number.contains("-of-") && !number.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_called_after_their_index() {
        let index = "a/model.safetensors.index.json";
        assert!(is_shard("a/model-00001-of-00002.safetensors", index));
        for other in ["model-00001-of-00002.safetensors", "a/model-1.safetensors", "a/x.bin"] {
            assert!(!is_shard(other, index), "{other}");
        }
        assert!(is_shard("pytorch_model-1-of-2.bin", "pytorch_model.bin.index.json"));
    }
}
