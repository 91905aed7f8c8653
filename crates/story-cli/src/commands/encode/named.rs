//! Encoders by the names that users know, with the places of their published weights.

use crate::arguments::EncodeArguments;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use story_encoders::image::{ClipVisionConfig, MobilenetV2Config, ResnetConfig};
use story_encoders::text::{BertConfig, ClipTextConfig, DistilBertConfig};
use story_encoders::weights::WeightsConfig;
use story_encoders::{ImageEncoderConfig, TextEncoderConfig};
use story_hub::published;
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
    let resnet = |depth| {
        let config = ResnetConfig { depth, ..ResnetConfig::default() };
        (ImageEncoderConfig::Resnet(config), format!("resnet{depth}"))
    };
    let (config, published) = match name {
        "resnet18" => resnet(18),
        "resnet34" => resnet(34),
        "resnet50" => resnet(50),
        "resnet" => resnet(ResnetConfig::default().depth),
        "mobilenet-v2" => {
            (ImageEncoderConfig::MobilenetV2(MobilenetV2Config::default()), name.into())
        }
        "clip" | "clip-vision" => {
            (ImageEncoderConfig::ClipVision(ClipVisionConfig::default()), "clip".into())
        }
        other => bail!(
            "--encoder {other}: pictures are read by resnet18, resnet34, resnet50, mobilenet-v2 and clip"
        ),
    };
    let mut config = patched(&config, &arguments.common.patches)?;
    let weights = weights(arguments, &published)?;
    match &mut config {
        ImageEncoderConfig::Resnet(config) => config.weights = weights,
        ImageEncoderConfig::MobilenetV2(config) => config.weights = weights,
        ImageEncoderConfig::ClipVision(config) => config.weights = weights,
        ImageEncoderConfig::CompactCnn(_) => {}
    }
    Ok(config)
}

/// The text encoder that the arguments name.
pub fn text(arguments: &EncodeArguments) -> Result<TextEncoderConfig> {
    let (config, published) = match kind(arguments)? {
        "distilbert" => (TextEncoderConfig::DistilBert(DistilBertConfig::default()), "distilbert"),
        "minilm" | "bert" => (TextEncoderConfig::Bert(BertConfig::default()), "minilm"),
        "clip" | "clip-text" => (TextEncoderConfig::ClipText(ClipTextConfig::default()), "clip"),
        other => bail!("--encoder {other}: texts are read by distilbert, minilm, bert and clip"),
    };
    let mut config = patched(&config, &arguments.common.patches)?;
    let weights = weights(arguments, published)?;
    match &mut config {
        TextEncoderConfig::DistilBert(config) => config.weights = weights,
        TextEncoderConfig::Bert(config) => config.weights = weights,
        TextEncoderConfig::ClipText(config) => config.weights = weights,
        TextEncoderConfig::Bag(_) | TextEncoderConfig::CompactTransformer(_) => {}
    }
    Ok(config)
}

/// The most tokens that the encoder reads.
pub fn positions(encoder: &TextEncoderConfig) -> usize {
    match encoder {
        TextEncoderConfig::DistilBert(config) => config.positions,
        TextEncoderConfig::Bert(config) => config.positions,
        TextEncoderConfig::ClipText(config) => config.positions,
        TextEncoderConfig::CompactTransformer(config) => config.max_tokens,
        TextEncoderConfig::Bag(_) => usize::MAX,
    }
}

fn kind(arguments: &EncodeArguments) -> Result<&str> {
    let encoder = arguments.encoder.as_deref();
    encoder.context("--encoder: name one, such as mobilenet-v2 for images or minilm for text")
}

/// A repository's weights under their usual name.
pub fn hub(repository: &str) -> WeightsConfig {
    WeightsConfig::Hub { repository: repository.into(), revision: MAIN.into(), file: String::new() }
}

/// Where `--weights` points; without it, to the published ones.
fn weights(arguments: &EncodeArguments, name: &str) -> Result<WeightsConfig> {
    Ok(match arguments.weights.as_deref() {
        None => {
            let network = published::find(name);
            WeightsConfig::published(network.with_context(|| {
                format!("--encoder {name}: no weights of it are published; name some by --weights")
            })?)
        }
        Some("formula") => WeightsConfig::Formula {},
        Some(named) => match named.strip_prefix(HUB) {
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
