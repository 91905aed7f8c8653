//! Which published weights a checkpoint's parameters stand beside. They are in no checkpoint, and with
//! others the parameters mean nothing.

use serde::{Deserialize, Serialize};
use story_encoders::weights::WeightsFile;

/// Published weights, by name and by content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// What the config called them: a path, or a name on the Hub.
    pub weights: String,
    /// Their files, in the order in which they were read.
    pub files: Vec<WeightsFile>,
}

impl Base {
    /// Whether these are the same bytes; files may be called otherwise and lie elsewhere.
    pub fn is_same(&self, other: &Self) -> bool {
        let digests =
            |base: &Self| base.files.iter().map(|it| it.sha256.clone()).collect::<Vec<_>>();
        digests(self) == digests(other)
    }

    /// Names and digests of the files.
    pub fn describe(&self) -> String {
        let file = |file: &WeightsFile| format!("{} (SHA-256 {})", file.name, file.sha256);
        self.files.iter().map(file).collect::<Vec<_>>().join(", ")
    }
}
