//! What the Hub says of a repository, and which of its files weights need.

use super::request::Request;
use anyhow::{Result, bail};
use serde::Deserialize;

/// Names of weights, the best first; an index stands for its shards.
const WEIGHTS: [&str; 3] = ["model.safetensors", INDEX, "pytorch_model.bin"];
const INDEX: &str = "model.safetensors.index.json";
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

/// What the Hub says of a repository (`api/models/R/revision/X?blobs=true`).
#[derive(Deserialize)]
pub struct Card {
    /// The commit.
    pub sha: String,
    /// All files.
    #[serde(default)]
    pub siblings: Vec<Sibling>,
    /// The head of the model card.
    #[serde(default, rename = "cardData")]
    pub data: Option<CardData>,
}

/// The part of a model card that programs read.
#[derive(Deserialize, Default)]
pub struct CardData {
    /// The licence's short name, or several.
    #[serde(default)]
    pub license: Option<serde_json::Value>,
}

/// A file of a repository.
#[derive(Deserialize, Clone)]
pub struct Sibling {
    /// Path within the repository.
    pub rfilename: String,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default, rename = "blobId")]
    blob: Option<String>,
    /// What is known of a large file.
    #[serde(default)]
    pub lfs: Option<Large>,
}

/// The true content of a file that git keeps as a pointer.
#[derive(Deserialize, Clone)]
pub struct Large {
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

impl Sibling {
    /// Bytes, where the Hub says it.
    pub fn size(&self) -> Option<u64> {
        self.lfs.as_ref().map(|large| large.size).or(self.size)
    }

    /// What its blob is called in the cache.
    pub fn blob(&self) -> Option<&str> {
        let large = self.lfs.as_ref().map(|large| large.sha256.as_str());
        large.or(self.blob.as_deref())
    }
}

/// The weights that were asked for, and their companions.
pub fn chosen(siblings: &[Sibling], request: &Request) -> Result<Vec<Sibling>> {
    let find = |name: &str| siblings.iter().find(|file| file.rfilename == name);
    let weights = match request.file.as_str() {
        "" => WEIGHTS.iter().find_map(|name| find(name)),
        file => find(file),
    };
    let Some(weights) = weights else {
        let names: Vec<&str> = siblings.iter().map(|it| it.rfilename.as_str()).collect();
        bail!(
            "{} has no {}; it has {}",
            request.repository,
            match request.file.as_str() {
                "" => WEIGHTS.join(", "),
                file => file.to_string(),
            },
            names.join(", ")
        );
    };
    let mut out = vec![weights.clone()];
    if weights.rfilename.ends_with(".index.json") {
        let stem = weights.rfilename.trim_end_matches(".safetensors.index.json");
        let is_shard = |name: &str| {
            let rest = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-'));
            rest.is_some_and(|rest| rest.contains("-of-") && rest.ends_with(".safetensors"))
        };
        out.extend(siblings.iter().filter(|file| is_shard(&file.rfilename)).cloned());
    }
    out.extend(COMPANIONS.iter().filter_map(|name| find(name)).cloned());
    Ok(out)
}
