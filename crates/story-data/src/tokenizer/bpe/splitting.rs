//! How a text is split before its bytes are merged, by the names that GGUF files give to it
//! (`tokenizer.ggml.pre`), written in the form of `tokenizer.json`.
//!
//! What a name means is taken from the `tokenizer.json` of the models that have it; only `default`
//! has none, and is what llama.cpp does for it (`llama-vocab.cpp`).

use crate::{Error, Result};
use serde_json::{Value, json};

/// GPT-2's words (Radford et al. 2019): contractions, letters, numbers and other marks, each with
/// the blank before it, and white space, of which the last goes to the word behind it.
const GPT_2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

/// Llama 3's: three digits at most, marks take the line breaks behind them.
const LLAMA_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Qwen 2's: as Llama 3's with every digit by itself.
const QWEN_2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The marks that llama.cpp's default takes out first.
const DEFAULT_MARKS: &str = r"[\p{P}\$\+<=>\^~\|]+";

/// Every name that is known, and how it splits.
const KNOWN: [(&str, Splitting); 9] = [
    ("default", Splitting::Default),
    ("gpt-2", Splitting::Gpt2),
    ("phi-2", Splitting::Gpt2),
    ("smollm", Splitting::Digits),
    ("starcoder", Splitting::Digits),
    ("llama-bpe", Splitting::Llama3),
    ("llama-v3", Splitting::Llama3),
    ("llama3", Splitting::Llama3),
    ("qwen2", Splitting::Qwen2),
];

/// How a text is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Splitting {
    /// llama.cpp's, where a file does not say.
    Default,
    /// GPT-2's words.
    Gpt2,
    /// Every digit by itself, then GPT-2's words (StarCoder, SmolLM, SmolLM2).
    Digits,
    /// Llama 3's words; a word that is a token is not merged.
    Llama3,
    /// Qwen 2's words (Qwen 2, 2.5 and 3), over composed characters.
    Qwen2,
}

impl Splitting {
    /// The splitting that `tokenizer.ggml.pre` names.
    ///
    /// # Errors
    /// [`Error::Data`] naming it and the known ones.
    pub fn named(name: &str, file: &str) -> Result<Self> {
        if let Some((_, splitting)) = KNOWN.iter().find(|(known, _)| *known == name) {
            return Ok(*splitting);
        }
        let known: Vec<&str> = KNOWN.iter().map(|(known, _)| *known).collect();
        Err(Error::data(
            file,
            format!("one of {}", known.join(", ")),
            format!("the splitting `{name}`"),
            "use the tokenizer.json of the model",
        )
        .at("tokenizer.ggml.pre"))
    }

    /// What is done to a text first.
    pub fn normalizer(self) -> Value {
        match self {
            Self::Qwen2 => json!({"type": "NFC"}),
            _ => Value::Null,
        }
    }

    /// The splitting itself, bytes as letters at its end.
    pub fn pre_tokenizer(self) -> Value {
        let words = json!({
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
            "use_regex": true,
        });
        let digits = json!({"type": "Digits", "individual_digits": true});
        match self {
            Self::Gpt2 => words,
            Self::Digits => sequence(vec![digits, words]),
            Self::Llama3 => split([LLAMA_3]),
            Self::Qwen2 => split([QWEN_2]),
            Self::Default => split([DEFAULT_MARKS, GPT_2, r"\p{N}+", "[0-9][0-9][0-9]"]),
        }
    }

    /// Whether a word that is a token is taken as it is, merges or not.
    pub fn ignores_merges(self) -> bool {
        self == Self::Llama3
    }
}

/// One split after the other, each within what the one before left; then bytes as letters.
fn split<const N: usize>(patterns: [&str; N]) -> Value {
    let splits = patterns.map(|pattern| {
        json!({
            "type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated",
            "invert": false,
        })
    });
    let letters = json!({
        "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
    });
    sequence(splits.into_iter().chain([letters]).collect())
}

fn sequence(steps: Vec<Value>) -> Value {
    json!({"type": "Sequence", "pretokenizers": steps})
}
