//! Where a config says that weights come from.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use story_hub::published::Published;

/// Where an encoder's weights come from: `[model.image_encoder.weights]` and its like.
///
/// ```
/// # use story_encoders::weights::WeightsConfig;
/// let text = r#"{ "kind": "hub", "repository": "owner/name", "revision": "main", "file": "" }"#;
/// let config: WeightsConfig = serde_json::from_str(text)?;
/// assert!(matches!(config, WeightsConfig::Hub { .. }));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum WeightsConfig {
    /// A file on this machine.
    File {
        /// A safetensors file, its index of shards (`model.safetensors.index.json`), a file of
        /// `torch.save` (`.pth`, `.pt`, `.bin`), or a folder with one of them under its usual name.
        path: PathBuf,
    },
    /// A model on the Hugging Face Hub, by way of its cache.
    Hub {
        /// `owner/name`.
        repository: String,
        /// A commit, a tag or a branch; a commit pins the weights.
        revision: String,
        /// Path within the repository; empty takes `model.safetensors`, else its index of shards,
        /// else `pytorch_model.bin`.
        file: String,
    },
    /// None: drawn from the run's seed, to be trained from scratch.
    Random {},
    /// The formula of [`super::formula`], for tests and measurements of speed.
    Formula {},
}

impl WeightsConfig {
    /// The weights of a published network.
    pub fn published(network: &Published) -> Self {
        Self::Hub {
            repository: network.repository.into(),
            revision: network.revision.into(),
            file: network.file.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_the_round_trip() {
        let hub = WeightsConfig::Hub {
            repository: "o/n".into(),
            revision: "main".into(),
            file: String::new(),
        };
        let file = WeightsConfig::File { path: "x".into() };
        let all = [hub, file, WeightsConfig::Random {}, WeightsConfig::Formula {}];
        for config in all {
            let text = serde_json::to_string(&config).expect("written");
            let back: WeightsConfig = serde_json::from_str(&text).expect("read");
            assert_eq!(config, back, "{text}");
        }
    }

    #[test]
    fn unknown_and_missing_keys_are_refused() {
        for text in [
            r#"{"kind": "random", "seed": 1}"#,
            r#"{"kind": "formula", "x": 1}"#,
            r#"{"kind": "file"}"#,
            r#"{"kind": "file", "path": "x", "revision": "main"}"#,
            r#"{"kind": "hub", "repository": "o/n", "revision": "main"}"#,
            r#"{"kind": "url", "path": "x"}"#,
            r#"{"path": "x"}"#,
        ] {
            assert!(serde_json::from_str::<WeightsConfig>(text).is_err(), "{text}");
        }
    }
}
