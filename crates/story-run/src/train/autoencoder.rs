//! The published autoencoder in whose latents a picture decoder paints.

use crate::config::Config;
use crate::error::{Context, Error, Result};
use crate::frozen::published_weights;
use crate::host::Host;
use crate::network::Network;
use story_encoders::tiny_autoencoder::Half;
use story_encoders::weights::{Weights, WeightsConfig, resolve};
use story_model::StoryModel;

/// Whether the autoencoder's files that are to be on this machine are there, before hours of reading.
///
/// # Errors
/// Names the key and the path where nothing is.
pub fn require_files(config: &Config, host: &Host) -> Result<()> {
    for (half, weights) in named(config) {
        if matches!(weights, WeightsConfig::File { .. }) {
            resolve(weights, &host.hub_if(false)?).context(key(half))?;
        }
    }
    Ok(())
}

/// Reads the autoencoder of a network that begins to learn; a checkpoint that is resumed brings it.
/// Nothing where pictures are not painted, or without one.
///
/// # Errors
/// Weights that cannot be had, or are of another network.
pub fn set(network: &Network, host: &Host) -> Result<()> {
    for (half, weights) in named(&network.config) {
        let weights = match published_weights(weights, host).context(key(half))? {
            Weights::Loaded(weights) => weights,
            Weights::Random | Weights::Formula => {
                return Err(Error::Config(format!(
                    "{}: an autoencoder does not learn here; name the file of a published one",
                    key(half)
                )));
            }
        };
        let decoder = &network.config.model.image_decoder;
        StoryModel::set_autoencoder(decoder, &network.store, half, weights)?;
    }
    Ok(())
}

/// The halves of the config's autoencoder and where their weights are; none where nothing is painted.
fn named(config: &Config) -> Vec<(Half, &WeightsConfig)> {
    match config.objective.image_weight > 0.0 {
        true => config.model.image_decoder.autoencoder(),
        false => Vec::new(),
    }
}

fn key(half: Half) -> String {
    format!("model.image_decoder.{}_weights", half.name())
}
