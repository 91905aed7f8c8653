//! Published weights: where they lie, how they are read, and how parts take them.
//!
//! ```text
//! WeightsConfig --resolve--> files --LoadedWeights--> tensors by published name
//!                                      WeightsBuilder --vb--> part; then all names are accounted for
//! ```
//!
//! A part asks its builder for published names and knows nothing of files. [`WeightsBuilder`]
//! decides which of them go on learning (they enter the `ParamStore`, and so checkpoints and
//! optimizer) and which stay constants, and reports every name that does not fit at once.

mod builder;
mod config;
pub mod digest;
pub mod formula;
pub mod gguf;
mod hub;
mod likeness;
pub mod llama;
mod loaded;
mod parse;
mod resolve;
mod safetensors;
mod torch;

pub use builder::WeightsBuilder;
pub use config::WeightsConfig;
pub use gguf::{Gguf, GgufTokenizer};
pub use llama::{LanguageModelFile, LlamaConfig, MatrixStorage, TokenizerFile};
pub use loaded::{LoadedWeights, WeightsFile};
pub use resolve::resolve;

use story_core::Result;
use story_hub::Hub;

/// Where a part's numbers come from, once files are read.
#[derive(Debug, Clone)]
pub enum Weights {
    /// Published weights.
    Loaded(LoadedWeights),
    /// Drawn from the random streams of a `ParamStore`.
    Random,
    /// The written-down [`formula`].
    Formula,
}

impl Weights {
    /// Resolves and reads what `config` names.
    ///
    /// # Errors
    /// Those of [`resolve`] and [`LoadedWeights::read`].
    pub fn open(config: &WeightsConfig, hub: &Hub) -> Result<Self> {
        match config {
            WeightsConfig::Random {} => Ok(Self::Random),
            WeightsConfig::Formula {} => Ok(Self::Formula),
            WeightsConfig::File { .. } | WeightsConfig::Hub { .. } => {
                LoadedWeights::read(&resolve(config, hub)?).map(Self::Loaded)
            }
        }
    }

    /// What tells these weights from others, for the key of a feature cache. Drawn weights depend
    /// on the store's `seed`.
    pub fn identity(&self, seed: u64) -> String {
        match self {
            Self::Loaded(weights) => format!("sha256:{}", weights.identity()),
            Self::Random => format!("random:{seed}"),
            Self::Formula => "formula".into(),
        }
    }
}

impl From<LoadedWeights> for Weights {
    fn from(weights: LoadedWeights) -> Self {
        Self::Loaded(weights)
    }
}
