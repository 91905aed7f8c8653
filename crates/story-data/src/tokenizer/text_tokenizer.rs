//! What collation, generation and scores need of a tokenizer, whichever it is.

use super::{ClipTokenizer, EncodedText, StoryTokenizer};
use crate::{Error, Result};
use std::fmt::Debug;
use std::path::Path;
use story_core::Vocabulary;

/// Texts to rows of ids and back.
///
/// A row is `start pieces end pad...` in the ids of the [`Vocabulary`].
pub trait TextTokenizer: Debug + Send + Sync {
    /// Size and special ids.
    fn vocabulary(&self) -> Vocabulary;

    /// The text as exactly `max_tokens` ids and their mask, `(L,)`. A text that is too long keeps
    /// its first pieces and still ends with the end token.
    ///
    /// # Errors
    /// [`Error::Config`] for a length that a row cannot have.
    fn encode(&self, text: &str, max_tokens: usize) -> Result<EncodedText>;

    /// The text of `ids`: reading ends at the first end token (one that is the start token too may
    /// stand in front), special tokens are left out.
    fn decode(&self, ids: &[u32]) -> String;

    /// The piece of an id as it stands in the vocabulary.
    fn piece(&self, id: u32) -> String;

    /// How many pieces the text has, start and end not counted.
    ///
    /// # Errors
    /// A text that cannot be split.
    fn count(&self, text: &str) -> Result<usize>;

    /// Whether a row of `max_tokens` ids loses pieces of the text.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    fn is_cut(&self, text: &str, max_tokens: usize) -> Result<bool>;

    /// The text of `tokenizer.json`.
    ///
    /// # Errors
    /// [`Error::Config`] where the tokenizer has a part that cannot be written.
    fn to_json(&self) -> Result<String>;

    /// Writes `tokenizer.json` (temporary file, then rename).
    ///
    /// # Errors
    /// [`Error::Io`] naming the file; the old file stays whole.
    fn save(&self, path: &Path) -> Result<()> {
        story_files::write_atomically(path, self.to_json()?.as_bytes()).map_err(Error::io(path))
    }
}

/// Both have the methods by themselves.
macro_rules! behind_the_trait {
    ($($tokenizer:ty),*) => {$(
        impl TextTokenizer for $tokenizer {
            fn vocabulary(&self) -> Vocabulary {
                self.vocabulary()
            }

            fn encode(&self, text: &str, max_tokens: usize) -> Result<EncodedText> {
                self.encode(text, max_tokens)
            }

            fn decode(&self, ids: &[u32]) -> String {
                self.decode(ids)
            }

            fn piece(&self, id: u32) -> String {
                self.piece(id)
            }

            fn count(&self, text: &str) -> Result<usize> {
                self.count(text)
            }

            fn is_cut(&self, text: &str, max_tokens: usize) -> Result<bool> {
                self.is_cut(text, max_tokens)
            }

            fn to_json(&self) -> Result<String> {
                self.to_json()
            }
        }
    )*};
}

behind_the_trait!(StoryTokenizer, ClipTokenizer);
