//! What a model needs to know of a tokenizer.

use serde::{Deserialize, Serialize};

/// Size and special ids of a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// Number of ids, `V`; every id is below it.
    pub size: usize,
    /// `[PAD]`.
    pub pad: u32,
    /// `[UNK]`.
    pub unknown: u32,
    /// `[CLS]`, the first token of every text.
    pub start: u32,
    /// `[SEP]`, the last token of every text, of one that was cut too.
    pub end: u32,
}
