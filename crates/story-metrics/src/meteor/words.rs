//! How METEOR's texts become words.

use super::normalize::{Abbreviations, WordList, lower_words, normalized_words};
use crate::ptb::tokenize_coco;
use serde::{Deserialize, Serialize};

/// How texts become words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeteorWords {
    /// METEOR's own tokenisation (option `-norm`), as pycocoevalcap asks for.
    #[default]
    Normalized,
    /// What stands between white space, in lower case (option `-lower`).
    Lower,
    /// The tokens of the COCO caption evaluation, which have no punctuation, and of these METEOR's own:
    /// what pycocoevalcap's whole pipeline makes, and papers on captions report.
    Coco,
}

impl MeteorWords {
    /// The words of a text.
    pub(super) fn of(self, text: &str, abbreviations: &Abbreviations) -> WordList {
        match self {
            Self::Normalized => normalized_words(text, abbreviations),
            Self::Lower => lower_words(text),
            Self::Coco => normalized_words(&tokenize_coco(text).join(" "), abbreviations),
        }
    }
}
