//! The tokenizer in a GGUF, as plain data: whoever makes a tokenizer of it needs no GGUF.

use super::super::parse::Problem;
use super::metadata::Metadata;

/// The parts of a tokenizer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GgufTokenizer {
    /// `gpt2` for byte-level BPE, `llama` for SentencePiece's.
    pub model: String,
    /// How texts are cut before they are merged: llama.cpp's name of the rule, such as `smollm`;
    /// `None` in old files.
    pub pre_tokenizer: Option<String>,
    /// Token by id, in byte-level BPE's alphabet for bytes.
    pub tokens: Vec<String>,
    /// Type by id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; empty where
    /// the file has none.
    pub token_types: Vec<i32>,
    /// Pairs to merge, the first before the others, their halves apart by a space; empty for
    /// SentencePiece.
    pub merges: Vec<String>,
    /// Score by id, the highest joined first; empty for byte-level BPE.
    pub scores: Vec<f32>,
    /// Whether a text begins with a blank; `None` where the file does not say.
    pub space_prefix: Option<bool>,
    /// Begins a text.
    pub begin: Option<u32>,
    /// Ends a text.
    pub end: Option<u32>,
    /// Stands for what has no token.
    pub unknown: Option<u32>,
    /// Pads.
    pub padding: Option<u32>,
    /// Whether the model wants texts to begin with `begin`; `None` where the file does not say.
    pub add_begin: Option<bool>,
    /// The template of conversations, in Jinja.
    pub chat_template: Option<String>,
}

impl GgufTokenizer {
    pub(super) fn of(metadata: &Metadata) -> Result<Self, Problem> {
        let key = |name: &str| format!("tokenizer.ggml.{name}");
        let owned = |text: Option<&str>| text.map(str::to_string);
        let tokens = metadata.needed(&key("tokens"), Metadata::texts)?;
        let id = |name: &str| -> Result<Option<u32>, Problem> {
            let Some(id) = metadata.size(&key(name))? else { return Ok(None) };
            let found = || format!("`{}` is {id}, of {} tokens", key(name), tokens.len());
            let fits = u32::try_from(id).ok().filter(|_| id < tokens.len());
            fits.map(Some).ok_or_else(|| Problem::damaged(found()))
        };
        let token_types = metadata.integers(&key("token_type"))?.unwrap_or_default();
        if !token_types.is_empty() && token_types.len() != tokens.len() {
            let (types, tokens) = (token_types.len(), tokens.len());
            return Err(Problem::damaged(format!("{types} types of {tokens} tokens")));
        }
        Ok(Self {
            model: metadata.needed(&key("model"), Metadata::text)?.to_string(),
            pre_tokenizer: owned(metadata.text(&key("pre"))?),
            token_types,
            merges: metadata.texts(&key("merges"))?.unwrap_or_default(),
            scores: metadata.numbers(&key("scores"))?.unwrap_or_default(),
            space_prefix: metadata.flag(&key("add_space_prefix"))?,
            begin: id("bos_token_id")?,
            end: id("eos_token_id")?,
            unknown: id("unknown_token_id")?,
            padding: id("padding_token_id")?,
            add_begin: metadata.flag(&key("add_bos_token"))?,
            chat_template: owned(metadata.text("tokenizer.chat_template")?),
            tokens,
        })
    }
}
