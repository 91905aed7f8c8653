//! The pretrained language model of a config, opened once: its network, its tokenizer, and how long
//! its rows may be.

#[cfg(test)]
mod tests;

use crate::error::{Context, Error, Result};
use crate::host::Host;
use candle_core::Device;
use std::path::Path;
use std::sync::Arc;
use story_core::{ParamStore, TextDecoder};
use story_data::collate::{LanguageRows, StepPictures};
use story_data::tokenizer::{
    Boundary, BpeParts, BpeTokenizer, LanguageTokenizer, PairModel, StoryFormat, TextTokenizer,
};
use story_encoders::weights::{GgufTokenizer, LanguageModelFile, TokenizerFile, WeightsFile};
use story_hub::models::Request;
use story_model::checkpoint::BASE_REMEDY;
use story_model::{
    Base, LanguageModel, LanguageModelConfig, LanguageModelDecoder, LanguageModelWeights,
    PicturesConfig, PicturesGiven, PromptBoundary, TEXT_DECODER, TextDecoderConfig, Trains,
};

/// The key that names it in messages.
const KEY: &str = "model.text_decoder.weights";
/// The fewest tokens of a story so far that are worth reading.
const LEAST_PROMPT: usize = 16;
/// What a GGUF calls a tokenizer of byte pairs.
const PAIR_MODELS: [(&str, PairModel); 2] =
    [("gpt2", PairModel::ByteLevel), ("llama", PairModel::SentencePiece)];

/// A language model that tells the next text.
pub struct Language {
    /// Turns texts into its tokens and back.
    pub tokenizer: LanguageTokenizer,
    /// How long its rows may be.
    pub rows: LanguageRows,
    model: Arc<LanguageModel>,
    trains: Trains,
    base: Base,
}

impl Language {
    /// The language model of a config; `None` where another part tells the texts. What of it learns
    /// is in `store`. `given` says what it may see of pictures.
    ///
    /// # Errors
    /// Weights or a tokenizer that cannot be had or do not belong together, and texts that leave no room
    /// for a story in what the model was trained to read. A longest story that is longer than that is
    /// made shorter: of a longer one the newest tokens are read anyway.
    pub fn open(
        config: &TextDecoderConfig,
        given: PicturesGiven,
        store: &ParamStore,
        device: &Device,
        host: &Host,
    ) -> Result<Option<Self>> {
        let TextDecoderConfig::LanguageModel(config) = config else { return Ok(None) };
        let LanguageModelWeights::Published(name) = &config.weights else {
            return Err(Error::Config(format!(
                "{KEY}: drawn weights have no tokenizer; name a .gguf, a folder of safetensors or owner/name on the Hub"
            )));
        };
        // Told before the weights are read, which may take a download.
        let pictures = match &config.pictures {
            Some(pictures) => Some((pictures, PicturesConfig::width(given)?)),
            None => None,
        };
        let file = file(name, host)?;
        let rows = Self::rows(config, file.config().context_length)?;
        let tokenizer = tokenizer(&file, name).context(KEY)?;
        let format = StoryFormat {
            begin: config.begin.clone(),
            separator: config.separator.clone(),
            boundary: match config.boundary {
                PromptBoundary::Whole | PromptBoundary::Auto => Boundary::Whole,
                PromptBoundary::Prompt => Boundary::Prompt,
            },
        };
        let tokenizer = LanguageTokenizer::new(tokenizer, format).context("model.text_decoder")?;
        let (words, told) = (file.config().vocabulary, tokenizer.vocabulary().size);
        if told > words {
            return Err(Error::Data(format!(
                "{name}: the tokenizer has {told} tokens, the table of embeddings {words} rows; take the tokenizer that was published with the weights"
            )));
        }
        let weights = file.weights_in(config.storage).context(KEY)?;
        let base = Base {
            weights: match file.commit() {
                // What `main` is may change; who asks for these weights again can name them.
                Some(commit) if !Path::new(name).exists() && !name.contains('@') => {
                    format!("{name}@{commit}")
                }
                _ => name.clone(),
            },
            files: weights.files().to_vec(),
            tokenizer: match file.tokenizer() {
                TokenizerFile::Parts(_) => None,
                TokenizerFile::Json(path) => Some(WeightsFile::read(path).context(KEY)?),
            },
        };
        let vb = store.builder().pp(TEXT_DECODER);
        let model = match &config.trains {
            Trains::Nothing {} | Trains::Prefix {} => {
                LanguageModel::frozen(file.config(), &weights, device)?
            }
            Trains::Lora(lora) => {
                LanguageModel::adapted(file.config(), &weights, device, lora, &vb)?
            }
            Trains::All {} => LanguageModel::learning(file.config(), weights, store, TEXT_DECODER)?,
        };
        let model = match pictures {
            Some((pictures, width)) => model.with_pictures(pictures, width, &vb)?,
            None => model,
        };
        Ok(Some(Self {
            tokenizer,
            rows,
            model: Arc::new(model),
            trains: config.trains.clone(),
            base,
        }))
    }

    /// What tells texts.
    pub fn decoder(&self) -> Box<dyn TextDecoder> {
        let decoder = LanguageModelDecoder::new(self.model.clone());
        Box::new(decoder.passing_over(self.tokenizer.leading_ends()))
    }

    /// Whether its prompts come with the pictures of their steps.
    pub fn pictures(&self) -> StepPictures {
        match self.model.sees_pictures() {
            true => StepPictures::Given,
            false => StepPictures::Withheld,
        }
    }

    /// Whether training changes it.
    pub fn learns(&self) -> bool {
        self.trains != Trains::Nothing {}
    }

    /// Its published weights.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// Number of token ids that it scores; the tokenizer may know fewer.
    pub fn words(&self) -> usize {
        self.model.config().vocabulary
    }

    /// What it is, for the log.
    pub fn describe(&self) -> String {
        let config = self.model.config();
        let learning = match &self.trains {
            Trains::Nothing {} => "frozen".to_string(),
            Trains::Lora(lora) => format!("low-rank parts of rank {} learn", lora.rank),
            Trains::Prefix {} => "frozen but for how it sees pictures".to_string(),
            Trains::All {} => "all of it learns".to_string(),
        };
        let pictures = match self.pictures() {
            StepPictures::Given => "; sees pictures",
            StepPictures::Withheld => "",
        };
        let newest = match self.rows.max_prompt + self.rows.max_tokens >= config.context_length {
            true => " (of a longer one the newest: its window has no more)",
            false => "",
        };
        format!(
            "language model: {}, {:.1} M parameters, {learning}{pictures}; {} tokens of a story{newest}, {} of a text",
            self.base.weights,
            config.parameters() as f64 / 1e6,
            self.rows.max_prompt,
            self.rows.max_tokens
        )
    }

    /// Refuses a run whose language model is on the disk and not where its config says.
    ///
    /// # Errors
    /// [`Error::Config`] naming the files that are missed, and how to say where they are.
    pub(crate) fn require_place(config: &TextDecoderConfig, base: Option<&Base>) -> Result<()> {
        let (TextDecoderConfig::LanguageModel(config), Some(base)) = (config, base) else {
            return Ok(());
        };
        let LanguageModelWeights::Published(name) = &config.weights else { return Ok(()) };
        if Path::new(name).exists() || Request::named(name).is_some() {
            return Ok(());
        }
        Err(Error::Config(format!(
            "{KEY}: there is no {name}; the run was trained on {}: {BASE_REMEDY}",
            base.describe()
        )))
    }

    fn rows(config: &LanguageModelConfig, window: usize) -> Result<LanguageRows> {
        let (max_prompt, max_tokens) = (config.max_prompt, config.max_tokens);
        let room = window.saturating_sub(max_tokens);
        if room < LEAST_PROMPT {
            return Err(Error::Config(format!(
                "model.text_decoder: max_tokens {max_tokens} leaves no room for a story in the {window} tokens that the model was trained to read; lower it"
            )));
        }
        Ok(LanguageRows { max_prompt: max_prompt.min(room), max_tokens })
    }
}

/// The file of the config's published weights, of which sizes are read and no weights; `None` where they
/// are drawn.
///
/// # Errors
/// As [`Language::open`].
pub(crate) fn published(
    config: &LanguageModelConfig,
    host: &Host,
) -> Result<Option<LanguageModelFile>> {
    match &config.weights {
        LanguageModelWeights::Published(name) => file(name, host).map(Some),
        LanguageModelWeights::Drawn(_) => Ok(None),
    }
}

fn file(name: &str, host: &Host) -> Result<LanguageModelFile> {
    // What is on the disk needs no Hub, and so none of its environment.
    let hub = host.hub_if(!Path::new(name).exists())?;
    LanguageModelFile::open(name, &hub).context(KEY)
}

fn tokenizer(file: &LanguageModelFile, name: &str) -> Result<BpeTokenizer> {
    match file.tokenizer() {
        TokenizerFile::Parts(parts) => {
            Ok(BpeTokenizer::from_parts(&pair_parts(parts, name)?, name)?)
        }
        TokenizerFile::Json(path) => Ok(BpeTokenizer::from_path(path)?),
    }
}

fn pair_parts(parts: &GgufTokenizer, name: &str) -> Result<BpeParts> {
    let Some((_, model)) = PAIR_MODELS.into_iter().find(|(known, _)| *known == parts.model) else {
        return Err(Error::Data(format!(
            "{name}: its tokenizer is of the kind `{}`; expected byte pairs, `gpt2` as SmolLM2, Llama 3 and Qwen have them or `llama` as Llama 2 has; take one of these",
            parts.model
        )));
    };
    Ok(BpeParts {
        model,
        tokens: parts.tokens.clone(),
        merges: parts.merges.clone(),
        pre_tokenizer: parts.pre_tokenizer.clone().unwrap_or_else(|| "default".into()),
        scores: parts.scores.clone(),
        space_prefix: parts.space_prefix,
        token_types: parts.token_types.clone(),
        bos: parts.begin,
        eos: parts.end,
        unknown: parts.unknown,
        padding: parts.padding,
    })
}
