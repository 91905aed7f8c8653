//! Text encoders by `kind`, and the checks that they share.

mod bag;
mod bert;
mod clip_text;
mod compact_transformer;
mod distilbert;
mod pooling;
mod post_norm;
mod self_test;

pub use bag::BagConfig;
pub use bert::BertConfig;
pub use clip_text::{ClipText, ClipTextConfig};
pub use compact_transformer::CompactTransformerConfig;
pub use distilbert::DistilBertConfig;
pub use pooling::Pooling;
pub use post_norm::PostNormEncoder;
pub use self_test::SelfTest;

use crate::registry::encoders;
use candle_core::Tensor;
use story_core::{Error, Result, TextEncoder, Vocabulary};

/// What a text encoder must know of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextEncoderDims {
    /// The tokenizer's vocabulary.
    pub vocabulary: Vocabulary,
}

encoders! {
    /// Text encoders: token ids `(N, L)` with a mask to vectors `(N, D)`.
    pub enum TextEncoderConfig("text-encoder"): dyn TextEncoder, from TextEncoderDims {
        "compact-transformer" => CompactTransformer(CompactTransformerConfig), "pre-norm Transformer encoder, mean over the tokens; trained from scratch";
        "bag" => Bag(BagConfig), "mean of the tokens' embeddings and a linear layer: knows which words, not their order";
        "distilbert" => DistilBert(DistilBertConfig), "DistilBERT: published weights, frozen or with its top layers tuned", published { "distilbert": DistilBertConfig::default() };
        "bert" => Bert(BertConfig), "BERT and its family, all-MiniLM-L6-v2 by default: published weights, frozen or with its top layers tuned", published { "minilm": BertConfig::default() };
        "clip-text" => ClipText(ClipTextConfig), "CLIP's text tower, ViT-B/32's by default: published weights, frozen or with its top layers tuned", published { "clip": ClipTextConfig::default() };
    }
}

/// Checks that `tokens` and `mask` are `(N, L)` and every id is of the vocabulary.
///
/// # Errors
/// [`Error::Shape`], or [`Error::Config`] where an id is of another vocabulary.
fn checked(tokens: &Tensor, mask: &Tensor, vocabulary: &Vocabulary) -> Result<(usize, usize)> {
    let (n, l) = tokens.dims2().map_err(|_| Error::shape("tokens", "(N, L)", tokens))?;
    if n == 0 || l == 0 {
        return Err(Error::shape("tokens", "at least one row and token", tokens));
    }
    if mask.dims() != [n, l] {
        return Err(Error::shape("token mask", format!("[{n}, {l}]"), mask));
    }
    let highest = tokens.max_all()?.to_scalar::<u32>()?;
    if highest as usize >= vocabulary.size {
        return Err(Error::Config(format!(
            "token id {highest} is beyond the vocabulary of {}; use the tokenizer that the model was made with",
            vocabulary.size
        )));
    }
    Ok((n, l))
}
