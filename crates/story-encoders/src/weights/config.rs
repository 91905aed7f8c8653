//! Where a config says that weights come from.

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::path::{Path, PathBuf};
use story_hub::models::Request;
use story_hub::published::Published;

/// Where an encoder's weights come from: `[model.image_encoder.weights]` and its like. A plain text
/// stands for a table: the path of a file or folder, or `owner/name` on the Hub, with `@revision`
/// behind it or `main`.
///
/// ```
/// # use story_encoders::weights::WeightsConfig;
/// let text = r#"{ "kind": "hub", "repository": "owner/name", "revision": "main", "file": "" }"#;
/// let config: WeightsConfig = serde_json::from_str(text)?;
/// assert!(matches!(config, WeightsConfig::Hub { .. }));
/// assert_eq!(serde_json::from_str::<WeightsConfig>("\"owner/name\"")?, config);
/// let file: WeightsConfig = serde_json::from_str("\"weights/resnet50.pth\"")?;
/// assert!(matches!(file, WeightsConfig::File { .. }));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")] // `deserialize` below takes a plain text too
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

    /// The weights of a plain name: what lies at that path, or else `owner/name` on the Hub. `hub:`
    /// before it says that it is no path.
    pub fn named(name: &str) -> Self {
        let on_the_hub = name.strip_prefix(HUB);
        let is_path = on_the_hub.is_none() && Path::new(name).exists();
        match Request::named(on_the_hub.unwrap_or(name)).filter(|_| !is_path) {
            Some(Request { repository, revision, file }) => {
                Self::Hub { repository, revision, file }
            }
            None => Self::File { path: name.into() },
        }
    }
}

/// What a name begins with that is meant for the Hub.
const HUB: &str = "hub:";

impl Serialize for WeightsConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for WeightsConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrTable)
    }
}

/// Reads a plain name, or the table.
struct NameOrTable;

impl<'de> Visitor<'de> for NameOrTable {
    type Value = WeightsConfig;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            "the path of a file or folder with weights, `owner/name` on the Hub, or a table with `kind`",
        )
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(WeightsConfig::named(name))
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Self::Value, A::Error> {
        WeightsConfig::deserialize(MapAccessDeserializer::new(table))
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
    fn a_plain_name_is_a_path_or_a_repository() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().display().to_string();
        let file = |name: &str| WeightsConfig::File { path: name.into() };
        for name in ["a.pth", "weights/a.pth", "../x/model.safetensors", "/a/b/c", there.as_str()] {
            assert_eq!(WeightsConfig::named(name), file(name), "{name}");
        }
        let hub = |revision: &str| WeightsConfig::Hub {
            repository: "owner/name".into(),
            revision: revision.into(),
            file: String::new(),
        };
        assert_eq!(WeightsConfig::named("owner/name"), hub("main"));
        assert_eq!(WeightsConfig::named("hub:owner/name@v1"), hub("v1"));
        let error = serde_json::from_str::<WeightsConfig>("5").expect_err("no name").to_string();
        assert!(error.contains("path of a file or folder"), "{error}");
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
