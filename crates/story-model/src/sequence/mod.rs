//! Sequence models: from fused frames `(B, T, D')` to a [`Context`](story_core::Context).

mod attention_pool;
mod gru;
mod lstm;
mod mean;
mod pooling;
mod recurrent;
mod transformer;

pub use attention_pool::AttentionPoolSequenceConfig;
pub use gru::GruSequenceConfig;
pub use lstm::LstmSequenceConfig;
pub use mean::MeanSequenceConfig;
pub use transformer::{Summary, TransformerSequenceConfig};

use story_core::SequenceModel;

/// What a sequence model is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceDims {
    /// Width of the fused frames, `D'`.
    pub input: usize,
    /// Width of the states and of the summary, `D`.
    pub width: usize,
}

story_core::parts! {
    /// Sequence models by `kind`.
    pub enum SequenceModelConfig("sequence-model"): dyn SequenceModel, from SequenceDims {
        "lstm" => Lstm(LstmSequenceConfig), "LSTM; the last hidden state is the summary";
        "gru" => Gru(GruSequenceConfig), "GRU; the last hidden state is the summary";
        "attention-pool" => AttentionPool(AttentionPoolSequenceConfig), "LSTM; its states, weighed by attention with a learned query, are the summary";
        "transformer" => Transformer(TransformerSequenceConfig), "Transformer encoder over the frames";
        "mean" => Mean(MeanSequenceConfig), "mean of the projected frames: a baseline blind to order";
    }
}
