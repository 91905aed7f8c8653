//! Text decoders: from a context and the tokens so far to the scores of the next token.

mod gru;

pub use gru::GruTextDecoderConfig;

use story_core::TextDecoder;

/// What a text decoder is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextDecoderDims {
    /// Width of the context's summary.
    pub context: usize,
    /// Number of token ids, `V`.
    pub vocabulary: usize,
}

story_core::parts! {
    /// Text decoders by `kind`.
    pub enum TextDecoderConfig("text-decoder"): dyn TextDecoder, from TextDecoderDims {
        "gru" => Gru(GruTextDecoderConfig), "GRU with teacher forcing; the context starts its state";
    }
}
