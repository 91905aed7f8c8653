//! Text decoders: from a context and the tokens so far to the scores of the next token.

mod copying;
mod gru;
pub mod language_model;
mod token_layers;
mod transformer;
mod words;

pub use gru::GruTextDecoderConfig;
pub use language_model::{
    DrawnWeights, LanguageModel, LanguageModelConfig, LanguageModelDecoder, LanguageModelSizes,
    LanguageModelWeights, LoraConfig, LoraMatrix, PeftBase, PicturesConfig, PromptBoundary,
    TrainingMemory, Trains,
};
pub use token_layers::OutputWeights;
pub use transformer::TransformerTextDecoderConfig;

use serde::{Deserialize, Serialize};
use story_core::TextDecoder;

/// What a text decoder is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextDecoderDims {
    /// Width of the context's states and summary.
    pub context: usize,
    /// Number of token ids, `V`.
    pub vocabulary: usize,
    /// Whether contexts come with the words of their texts.
    pub words: WordsGiven,
    /// Whether prompts come with the pictures of their steps.
    pub pictures: PicturesGiven,
}

/// Whether the prompts of a language model come with the pictures of their steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PicturesGiven {
    /// They do, as a frozen encoder's vectors of this width.
    Frozen(usize),
    /// They do not: the encoder learns, and its vectors change.
    Learning,
    /// They do not: the model is blind to the pictures.
    No,
}

/// Whether contexts come with the words of their texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordsGiven {
    /// They do.
    Yes,
    /// They do not: the model is blind to the texts. Decoders are built without the parts that
    /// would read the words, whatever their config says, for these could learn nothing.
    No,
}

/// Whether a decoder looks back at the words of the context's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookBack {
    /// It knows of them only what the context's vectors hold.
    None,
    /// It does.
    Words,
}

impl LookBack {
    /// Whether a decoder built for `dims` looks back.
    fn applies(self, dims: &TextDecoderDims) -> bool {
        (self, dims.words) == (Self::Words, WordsGiven::Yes)
    }
}

story_core::parts! {
    /// Text decoders by `kind`.
    pub enum TextDecoderConfig("text-decoder"): dyn TextDecoder, from TextDecoderDims {
        "gru" => Gru(GruTextDecoderConfig), "GRU with teacher forcing; the context starts its state";
        "transformer" => Transformer(TransformerTextDecoderConfig), "causal Transformer that attends to the context";
        "language-model" => LanguageModel(LanguageModelConfig), "pretrained language model that reads the story so far and goes on";
    }
}
