//! `state.json`: where a run stands, and what the other files of its checkpoint must be.
//!
//! The document carries the SHA-256 (FIPS 180-4) of every other file, and one of itself (see
//! [`crate::seal`]), by which an edit of a step or an epoch is found too. Format 1 had the lengths alone.

use super::base::Base;
use crate::seal::{self, BLANK};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use story_core::{Error, Result};

/// Version of the folder's layout.
pub(super) const FORMAT: u32 = 2;
/// The layout before digests: it opens, and nothing in it can be checked.
const LENGTHS_ONLY: u32 = 1;

/// Where a run stands between two updates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Updates made.
    pub step: u64,
    /// Epochs done, their validation included.
    pub epoch: u64,
    /// Batches of the epoch under way that are done.
    pub batch: usize,
    /// The best validation so far.
    pub best: Option<Best>,
    /// Validations since the best one.
    pub stale: u64,
    /// Whether the run has ended; the parameters are then the best ones.
    pub finished: bool,
}

/// The best validation of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// Its loss, the one that the config selects. An f32, which JSON gives back bit for bit.
    pub loss: f32,
    /// Epochs done by then.
    pub epoch: u64,
    /// Updates made by then.
    pub step: u64,
}

/// `state.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Version of the folder's layout.
    pub format: u32,
    /// The SHA-256 of this document, taken while zeros stand here; absent in format 1.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// FNV-1a hash of `config.toml`, in hexadecimal.
    pub config_hash: String,
    /// Where the run stands.
    pub progress: Progress,
    /// Length of every other file, in bytes.
    pub files: BTreeMap<String, u64>,
    /// SHA-256 of every other file, in hexadecimal; absent in format 1.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
    /// The published weights that the parameters stand beside, where there are such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
}

impl State {
    /// The document, with its digest in it.
    ///
    /// # Errors
    /// A value that JSON cannot hold.
    pub(super) fn sealed(self) -> Result<String> {
        let open = Self { sha256: BLANK.into(), ..self };
        let text = serde_json::to_string_pretty(&open)
            .map_err(|e| Error::Data(format!("the state cannot be written as JSON: {e}")))?;
        Ok(seal::fill(&text))
    }

    /// Reads a document and checks its digest; the error says what is wrong with it.
    pub(super) fn read(bytes: &[u8]) -> std::result::Result<Self, String> {
        let json: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|e| format!("not a whole JSON document: {e}"))?;
        if json["format"] != FORMAT && json["format"] != LENGTHS_ONLY {
            return Err(format!("format is {}, expected {FORMAT}", json["format"]));
        }
        let state: Self = serde_json::from_value(json).map_err(|e| e.to_string())?;
        let digested = !state.sha256.is_empty() && !state.digests.is_empty();
        let bare = state.sha256.is_empty() && state.digests.is_empty();
        if !(if state.is_checked() { digested } else { bare }) {
            return Err(format!("format {} does not go with its digests", state.format));
        }
        if digested {
            seal::check(bytes, &state.sha256)?;
            if let Some(name) = state.files.keys().find(|name| !state.digests.contains_key(*name)) {
                return Err(format!("`{name}` has no digest"));
            }
        }
        Ok(state)
    }

    /// Whether the files can be checked by their digests.
    pub(super) fn is_checked(&self) -> bool {
        self.format != LENGTHS_ONLY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_encoders::weights::digest::{hex, sha256};

    fn state() -> State {
        State {
            format: FORMAT,
            sha256: String::new(),
            config_hash: "00".into(),
            progress: Progress { step: 12, epoch: 3, ..Progress::default() },
            files: BTreeMap::from([("a".into(), 1)]),
            digests: BTreeMap::from([("a".into(), hex(&sha256(b"a")))]),
            base: None,
        }
    }

    #[test]
    fn no_bit_of_the_document_flips_unseen() {
        let text = state().sealed().expect("JSON");
        let read = State::read(text.as_bytes()).expect("whole");
        assert_eq!(State { sha256: String::new(), ..read }, state());
        for bit in 0..8 * text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(State::read(&bytes).is_err(), "bit {bit}: {}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn edits_of_where_the_run_stands_are_found() {
        let text = state().sealed().expect("JSON");
        for (from, to) in [
            ("\"step\": 12", "\"step\": 13"),
            ("\"epoch\": 3", "\"epoch\": 2"),
            ("\"finished\": false", "\"finished\": true"),
        ] {
            let edited = text.replace(from, to);
            assert_ne!(edited, text);
            assert!(State::read(edited.as_bytes()).expect_err(to).contains("SHA-256"));
        }
    }

    #[test]
    fn a_document_from_before_digests_is_read_and_one_that_lost_them_is_not() {
        let old = State { format: LENGTHS_ONLY, digests: BTreeMap::new(), ..state() };
        let text = |state: &State| serde_json::to_string(state).expect("JSON");
        let read = State::read(text(&old).as_bytes()).expect("an old one");
        assert!(!read.is_checked());
        let lost = State { format: FORMAT, ..old.clone() };
        assert!(State::read(text(&lost).as_bytes()).is_err());
        let feigned = State { format: LENGTHS_ONLY, ..state() };
        assert!(State::read(text(&feigned).as_bytes()).is_err());
        let other = text(&old).replace("\"format\":1", "\"format\":3");
        let message = State::read(other.as_bytes()).expect_err("of another version");
        assert_eq!(message, "format is 3, expected 2");
    }
}
