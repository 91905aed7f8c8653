//! CLIP's tokenizer (Radford et al. 2021): lower-casing byte pairs (Sennrich et al. 2016) over
//! UTF-8 bytes, words marked by `</w>` at their end.
//!
//! A text becomes `<|startoftext|> pieces <|endoftext|>` and padding, which repeats the end token,
//! as the published tokenizers of `openai/clip-vit-base-patch32` have it; 77 ids at most. Text is
//! composed (NFC), runs of white space are one blank, and everything is lower-cased; then it is cut
//! into contractions, runs of letters, single digits and runs of other marks. OpenAI's own code
//! also mends broken encodings and HTML entities (`ftfy`); Hugging Face's does not, nor do we.
//!
//! Splitting and merging are those of the `tokenizers` crate.

use super::clip_merges::{Merges, WORD_END};
use super::letters::bytes_of;
use super::{EncodedText, MIN_TOKENS, row};
use crate::{Error, Result};
use serde_json::{Map, Value, json};
use std::path::Path;
use story_core::Vocabulary;
use story_files::MOST_TEXT_BYTES;
use tokenizers::Tokenizer;

/// The first token of every text.
pub const CLIP_START: &str = "<|startoftext|>";
/// The last token of every text, and padding.
pub const CLIP_END: &str = "<|endoftext|>";
/// The most tokens a row can have: what CLIP's position table holds.
pub const CLIP_MAX_TOKENS: usize = 77;

/// Contractions, letters, a digit, other marks: all that is not white space.
const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// CLIP's tokenizer.
#[derive(Debug, Clone)]
pub struct ClipTokenizer {
    inner: Tokenizer,
    vocabulary: Vocabulary,
}

impl ClipTokenizer {
    /// Reads a file, as [`from_bytes`](Self::from_bytes) does, or a folder that holds one of:
    /// `tokenizer.json`; `vocab.json` and `merges.txt`; `merges.txt`;
    /// `bpe_simple_vocab_16e6.txt.gz`.
    ///
    /// # Errors
    /// [`Error::Io`] naming the file; [`Error::Data`] for files that are no tokenizer of CLIP, and
    /// for a folder without any.
    pub fn from_path(path: &Path) -> Result<Self> {
        let read = |path: &Path| story_files::read(path, MOST_TEXT_BYTES).map_err(Error::io(path));
        if !path.is_dir() {
            return Self::from_bytes(read(path)?, &path.display().to_string());
        }
        let [whole, vocabulary, merges, packed] =
            ["tokenizer.json", "vocab.json", "merges.txt", "bpe_simple_vocab_16e6.txt.gz"]
                .map(|name| path.join(name));
        if !whole.exists() && vocabulary.exists() && merges.exists() {
            let name = path.display().to_string();
            return Self::from_vocabulary(&read(&vocabulary)?, &read(&merges)?, &name);
        }
        let Some(file) = [whole, merges, packed].into_iter().find(|file| file.exists()) else {
            return Err(Error::data(
                path.display().to_string(),
                "tokenizer.json, or merges.txt with or without vocab.json, or \
                 bpe_simple_vocab_16e6.txt.gz",
                "none of them",
                "point the config to the folder of a CLIP checkpoint",
            ));
        };
        Self::from_bytes(read(&file)?, &file.display().to_string())
    }

    /// Reads the bytes of `tokenizer.json`, of `merges.txt`, or of `bpe_simple_vocab_16e6.txt`
    /// packed with gzip or not; `name` is what messages call them. Merges alone say the whole
    /// vocabulary.
    ///
    /// # Errors
    /// [`Error::Data`] for bytes that are none of them; [`Error::Config`] naming the special
    /// tokens that are lacking.
    pub fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<Self> {
        let trimmed = bytes.trim_ascii();
        if trimmed.starts_with(b"{") && trimmed.ends_with(b"}") {
            let inner = row::parse(&bytes).map_err(|found| foreign(name, found))?;
            return Self::new(inner, name);
        }
        let merges = Merges::read(&bytes, name)?;
        let vocabulary = merges.vocabulary(name)?;
        Self::new(tokenizer(vocabulary, &merges, name)?, name)
    }

    /// Puts the bytes of `vocab.json` and of `merges.txt` together; `name` is what messages call
    /// the two.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn from_vocabulary(vocabulary: &[u8], merges: &[u8], name: &str) -> Result<Self> {
        let vocabulary: Map<String, Value> = serde_json::from_slice(vocabulary)
            .map_err(|error| foreign(name, format!("a vocab.json that is none ({error})")))?;
        let merges = Merges::read(merges, name)?;
        Self::new(tokenizer(vocabulary, &merges, name)?, name)
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
        row::json(&self.inner)
    }

    /// Size and special ids. Padding and the unknown token are the end token; bytes leave nothing
    /// unknown.
    pub fn vocabulary(&self) -> Vocabulary {
        self.vocabulary
    }

    /// The text as exactly `max_tokens` ids and their mask. A text that is too long keeps its
    /// first pieces and still ends with the end token. Special tokens inside a text are plain
    /// letters: a story cannot end its own row.
    ///
    /// # Errors
    /// [`Error::Config`] unless `max_tokens` is from [`MIN_TOKENS`] to [`CLIP_MAX_TOKENS`].
    pub fn encode(&self, text: &str, max_tokens: usize) -> Result<EncodedText> {
        check_max_tokens(max_tokens)?;
        let pieces = row::pieces(&self.inner, text)?;
        Ok(row::row(pieces, &self.vocabulary, max_tokens))
    }

    /// The text of `ids`, in lower case: reading ends at the first end token, words are one blank
    /// apart.
    pub fn decode(&self, ids: &[u32]) -> String {
        let Vocabulary { start, end, .. } = self.vocabulary;
        let told = ids.iter().take_while(|id| **id != end).filter(|id| **id != start);
        let mut bytes = Vec::new();
        for piece in told.filter_map(|id| self.inner.id_to_token(*id)) {
            match piece.strip_suffix(WORD_END) {
                Some(last) => bytes.extend(bytes_of(last).into_iter().chain([b' '])),
                None => bytes.extend(bytes_of(&piece)),
            }
        }
        String::from_utf8_lossy(&bytes).trim_end().to_string()
    }

    /// The piece of an id as it stands in the vocabulary, [`CLIP_END`] outside it.
    pub fn piece(&self, id: u32) -> String {
        self.inner.id_to_token(id).unwrap_or_else(|| CLIP_END.into())
    }

    /// How many pieces the text has, start and end not counted.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn count(&self, text: &str) -> Result<usize> {
        Ok(row::pieces(&self.inner, text)?.len())
    }

    /// Whether a row of `max_tokens` ids loses pieces of the text.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn is_cut(&self, text: &str, max_tokens: usize) -> Result<bool> {
        check_max_tokens(max_tokens)?;
        Ok(self.count(text)? > max_tokens - 2)
    }

    fn new(mut inner: Tokenizer, name: &str) -> Result<Self> {
        let id = |token: &str| inner.token_to_id(token);
        let (Some(start), Some(end)) = (id(CLIP_START), id(CLIP_END)) else {
            return Err(Error::Config(format!(
                "{name} lacks {CLIP_START} or {CLIP_END}; use the tokenizer of a CLIP checkpoint"
            )));
        };
        let size = row::bare(&mut inner, name)?;
        Ok(Self { vocabulary: Vocabulary { size, pad: end, unknown: end, start, end }, inner })
    }
}

fn check_max_tokens(max_tokens: usize) -> Result<()> {
    if (MIN_TOKENS..=CLIP_MAX_TOKENS).contains(&max_tokens) {
        return Ok(());
    }
    Err(Error::Config(format!(
        "max_tokens is {max_tokens}; expected {MIN_TOKENS} to {CLIP_MAX_TOKENS} of CLIP's tokenizer"
    )))
}

fn foreign(name: &str, found: String) -> Error {
    Error::data(
        name,
        "the files of CLIP's tokenizer",
        found,
        "use tokenizer.json, or vocab.json and merges.txt, of a CLIP checkpoint",
    )
}

/// CLIP's tokenizer in the form of `tokenizer.json`, read back.
fn tokenizer(vocabulary: Map<String, Value>, merges: &Merges, name: &str) -> Result<Tokenizer> {
    let id = |token: &str| vocabulary.get(token).cloned();
    let added: Vec<Value> = [CLIP_START, CLIP_END]
        .iter()
        .filter_map(|token| {
            Some(json!({
                "id": id(token)?, "content": token, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true,
            }))
        })
        .collect();
    // So that other programs that read the file add the same two tokens.
    let wrapped = match (id(CLIP_START), id(CLIP_END)) {
        (Some(start), Some(end)) => json!({
            "type": "RobertaProcessing", "sep": [CLIP_END, end], "cls": [CLIP_START, start],
            "trim_offsets": false, "add_prefix_space": false,
        }),
        _ => Value::Null,
    };
    let document = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"},
            {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
            {"type": "Lowercase"},
        ]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": WORDS}, "behavior": "Removed", "invert": true},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
        ]},
        "post_processor": wrapped,
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": CLIP_END,
            "continuing_subword_prefix": "", "end_of_word_suffix": WORD_END, "fuse_unk": false,
            "vocab": vocabulary, "merges": merges.to_json(),
        },
    });
    row::parse(document.to_string().as_bytes()).map_err(|found| foreign(name, found))
}
