//! Encoders by the names that users know, with the places of their published weights.

use crate::arguments::encode::EncoderOptions;
use anyhow::{Result, anyhow, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use story_encoders::weights::WeightsConfig;
use story_encoders::{ImageEncoderConfig, TextEncoderConfig};
use story_hub::published::Published;
use story_run::Host;
use story_run::config::{patch, plain_words};
use story_run::frozen::{EncoderTokenizer, encoder_tokenizer};

/// The branch where none is named.
const MAIN: &str = "main";

/// The picture encoder that the options name.
pub fn image(options: &EncoderOptions) -> Result<ImageEncoderConfig> {
    let name = options.encoder.as_str();
    let Some(config) = ImageEncoderConfig::named(name) else {
        bail!("--encoder {name}: pictures are read by {}", names(ImageEncoderConfig::published()));
    };
    let config = match weights(options) {
        Some(weights) => config.with_weights(weights),
        None => config,
    };
    patched(&config, &options.patches)
}

/// The text encoder that the options name.
pub fn text(options: &EncoderOptions) -> Result<TextEncoderConfig> {
    let name = options.encoder.as_str();
    let Some(config) = TextEncoderConfig::named(name) else {
        bail!("--encoder {name}: texts are read by {}", names(TextEncoderConfig::published()));
    };
    let config = match weights(options) {
        Some(weights) => config.with_weights(weights),
        None => config,
    };
    patched(&config, &options.patches)
}

fn names<C>(published: Vec<(&Published, C)>) -> String {
    let names: Vec<&str> = published.iter().map(|(published, _)| published.name).collect();
    names.join(", ")
}

/// The most tokens that the encoder reads.
pub fn positions(encoder: &TextEncoderConfig) -> usize {
    encoder.pretrained().and_then(|network| network.most_tokens()).unwrap_or(usize::MAX)
}

/// A repository's weights under their usual name.
pub fn hub(repository: &str) -> WeightsConfig {
    WeightsConfig::Hub { repository: repository.into(), revision: MAIN.into(), file: String::new() }
}

/// Where `--weights` points; `None` without it.
fn weights(options: &EncoderOptions) -> Option<WeightsConfig> {
    Some(match options.weights.as_deref()? {
        "formula" => WeightsConfig::Formula {},
        named => WeightsConfig::named(named),
    })
}

/// `config` with the values of `--set`.
fn patched<T: Serialize + DeserializeOwned>(config: &T, patches: &[String]) -> Result<T> {
    let mut table = toml::Table::try_from(config)?;
    for text in patches {
        patch::apply(&mut table, text)?;
    }
    let read: Result<T, toml::de::Error> = table.try_into();
    read.map_err(|error| anyhow!("--set: {}", plain_words(&error.to_string())))
}

/// The tokenizer of a text encoder: the one named, or the one beside its weights.
pub fn tokenizer(
    encoder: &TextEncoderConfig,
    named: Option<&Path>,
    host: &Host,
) -> Result<EncoderTokenizer> {
    let named = named.unwrap_or(Path::new(""));
    Ok(encoder_tokenizer(encoder, &named.to_string_lossy(), host)?)
}
