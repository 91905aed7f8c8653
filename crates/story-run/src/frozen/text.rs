//! A frozen text encoder with the tokenizer that it was published with.

use super::image::without_weights;
use super::kept::Kept;
use super::keys::Content;
use super::weights::weights;
use crate::config::Config;
use crate::error::{Context, Error, Result};
use crate::host::Host;
use candle_core::{Device, Tensor};
use serde_json::json;
use std::path::{Path, PathBuf};
use story_core::{ParamStore, Pass, TextEncoder, Vocabulary};
use story_data::collate::FeatureTable;
use story_data::tokenizer::{ClipTokenizer, EncodedText, StoryTokenizer};
use story_encoders::features::{FeatureKey, RecordKey};
use story_encoders::weights::{WeightsConfig, resolve};
use story_encoders::{TextEncoderConfig, TextEncoderDims};

/// What a WordPiece tokenizer may be called beside its weights, the best first.
const WORDPIECE_FILES: [&str; 2] = ["tokenizer.json", "vocab.txt"];
/// The same for CLIP's.
const CLIP_FILES: [&str; 2] = ["tokenizer.json", "merges.txt"];

/// A text encoder that stays as it was published.
pub struct FrozenText {
    encoder: Box<dyn TextEncoder>,
    tokenizer: EncoderTokenizer,
    max_tokens: usize,
    key: FeatureKey,
    kind: &'static str,
}

/// The tokenizer of a published text encoder.
pub enum EncoderTokenizer {
    /// BERT's.
    WordPiece(StoryTokenizer),
    /// CLIP's.
    Clip(ClipTokenizer),
}

impl EncoderTokenizer {
    fn vocabulary(&self) -> Vocabulary {
        match self {
            Self::WordPiece(tokenizer) => tokenizer.vocabulary(),
            Self::Clip(tokenizer) => tokenizer.vocabulary(),
        }
    }

    fn encode(&self, text: &str, max_tokens: usize) -> story_data::Result<EncodedText> {
        match self {
            Self::WordPiece(tokenizer) => tokenizer.encode(text, max_tokens),
            Self::Clip(tokenizer) => tokenizer.encode(text, max_tokens),
        }
    }

    fn to_json(&self) -> story_data::Result<String> {
        match self {
            Self::WordPiece(tokenizer) => tokenizer.to_json(),
            Self::Clip(tokenizer) => tokenizer.to_json(),
        }
    }
}

/// The tokenizer of a text encoder: the file `named` (`features.tokenizer`), or where that is
/// empty the one that lies beside the weights.
///
/// # Errors
/// An encoder that has no tokenizer of its own, or a file that is not there or no tokenizer.
pub fn encoder_tokenizer(
    encoder: &TextEncoderConfig,
    named: &str,
    host: &Host,
) -> Result<EncoderTokenizer> {
    let Some(weights) = encoder.weights() else {
        return Err(Error::Config(format!(
            "model.text_encoder: `{}` has no tokenizer of its own; give data.tokenizer another kind",
            encoder.kind()
        )));
    };
    let is_clip = matches!(encoder, TextEncoderConfig::ClipText(_));
    let names = if is_clip { CLIP_FILES } else { WORDPIECE_FILES };
    let path = match named {
        "" => beside(&weights, &names, host)?,
        path => in_folder(Path::new(path), &names),
    };
    let read = || -> story_data::Result<EncoderTokenizer> {
        Ok(match is_clip {
            true => EncoderTokenizer::Clip(ClipTokenizer::from_path(&path)?),
            false => EncoderTokenizer::WordPiece(StoryTokenizer::from_file(&path)?),
        })
    };
    read().context("the text encoder's tokenizer (features.tokenizer)")
}

/// `path`, or the first of `names` in the folder that it is.
fn in_folder(path: &Path, names: &[&str]) -> PathBuf {
    let mut inside = names.iter().map(|name| path.join(name));
    inside.find(|file| file.is_file()).unwrap_or_else(|| path.to_path_buf())
}

/// The tokenizer that was published with weights.
fn beside(weights: &WeightsConfig, names: &[&str], host: &Host) -> Result<PathBuf> {
    match weights {
        WeightsConfig::File { path } => {
            let folder = match path.is_dir() {
                true => path.as_path(),
                false => path.parent().unwrap_or(Path::new("")),
            };
            let file = in_folder(folder, names);
            if file.is_file() {
                return Ok(file);
            }
            Err(Error::Config(format!("{}: none of {} beside the weights; name the tokenizer in features.tokenizer",
                folder.display(),
                names.join(", "))))
        }
        WeightsConfig::Hub { repository, revision, .. } => {
            let (hub, mut last) = (host.hub()?, None);
            for name in names {
                let file = WeightsConfig::Hub {
                    repository: repository.clone(),
                    revision: revision.clone(),
                    file: name.to_string(),
                };
                match resolve(&file, &hub) {
                    Ok(files) => return Ok(files.into_iter().next().unwrap_or_default()),
                    Err(error) => last = Some(error),
                }
            }
            match last {
                Some(error) => Err(error).context("the text encoder's tokenizer"),
                None => Err(Error::Config("the text encoder has no tokenizer".into())),
            }
        }
        WeightsConfig::Random {} | WeightsConfig::Formula {} => Err(Error::Config("features.tokenizer: weights that are drawn or made by formula have no tokenizer beside them; name a vocab.txt, tokenizer.json or merges".into())),
    }
}

impl FrozenText {
    /// The config's encoder with its weights and tokenizer.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_in(config: &Config, host: &Host) -> Result<Self> {
        let encoder = &config.model.text_encoder;
        let tokenizer = encoder_tokenizer(encoder, &config.features.tokenizer, host)?;
        Self::open(encoder, tokenizer, config.features.text_tokens, config.seed, host)
    }

    /// The encoder with its weights, for texts of at most `max_tokens`; `seed` is for drawn
    /// weights.
    ///
    /// # Errors
    /// Weights or a tokenizer that cannot be had or do not fit.
    pub fn open(
        encoder: &TextEncoderConfig,
        tokenizer: EncoderTokenizer,
        max_tokens: usize,
        seed: u64,
        host: &Host,
    ) -> Result<Self> {
        let weights = weights(encoder.weights(), "model.text_encoder.weights", host)?;
        let key = FeatureKey::of(&json!({
            "encoder": without_weights(serde_json::to_value(encoder)?),
            "weights": weights.identity(seed),
            "tokenizer": format!("{:?}", RecordKey::of(tokenizer.to_json()?.as_bytes())),
            "max_tokens": max_tokens,
        }))?;
        let dims = TextEncoderDims { vocabulary: tokenizer.vocabulary() };
        let store = ParamStore::new(seed, &Device::Cpu);
        Ok(Self {
            encoder: encoder.open(&dims, weights, &store, "")?,
            tokenizer,
            max_tokens,
            key,
            kind: encoder.kind(),
        })
    }

    /// What it is, in a line.
    pub fn describe(&self) -> String {
        format!("text encoder: {} frozen, {} numbers a text, run once", self.kind, self.width())
    }

    /// Numbers a vector.
    pub fn width(&self) -> usize {
        self.encoder.width()
    }

    /// Vectors of texts in order, `(N, E)`.
    ///
    /// # Errors
    /// Texts that cannot be tokenised.
    pub fn encode(&self, texts: &[&str]) -> Result<Tensor> {
        let (mut ids, mut mask) = (Vec::new(), Vec::new());
        for text in texts {
            let mut row = self.tokenizer.encode(text, self.max_tokens)?;
            ids.append(&mut row.ids);
            mask.append(&mut row.mask);
        }
        let shape = (texts.len(), self.max_tokens);
        let ids = Tensor::from_vec(ids, shape, &Device::Cpu)?; // (N, L)
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?; // (N, L)
        Ok(self.encoder.encode(&ids, &mask, &Pass::Eval)?.detach()) // (N, E)
    }

    /// The table of `contents`, from the cache where it has them.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub(super) fn table(&self, contents: &[Content], kept: &Kept) -> Result<FeatureTable> {
        let mut cache = kept.open(&self.key, self.width())?;
        let missing = Content::missing(contents, &cache);
        let bar = kept.host.bar("encode texts", missing.len() as u64);
        for chunk in missing.chunks(kept.batch_size) {
            let texts: Vec<&str> = chunk.iter().map(|it| it.text()).collect::<Result<_>>()?;
            let keys: Vec<_> = chunk.iter().map(|it| it.key).collect();
            let vectors = self.encode(&texts)?;
            cache
                .put_all(&keys, &vectors)
                .with_context(|| format!("texts from {} on", chunk[0].place))?;
            bar.step(chunk.len() as u64);
        }
        drop(bar);
        kept.store(&mut cache);
        let mut table = FeatureTable::new(self.width());
        for content in contents {
            if let Some(row) = cache.get(&content.key) {
                table.insert(content.bytes, row)?;
            }
        }
        Ok(table)
    }
}
