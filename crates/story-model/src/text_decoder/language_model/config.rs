//! Config of the language model.

use super::super::{OutputWeights, TextDecoderDims, WordsGiven};
use super::weights::{DrawnWeights, LanguageModelSizes, LanguageModelWeights};
use super::{LanguageModel, LanguageModelDecoder, PicturesConfig, Trains};
use crate::check;
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use story_core::{Error, Result, TextDecoder};
use story_encoders::weights::llama::{Architecture, OutputMatrix};
use story_encoders::weights::{LlamaConfig, MatrixStorage, formula};

/// What all published networks of drawn sizes would have.
const NORM_EPSILON: f64 = 1e-5;
const ROPE_BASE: f32 = 10_000.0;

/// Config of a language model that tells the next text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageModelConfig {
    /// Whose weights: a file `.gguf`, a folder with `config.json` and safetensors, a repository of
    /// the Hub (`owner/name`, `@revision` behind it where it is not `main`), or drawn ones.
    pub weights: LanguageModelWeights,
    /// What stands before a story's first text; a special token of the model, or nothing.
    pub begin: String,
    /// What stands between two texts of a story.
    pub separator: String,
    /// The most tokens of a text, start and end counted.
    pub max_tokens: usize,
    /// The most tokens of a story so far; of a longer one the newest are read.
    pub max_prompt: usize,
    /// How the matrices of published weights stand in memory.
    #[serde(default, skip_serializing_if = "is_f32")]
    pub storage: MatrixStorage,
    /// How the separator before the text to tell becomes tokens.
    #[serde(default)]
    pub boundary: PromptBoundary,
    /// What of published weights learns. Drawn ones of kind `random` learn as a whole.
    #[serde(default)]
    pub trains: Trains,
    /// How it sees the pictures of a story; without, it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pictures: Option<PicturesConfig>,
}

/// How the separator before the text to tell becomes tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptBoundary {
    /// Prompt and text are tokenised as one, so that it is as within a story.
    #[default]
    Whole,
    /// The prompt is tokenised by itself, and the separator may be other tokens at its end.
    Prompt,
    /// `Prompt` where the model stays as it was published, which is how others ask it; `Whole` where
    /// it learns stories, in which the separator stands between texts. Whoever trains decides, once.
    Auto,
}

impl Default for LanguageModelConfig {
    fn default() -> Self {
        Self {
            weights: LanguageModelWeights::Drawn(DrawnWeights::Random(LanguageModelSizes {
                width: 16,
                feed_forward: 24,
                layers: 2,
                heads: 4,
                key_value_heads: 2,
                output_weights: OutputWeights::Tied,
            })),
            begin: "<|im_end|>".into(),
            separator: "\n\n".into(),
            max_tokens: 160,
            max_prompt: 1024,
            storage: MatrixStorage::default(),
            boundary: PromptBoundary::default(),
            trains: Trains::default(),
            pictures: None,
        }
    }
}

impl LanguageModelConfig {
    /// Builds the decoder of drawn weights under `model` and, where it is not tied, `lm_head`.
    /// Published ones are opened by whoever may read files, and given to
    /// [`StoryModel::with_opened`](crate::StoryModel::with_opened).
    ///
    /// # Errors
    /// [`Error::Config`] for a size that cannot be, published weights, or a model that may not see
    /// the texts.
    pub fn build(
        &self,
        dims: &TextDecoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn TextDecoder>> {
        self.check(dims)?;
        let model = match &self.weights {
            LanguageModelWeights::Published(name) => {
                return Err(Error::Config(format!(
                    "text_decoder.weights = {name:?} was not opened before the model was built; open it and give it to StoryModel::with_opened"
                )));
            }
            LanguageModelWeights::Drawn(DrawnWeights::Random(sizes)) => {
                LanguageModel::new(&self.drawn(sizes, dims)?, &vb)?
            }
            LanguageModelWeights::Drawn(DrawnWeights::Formula(sizes)) => {
                let model = LanguageModel::new(&self.drawn(sizes, dims)?, &formula::builder())?;
                match &self.trains {
                    Trains::Nothing {} | Trains::Prefix {} => model,
                    Trains::Lora(lora) => model.with_lora(lora, &vb)?,
                    Trains::All {} => {
                        return Err(Error::Config(
                            "text_decoder.trains.kind is \"all\" and text_decoder.weights.kind is \"formula\", whose numbers stay; take kind \"random\", or name published weights".into(),
                        ));
                    }
                }
            }
        };
        let model = match &self.pictures {
            Some(pictures) => {
                model.with_pictures(pictures, PicturesConfig::width(dims.pictures)?, &vb)?
            }
            None => model,
        };
        Ok(Box::new(LanguageModelDecoder::new(Arc::new(model))))
    }

    /// Checks what does not depend on the weights; whoever opens published ones calls it.
    ///
    /// # Errors
    /// [`Error::Config`] for a size of 0, a `trains` that cannot be, or a model that may not see
    /// the texts.
    pub fn check(&self, dims: &TextDecoderDims) -> Result<()> {
        check::size("text_decoder.max_tokens", self.max_tokens)?;
        check::size("text_decoder.max_prompt", self.max_prompt)?;
        self.check_trains()?;
        self.check_storage()?;
        if let Some(pictures) = &self.pictures {
            pictures.check()?;
            PicturesConfig::width(dims.pictures)?;
        }
        if dims.words == WordsGiven::No {
            return Err(Error::Config(
                "text_decoder.kind is \"language-model\" and model.inputs is \"picture\": a language model reads the texts; set inputs to \"both\" or \"text\", or take another decoder".into(),
            ));
        }
        Ok(())
    }

    fn check_trains(&self) -> Result<()> {
        let drawn = matches!(self.weights, LanguageModelWeights::Drawn(DrawnWeights::Random(_)));
        let kind = match &self.trains {
            Trains::Nothing {} if self.pictures.is_some() && !drawn => {
                return Err(Error::Config(
                    "text_decoder.pictures is set and text_decoder.trains.kind is \"nothing\": pictures that nobody learned to read say nothing; set trains.kind to \"prefix\" or \"lora\"".into(),
                ));
            }
            Trains::Nothing {} | Trains::All {} => return Ok(()),
            Trains::Prefix {} if self.pictures.is_none() => {
                return Err(Error::Config(
                    "text_decoder.trains.kind is \"prefix\" and there is no text_decoder.pictures: nothing would learn; add the table, or set trains.kind to \"lora\" or \"nothing\"".into(),
                ));
            }
            Trains::Prefix {} => "prefix",
            Trains::Lora(lora) => {
                lora.check()?;
                "lora"
            }
        };
        match drawn {
            true => Err(Error::Config(format!(
                "text_decoder.trains.kind is {kind:?} and text_decoder.weights.kind is \"random\": drawn weights learn as a whole; name published weights, or set trains.kind to \"nothing\""
            ))),
            false => Ok(()),
        }
    }

    fn check_storage(&self) -> Result<()> {
        let refused = match (&self.weights, &self.trains) {
            _ if self.storage == MatrixStorage::F32 => return Ok(()),
            (LanguageModelWeights::Drawn(_), _) => {
                "text_decoder.weights are drawn, which are no file's blocks; name a .gguf"
            }
            (_, Trains::All {}) => {
                "text_decoder.trains.kind is \"all\": quantised blocks cannot learn; let low-rank parts learn (trains.kind = \"lora\")"
            }
            _ => return Ok(()),
        };
        Err(Error::Config(format!(
            "text_decoder.storage is \"as-stored\" and {refused}, or set storage to \"f32\""
        )))
    }

    fn drawn(&self, sizes: &LanguageModelSizes, dims: &TextDecoderDims) -> Result<LlamaConfig> {
        let key = |name: &str| format!("text_decoder.weights.{name}");
        check::size(&key("width"), sizes.width)?;
        check::size(&key("feed_forward"), sizes.feed_forward)?;
        check::layers(&key("layers"), sizes.layers)?;
        check::size(&key("heads"), sizes.heads)?;
        check::size(&key("key_value_heads"), sizes.key_value_heads)?;
        let head_width = sizes.width / sizes.heads;
        if !sizes.width.is_multiple_of(2 * sizes.heads) {
            return Err(Error::Config(format!(
                "{} is {}; expected a number whose double divides the width {}",
                key("heads"),
                sizes.heads,
                sizes.width
            )));
        }
        if !sizes.heads.is_multiple_of(sizes.key_value_heads) {
            return Err(Error::Config(format!(
                "{} is {}; expected a divisor of the {} heads",
                key("key_value_heads"),
                sizes.key_value_heads,
                sizes.heads
            )));
        }
        Ok(LlamaConfig {
            architecture: Architecture::Llama,
            vocabulary: dims.vocabulary,
            width: sizes.width,
            feed_forward: sizes.feed_forward,
            layers: sizes.layers,
            heads: sizes.heads,
            key_value_heads: sizes.key_value_heads,
            head_width,
            context_length: self.max_prompt + self.max_tokens,
            norm_epsilon: NORM_EPSILON,
            rope_base: ROPE_BASE,
            rope_factors: None,
            output: match sizes.output_weights {
                OutputWeights::Own => OutputMatrix::Own,
                OutputWeights::Tied => OutputMatrix::Tied,
            },
        })
    }
}

/// Configs from before there was a choice keep their bytes.
fn is_f32(storage: &MatrixStorage) -> bool {
    *storage == MatrixStorage::F32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_decoder::PicturesGiven;
    use candle_core::Device;
    use story_core::ParamStore;

    const DIMS: TextDecoderDims = TextDecoderDims {
        context: 3,
        vocabulary: 9,
        words: WordsGiven::Yes,
        pictures: PicturesGiven::Frozen(5),
    };

    #[test]
    fn weights_are_a_name_or_sizes_and_unknown_keys_are_named() {
        let read = |text: &str| serde_json::from_str::<LanguageModelWeights>(text);
        let name = read("\"a/b.gguf\"").expect("a name");
        assert_eq!(name, LanguageModelWeights::Published("a/b.gguf".into()));
        assert_eq!(serde_json::to_string(&name).expect("written"), "\"a/b.gguf\"");
        let drawn = LanguageModelConfig::default().weights;
        let text = serde_json::to_string(&drawn).expect("written");
        assert_eq!(read(&text).expect("read"), drawn);
        let extra = text.replacen('{', "{\"depth\": 1, ", 1);
        assert!(read(&extra).expect_err("an unknown key").to_string().contains("depth"));
        assert!(read("7").expect_err("no name").to_string().contains("a path"));
    }

    #[test]
    fn configs_that_cannot_be_built_name_the_key() {
        type Change = fn(&mut LanguageModelSizes);
        let refused: [(&str, Change); 6] = [
            ("width", |s| s.width = 0),
            ("feed_forward", |s| s.feed_forward = 0),
            ("layers", |s| s.layers = 0),
            ("heads", |s| s.heads = 3),
            ("heads", |s| s.heads = 16),
            ("key_value_heads", |s| s.key_value_heads = 3),
        ];
        let build = |config: &LanguageModelConfig, dims: &TextDecoderDims| {
            let store = ParamStore::new(1, &Device::Cpu);
            let built = config.build(dims, store.builder());
            built.err().expect("refused").to_string()
        };
        let plain = LanguageModelConfig::default();
        for (key, change) in refused {
            let mut config = plain.clone();
            if let LanguageModelWeights::Drawn(DrawnWeights::Random(sizes)) = &mut config.weights {
                change(sizes);
            }
            let message = build(&config, &DIMS);
            assert!(message.contains(key), "{message}");
        }
        let blind = TextDecoderDims { words: WordsGiven::No, ..DIMS };
        assert!(build(&plain, &blind).contains("model.inputs"));
        let published = LanguageModelWeights::Published("x.gguf".into());
        let config = LanguageModelConfig { weights: published, ..plain.clone() };
        assert!(build(&config, &DIMS).contains("x.gguf"));
        assert!(
            build(&LanguageModelConfig { max_prompt: 0, ..plain }, &DIMS).contains("max_prompt")
        );
    }

    #[test]
    fn blocks_are_of_a_file_and_do_not_learn() {
        let drawn = LanguageModelConfig::default();
        assert!(!serde_json::to_string(&drawn).expect("written").contains("storage"));
        let stored = LanguageModelConfig { storage: MatrixStorage::AsStored, ..drawn };
        let text = serde_json::to_string(&stored).expect("written");
        assert!(text.contains("\"storage\":\"as-stored\""), "{text}");
        let refused = |config: &LanguageModelConfig| {
            let message = config.check(&DIMS).expect_err("refused").to_string();
            assert!(message.contains("text_decoder.storage"), "{message}");
            message
        };
        assert!(refused(&stored).contains(".gguf"));
        let weights = LanguageModelWeights::Published("x.gguf".into());
        let file = LanguageModelConfig { weights, ..stored };
        assert!(file.check(&DIMS).is_ok());
        assert!(refused(&LanguageModelConfig { trains: Trains::All {}, ..file }).contains("all"));
    }

    #[test]
    fn pictures_need_somebody_who_learns_them_and_whoever_learns_them_needs_pictures() {
        let plain = LanguageModelConfig::default();
        let LanguageModelWeights::Drawn(DrawnWeights::Random(sizes)) = plain.weights else {
            panic!("the default is drawn");
        };
        let frozen = LanguageModelConfig {
            weights: LanguageModelWeights::Drawn(DrawnWeights::Formula(sizes)),
            ..plain.clone()
        };
        let pictures = Some(PicturesConfig::default());
        let with = |base: &LanguageModelConfig, trains, pictures| {
            LanguageModelConfig { trains, pictures, ..base.clone() }.check(&DIMS)
        };
        let prefix = || Trains::Prefix {};
        assert!(with(&frozen, prefix(), pictures).is_ok());
        assert!(with(&frozen, Trains::Lora(Default::default()), pictures).is_ok());
        assert!(with(&plain, Trains::default(), pictures).is_ok(), "all of it learns");
        for (refused, key) in [
            (with(&frozen, Trains::default(), pictures), "text_decoder.pictures is set"),
            (with(&frozen, prefix(), None), "no text_decoder.pictures"),
            (with(&plain, prefix(), pictures), "text_decoder.weights.kind"),
        ] {
            let message = refused.expect_err("refused").to_string();
            assert!(message.contains(key) && message.contains("trains.kind"), "{message}");
        }
        let text = serde_json::to_string(&plain).expect("written");
        assert!(!text.contains("pictures"), "configs of before stay as they are");
        let config = LanguageModelConfig { trains: prefix(), pictures, ..frozen };
        let learning = TextDecoderDims { pictures: PicturesGiven::Learning, ..DIMS };
        let message = config.check(&learning).expect_err("refused").to_string();
        assert!(message.contains("model.image_encoder"), "{message}");
        let store = ParamStore::new(1, &Device::Cpu);
        config.build(&DIMS, store.builder()).expect("built");
        assert!(store.get("pictures.layers.1.gate").is_some());
    }
}
