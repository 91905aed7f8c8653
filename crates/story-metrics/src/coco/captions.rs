//! One candidate and its references, tokenised as the COCO caption evaluation does.

use crate::error::{MetricError, Result};
use crate::ptb::tokenize_coco;

/// A candidate with its references as tokens, ready for every metric of [`crate::coco`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captions {
    pub(super) candidate: Vec<String>,
    pub(super) references: Vec<Vec<String>>,
    pub(super) missing: bool,
}

impl Captions {
    /// Tokenises a candidate and its references with [`tokenize_coco`]. A missing candidate
    /// (`None`) counts as an empty one, and is counted.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn new<R: AsRef<str>>(candidate: Option<&str>, references: &[R]) -> Result<Self> {
        if references.is_empty() {
            return Err(MetricError::NoReference { metric: "coco" });
        }
        Ok(Self {
            candidate: tokenize_coco(candidate.unwrap_or("")),
            references: references.iter().map(|text| tokenize_coco(text.as_ref())).collect(),
            missing: candidate.is_none(),
        })
    }

    /// Of a candidate and references that are tokens already, with blanks between them.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn of_tokens<R: AsRef<str>>(candidate: Option<&str>, references: &[R]) -> Result<Self> {
        if references.is_empty() {
            return Err(MetricError::NoReference { metric: "coco" });
        }
        let tokens = |text: &str| text.split_whitespace().map(str::to_string).collect();
        Ok(Self {
            candidate: tokens(candidate.unwrap_or("")),
            references: references.iter().map(|text| tokens(text.as_ref())).collect(),
            missing: candidate.is_none(),
        })
    }

    /// The candidate's tokens.
    pub fn candidate(&self) -> &[String] {
        &self.candidate
    }

    /// The tokens of each reference.
    pub fn references(&self) -> &[Vec<String>] {
        &self.references
    }
}

/// The words that n-grams are made of: tokens, split where one holds white space (a no-break space
/// inside a telephone number or a mixed fraction), as the original splits its lines again.
pub(super) fn words(tokens: &[String]) -> impl Iterator<Item = &str> {
    tokens
        .iter()
        .flat_map(|token| token.split(crate::tokenize::is_space).filter(|word| !word.is_empty()))
}
