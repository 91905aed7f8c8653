//! Encoders by the names that users know, with the places of their published weights.

use crate::arguments::EncodeArguments;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use story_encoders::weights::WeightsConfig;
use story_encoders::{ImageEncoderConfig, TextEncoderConfig};
use story_hub::published::Published;
use story_run::Host;
use story_run::config::patch;
use story_run::frozen::{EncoderTokenizer, encoder_tokenizer};

/// How `--weights` names a repository of the Hub.
const HUB: &str = "hub:";
/// The branch where none is named.
const MAIN: &str = "main";

/// The picture encoder that the arguments name.
pub fn image(arguments: &EncodeArguments) -> Result<ImageEncoderConfig> {
    let name = kind(arguments)?;
    let Some(config) = ImageEncoderConfig::named(name) else {
        bail!("--encoder {name}: pictures are read by {}", names(ImageEncoderConfig::published()));
    };
    let config = match weights(arguments) {
        Some(weights) => config.with_weights(weights),
        None => config,
    };
    patched(&config, &arguments.common.patches)
}

/// The text encoder that the arguments name.
pub fn text(arguments: &EncodeArguments) -> Result<TextEncoderConfig> {
    let name = kind(arguments)?;
    let Some(config) = TextEncoderConfig::named(name) else {
        bail!("--encoder {name}: texts are read by {}", names(TextEncoderConfig::published()));
    };
    let config = match weights(arguments) {
        Some(weights) => config.with_weights(weights),
        None => config,
    };
    patched(&config, &arguments.common.patches)
}

fn names<C>(published: Vec<(&Published, C)>) -> String {
    let names: Vec<&str> = published.iter().map(|(published, _)| published.name).collect();
    names.join(", ")
}

/// The most tokens that the encoder reads.
pub fn positions(encoder: &TextEncoderConfig) -> usize {
    encoder.pretrained().and_then(|network| network.most_tokens()).unwrap_or(usize::MAX)
}

fn kind(arguments: &EncodeArguments) -> Result<&str> {
    let encoder = arguments.encoder.as_deref();
    encoder.context("--encoder: name one, such as mobilenet-v2 for images or minilm for text")
}

/// A repository's weights under their usual name.
pub fn hub(repository: &str) -> WeightsConfig {
    WeightsConfig::Hub { repository: repository.into(), revision: MAIN.into(), file: String::new() }
}

/// Where `--weights` points; `None` without it.
fn weights(arguments: &EncodeArguments) -> Option<WeightsConfig> {
    Some(match arguments.weights.as_deref()? {
        "formula" => WeightsConfig::Formula {},
        named => match named.strip_prefix(HUB) {
            Some(name) => match name.split_once('@') {
                None => hub(name),
                Some((repository, revision)) => WeightsConfig::Hub {
                    repository: repository.into(),
                    revision: revision.into(),
                    file: String::new(),
                },
            },
            None => WeightsConfig::File { path: PathBuf::from(named) },
        },
    })
}

/// `config` with the values of `--set`.
fn patched<T: Serialize + DeserializeOwned>(config: &T, patches: &[String]) -> Result<T> {
    let mut table = toml::Table::try_from(config)?;
    for text in patches {
        patch::apply(&mut table, text)?;
    }
    table.try_into().context("--set")
}

/// The tokenizer of a text encoder: the one named, or the one beside its weights.
pub fn tokenizer(
    encoder: &TextEncoderConfig,
    arguments: &EncodeArguments,
    host: &Host,
) -> Result<EncoderTokenizer> {
    let named = arguments.tokenizer.as_deref().unwrap_or(Path::new(""));
    Ok(encoder_tokenizer(encoder, &named.to_string_lossy(), host)?)
}
