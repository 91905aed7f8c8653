//! What of a run other programs read.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::opened::checkpoint_of;
use candle_core::Device;
use serde::Serialize;
use std::path::{Path, PathBuf};
use story_core::ParamStore;
use story_encoders::weights::WeightsFile;
use story_hub::models::Request;
use story_model::{LanguageModelWeights, PeftBase, TEXT_DECODER, TextDecoderConfig, Trains};

/// What the names of low-rank parts have.
const PART: &str = ".lora_";

/// A language model's low-rank parts, as they were written for PEFT.
#[derive(Debug, Clone, Serialize)]
pub struct PeftExport {
    /// The run, or the checkpoint's folder, that they come from.
    #[serde(serialize_with = "crate::json_path::one")]
    pub run: PathBuf,
    /// The folder that holds them.
    #[serde(serialize_with = "crate::json_path::one")]
    pub folder: PathBuf,
    /// The model that they belong to, as the run's config calls it.
    pub base: String,
    /// The files of that model with their SHA-256; none in runs that did not write them down.
    pub base_files: Vec<WeightsFile>,
    /// Their rank.
    pub rank: usize,
    /// How many numbers they are.
    pub parameters: u64,
}

/// Writes the low-rank parts of the run in `run`, or a checkpoint's folder by itself, into `folder` as
/// PEFT reads them: `adapter_config.json` and `adapter_model.safetensors`. They are those of the best
/// validation. The model that they belong to is not needed.
///
/// # Errors
/// No run, one without low-rank parts, or a folder that cannot be written.
pub fn peft(run: &Path, folder: &Path) -> Result<PeftExport> {
    let checkpoint = checkpoint_of(run)?;
    let config = Config::parse(checkpoint.config(), &[])?;
    let TextDecoderConfig::LanguageModel(decoder) = &config.model.text_decoder else {
        return Err(none(run, "no language model tells its texts"));
    };
    let (Trains::Lora(lora), LanguageModelWeights::Published(base)) =
        (&decoder.trains, &decoder.weights)
    else {
        return Err(none(run, "its language model learned as a whole, or nothing"));
    };
    let parts = ParamStore::new(config.seed, &Device::Cpu);
    for (name, values) in checkpoint.best_tensors()? {
        if name.starts_with(TEXT_DECODER) && name.contains(PART) {
            parts.insert(&name, &values)?;
        }
    }
    let named = Request::named(base).and_then(|_| base.split_once('@'));
    let (name, revision) = named.map_or((&**base, None), |(name, at)| (name, Some(at)));
    lora.export_peft(&parts, TEXT_DECODER, PeftBase { name, revision }, folder)?;
    Ok(PeftExport {
        run: run.to_path_buf(),
        folder: folder.to_path_buf(),
        base: base.clone(),
        base_files: checkpoint.base().map(|base| base.files.clone()).unwrap_or_default(),
        rank: lora.rank,
        parameters: parts.element_count() as u64,
    })
}

fn none(run: &Path, why: &str) -> Error {
    Error::Config(format!(
        "{}: there are no low-rank parts to write: {why}; train with model.text_decoder.trains.kind = \"lora\"",
        run.display()
    ))
}
