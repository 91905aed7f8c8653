//! The registries of encoders and the list of places of published weights name one another.

use std::collections::BTreeSet;
use story_encoders::weights::WeightsConfig;
use story_encoders::{ImageEncoderConfig, Learning, TextEncoderConfig};
use story_hub::published::{PUBLISHED, Published};

#[test]
fn every_place_of_weights_has_a_network_and_is_named_once() {
    let images = ImageEncoderConfig::published();
    let texts = TextEncoderConfig::published();
    let images: Vec<&str> = images.iter().map(|(published, _)| published.name).collect();
    let texts: Vec<&str> = texts.iter().map(|(published, _)| published.name).collect();
    for names in [&images, &texts] {
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len(), "{names:?}");
    }
    let named: BTreeSet<&str> = images.into_iter().chain(texts).collect();
    let listed: BTreeSet<&str> = PUBLISHED.iter().map(|published| published.name).collect();
    assert_eq!(named, listed);
}

#[test]
fn a_name_gives_a_frozen_network_with_the_published_weights() {
    let weights = |published: &Published| Some(WeightsConfig::published(published));
    for (published, config) in ImageEncoderConfig::published() {
        assert_eq!(config.weights(), weights(published));
        assert_eq!(config.learning(), Learning::Frozen);
        assert_eq!(ImageEncoderConfig::named(published.name), Some(config));
    }
    for (published, config) in TextEncoderConfig::published() {
        assert_eq!(config.weights(), weights(published));
        assert_eq!(config.learning(), Learning::Frozen);
        assert_eq!(TextEncoderConfig::named(published.name), Some(config));
    }
}

#[test]
fn a_kind_gives_its_first_network_and_other_words_none() {
    let resnet = ImageEncoderConfig::named("resnet");
    assert_eq!(resnet, ImageEncoderConfig::named("resnet18"));
    assert_eq!(ImageEncoderConfig::named("clip-vision"), ImageEncoderConfig::named("clip"));
    assert_eq!(TextEncoderConfig::named("bert"), TextEncoderConfig::named("minilm"));
    for name in ["compact-cnn", "bert", ""] {
        assert_eq!(ImageEncoderConfig::named(name), None, "{name}");
    }
    assert_eq!(TextEncoderConfig::named("bag"), None);
}

#[test]
fn weights_from_elsewhere_take_the_place_of_the_published_ones() {
    let file = WeightsConfig::File { path: "x".into() };
    let network = ImageEncoderConfig::named("dinov2-small").expect("a published network");
    assert_eq!(network.with_weights(file.clone()).weights(), Some(file.clone()));
    for config in ImageEncoderConfig::all().into_iter().filter(|it| it.pretrained().is_none()) {
        assert_eq!((config.weights(), config.learning()), (None, Learning::FromScratch));
        assert_eq!(config.clone().with_weights(file.clone()), config);
    }
}
