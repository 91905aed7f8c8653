//! Where a language model's weights come from, as a config says it.

use super::super::OutputWeights;
use serde::de::{MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// Where the weights come from: a name, or sizes to draw.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum LanguageModelWeights {
    /// A path or a name on the Hub.
    Published(String),
    /// Numbers of no training.
    Drawn(DrawnWeights),
}

/// Numbers of no training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DrawnWeights {
    /// From the run's seed, to be trained from scratch: all of them are parameters.
    Random(LanguageModelSizes),
    /// The formula of [`story_encoders::weights::formula`], frozen; for tests and measurements.
    Formula(LanguageModelSizes),
}

/// Sizes of a network that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageModelSizes {
    /// Width of embeddings and states, `D`; a multiple of `heads`.
    pub width: usize,
    /// Width of the feed-forward part's hidden layer.
    pub feed_forward: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values, a divisor of `heads`.
    pub key_value_heads: usize,
    /// Where the scores of words come from.
    pub output_weights: OutputWeights,
}

/// By hand and not `untagged`: an unknown key is named, and so is what stands in the wrong place.
impl<'de> Deserialize<'de> for LanguageModelWeights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrSizes)
    }
}

struct NameOrSizes;

impl<'de> Visitor<'de> for NameOrSizes {
    type Value = LanguageModelWeights;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(
            "a path, a name on the Hub, or a table with `kind`, \"random\" or \"formula\"",
        )
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(LanguageModelWeights::Published(name.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        DrawnWeights::deserialize(MapAccessDeserializer::new(map)).map(LanguageModelWeights::Drawn)
    }
}
