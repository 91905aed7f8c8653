//! Checkpoints: one folder that opens alone.
//!
//! | file | holds |
//! |---|---|
//! | `model.safetensors` | the parameters as they are |
//! | `best.safetensors` | the parameters of the best validation so far, where there was one |
//! | `optimizer.safetensors` | the moments |
//! | `state.json` | [`State`]: position, early stopping, the config's hash, each file's length, and the [`Base`] where there is one |
//! | `config.toml`, `tokenizer.json` | as the caller gave them |
//!
//! A checkpoint is written whole beside the old one and then takes its name (see `folder.rs`), so
//! that a whole checkpoint is found at any instant, whatever kills the process. It is written
//! between two updates only, so that no partial gradient has to be kept.

mod base;
mod compare;
mod folder;
mod tensors;

pub use base::Base;

use crate::optimizer::AdamW;
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use story_core::tensor_file::read_tensors;
use story_core::{Error, ParamStore, Result, rng};

/// Version of the folder's layout.
const FORMAT: u32 = 1;
const MODEL: &str = "model.safetensors";
const BEST: &str = "best.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const STATE: &str = "state.json";
const CONFIG: &str = "config.toml";
const TOKENIZER: &str = "tokenizer.json";

/// The key of a config that says where published weights lie.
const BASE_KEY: &str = "model.text_decoder.weights";
/// What to do where a run's published weights are not where its config says.
pub const BASE_REMEDY: &str = "name the weights that it was trained on: with --set model.text_decoder.weights=PATH, for `story train --resume` in the run's config.toml; of a repository on the Hub the commit, owner/name@COMMIT";

/// Where a run stands between two updates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Updates made.
    pub step: u64,
    /// Epochs done, their validation included.
    pub epoch: u64,
    /// Batches of the epoch under way that are done.
    pub batch: usize,
    /// The best validation so far.
    pub best: Option<Best>,
    /// Validations since the best one.
    pub stale: u64,
    /// Whether the run has ended; the parameters are then the best ones.
    pub finished: bool,
}

/// The best validation of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// Its loss, the one that the config selects. An f32, which JSON gives back bit for bit.
    pub loss: f32,
    /// Epochs done by then.
    pub epoch: u64,
    /// Updates made by then.
    pub step: u64,
}

/// `state.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Version of the folder's layout.
    pub format: u32,
    /// FNV-1a hash of `config.toml`, in hexadecimal.
    pub config_hash: String,
    /// Where the run stands.
    pub progress: Progress,
    /// Length of every other file, in bytes.
    pub files: BTreeMap<String, u64>,
    /// The published weights that the parameters stand beside, where there are such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
}

/// What goes into a checkpoint.
pub struct Snapshot<'a> {
    /// The parameters.
    pub store: &'a ParamStore,
    /// The moments.
    pub optimizer: &'a AdamW,
    /// The parameters of the best validation, where they are not those of the store.
    pub best: Option<&'a HashMap<String, Tensor>>,
    /// Where the run stands.
    pub progress: &'a Progress,
    /// The run's resolved config, TOML.
    pub config: &'a str,
    /// The tokenizer's file.
    pub tokenizer: &'a [u8],
    /// The published weights that the parameters stand beside.
    pub base: Option<&'a Base>,
}

impl Snapshot<'_> {
    /// Writes the checkpoint at `folder`, in place of the one that is there.
    ///
    /// # Errors
    /// [`Error::Environment`] where the disk refuses, naming the file; the old checkpoint is then
    /// untouched.
    pub fn save(&self, folder: &Path) -> Result<()> {
        self.save_with(folder, &mut |_| Ok(()))
    }

    /// As [`save`](Self::save); `before_write` is called with each file's path before it is
    /// written, and may fail in the disk's place.
    fn save_with(
        &self,
        folder: &Path,
        before_write: &mut dyn FnMut(&Path) -> std::io::Result<()>,
    ) -> Result<()> {
        folder::replace(folder, |new| {
            let mut write = |name: &str, content: Content| -> Result<u64> {
                let path = new.join(name);
                before_write(&path).map_err(|e| folder::refused(&path, &e))?;
                content.write(&path)
            };
            let tensors = [
                (MODEL, Some(&self.store.tensors())),
                (BEST, self.best),
                (OPTIMIZER, Some(&self.optimizer.state())),
            ];
            let bytes = [(CONFIG, self.config.as_bytes()), (TOKENIZER, self.tokenizer)];
            let mut files = BTreeMap::new();
            for (name, tensors) in tensors {
                if let Some(tensors) = tensors {
                    files.insert(name.to_string(), write(name, Content::Tensors(tensors))?);
                }
            }
            for (name, bytes) in bytes {
                files.insert(name.to_string(), write(name, Content::Bytes(bytes))?);
            }
            let state = State {
                format: FORMAT,
                config_hash: config_hash(self.config),
                progress: self.progress.clone(),
                files,
                base: self.base.cloned(),
            };
            let json = serde_json::to_vec_pretty(&state)
                .map_err(|e| Error::Data(format!("the state cannot be written as JSON: {e}")))?;
            write(STATE, Content::Bytes(&json)).map(|_| ())
        })
    }
}

/// What a file of a checkpoint holds.
enum Content<'a> {
    Tensors(&'a HashMap<String, Tensor>),
    Bytes(&'a [u8]),
}

impl Content<'_> {
    /// Writes the file through to the disk; returns its length.
    fn write(&self, path: &Path) -> Result<u64> {
        let written = match self {
            Self::Bytes(bytes) => std::fs::write(path, bytes),
            Self::Tensors(tensors) => tensors::write(path, tensors),
        };
        written.map_err(|e| folder::refused(path, &e))?;
        folder::sync(path)
    }
}

/// An opened checkpoint. Its parameters are read when asked for.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    folder: PathBuf,
    state: State,
    config: String,
    tokenizer: Vec<u8>,
}

impl Checkpoint {
    /// Opens the checkpoint at `folder`, or what a crash in the middle of its replacement has left
    /// beside it.
    ///
    /// # Errors
    /// [`Error::Data`] where there is none, where a file is missing, of another length or foreign,
    /// or where the layout is of another version.
    pub fn open(folder: &Path) -> Result<Self> {
        let found = folder::resolve(folder).ok_or_else(|| {
            Error::Data(format!(
                "{}: no checkpoint there; give a run's folder `checkpoint`",
                folder.display()
            ))
        })?;
        let damaged = |name: &str, what: String| {
            Error::Data(format!(
                "{}: {what}; the checkpoint is damaged or no checkpoint of this program, use another",
                found.join(name).display()
            ))
        };
        let read =
            |name: &str| std::fs::read(found.join(name)).map_err(|e| damaged(name, e.to_string()));
        let json: serde_json::Value = serde_json::from_slice(&read(STATE)?)
            .map_err(|e| damaged(STATE, format!("not a whole JSON document: {e}")))?;
        if json["format"] != FORMAT {
            let message = format!("format is {}, expected {FORMAT}", json["format"]);
            return Err(damaged(STATE, message));
        }
        let state: State =
            serde_json::from_value(json).map_err(|e| damaged(STATE, e.to_string()))?;
        for name in [MODEL, OPTIMIZER, CONFIG, TOKENIZER] {
            if !state.files.contains_key(name) {
                return Err(damaged(STATE, format!("`{name}` is not listed")));
            }
        }
        for (name, expected) in &state.files {
            let length = std::fs::metadata(found.join(name))
                .map_err(|e| damaged(name, e.to_string()))?
                .len();
            if length != *expected {
                let message = format!("{length} bytes, expected {expected}");
                return Err(damaged(name, message));
            }
        }
        let config = String::from_utf8(read(CONFIG)?)
            .map_err(|e| damaged(CONFIG, format!("not UTF-8: {e}")))?;
        if config_hash(&config) != state.config_hash {
            let message = format!("its hash is not {}", state.config_hash);
            return Err(damaged(CONFIG, message));
        }
        let tokenizer = read(TOKENIZER)?;
        Ok(Self { folder: found, state, config, tokenizer })
    }

    /// Where the run stood.
    pub fn progress(&self) -> &Progress {
        &self.state.progress
    }

    /// The run's resolved config, TOML.
    pub fn config(&self) -> &str {
        &self.config
    }

    /// The tokenizer's file.
    pub fn tokenizer(&self) -> &[u8] {
        &self.tokenizer
    }

    /// The published weights that the parameters stand beside; `None` where there are none, and in
    /// checkpoints made before they were written down.
    pub fn base(&self) -> Option<&Base> {
        self.state.base.as_ref()
    }

    /// Refuses to go on under another config than the checkpoint's. Where the published weights lie may
    /// differ: [`require_base`](Self::require_base) knows them by their content.
    ///
    /// # Errors
    /// [`Error::Config`] naming each key that differs, with both values.
    pub fn require_config(&self, config: &str) -> Result<()> {
        let free: &[&str] = if self.state.base.is_some() { &[BASE_KEY] } else { &[] };
        compare::require_same(&self.folder.join(CONFIG), &self.config, config, free)
    }

    /// Refuses other published weights than those that the parameters stand beside.
    ///
    /// # Errors
    /// [`Error::Data`] naming the files of both with their digests, and what to do.
    pub fn require_base(&self, found: Option<&Base>) -> Result<()> {
        let (Some(saved), Some(found)) = (self.base(), found) else { return Ok(()) };
        if saved.is_same(found) {
            return Ok(());
        }
        Err(Error::Data(format!(
            "{}: the run was trained on {}, and {BASE_KEY} is {}; {BASE_REMEDY}, or train a new run",
            self.folder.join(STATE).display(),
            saved.describe(),
            found.describe()
        )))
    }

    /// Sets the parameters to where the run stood, for going on with it.
    ///
    /// # Errors
    /// Those of [`ParamStore::load`].
    pub fn load_current(&self, store: &ParamStore) -> Result<()> {
        store.load(&self.folder.join(MODEL))
    }

    /// Sets the parameters to those of the best validation, or to where the run stood if there was
    /// none: for evaluation and prediction.
    ///
    /// # Errors
    /// Those of [`ParamStore::load`].
    pub fn load_best(&self, store: &ParamStore) -> Result<()> {
        match self.state.files.contains_key(BEST) {
            true => store.load(&self.folder.join(BEST)),
            false => self.load_current(store),
        }
    }

    /// Sets the moments to where the run stood.
    ///
    /// # Errors
    /// [`Error::Data`] for a damaged file, else those of [`AdamW::restore`].
    pub fn load_optimizer(&self, optimizer: &mut AdamW) -> Result<()> {
        let moments = self.tensors(OPTIMIZER)?;
        let source = self.folder.join(OPTIMIZER).display().to_string();
        optimizer.restore(&moments, self.state.progress.step, &source)
    }

    /// The parameters by name, those of the best validation, or where the run stood if there was none:
    /// for whoever needs them and no model.
    ///
    /// # Errors
    /// [`Error::Data`] for a damaged file.
    pub fn best_tensors(&self) -> Result<HashMap<String, Tensor>> {
        self.tensors(if self.state.files.contains_key(BEST) { BEST } else { MODEL })
    }

    /// The parameters of the best validation, where the checkpoint keeps them apart.
    ///
    /// # Errors
    /// [`Error::Data`] for a damaged file.
    pub(crate) fn best(&self) -> Result<Option<HashMap<String, Tensor>>> {
        let kept = self.state.files.contains_key(BEST);
        kept.then(|| self.tensors(BEST)).transpose()
    }

    fn tensors(&self, name: &str) -> Result<HashMap<String, Tensor>> {
        read_tensors(&self.folder.join(name), &Device::Cpu)
    }
}

fn config_hash(config: &str) -> String {
    format!("{:016x}", rng::hash(config))
}

#[cfg(test)]
mod tests;
