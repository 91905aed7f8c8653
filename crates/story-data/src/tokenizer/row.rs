//! What the tokenizers share: reading a `tokenizer.json`, its settings that do not hold here, and
//! a text's pieces as a row of ids.

use crate::{Error, Result};
use story_core::Vocabulary;
use story_files::guard::guarded;
use tokenizers::Tokenizer;

/// One text as a row of ids.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodedText {
    /// Start, pieces, end, padding: `[CLS] pieces [SEP] [PAD]...` of BERT, `(L,)`.
    pub ids: Vec<u32>,
    /// 1 where an id is not padding, `(L,)`.
    pub mask: Vec<f32>,
}

/// Start, as many of the pieces as fit, end, and padding: exactly `max_tokens` ids, which are 2
/// at least.
pub(super) fn row(mut pieces: Vec<u32>, vocabulary: &Vocabulary, max_tokens: usize) -> EncodedText {
    pieces.truncate(max_tokens - 2);
    let mut ids = Vec::with_capacity(max_tokens);
    ids.push(vocabulary.start);
    ids.append(&mut pieces);
    ids.push(vocabulary.end);
    let mut mask = vec![1.0; ids.len()];
    mask.resize(max_tokens, 0.0);
    ids.resize(max_tokens, vocabulary.pad);
    EncodedText { ids, mask }
}

/// Reads the bytes of a `tokenizer.json`, whose parser panics over some kinds of damage.
///
/// # Errors
/// What is wrong with them.
pub(super) fn parse(bytes: &[u8]) -> std::result::Result<Tokenizer, String> {
    match guarded(|| Tokenizer::from_bytes(bytes).map_err(|error| error.to_string())) {
        Ok(read) => read,
        Err(gave_up) => Err(gave_up.to_string()),
    }
}

/// The ids of a text's pieces, without start and end.
pub(super) fn pieces(inner: &Tokenizer, text: &str) -> Result<Vec<u32>> {
    const ADD_SPECIAL: bool = false;
    // A foreign tokenizer.json can ask for steps that give up over a text only.
    let split = guarded(|| inner.encode_fast(text, ADD_SPECIAL).map_err(|error| error.to_string()));
    let split = split.unwrap_or_else(|gave_up| Err(gave_up.to_string()));
    let encoding = split.map_err(|found| {
        Error::data(
            "tokenizer",
            "a text that the tokenizer can split",
            found,
            "use a tokenizer whose vocabulary has the unknown token",
        )
    })?;
    Ok(encoding.get_ids().to_vec())
}

/// Takes a file's own truncation and padding away, makes special tokens inside a text plain
/// letters, and counts the ids.
///
/// # Errors
/// [`Error::Config`] where the ids have a hole.
pub(super) fn bare(inner: &mut Tokenizer, name: &str) -> Result<usize> {
    let size = numbered(inner).map_err(|hole| Error::Config(format!("{name}: {hole}")))?;
    // Removing the file's own settings cannot fail; only setting some can.
    inner
        .with_truncation(None)
        .map_err(|error| Error::Config(format!("{name}: {error}")))?
        .with_padding(None);
    inner.set_encode_special_tokens(true);
    Ok(size)
}

/// How many ids there are.
///
/// # Errors
/// Where they have a hole: an id beyond the count would ask for an embedding row that the size
/// does not promise.
pub(super) fn numbered(inner: &Tokenizer) -> std::result::Result<usize, String> {
    const WITH_ADDED: bool = true;
    let mut ids: Vec<u32> = inner.get_vocab(WITH_ADDED).into_values().collect();
    ids.sort_unstable();
    ids.dedup();
    let places = ids.iter().enumerate();
    let mut places = places.map(|(place, id)| (place as u64, u64::from(*id)));
    match places.find(|(place, id)| place != id) {
        Some((place, id)) => Err(format!(
            "the ids have a hole before {id} (expected {place}); number them 0, 1, 2 and so on"
        )),
        None => Ok(ids.len()),
    }
}

/// The text of `tokenizer.json`.
///
/// # Errors
/// [`Error::Config`] where the tokenizer has a part that cannot be written.
pub(super) fn json(inner: &Tokenizer) -> Result<String> {
    const PRETTY: bool = true;
    let text = inner.to_string(PRETTY);
    text.map_err(|error| Error::Config(format!("the tokenizer cannot be written: {error}")))
}
