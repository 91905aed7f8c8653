//! The tokenizers of language models: byte pairs (Sennrich et al. 2016) of two kinds.
//!
//! Byte-level BPE (GPT-2, Radford et al. 2019) is that of GPT-2, SmolLM2, Llama 3 and Qwen. A text is
//! split into words, each word's UTF-8 bytes are written as letters, and the pair of neighbours that
//! stands first in the list of merges is joined, again and again. [SentencePiece's](sentence_piece) is
//! that of Llama 2, TinyLlama, Mistral 7B and llama2.c. With either nothing is lost and nothing unknown:
//! decoding gives the text back.
//!
//! It is read from a Hugging Face `tokenizer.json`, or from the [`BpeParts`] of a GGUF file.
//! Special tokens inside a text are plain letters: a story cannot end its own row.

mod parts;
mod sentence_piece;
mod splitting;

use super::letters;
use super::row;
use crate::{Error, Result};
use sentence_piece::Prefix;
use std::collections::BTreeMap;
use std::path::Path;
use story_files::MOST_TEXT_BYTES;
use tokenizers::models::ModelWrapper;
use tokenizers::{PreTokenizerWrapper, Tokenizer};

pub use parts::{BpeParts, PairModel};

/// The tokenizer of a language model: texts to ids and back, without anything around them.
#[derive(Debug, Clone)]
pub struct BpeTokenizer {
    inner: Tokenizer,
    letters: Letters,
    /// Special tokens by id.
    special: BTreeMap<u32, String>,
    size: usize,
}

/// What the letters of tokens are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letters {
    /// One for each byte.
    Bytes,
    /// The text's own, and a mark for a blank.
    Characters(Prefix),
}

impl BpeTokenizer {
    /// Reads a `tokenizer.json`, or that of a folder.
    ///
    /// # Errors
    /// [`Error::Io`] naming the file; as [`from_bytes`](Self::from_bytes).
    pub fn from_path(path: &Path) -> Result<Self> {
        let path = if path.is_dir() { path.join("tokenizer.json") } else { path.to_path_buf() };
        let bytes = story_files::read(&path, MOST_TEXT_BYTES).map_err(Error::io(&path))?;
        Self::from_bytes(&bytes, &path.display().to_string())
    }

    /// Reads the bytes of a `tokenizer.json`; `name` is what messages call it. Truncation and
    /// padding that it asks for are ignored.
    ///
    /// # Errors
    /// [`Error::Data`] for bytes that are no tokenizer, or one of another kind.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self> {
        Self::new(row::parse(bytes).map_err(|found| foreign(name, found))?, name)
    }

    /// The tokenizer of a GGUF file's metadata; `name` is what messages call the file.
    ///
    /// # Errors
    /// [`Error::Data`] naming the key for parts that do not fit each other, and a splitting that
    /// is not known.
    pub fn from_parts(parts: &BpeParts, name: &str) -> Result<Self> {
        Self::from_bytes(parts.document(name)?.to_string().as_bytes(), name)
    }

    /// Writes `tokenizer.json` (temporary file, then rename), which [`from_path`](Self::from_path)
    /// and Hugging Face's `tokenizers` read.
    ///
    /// # Errors
    /// [`Error::Io`] naming the file; the old file stays whole.
    pub fn save(&self, path: &Path) -> Result<()> {
        story_files::write_atomically(path, self.to_json()?.as_bytes()).map_err(Error::io(path))
    }

    /// The text of `tokenizer.json`.
    ///
    /// # Errors
    /// [`Error::Config`] where the tokenizer has a part that cannot be written.
    pub fn to_json(&self) -> Result<String> {
        match self.letters {
            Letters::Bytes => row::json(&self.inner),
            Letters::Characters(prefix) => {
                row::json(&sentence_piece::with_prefix(&self.inner, prefix))
            }
        }
    }

    /// Number of ids, `V`; every id is below it. A model's token table may have more rows.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The ids of a text behind a line break, as all texts of a story but the first are.
    ///
    /// # Errors
    /// [`Error::Data`] for a text that the tokenizer cannot split.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>> {
        row::pieces(&self.inner, text)
    }

    /// The ids of a text that nothing stands before, as published tokenizers give them for a text by
    /// itself. Of byte-level ones they are [`ids`](Self::ids); SentencePiece's begins it with a blank.
    ///
    /// # Errors
    /// As [`ids`](Self::ids).
    pub fn first_ids(&self, text: &str) -> Result<Vec<u32>> {
        match self.letters {
            Letters::Characters(Prefix::Blank) if !text.is_empty() => self.ids(&format!(" {text}")),
            _ => self.ids(text),
        }
    }

    /// The text of `ids`. Special tokens and ids outside the vocabulary are left out; bytes that
    /// are no UTF-8 are replacement characters.
    pub fn text(&self, ids: &[u32]) -> String {
        let told = ids.iter().filter(|id| !self.is_special(**id));
        let tokens = told.filter_map(|id| self.inner.id_to_token(*id));
        let bytes_of = match self.letters {
            Letters::Bytes => letters::bytes_of,
            Letters::Characters(_) => sentence_piece::bytes_of,
        };
        let bytes: Vec<u8> = tokens.flat_map(|token| bytes_of(&token)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A token as it stands in the vocabulary, its bytes as letters; `None` outside it.
    pub fn token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// The id of a special token, by its name.
    pub fn special(&self, name: &str) -> Option<u32> {
        self.special.iter().find(|(_, token)| *token == name).map(|(id, _)| *id)
    }

    /// The names of all special tokens, by id.
    pub fn special_tokens(&self) -> impl Iterator<Item = (u32, &str)> {
        self.special.iter().map(|(id, token)| (*id, token.as_str()))
    }

    /// Whether an id is a special token's: no text has it.
    pub fn is_special(&self, id: u32) -> bool {
        self.special.contains_key(&id)
    }

    fn new(mut inner: Tokenizer, name: &str) -> Result<Self> {
        const WITH_ADDED: bool = true;
        let letters = letters_of(&mut inner).map_err(|found| foreign(name, found))?;
        let size = row::numbered(&inner).map_err(|found| foreign(name, found))?;
        let tokens = inner.get_vocab_size(WITH_ADDED);
        if tokens != size {
            return Err(foreign(name, format!("{tokens} tokens with {size} ids")));
        }
        row::bare(&mut inner, name)?;
        let added = inner.get_added_tokens_decoder().into_iter();
        let special = added.filter(|(_, token)| token.special);
        let special = special.map(|(id, token)| (id, token.content)).collect();
        Ok(Self { inner, letters, special, size })
    }
}

/// What the tokens' letters are, and the tokenizer without a blank at the beginning of texts.
///
/// # Errors
/// What is of neither kind, and what would not give the same ids each time.
fn letters_of(inner: &mut Tokenizer) -> std::result::Result<Letters, String> {
    let model = match inner.get_model() {
        ModelWrapper::BPE(model) => model,
        ModelWrapper::Unigram(_) => return Err("a Unigram model (SentencePiece)".into()),
        ModelWrapper::WordPiece(_) => return Err("a WordPiece model".into()),
        ModelWrapper::WordLevel(_) => return Err("a model of whole words".into()),
    };
    if let Some(dropout) = model.dropout.filter(|dropout| *dropout != 0.0) {
        return Err(format!("merges that are left out by chance ({dropout})"));
    }
    if sentence_piece::is_one(inner) {
        return sentence_piece::take_prefix(inner).map(Letters::Characters);
    }
    if model.byte_fallback || !splits_bytes(inner.get_pre_tokenizer()) {
        return Err("a BPE model over characters, whose blanks are no letters".into());
    }
    Ok(Letters::Bytes)
}

fn splits_bytes(step: Option<&PreTokenizerWrapper>) -> bool {
    match step {
        Some(PreTokenizerWrapper::ByteLevel(_)) => true,
        Some(PreTokenizerWrapper::Sequence(steps)) => {
            steps.as_ref().iter().any(|step| splits_bytes(Some(step)))
        }
        _ => false,
    }
}

fn foreign(name: &str, found: String) -> Error {
    Error::data(
        name,
        "the tokenizer.json of a byte-level BPE (GPT-2, SmolLM2, Llama 3, Qwen), or of SentencePiece's \
         (Llama 2, Mistral 7B)",
        found,
        "use the tokenizer of a model of these families",
    )
}
