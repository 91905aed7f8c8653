//! Parts that were opened before the model is built, since what they need is in files.

use super::{Inputs, ModelConfig, ModelDims};
use crate::encoders::{EncoderSlot, Encoders};
use crate::text_decoder::{PicturesGiven, TextDecoderConfig, TextDecoderDims, WordsGiven};
use candle_nn::VarBuilder;
use story_core::{Error, ImageEncoder, Result, TextDecoder};

/// The text decoder's place among the parameters.
pub const TEXT_DECODER: &str = "text_decoder";

/// Parts that were opened before.
pub struct Opened {
    /// The encoders.
    pub encoders: Encoders,
    /// What tells the next text; `None` where the config's is made from scratch.
    pub text_decoder: Option<Box<dyn TextDecoder>>,
}

/// What the text decoder is given.
pub(super) struct DecoderInputs<'a> {
    /// Width of the context's states and summary.
    pub(super) context: usize,
    /// What the pictures come from.
    pub(super) image_encoder: &'a EncoderSlot<dyn ImageEncoder>,
}

impl Inputs {
    /// Whether the prompts of a language model come with pictures.
    pub fn pictures(self, encoder: &EncoderSlot<dyn ImageEncoder>) -> PicturesGiven {
        match (self, encoder) {
            (Self::Text, _) => PicturesGiven::No,
            (_, EncoderSlot::Features(width)) => PicturesGiven::Frozen(*width),
            (_, EncoderSlot::Reads(_)) => PicturesGiven::Learning,
        }
    }
}

/// The opened text decoder, where its words are those of the tokenizer and it may read texts, or
/// the config's own for contexts of width `context`.
///
/// # Errors
/// [`Error::Config`] naming what does not fit or cannot be built.
pub(super) fn text_decoder(
    config: &ModelConfig,
    dims: &ModelDims,
    given: &DecoderInputs<'_>,
    opened: Option<Box<dyn TextDecoder>>,
    vb: &VarBuilder<'static>,
) -> Result<Box<dyn TextDecoder>> {
    let dims = TextDecoderDims {
        context: given.context,
        vocabulary: dims.vocabulary.size,
        words: match config.inputs {
            Inputs::Picture => WordsGiven::No,
            Inputs::Both | Inputs::Text => WordsGiven::Yes,
        },
        pictures: config.inputs.pictures(given.image_encoder),
    };
    let Some(decoder) = opened else {
        return config.text_decoder.build(&dims, vb.pp(TEXT_DECODER));
    };
    if let TextDecoderConfig::LanguageModel(config) = &config.text_decoder {
        config.check(&dims)?;
    }
    let words = decoder.output().words()?;
    if words != dims.vocabulary {
        return Err(Error::Config(format!(
            "model.text_decoder scores {words} tokens, the tokenizer has {}; use the tokenizer that belongs to the weights",
            dims.vocabulary
        )));
    }
    Ok(decoder)
}
