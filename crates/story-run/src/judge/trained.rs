//! A judge that a run folder keeps.

use super::basis::basis;
use super::config::VerifyConfig;
use super::decider::Verdict;
use super::evidence::SIGNALS;
use super::fitting::chosen;
use crate::error::{Context, Error, Result};
use crate::run_folder::{RunFolder, write_atomically};
use serde::Serialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use story_core::Pass;
use story_core::tensor_file::tensors_of;
use story_encoders::weights::digest::{hex, sha256};
use story_files::{MOST_TEXT_BYTES, MOST_WEIGHT_BYTES};
use story_model::seal;
use story_report::verification::FUSION;
use story_verify::fusion::{Judge, JudgeRecord};

/// The folder of a judge in its run's.
const FOLDER: &str = "judge";

/// A judge of a run folder.
pub struct TrainedJudge {
    /// The run.
    pub folder: RunFolder,
    judge: Judge,
    config: String,
    /// Whether its files have digests.
    is_checked: bool,
}

/// `judge.json`, under a digest of its own.
#[derive(Serialize)]
struct Document<'a> {
    weights_sha256: String,
    #[serde(flatten)]
    record: &'a JudgeRecord,
}

impl TrainedJudge {
    /// The judge that a run folder keeps.
    ///
    /// # Errors
    /// A run without a judge, or a damaged one.
    pub fn open(folder: RunFolder) -> Result<Self> {
        let [record_file, weights_file] = files(&folder);
        let read = |path: &Path, most: u64| {
            story_files::read(path, most).with_context(|| {
                format!("{}: cannot be read; is the run a judge's (`story train --config configs/verify.toml`)?", path.display())
            })
        };
        let (record, digest) = read_record(&read(&record_file, MOST_TEXT_BYTES)?)
            .map_err(|what| damaged(&record_file, &what))?;
        let weights = read(&weights_file, MOST_WEIGHT_BYTES)?;
        let found = hex(&sha256(&weights));
        if let Some(expected) = digest.as_ref().filter(|expected| **expected != found) {
            let what = format!("its SHA-256 is {found}, expected {expected}");
            return Err(damaged(&weights_file, &what));
        }
        let tensors = tensors_of(&weights, &candle_core::Device::Cpu).map_err(|found| {
            damaged(&weights_file, &format!("not a whole safetensors file: {found}"))
        })?;
        let config = folder.file("config.toml");
        Ok(Self {
            judge: Judge::load(record, &tensors, &weights_file.display().to_string())?,
            config: String::from_utf8(read(&config, MOST_TEXT_BYTES)?)
                .with_context(|| config.display().to_string())?,
            is_checked: digest.is_some(),
            folder,
        })
    }

    /// Writes a judge into its run's folder.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn save(judge: &Judge, folder: &RunFolder) -> Result<()> {
        let [record, weights] = files(folder);
        let bytes = safetensors::serialize(&judge.tensors(), None)
            .map_err(|error| Error::Bug(format!("a judge cannot be written: {error}")))?;
        write_atomically(&weights, &bytes)?;
        let document = Document { weights_sha256: hex(&sha256(&bytes)), record: &judge.record };
        write_atomically(&record, seal::sealed(&document)?.as_bytes())
    }

    /// The judge itself.
    pub fn judge(&self) -> &Judge {
        &self.judge
    }

    /// The config that it was trained with, patched.
    ///
    /// # Errors
    /// As those of reading a config.
    pub fn config(&self, patches: &[String]) -> Result<VerifyConfig> {
        VerifyConfig::parse(&self.config, patches)
            .with_context(|| format!("config {}", self.folder.file("config.toml").display()))
    }

    /// From this probability on it says that picture and text belong together.
    pub fn threshold(&self) -> f64 {
        self.judge.threshold(FUSION)
    }

    /// What it says to the signals of a question.
    ///
    /// # Errors
    /// Those of the network.
    pub fn verdict(&self, signals: &[Option<f64>; SIGNALS.len()]) -> Result<Verdict> {
        let record = &self.judge.record;
        let given = chosen(&record.signals, signals)?;
        let logits = |rows: &[Vec<f64>]| -> Result<Vec<f64>> {
            let logits = self.judge.fuse(rows, &Pass::Eval)?.detach().to_vec1::<f32>()?;
            Ok(logits.into_iter().map(f64::from).collect())
        };
        let logit = logits(&[record.imputation.fill(&given)])?.first().copied();
        let probability = self.judge.probability(FUSION, logit.unwrap_or_default());
        Ok(Verdict {
            probability,
            matches: probability >= self.threshold(),
            basis: basis(&record.signals, &given, &record.imputation, &logits)?,
        })
    }

    /// That its files cannot be checked, where they are from before digests.
    pub fn unchecked(&self) -> Option<String> {
        (!self.is_checked).then(|| {
            format!(
                "{}: the judge is from before judges had digests: whether its files are those that were written cannot be checked",
                self.folder.path().display()
            )
        })
    }
}

/// What `judge.json` holds, and the digest of the weights beside it; `None` of one from before digests.
fn read_record(bytes: &[u8]) -> Result<(JudgeRecord, Option<String>), String> {
    let seal::Opened { mut content, is_sealed } = seal::opened(bytes)?;
    let digest = match content.as_object_mut().filter(|_| is_sealed) {
        None => None,
        Some(fields) => match fields.shift_remove("weights_sha256") {
            Some(Value::String(digest)) => Some(digest),
            _ => return Err("expected `weights_sha256`, the digest of the weights".into()),
        },
    };
    let record = serde_json::from_value(content).map_err(|error| error.to_string())?;
    Ok((record, digest))
}

fn damaged(path: &Path, what: &str) -> Error {
    Error::Data(format!(
        "{}: {what}; the judge is damaged or of another version: train it anew, or name another",
        path.display()
    ))
}

fn files(folder: &RunFolder) -> [PathBuf; 2] {
    let folder = folder.path().join(FOLDER);
    [folder.join("judge.json"), folder.join("judge.safetensors")]
}
