//! JSON documents that carry the SHA-256 (FIPS 180-4) of themselves: of their own bytes with zeros
//! in the place of that digest. A bit that flipped on the disk, and an edit, are found by it.

use serde::Serialize;
use serde_json::Value;
use story_core::{Error, Result};
use story_encoders::weights::digest::{hex, sha256};

/// The key of a document's own digest.
const KEY: &str = "sha256";
/// What stands for a document's own digest while it is taken.
pub(crate) const BLANK: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A document that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The document without its digest.
    pub content: Value,
    /// Whether it had one, which is then right.
    pub is_sealed: bool,
}

/// A document under its digest; in front, so that nothing before it can be taken for it.
#[derive(Serialize)]
struct Sealed<'a, T> {
    sha256: &'static str,
    #[serde(flatten)]
    content: &'a T,
}

/// `document`, a struct or map without a field `sha256`, as JSON with its digest in it under that name.
///
/// # Errors
/// [`Error::Data`] for a value that JSON cannot hold, or that has no fields.
pub fn sealed(document: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(&Sealed { sha256: BLANK, content: document });
    let text = text.map_err(|error| Error::Data(format!("cannot be written as JSON: {error}")))?;
    Ok(fill(&text))
}

/// Reads a document and checks its digest, where it has one: those of earlier versions have none. What
/// remains must be read by something that refuses unknown keys, or a damaged name of that key would
/// pass for its absence.
///
/// # Errors
/// What is wrong with it, for who knows its file.
pub fn opened(bytes: &[u8]) -> std::result::Result<Opened, String> {
    let mut content: Value =
        serde_json::from_slice(bytes).map_err(|e| format!("not a whole JSON document: {e}"))?;
    let seal = content.as_object_mut().and_then(|fields| fields.shift_remove(KEY));
    match seal {
        None => Ok(Opened { content, is_sealed: false }),
        Some(Value::String(digest)) => {
            check(bytes, &digest)?;
            Ok(Opened { content, is_sealed: true })
        }
        Some(other) => Err(format!("`{KEY}` is {other}, expected a digest")),
    }
}

/// Puts the digest of `text` in the place of its first [`BLANK`].
pub(crate) fn fill(text: &str) -> String {
    text.replacen(BLANK, &hex(&sha256(text.as_bytes())), 1)
}

/// Whether the document's `digest` is that of its `bytes`; says what was found where not.
pub(crate) fn check(bytes: &[u8], digest: &str) -> std::result::Result<(), String> {
    if digest.len() != BLANK.len() {
        return Err(format!("`{KEY}` is {digest:?}, expected {} digits", BLANK.len()));
    }
    let text = String::from_utf8_lossy(bytes).replacen(digest, BLANK, 1);
    match hex(&sha256(text.as_bytes())) {
        found if found == digest => Ok(()),
        found => Err(format!("its SHA-256 is {found}, expected {digest}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_comes_back_without_its_digest() {
        let document = json!({"a": 1.5, "b": {"sha256": "own"}, "zeros": BLANK});
        let read = opened(sealed(&document).expect("JSON").as_bytes()).expect("whole");
        assert_eq!(read, Opened { content: document.clone(), is_sealed: true });
        let old = serde_json::to_vec(&document).expect("JSON");
        assert_eq!(opened(&old), Ok(Opened { content: document, is_sealed: false }));
        assert!(sealed(&1).is_err());
    }

    #[test]
    fn no_bit_flips_unseen_by_who_refuses_unknown_keys() {
        let text = sealed(&json!({"a": 1.5})).expect("JSON");
        for bit in 0..8 * text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let passes = opened(&bytes).is_ok_and(|read| read.content == json!({"a": 1.5}));
            assert!(!passes, "bit {bit}: {}", String::from_utf8_lossy(&bytes));
        }
    }
}
