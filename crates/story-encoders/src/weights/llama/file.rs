//! A language model by its name: a GGUF, a folder of transformers' files, or a repository of the
//! Hub.

use super::super::gguf::{Gguf, GgufTokenizer};
use super::super::hub::Model;
use super::super::parse::Problem;
use super::super::{LoadedWeights, WeightsConfig, resolve};
use super::{LlamaConfig, OutputMatrix, json};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use story_core::{Error, Result};
use story_hub::Hub;
use story_hub::models::Request;

const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
/// Begins what old files of Llama hold and what is made from the sizes here.
const ROTARY: &str = "rotary_emb.inv_freq";

/// Where a language model's tokenizer is.
#[derive(Debug, Clone)]
pub enum TokenizerFile {
    /// In the GGUF beside the weights.
    Parts(Box<GgufTokenizer>),
    /// A `tokenizer.json` of the `tokenizers` library.
    Json(PathBuf),
}

/// How the matrices of a language model stand in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatrixStorage {
    /// In f32.
    #[default]
    F32,
    /// Of a GGUF in its quantised blocks, where these are Q4_0, Q4_1 or Q8_0; in f32 otherwise. They
    /// cannot learn.
    AsStored,
}

/// A language model whose sizes are read and whose weights are not yet.
#[derive(Debug)]
pub struct LanguageModelFile {
    config: LlamaConfig,
    tokenizer: TokenizerFile,
    weights: Source,
}

#[derive(Debug)]
enum Source {
    Gguf(Box<Gguf>),
    Safetensors(Vec<PathBuf>),
}

impl LanguageModelFile {
    /// Opens what `name` names: a file `.gguf`, a folder with `config.json`, `tokenizer.json` and
    /// safetensors, or `owner/name` on the Hub, with `@revision` behind it or `main`. What is in
    /// the Hub's cache is taken from there without a request; a path needs no `hub`.
    ///
    /// # Errors
    /// [`Error::Config`] where there is nothing of that name; [`Error::Data`] naming the file that
    /// is no language model that can be read; [`Error::Environment`] where the Hub does not give
    /// it.
    pub fn open(name: &str, hub: &Hub) -> Result<Self> {
        let path = Path::new(name);
        if path.is_dir() {
            let weights = resolve(&WeightsConfig::File { path: path.into() }, hub)?;
            return Self::of_files(&path.join(CONFIG), path.join(TOKENIZER), weights);
        }
        if path.is_file() {
            let gguf = Gguf::open(path)?;
            return Ok(Self {
                config: gguf.config().clone(),
                tokenizer: TokenizerFile::Parts(Box::new(gguf.tokenizer().clone())),
                weights: Source::Gguf(Box::new(gguf)),
            });
        }
        let Some(Request { repository, revision, file }) = Request::named(name) else {
            return Err(Error::Config(format!(
                "there is no file and no folder {name}; name a .gguf, a folder with {CONFIG}, {TOKENIZER} and safetensors, or owner/name on the Hub"
            )));
        };
        let one = |file: &str| -> Result<PathBuf> {
            let files = Model::new(&repository, &revision, file)?.files(hub)?;
            let none = || Error::Environment(format!("{name}: the Hub gave no {file}"));
            files.into_iter().next().ok_or_else(none)
        };
        let weights =
            WeightsConfig::Hub { repository: repository.clone(), revision: revision.clone(), file };
        Self::of_files(&one(CONFIG)?, one(TOKENIZER)?, resolve(&weights, hub)?)
    }

    fn of_files(config: &Path, tokenizer: PathBuf, weights: Vec<PathBuf>) -> Result<Self> {
        let bytes =
            story_files::read(config, story_files::MOST_TEXT_BYTES).map_err(Error::io(config))?;
        Ok(Self {
            config: json::read(&bytes).map_err(|problem| problem.of(config))?,
            tokenizer: TokenizerFile::Json(tokenizer),
            weights: Source::Safetensors(weights),
        })
    }

    /// The network's sizes.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// Where its tokenizer is.
    pub fn tokenizer(&self) -> &TokenizerFile {
        &self.tokenizer
    }

    /// The commit that it has on the Hub, where it lies in the Hub's cache: `snapshots/COMMIT/` is where
    /// that keeps a revision's files.
    pub fn commit(&self) -> Option<&str> {
        let TokenizerFile::Json(path) = &self.tokenizer else { return None };
        let commit = path.parent()?;
        (commit.parent()?.file_name()? == "snapshots").then(|| commit.file_name()?.to_str())?
    }

    /// Reads the weights: every tensor of [`LlamaConfig::shapes`], in f32.
    ///
    /// # Errors
    /// [`Error::Data`] naming the file where it is damaged, a value is not finite, or tensors are
    /// not those of the sizes.
    pub fn weights(&self) -> Result<LoadedWeights> {
        self.weights_in(MatrixStorage::F32)
    }

    /// As [`weights`](Self::weights), with matrices as `storage` says.
    ///
    /// # Errors
    /// As there; [`Error::Config`] for matrices as stored of what is no GGUF.
    pub fn weights_in(&self, storage: MatrixStorage) -> Result<LoadedWeights> {
        let files = match &self.weights {
            Source::Gguf(gguf) => return gguf.weights_in(storage),
            Source::Safetensors(files) => files,
        };
        if storage == MatrixStorage::AsStored {
            return Err(Error::Config(
                "text_decoder.storage is \"as-stored\" and the weights are safetensors, which have no quantised blocks; name a .gguf, or set storage to \"f32\"".into(),
            ));
        }
        let tied = self.config.output == OutputMatrix::Tied;
        let kept = |name: &str| {
            let left_out = name.ends_with(ROTARY) || (tied && name == "lm_head.weight");
            (!left_out).then(|| name.to_string())
        };
        let weights = LoadedWeights::read(files)?.rename(kept)?;
        let shapes: BTreeMap<String, Vec<usize>> =
            weights.tensors().map(|(name, t)| (name.to_string(), t.dims().to_vec())).collect();
        let fits = self.config.fits(&shapes, str::to_string);
        fits.map_err(|problem: Problem| problem.of(weights.source()))?;
        Ok(weights)
    }
}
