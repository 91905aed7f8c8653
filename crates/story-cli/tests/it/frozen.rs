//! Published encoders in a run: frozen ones run once and are kept, tuned ones learn.

use super::support::{bytes, command, finish, only_run, picture, sets, story, train};
use serde_json::Value;
use std::path::{Path, PathBuf};

const IMAGE: &str = "model.image_encoder={kind='mobilenet-v2',width_multiplier=0.35,padding='torch',norm_epsilon=1e-5,pooling='average',train=0,weights={kind='formula'},preprocessing={resize='stretch',crop=32,mean=[0.5,0.5,0.5],std=[0.5,0.5,0.5],interpolation='bilinear'}}";

/// A vocabulary of letters and signs as BERT's file has it; gives back its size.
fn write_vocabulary(path: &Path) -> usize {
    let signs = ('a'..='z').chain('0'..='9').chain(".,!?'-".chars());
    let pieces = signs.flat_map(|sign| [sign.to_string(), format!("##{sign}")]);
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(String::from);
    let all: Vec<String> = special.into_iter().chain(pieces).collect();
    std::fs::write(path, all.join("\n")).unwrap();
    all.len()
}

fn text_encoder(vocabulary: usize, trained: usize) -> String {
    format!(
        "model.text_encoder={{kind='bert',vocabulary={vocabulary},positions=64,segments=2,width=16,layers=2,heads=2,feed_forward=32,pooling='mean',layer=0,train={trained},weights={{kind='formula'}}}}"
    )
}

fn scores(results: &Path) -> Value {
    let run = only_run(results.parent().unwrap());
    serde_json::from_slice(&bytes(&run.join("scores.json"))).unwrap()
}

fn shards(folder: &Path) -> Vec<PathBuf> {
    let inside = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path())
    };
    let mut shards: Vec<PathBuf> = inside(folder.to_path_buf()).flat_map(inside).collect();
    shards.retain(|path| path.extension().is_some_and(|it| it == "features"));
    shards.sort();
    shards
}

#[test]
fn frozen_encoders_run_once_and_a_damaged_cache_changes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let size = write_vocabulary(&place.join("vocab.txt"));
    let (text, vocabulary, folder) = (
        text_encoder(size, 0),
        format!("features.tokenizer='{}'", place.join("vocab.txt").display()),
        format!("features.folder='{}'", place.join("features").display()),
    );
    let patches = [
        IMAGE,
        &text,
        &vocabulary,
        &folder,
        "features.text_tokens=32",
        "model.embedding_head.target='constant'",
    ];
    let run = |name: &str| {
        let folder = place.join(name);
        std::fs::create_dir(&folder).unwrap();
        let outcome = train(&folder, &sets(&patches)).ok();
        (scores(&folder.join("results")), outcome.stderr)
    };
    let (cold, said) = run("cold");
    assert!(said.contains("mobilenet-v2 frozen"), "{said}");
    let kept = shards(&place.join("features"));
    assert_eq!(kept.len(), 2, "one shard a side: {kept:?}");
    let (warm, _) = run("warm");
    assert_eq!(cold, warm);
    assert_eq!(shards(&place.join("features")), kept, "nothing was made anew");

    let mut damaged = bytes(&kept[0]);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(&kept[0], damaged).unwrap();
    let (mended, said) = run("mended");
    assert_eq!(cold, mended);
    assert!(said.contains("damaged") || said.contains("checksum"), "{said}");

    // The trained model reads new stories through the same frozen encoders.
    let checkpoint = only_run(&place.join("cold"));
    let checkpoint = checkpoint.to_str().unwrap();
    let evaluated = story(place, &["evaluate", "--run", checkpoint, "--quiet"]).ok();
    assert_eq!(evaluated.stderr, "");
    assert_eq!(scores(&place.join("cold/results")), cold);
    let told = ["predict", "--run", checkpoint, "--texts", "A dog runs.", "--json"];
    let told = story(place, &told).ok().json();
    assert!(told["text"].is_string(), "{told}");
    assert_eq!(told["nearest"].as_array().map(Vec::len), Some(3), "{told}");
}

#[test]
fn tuned_encoders_learn_at_the_top_only_and_nothing_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let size = write_vocabulary(&place.join("vocab.txt"));
    let (text, vocabulary, folder) = (
        text_encoder(size, 1),
        format!("features.tokenizer='{}'", place.join("vocab.txt").display()),
        format!("features.folder='{}'", place.join("features").display()),
    );
    let patches =
        [&text, &vocabulary, &folder, "data.tokenizer={kind='encoder'}", "train.max_steps=2"];
    let outcome = train(place, &sets(&patches)).ok();
    assert!(outcome.stderr.contains("none are kept"), "{}", outcome.stderr);
    assert!(!place.join("features").exists());
    let model = bytes(&only_run(place).join("checkpoint/model.safetensors"));
    let names = safetensors::SafeTensors::deserialize(&model).unwrap();
    let names: Vec<&str> = names.names().into_iter().collect();
    let has = |part: &str| names.iter().any(|name| name.contains(part));
    assert!(has("text_encoder.encoder.layer.1."), "{names:?}");
    assert!(!has("text_encoder.encoder.layer.0."), "{names:?}");
    assert!(!has("word_embeddings"), "{names:?}");
}

#[test]
fn weights_are_named_by_a_plain_path_and_a_missing_one_is_said_first() {
    let place = tempfile::tempdir().unwrap();
    // The corpus is not there either: it would be read for hours before the weights are.
    let patch = ["--set", "model.image_encoder.weights=weights/none.pth"];
    let train = ["train", "--config", "african-storybook-pretrained"];
    story(place.path(), &[&train[..], &patch].concat())
        .fails(2, &["model.image_encoder.weights", "no file or folder weights/none.pth"]);
    let show = ["config", "show", "african-storybook-pretrained", "--json"];
    let shown = story(place.path(), &[&show[..], &patch].concat()).ok().json();
    let weights = &shown["config"]["model"]["image_encoder"]["weights"];
    assert_eq!(*weights, serde_json::json!({"kind": "file", "path": "weights/none.pth"}));
}

#[test]
fn wrong_weights_are_told_in_a_few_lines() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let zero = |name: usize| {
        let data = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1], &[0; 4]);
        (format!("layer3.{name}.conv1.weight"), data.unwrap())
    };
    let bytes = safetensors::serialize((0..40).map(zero), None).unwrap();
    std::fs::write(place.join("wrong.safetensors"), bytes).unwrap();
    picture(&place.join("a.png"), 1);
    let encode = ["encode", "images", "--encoder", "mobilenet-v2", "--input", "a.png"];
    let files = ["--weights", "wrong.safetensors", "--output", "a.npy"];
    let outcome = story(place, &[&encode[..], &files].concat());
    outcome
        .fails(2, &["wrong.safetensors", "seems to be a ResNet", "40 unexpected", "and 30 more"]);
    assert!(outcome.stderr.len() < 2000, "{}", outcome.stderr);
}

#[test]
fn texts_and_pictures_become_vectors_in_the_order_of_the_input() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let size = write_vocabulary(&place.join("vocab.txt"));
    std::fs::write(place.join("a.txt"), "a cat\n\nzebra\n").unwrap();
    std::fs::write(place.join("b.txt"), "a cat\n").unwrap();
    let encode = |arguments: &[&str], output: &str| {
        let common = ["--weights", "formula", "--output", output, "--json"];
        finish(command(place).arg("encode").args(arguments).args(common))
    };
    let shape = [
        format!("vocabulary={size}"),
        "width=16".into(),
        "layers=1".into(),
        "heads=2".into(),
        "feed_forward=32".into(),
        "positions=64".into(),
    ];
    let shape: Vec<&str> = shape.iter().map(String::as_str).collect();
    let text = ["text", "--encoder", "bert", "--tokenizer", "vocab.txt"];
    let text = [&text[..], &sets(&shape), &["--batch", "2", "--input"]].concat();
    let told = encode(&[&text[..], &["a.txt", "b.txt"]].concat(), "t.safetensors").ok();
    assert_eq!((told.json()["count"].as_u64(), told.json()["width"].as_u64()), (Some(4), Some(16)));
    let file = bytes(&place.join("t.safetensors"));
    let tensors = safetensors::SafeTensors::deserialize(&file).unwrap();
    let rows: Vec<&[u8]> = tensors.tensor("embeddings").unwrap().data().chunks(64).collect();
    assert_eq!(rows[0], rows[3], "the same text");
    assert_ne!(rows[0], rows[2]);

    let picture = image::RgbImage::from_pixel(40, 30, image::Rgb([200, 10, 30]));
    picture.save(place.join("p.png")).unwrap();
    let images =
        ["images", "--encoder", "mobilenet-v2", "--set", "width_multiplier=0.35", "--input"];
    encode(&[&images[..], &["p.png", "p.png"]].concat(), "i.safetensors").ok();
    let named = ["images", "--encoder", "dinov2-small", "--set", "layers=1", "--input", "p.png"];
    assert_eq!(encode(&named, "d.safetensors").ok().json()["width"], 384);
    encode(&named, "d.npy").ok();
    assert!(bytes(&place.join("d.npy")).starts_with(b"\x93NUMPY"));
    encode(&named, "d.csv").fails(2, &["d.csv", ".npy or .safetensors"]);
    assert!(!place.join("d.csv").exists());
    let faults: [(&[&str], &[&str]); 4] = [
        (&["images", "--encoder", "bert", "--input", "p.png"], &["resnet18", "dinov2-small"]),
        (&["images", "--encoder", "mobilenet-v2", "--input", "vocab.txt"], &["vocab.txt"]),
        (
            &["text", "--encoder", "bert", "--tokenizer", "vocab.txt", "--input", "a.txt"],
            &["30522"],
        ),
        (&["text", "--encoder", "minilm", "--tokenizer", "p.png", "--input", "a.txt"], &["p.png"]),
    ];
    for (arguments, parts) in faults {
        encode(arguments, "x.safetensors").fails(2, parts);
        assert!(!place.join("x.safetensors").exists());
    }
}
