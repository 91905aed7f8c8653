//! What a model is made of, and what it must know of the data.

use crate::embedding_head::EmbeddingHeadConfig;
use crate::image_decoder::ImageDecoderConfig;
use crate::sequence::SequenceModelConfig;
use crate::text_decoder::TextDecoderConfig;
use serde::{Deserialize, Serialize};
use story_align::{AlignmentConfig, FusionConfig};
use story_core::Vocabulary;
use story_encoders::{ImageEncoderConfig, TextEncoderConfig};

/// Config of the whole model: one part of each kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Width of the embeddings, of the context and of the predicted embedding, `D`.
    pub width: usize,
    /// What of the context the model may see.
    pub inputs: Inputs,
    /// Pictures to vectors.
    pub image_encoder: ImageEncoderConfig,
    /// Texts to vectors.
    pub text_encoder: TextEncoderConfig,
    /// What draws a frame's picture and text together.
    pub alignment: AlignmentConfig,
    /// Picture and text of a frame to one vector.
    pub fusion: FusionConfig,
    /// The frames in order to a context.
    pub sequence: SequenceModelConfig,
    /// Width of the words that the summary reads of each step by itself, and of its picture the vector;
    /// 0 leaves it to the sequence model.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub step_words: usize,
    /// The context to the next text.
    pub text_decoder: TextDecoderConfig,
    /// The context to the next picture.
    pub image_decoder: ImageDecoderConfig,
    /// Share of the training windows, 0 to 1, in which the picture decoder is given the true next text,
    /// as the alignment embeds it, beside the context; when it paints, what the model tells stands in
    /// its place. With 0 it is never given one.
    #[serde(default, skip_serializing_if = "is_none")]
    pub painter_told: f64,
    /// The context to the next picture's embedding.
    pub embedding_head: EmbeddingHeadConfig,
}

/// Configs that do not ask stay as they are.
fn is_zero(width: &usize) -> bool {
    *width == 0
}

/// Likewise.
fn is_none(share: &f64) -> bool {
    *share == 0.0
}

/// What of the context a model may see. Ablations blind it to one side: the embeddings are still
/// made and aligned, for they are what the embedding head is measured by, but those of the blinded
/// side do not reach the fusion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inputs {
    /// Pictures and texts.
    Both,
    /// Texts only.
    Text,
    /// Pictures only.
    Picture,
}

/// What a model must know of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelDims {
    /// Size and special ids of the tokenizer's vocabulary.
    pub vocabulary: Vocabulary,
    /// Height and width of the pictures for the encoder, in pixels.
    pub encoder_size: usize,
    /// Height and width of the pictures to predict, in pixels.
    pub target_size: usize,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            width: 256,
            inputs: Inputs::Both,
            image_encoder: ImageEncoderConfig::CompactCnn(Default::default()),
            text_encoder: TextEncoderConfig::CompactTransformer(Default::default()),
            alignment: AlignmentConfig::InfoNce(Default::default()),
            fusion: FusionConfig::Concat(Default::default()),
            sequence: SequenceModelConfig::Lstm(Default::default()),
            step_words: 0,
            text_decoder: TextDecoderConfig::Gru(Default::default()),
            image_decoder: ImageDecoderConfig::ConvTranspose(Default::default()),
            painter_told: 0.0,
            embedding_head: EmbeddingHeadConfig::default(),
        }
    }
}
