//! Text to token ids and back: BERT's lower-casing WordPiece tokenizer here; CLIP's, and those of
//! language models, beside it, all behind [`TextTokenizer`].
//!
//! Splitting and matching are those of the `tokenizers` crate, so that published vocabularies
//! give published ids; special tokens, truncation and padding are done here. A text becomes
//! `[CLS] pieces [SEP] [PAD]...` of `L` ids.
//!
//! A text of more than `L - 2` pieces keeps its first `L - 2` and still ends with `[SEP]`, as
//! Hugging Face's truncation does, because published encoders were trained on such inputs. For a
//! decoder's target that last `[SEP]` is not the truth: the text went on. A model trained with a
//! small `L` learns to stop there; [`StoryTokenizer::is_cut`] tells which texts are concerned.

mod bpe;
mod clip;
mod clip_merges;
mod detokenize;
mod language;
mod letters;
mod prune;
mod row;
mod text_tokenizer;
mod train;

use crate::{Error, Result};
use std::path::Path;
use story_core::Vocabulary;
use story_files::MOST_TEXT_BYTES;
use tokenizers::Tokenizer;

pub use bpe::{BpeParts, BpeTokenizer, PairModel};
pub use clip::{CLIP_END, CLIP_MAX_TOKENS, CLIP_START, ClipTokenizer};
pub use language::{Boundary, LanguageTokenizer, StoryFormat, StoryPrompt};
pub use row::EncodedText;
pub use text_tokenizer::TextTokenizer;
pub use train::TrainConfig;

pub(crate) use language::check_max_tokens as check_language_tokens;

/// `[PAD]`, fills a row up.
pub const PAD: &str = "[PAD]";
/// `[UNK]`, stands for a word that has no pieces.
pub const UNKNOWN: &str = "[UNK]";
/// `[CLS]`, the first token of every text.
pub const START: &str = "[CLS]";
/// `[SEP]`, the last token of every text.
pub const END: &str = "[SEP]";

/// The special tokens of a vocabulary that is trained here, in the order of their ids.
pub const SPECIAL: [&str; 4] = [PAD, UNKNOWN, START, END];

/// The fewest tokens a row can have: `[CLS]`, one piece, `[SEP]`.
pub const MIN_TOKENS: usize = 3;
/// The most tokens a row can have: what BERT's position table holds.
pub const MAX_TOKENS: usize = 512;

/// Words longer than this many characters are `[UNK]` (BERT's own limit).
const MAX_WORD_CHARACTERS: usize = 100;

/// A tokenizer and the ids of its special tokens.
#[derive(Debug, Clone)]
pub struct StoryTokenizer {
    inner: Tokenizer,
    vocabulary: Vocabulary,
}

impl StoryTokenizer {
    /// Learns a vocabulary from `texts`, which must be those of the training split only: a
    /// vocabulary that has seen the test texts knows their words. The same texts in any order
    /// give the same vocabulary.
    ///
    /// # Errors
    /// [`Error::Config`] if the size cannot hold the special tokens and the characters, or if
    /// there is no text.
    pub fn train<'a>(
        texts: impl IntoIterator<Item = &'a str>,
        config: TrainConfig,
    ) -> Result<Self> {
        // A vocabulary of special tokens only: the normaliser and the splitter are BERT's already.
        let splitter = Self::from_pieces(SPECIAL.map(String::from).to_vec())?;
        let pieces = train::learn(&splitter.inner, texts, config)?;
        let special = SPECIAL.map(String::from).into_iter();
        Self::from_pieces(special.chain(pieces).collect())
    }

    /// Reads `tokenizer.json`, or a `vocab.txt` of BERT's form (one token a line, the line is
    /// the id; taken to be lower-casing, which such a file does not say). Which of the two it is
    /// is told by the first character: a `{` alone starts JSON.
    ///
    /// Truncation and padding that the file asks for are ignored; `L` decides.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Data`] for a file that is no tokenizer, [`Error::Config`] naming
    /// the special tokens that it lacks.
    pub fn from_file(path: &Path) -> Result<Self> {
        let bytes = story_files::read(path, MOST_TEXT_BYTES).map_err(Error::io(path))?;
        Self::from_bytes(bytes, &path.display().to_string())
    }

    /// As [`from_file`](Self::from_file), from the file's bytes; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`from_file`](Self::from_file).
    pub fn from_bytes(bytes: Vec<u8>, name: &str) -> Result<Self> {
        let foreign = |found: String| {
            Error::data(
                name,
                "a tokenizer.json, or a vocab.txt with one distinct token a line",
                found,
                "point the config to the tokenizer of the model",
            )
        };
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        let opens_json = first == Some(&b'{') && bytes.trim_ascii_end().ends_with(b"}");
        if opens_json {
            let inner = row::parse(&bytes).map_err(foreign)?;
            return Self::new(inner, name);
        }
        let text = String::from_utf8(bytes)
            .map_err(|error| foreign(format!("bytes that are not UTF-8 ({error})")))?;
        let pieces: Vec<String> = text.lines().map(|line| line.trim_end().into()).collect();
        let mut seen = std::collections::HashMap::new();
        for (line, piece) in pieces.iter().enumerate() {
            if let Some(earlier) = seen.insert(piece.as_str(), line) {
                let found = format!("`{piece}` again, first seen in line {}", earlier + 1);
                return Err(foreign(found).at(format!("line {}", line + 1)));
            }
        }
        Self::new(bert_tokenizer(&pieces)?, name)
    }

    /// Writes `tokenizer.json` (temporary file, then rename), which
    /// [`from_file`](Self::from_file), Hugging Face's `tokenizers` and `transformers` read.
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

    /// Size and special ids.
    pub fn vocabulary(&self) -> Vocabulary {
        self.vocabulary
    }

    /// The text as exactly `max_tokens` ids and their mask. An empty text is `[CLS] [SEP]` and
    /// padding. `[SEP]` and the like inside a text are plain letters here, not special tokens:
    /// a story cannot end its own row. (Hugging Face's default reads them as special.)
    ///
    /// # Errors
    /// [`Error::Config`] unless `max_tokens` is from [`MIN_TOKENS`] to [`MAX_TOKENS`].
    pub fn encode(&self, text: &str, max_tokens: usize) -> Result<EncodedText> {
        check_max_tokens(max_tokens)?;
        Ok(row::row(self.pieces(text)?, &self.vocabulary, max_tokens))
    }

    /// The text of `ids`: special tokens are left out, reading ends at the first `[SEP]`, `##`
    /// pieces join their word, punctuation joins as in print. `[UNK]` stays visible, since a
    /// score must not profit from it. Ids outside the vocabulary are `[UNK]` too.
    pub fn decode(&self, ids: &[u32]) -> String {
        let Vocabulary { pad, start, end, .. } = self.vocabulary;
        let pieces = ids
            .iter()
            .take_while(|id| **id != end)
            .filter(|id| **id != pad && **id != start)
            .map(|id| self.inner.id_to_token(*id).unwrap_or(UNKNOWN.into()));
        detokenize::join(pieces)
    }

    /// The piece of an id as it stands in the vocabulary, `##` and all; [`UNKNOWN`] outside it.
    pub fn piece(&self, id: u32) -> String {
        self.inner.id_to_token(id).unwrap_or(UNKNOWN.into())
    }

    /// How many pieces the text has, `[CLS]` and `[SEP]` not counted.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn count(&self, text: &str) -> Result<usize> {
        Ok(self.pieces(text)?.len())
    }

    /// Whether a row of `max_tokens` ids loses pieces of the text.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn is_cut(&self, text: &str, max_tokens: usize) -> Result<bool> {
        check_max_tokens(max_tokens)?;
        Ok(self.count(text)? > max_tokens - 2)
    }

    fn pieces(&self, text: &str) -> Result<Vec<u32>> {
        row::pieces(&self.inner, text)
    }

    fn from_pieces(pieces: Vec<String>) -> Result<Self> {
        Self::new(bert_tokenizer(&pieces)?, "the trained vocabulary")
    }

    fn new(mut inner: Tokenizer, name: &str) -> Result<Self> {
        let missing: Vec<&str> =
            SPECIAL.into_iter().filter(|token| inner.token_to_id(token).is_none()).collect();
        let id = |token: &str| inner.token_to_id(token);
        let (Some(pad), Some(unknown), Some(start), Some(end)) =
            (id(PAD), id(UNKNOWN), id(START), id(END))
        else {
            return Err(Error::Config(format!(
                "{name} lacks the special tokens {}; use a BERT tokenizer (DistilBERT, MiniLM) \
                 or train one",
                missing.join(", ")
            )));
        };
        let size = row::bare(&mut inner, name)?;
        Ok(Self { vocabulary: Vocabulary { size, pad, unknown, start, end }, inner })
    }
}

/// Refuses an `L` outside [`MIN_TOKENS`] to [`MAX_TOKENS`].
pub(crate) fn check_max_tokens(max_tokens: usize) -> Result<()> {
    if (MIN_TOKENS..=MAX_TOKENS).contains(&max_tokens) {
        return Ok(());
    }
    Err(Error::Config(format!("max_tokens is {max_tokens}; expected {MIN_TOKENS} to {MAX_TOKENS}")))
}

/// BERT's lower-casing tokenizer over `pieces`, whose places are their ids, written down in the
/// form of `tokenizer.json` and read back.
fn bert_tokenizer(pieces: &[String]) -> Result<Tokenizer> {
    use serde_json::{Map, Value, json};
    let vocabulary: Map<String, Value> =
        pieces.iter().enumerate().map(|(id, piece)| (piece.clone(), json!(id))).collect();
    let id = |token: &str| vocabulary.get(token).cloned();
    let added: Vec<Value> = SPECIAL
        .iter()
        .chain(&["[MASK]"])
        .filter_map(|token| {
            Some(json!({
                "id": id(token)?, "content": token, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true,
            }))
        })
        .collect();
    // So that other programs that read the file add the same two tokens.
    let wrapped = match (id(START), id(END)) {
        (Some(start), Some(end)) => {
            json!({"type": "BertProcessing", "sep": [END, end], "cls": [START, start]})
        }
        _ => Value::Null,
    };
    let document = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": wrapped,
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {
            "type": "WordPiece", "unk_token": UNKNOWN, "continuing_subword_prefix": "##",
            "max_input_chars_per_word": MAX_WORD_CHARACTERS, "vocab": vocabulary,
        },
    });
    row::parse(document.to_string().as_bytes())
        .map_err(|found| Error::Config(format!("the vocabulary makes no tokenizer: {found}")))
}
