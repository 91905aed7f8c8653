//! Pictures that are painted in the latents of an autoencoder, whose files are made here: from files to
//! scores, without the files, and with the wrong ones.

use crate::support::{Outcome, bytes, only_run, sets, story, train as tiny};
use candle_core::Device;
use std::collections::HashMap;
use std::path::Path;
use story_core::ParamStore;
use story_encoders::tiny_autoencoder::{TinyAutoencoder, TinyAutoencoderKind};
use story_encoders::weights::formula;

const HALVES: [&str; 2] = ["encoder", "decoder"];

/// Writes both halves of a TAESD, numbers by formula made small, as its authors name them.
fn publish(place: &Path) {
    let store = ParamStore::new(1, &Device::Cpu);
    TinyAutoencoder::new(TinyAutoencoderKind::Taesd, &store.builder()).unwrap();
    for half in HALVES {
        let tensors: HashMap<String, _> = store
            .named()
            .into_iter()
            .filter_map(|(name, var)| {
                let published = name.strip_prefix(half)?.strip_prefix('.')?.to_string();
                let values = formula::tensor(&name, var.dims()).unwrap();
                Some((published, (values * 0.6).unwrap()))
            })
            .collect();
        let file = place.join(format!("{half}.safetensors"));
        candle_core::safetensors::save(&tensors, file).unwrap();
    }
}

fn train(place: &Path, more: &[&str]) -> Outcome {
    const PATCHES: [&str; 3] = [
        "data.target_size=112",
        "model.image_decoder={kind='latent',autoencoder='taesd',encoder_weights='encoder.safetensors',decoder_weights='decoder.safetensors',channels=[6],looks_behind=0,hidden=4,remembers=2,recall_weight=0.3,moves=[[0,0]]}",
        "evaluate.variants=['picture-blind']",
    ];
    tiny(place, &sets(&[&PATCHES[..], more].concat()))
}

#[test]
fn a_run_paints_with_an_autoencoder_and_needs_its_files_once() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    publish(place);
    train(place, &[]).ok();
    let run = only_run(place);
    let first = bytes(&run.join("scores.json"));
    let scores = String::from_utf8(first.clone()).unwrap();
    assert!(scores.contains("\"autoencoder\""), "the best that it could paint has a row");
    for half in HALVES {
        std::fs::remove_file(place.join(format!("{half}.safetensors"))).unwrap();
    }
    story(place, &["evaluate", "--run", run.to_str().unwrap()]).ok();
    assert!(first == bytes(&run.join("scores.json")), "scores differ");
    let texts = ["--texts", "a hen", "a pond", "an egg", "the end"];
    story(place, &[&["predict"], &texts[..]].concat()).ok();
    assert!(place.join("prediction").read_dir().unwrap().next().is_some());
}

#[test]
fn files_that_are_not_there_or_of_another_network_are_named() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    publish(place);
    let with = |key: &str, value: &str| format!("model.image_decoder.{key}={value}");
    let refused = |patch: String, expected: &[&str]| {
        train(place, &[&patch]).fails(2, expected);
    };
    refused(
        with("decoder_weights", "'nowhere.pth'"),
        &["model.image_decoder.decoder_weights", "nowhere.pth"],
    );
    refused(
        with("decoder_weights", "'encoder.safetensors'"),
        &["encoder.safetensors", "not those of this network"],
    );
    refused(with("autoencoder", "taef2"), &["encoder.safetensors", "missing `12.pool.0.weight`"]);
    refused(
        with("encoder_weights", "{kind='random'}"),
        &["model.image_decoder.encoder_weights", "name the file of a published one"],
    );
    refused("data.target_size=224".into(), &["112 x 112 pixels", "224"]);
}
