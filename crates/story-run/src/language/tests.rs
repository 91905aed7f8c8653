//! A language model that sees pictures, from its files to the tables of an evaluation; a network of a
//! formula, which tells nothing.

use crate::train::{Begin, NewFolder, Publish, Session};
use crate::{Config, Host};
use std::collections::HashMap;
use std::path::Path;
use story_data::tokenizer::BpeTokenizer;
use story_encoders::weights::LlamaConfig;
use story_encoders::weights::formula;
use story_encoders::weights::llama::{Architecture, OutputMatrix};
use story_report::records::WindowRecord;

const TOKENIZER: &str =
    include_str!("../../../story-data/tests/golden/byte_level_bpe/tokenizer.json");
const TOKENIZER_FILE: &str = "tokenizer.json";

/// The quickstart's world, shrunk, with frozen pictures.
const TINY: [&str; 20] = [
    "data.source.train_stories=8",
    "data.source.test_stories=4",
    "data.split.validation=0.2",
    "data.target_size=28",
    "data.tokenizer.vocabulary=200",
    "model.width=16",
    "model.image_encoder={kind='mobilenet-v2',width_multiplier=0.35,padding='torch',norm_epsilon=1e-5,pooling='average',train=0,weights={kind='formula'},preprocessing={resize='stretch',crop=32,mean=[0.5,0.5,0.5],std=[0.5,0.5,0.5],interpolation='bilinear'}}",
    "model.text_encoder={kind='compact-transformer',width=16,layers=1,heads=2,feed_forward=32,dropout=0.0,max_tokens=64,output=16}",
    "model.fusion={kind='concat',width=16}",
    "model.image_decoder={kind='conv-transpose',channels=[8,8,3]}",
    "model.embedding_head.hidden_width=16",
    "model.embedding_head.target='constant'",
    "objective={text_weight=1.0,image_weight=0.0,contrastive_weight=0.0,embedding_weight=0.0}",
    "train.epochs=1",
    "train.batch_size=3",
    "train.learning_rate=0.1",
    "evaluate.resamples=20",
    "evaluate.samples=1",
    "evaluate.generation={strategy={kind='greedy'},min_length=1,max_length=3,no_repeat_ngram=0,allow_unknown=false}",
    "evaluate.variants=['picture-blind','shuffled-pictures','text-blind','minimum-risk']",
];

/// The files of a language model in `folder`.
fn publish(folder: &Path) {
    let tokenizer = BpeTokenizer::from_bytes(TOKENIZER.as_bytes(), "own");
    let sizes = LlamaConfig {
        architecture: Architecture::Llama,
        vocabulary: tokenizer.expect("a tokenizer").size(),
        width: 16,
        feed_forward: 24,
        layers: 2,
        heads: 4,
        key_value_heads: 2,
        head_width: 4,
        context_length: 4096,
        norm_epsilon: 1e-5,
        rope_base: 10_000.0,
        rope_factors: None,
        output: OutputMatrix::Tied,
    };
    let tensors: HashMap<_, _> = sizes
        .shapes()
        .into_iter()
        .map(|(name, shape)| {
            let tensor = formula::tensor(&name, &shape).expect("a tensor");
            (name, tensor)
        })
        .collect();
    candle_core::safetensors::save(&tensors, folder.join("model.safetensors")).expect("weights");
    let config = serde_json::json!({
        "architectures": ["LlamaForCausalLM"], "vocab_size": sizes.vocabulary, "hidden_size": 16,
        "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
        "tie_word_embeddings": true,
    });
    std::fs::write(folder.join("config.json"), config.to_string()).expect("a config");
    std::fs::write(folder.join(TOKENIZER_FILE), TOKENIZER).expect("a tokenizer");
}

/// The records of a run.
fn run(patches: &[&str]) -> crate::error::Result<Vec<WindowRecord>> {
    let place = tempfile::tempdir().expect("a temporary folder");
    publish(place.path());
    let quickstart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/quickstart.toml");
    let decoder = format!(
        "model.text_decoder={{kind='language-model',weights='{}',begin='<|im_end|>',separator=\"\\n\\n\",max_tokens=200,max_prompt=3000,trains={{kind='prefix'}},pictures={{tokens=2,whole=1,hidden_width=8,dropout=0.1,reach=4}}}}",
        place.path().display()
    );
    let patches: Vec<String> =
        TINY.iter().chain([&decoder.as_str()]).chain(patches).map(ToString::to_string).collect();
    let config = Config::read(Some(&quickstart), &patches)?;
    let folder = NewFolder::At(place.path().join("run"));
    let session =
        Session { publish: Publish::Nothing, command: String::new(), host: Host::silent() };
    let run = session.run(Begin::New { config, folder, from: None })?.folder;
    let records = std::fs::read_to_string(run.file("predictions.jsonl")).expect("records");
    Ok(records.lines().map(|line| serde_json::from_str(line).expect("a record")).collect())
}

fn nats(records: &[WindowRecord], system: &str) -> Vec<f64> {
    records.iter().map(|record| record.tokens[system].nll).collect()
}

#[test]
fn pictures_change_what_is_told_once_they_are_learned_and_not_before() {
    let untrained = run(&["train.epochs=0"]).expect("a run");
    assert_eq!(untrained.len(), 4);
    let plain = nats(&untrained, "model");
    for system in ["model-picture-blind", "model-shuffled-pictures"] {
        assert_eq!(nats(&untrained, system), plain, "{system}");
    }
    assert_ne!(nats(&untrained, "model-text-blind"), plain);
    let shuffled = run(&["train.epochs=0", "data.pictures=shuffled"]).expect("a run");
    assert_eq!(nats(&shuffled, "model"), plain);
    let trained = run(&[]).expect("a run");
    let own = nats(&trained, "model");
    assert_ne!(own, plain);
    for system in ["model-picture-blind", "model-shuffled-pictures", "model-text-blind"] {
        assert_ne!(nats(&trained, system), own, "{system}");
    }
    // Without pictures nothing is learned: the language model stays as it was published.
    assert_eq!(nats(&trained, "model-picture-blind"), plain);
    assert!(trained.iter().all(|record| record.texts.contains_key("model-minimum-risk")));
    let control = run(&["data.pictures=shuffled"]).expect("a run");
    assert_ne!(nats(&control, "model"), own);
}

#[test]
fn one_story_has_no_other_whose_pictures_it_could_be_shown() {
    let records = run(&["train.epochs=0", "data.source.test_stories=1"]).expect("a run");
    assert!(records.iter().all(|record| !record.texts.contains_key("model-shuffled-pictures")));
    assert!(records.iter().all(|record| record.texts.contains_key("model-picture-blind")));
}

#[test]
fn a_model_that_may_not_see_pictures_is_refused_before_its_weights_are_read() {
    let error = run(&["model.inputs=text"]).expect_err("refused").to_string();
    assert!(error.contains("text_decoder.pictures") && error.contains("model.inputs"), "{error}");
}
