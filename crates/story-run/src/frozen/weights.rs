//! Published weights by what a config says of them.

use crate::error::{Context, Result};
use crate::host::Host;
use story_encoders::weights::{Weights, WeightsConfig};

/// The weights that `config` names, from disk or the Hub.
///
/// # Errors
/// Weights that cannot be had.
pub fn published_weights(config: &WeightsConfig, host: &Host) -> Result<Weights> {
    let hub = host.hub_if(matches!(config, WeightsConfig::Hub { .. }))?;
    Ok(Weights::open(config, &hub)?)
}

/// What the weights' config under `key` names; drawn numbers for encoders that have none.
pub(super) fn weights(config: Option<WeightsConfig>, key: &str, host: &Host) -> Result<Weights> {
    match config {
        Some(config) => published_weights(&config, host).context(key),
        None => Ok(Weights::Random),
    }
}
