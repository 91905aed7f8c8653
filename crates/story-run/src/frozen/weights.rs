//! Published weights by what a config says of them.

use crate::error::{Context, Result};
use crate::host::Host;
use story_encoders::weights::{Weights, WeightsConfig, resolve};
use story_model::ModelConfig;

/// The weights that `config` names, from disk or the Hub.
///
/// # Errors
/// Weights that cannot be had.
pub fn published_weights(config: &WeightsConfig, host: &Host) -> Result<Weights> {
    let hub = host.hub_if(matches!(config, WeightsConfig::Hub { .. }))?;
    Ok(Weights::open(config, &hub)?)
}

/// Whether the weights that a config takes from this machine are there, before hours of reading; those
/// of the Hub are asked for when they are needed.
///
/// # Errors
/// Names the key and the path where nothing is.
pub(crate) fn require_files(model: &ModelConfig, host: &Host) -> Result<()> {
    let named = [
        ("model.image_encoder.weights", model.image_encoder.weights()),
        ("model.text_encoder.weights", model.text_encoder.weights()),
    ];
    for (key, weights) in named {
        if let Some(weights @ WeightsConfig::File { .. }) = weights {
            resolve(&weights, &host.hub_if(false)?).context(key)?;
        }
    }
    Ok(())
}

/// What the weights' config under `key` names; drawn numbers for encoders that have none.
pub(super) fn weights(config: Option<WeightsConfig>, key: &str, host: &Host) -> Result<Weights> {
    match config {
        Some(config) => published_weights(&config, host).context(key),
        None => Ok(Weights::Random),
    }
}
