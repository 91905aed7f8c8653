//! Which published weights a checkpoint's parameters stand beside. They are in no checkpoint, and with
//! others the parameters mean nothing.

use serde::{Deserialize, Serialize};
use story_encoders::weights::WeightsFile;

/// Published weights, by name and by content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// What the config called them: a path, or a name on the Hub with the commit behind it.
    pub weights: String,
    /// Their files, in the order in which they were read.
    pub files: Vec<WeightsFile>,
    /// The file of their tokenizer, where it is one of its own: other tokens are other rows of the
    /// weights. Runs from before it was written down have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<WeightsFile>,
}

impl Base {
    /// Whether these are the same bytes; files may be called otherwise and lie elsewhere.
    pub fn is_same(&self, other: &Self) -> bool {
        let digests =
            |base: &Self| base.files.iter().map(|it| it.sha256.clone()).collect::<Vec<_>>();
        let known = [&self.tokenizer, &other.tokenizer].map(Option::as_ref);
        let tokenizers = match known {
            [Some(own), Some(other)] => own.sha256 == other.sha256,
            _ => true,
        };
        digests(self) == digests(other) && tokenizers
    }

    /// What they are called, and names and digests of the files.
    pub fn describe(&self) -> String {
        let file = |file: &WeightsFile| format!("{} (SHA-256 {})", file.name, file.sha256);
        let files = self.files.iter().chain(&self.tokenizer).map(file).collect::<Vec<_>>();
        format!("{}: {}", self.weights, files.join(", "))
    }
}
