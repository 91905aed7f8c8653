//! The parts of a tokenizer as a GGUF file's metadata has them.

use super::sentence_piece;
use super::splitting::Splitting;
use crate::{Error, Result};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// `token_type` of a token that texts are never read as: the begin or end of something.
const CONTROL: i32 = 3;
/// `token_type` of an added token that texts are read as.
const USER_DEFINED: i32 = 4;

/// What pairs of neighbours are joined, and which first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PairModel {
    /// Bytes of words, by a list of merges: `gpt2` of llama.cpp.
    #[default]
    ByteLevel,
    /// Characters of the whole text, the pair first whose piece has the highest score: SentencePiece's
    /// BPE (Kudo and Richardson 2018), `llama` of llama.cpp.
    SentencePiece,
}

/// Tokens, merges and settings: the keys `tokenizer.ggml.*` of a GGUF file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BpeParts {
    /// `model`.
    pub model: PairModel,
    /// `tokens`: the place of each is its id.
    pub tokens: Vec<String>,
    /// `merges` of a byte-level model: two tokens with a blank between them, the most urgent pair
    /// first.
    pub merges: Vec<String>,
    /// `pre` of a byte-level model: how a text is split before its bytes are merged.
    pub pre_tokenizer: String,
    /// `scores` of a SentencePiece model, one for each token.
    pub scores: Vec<f32>,
    /// `add_space_prefix` of a SentencePiece model: whether a text begins with a blank; it does where
    /// the file does not say.
    pub space_prefix: Option<bool>,
    /// `token_type`, one for each token: 1 normal, 2 unknown, 3 control, 4 added by users, 6 a byte.
    /// None at all where a file does not say.
    pub token_types: Vec<i32>,
    /// `bos_token_id`.
    pub bos: Option<u32>,
    /// `eos_token_id`.
    pub eos: Option<u32>,
    /// `unknown_token_id`. No text has it: bytes that no token stands for are left out, as the
    /// published tokenizers do.
    pub unknown: Option<u32>,
    /// `padding_token_id`.
    pub padding: Option<u32>,
}

impl BpeParts {
    /// The same in the form of `tokenizer.json`.
    ///
    /// # Errors
    /// [`Error::Data`] naming `file` and the key that cannot be.
    pub(super) fn document(&self, file: &str) -> Result<Value> {
        match self.model {
            PairModel::ByteLevel => self.byte_level(file),
            PairModel::SentencePiece => sentence_piece::document(self, file),
        }
    }

    fn byte_level(&self, file: &str) -> Result<Value> {
        let splitting = Splitting::named(&self.pre_tokenizer, file)?;
        let vocabulary = self.vocabulary(file)?;
        let merges = self.merges(&vocabulary, file)?;
        Ok(json!({
            "version": "1.0",
            "truncation": null,
            "padding": null,
            "added_tokens": self.added(file)?,
            "normalizer": splitting.normalizer(),
            "pre_tokenizer": splitting.pre_tokenizer(),
            "post_processor": null,
            "decoder": {
                "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
                "use_regex": true,
            },
            "model": {
                "type": "BPE", "dropout": null, "unk_token": null,
                "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
                "byte_fallback": false, "ignore_merges": splitting.ignores_merges(),
                "vocab": vocabulary, "merges": merges,
            },
        }))
    }

    /// Token to id.
    pub(super) fn vocabulary(&self, file: &str) -> Result<Map<String, Value>> {
        if self.tokens.is_empty() {
            return Err(damaged(file, "tokens", "a vocabulary", "none".into()));
        }
        let mut vocabulary = Map::new();
        for (id, token) in self.tokens.iter().enumerate() {
            if let Some(earlier) = vocabulary.insert(token.clone(), json!(id)) {
                let found = format!("`{token}` as {earlier} and as {id}");
                return Err(damaged(file, "tokens", "every token once", found));
            }
        }
        Ok(vocabulary)
    }

    /// The pairs, each of which must make a token of two tokens.
    fn merges(&self, vocabulary: &Map<String, Value>, file: &str) -> Result<Vec<Value>> {
        let wrong = |place: usize, found: String| {
            damaged(file, "merges", "pairs of tokens that make a token", found)
                .in_record(place.to_string())
        };
        let pair = |(place, line): (usize, &String)| {
            let mut parts = line.split(' ');
            let (Some(left), Some(right), None) = (parts.next(), parts.next(), parts.next()) else {
                return Err(wrong(place, format!("`{}`", shortened(line))));
            };
            let made = format!("{left}{right}");
            for token in [left, right, &made] {
                if !vocabulary.contains_key(token) {
                    let (line, token) = (shortened(line), shortened(token));
                    return Err(wrong(place, format!("`{line}`, and no token `{token}`")));
                }
            }
            Ok(json!([left, right]))
        };
        self.merges.iter().enumerate().map(pair).collect()
    }

    /// The tokens that no merges make: control tokens, begin, end, unknown and padding as special
    /// ones, and those that users added.
    pub(super) fn added(&self, file: &str) -> Result<Vec<Value>> {
        let (types, tokens) = (self.token_types.len(), self.tokens.len());
        if types != 0 && types != tokens {
            let expected = format!("one for each of {tokens} tokens");
            return Err(damaged(file, "token_type", expected, types.to_string()));
        }
        let mut special: BTreeSet<usize> = self.of_type(CONTROL).collect();
        for (key, id) in [
            ("bos_token_id", self.bos),
            ("eos_token_id", self.eos),
            ("unknown_token_id", self.unknown),
            ("padding_token_id", self.padding),
        ] {
            let Some(id) = id else { continue };
            let place = usize::try_from(id).unwrap_or(usize::MAX);
            if place >= tokens {
                return Err(damaged(file, key, format!("an id below {tokens}"), id.to_string()));
            }
            special.insert(place);
        }
        let added: BTreeSet<usize> = self.of_type(USER_DEFINED).chain(special.clone()).collect();
        let entry = |id: usize| {
            json!({
                "id": id, "content": self.tokens[id], "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": special.contains(&id),
            })
        };
        Ok(added.into_iter().map(entry).collect())
    }

    fn of_type(&self, wanted: i32) -> impl Iterator<Item = usize> {
        let types = self.token_types.iter().enumerate();
        types.filter(move |(_, kind)| **kind == wanted).map(|(id, _)| id)
    }
}

pub(super) fn damaged(file: &str, key: &str, expected: impl Into<String>, found: String) -> Error {
    const REMEDY: &str = "fetch the file again, or use the tokenizer.json of the model";
    Error::data(file, expected, found, REMEDY).at(format!("tokenizer.ggml.{key}"))
}

/// Enough of a text to find it by.
fn shortened(text: &str) -> String {
    const CHARACTERS: usize = 40;
    text.chars().take(CHARACTERS).collect()
}
