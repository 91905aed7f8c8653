//! A language model that tells the texts, from its file to scores: trained in part, resumed, asked; and
//! files that are none.

use crate::json::Page;
use crate::support::{self, Outcome, Run, bytes, finish, lines, only_run, sets, story, training};
use crate::tiny_language_model::{Pieces, TinyLanguageModel, WINDOW, write_folder};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// The tiny config with a language model, of which low-rank parts learn from whole stories.
const PATCHES: [&str; 8] = [
    "model.text_decoder={kind='language-model',weights='tiny.gguf',begin='<|im_end|>',separator=\"\\n\\n\",max_tokens=64,max_prompt=192,boundary='whole',trains={kind='lora',rank=2,alpha=4.0,dropout=0.1,matrices=['q_proj','v_proj','down_proj']}}",
    "objective.image_weight=0.0",
    "objective.contrastive_weight=0.0",
    "objective.embedding_weight=0.0",
    "train.select=text",
    "train.learning_rate=0.01",
    "evaluate.variants=['text-blind','reranked']",
    "evaluate.generation.max_length=6",
];

/// A folder with `tiny.gguf`.
fn place_with(model: &TinyLanguageModel) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    model.write(&place.path().join("tiny.gguf"));
    place
}

fn place() -> TempDir {
    place_with(&TinyLanguageModel::default())
}

/// `story train` in `place` with `more` patches.
fn command(place: &Path, more: &[&str]) -> Command {
    let mut command = training(place, &sets(&PATCHES));
    command.args(sets(more));
    command
}

fn train(place: &Path, more: &[&str]) -> Outcome {
    finish(&mut command(place, more))
}

/// The run that tests share; they read it and leave it as it is.
fn shared() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let place = place();
        let outcome = finish(command(place.path(), &[]).arg("--json")).ok();
        let path = only_run(place.path());
        Run { place, path, outcome }
    })
}

/// The names of a safetensors file's tensors.
fn names(path: &Path) -> Vec<String> {
    let bytes = bytes(path);
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    header.as_object().unwrap().keys().cloned().collect()
}

fn of_language_model(names: &[String]) -> Vec<&str> {
    names.iter().filter_map(|name| name.strip_prefix("text_decoder.")).collect()
}

#[test]
fn what_was_published_is_scored_without_training_and_again() {
    let place = place();
    let place = place.path();
    let nothing = "model.text_decoder.trains={kind='nothing'}";
    let trained = train(place, &["train.epochs=0", nothing]).ok();
    assert!(trained.stderr.contains("language model: tiny.gguf"), "{}", trained.stderr);
    let run = only_run(place);
    let held = names(&run.join("checkpoint/model.safetensors"));
    assert!(of_language_model(&held).is_empty(), "{held:?}");
    let first = bytes(&run.join("scores.json"));
    let run = run.to_str().unwrap();
    story(place, &["evaluate", "--run", run]).ok();
    assert!(first == bytes(&Path::new(run).join("scores.json")), "scores differ");
    let tables = String::from_utf8(first).unwrap();
    assert!(tables.contains("perplexity-word"), "{tables}");
}

#[test]
fn only_low_rank_parts_learn_and_stand_in_the_checkpoint() {
    let run = shared();
    let held = names(&run.path.join("checkpoint/model.safetensors"));
    let parts = of_language_model(&held);
    // Two blocks, three matrices, A and B.
    assert_eq!(parts.len(), 12, "{parts:?}");
    assert!(parts.contains(&"model.layers.1.mlp.down_proj.lora_B.weight"), "{parts:?}");
    let losses: Vec<f64> = lines(&run.path.join("metrics.jsonl"))
        .iter()
        .filter(|line| line["kind"] == "validation")
        .map(|line| line["losses"]["text"].as_f64().unwrap())
        .collect();
    assert!(losses.len() == 2 && losses[1] < losses[0], "{losses:?}");
}

#[test]
fn a_trained_run_tells_the_next_text() {
    let run = shared();
    let texts = ["Mina wakes in the house.", "She walks to the river."];
    let ask = ["predict", "--json", "--nearest", "0", "--run", run.name(), "--texts"];
    let ask = || story(run.place.path(), &[&ask[..], &texts, &["--out", "next"]].concat()).ok();
    let answer = ask().json();
    assert!(answer["log_probability"].as_f64().unwrap() < 0.0);
    assert_eq!(answer["text"], ask().json()["text"]);
}

#[test]
fn the_next_text_may_be_told_in_other_ways() {
    let run = shared();
    let texts = ["Mina wakes in the house.", "She walks to the river."];
    let ask = |decoding: &str| {
        let ask = ["predict", "--json", "--nearest", "0", "--run", run.name(), "--texts"];
        let how = ["--out", "otherwise", "--decoding", decoding];
        story(run.place.path(), &[&ask[..], &texts, &how].concat())
    };
    let told = |decoding| ask(decoding).ok().json()["text"].clone();
    // The run's own config is greedy, and the evaluation has learned to rerank.
    let own = ["predict", "--json", "--nearest", "0", "--run", run.name(), "--texts"];
    let own = story(run.place.path(), &[&own[..], &texts, &["--out", "own"]].concat()).ok();
    assert_eq!(told("greedy"), own.json()["text"]);
    assert_eq!(told("reranked"), told("reranked"));
    for decoding in ["beam-4", "nucleus", "contrastive", "minimum-risk", "minimum-risk-chrf"] {
        assert!(told(decoding).is_string(), "{decoding}");
    }
    let unknown = ask("picture-blind");
    assert_eq!(unknown.code, Some(2), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("reranked"), "{}", unknown.stderr);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on_bit_for_bit() {
    const LONG: [&str; 2] = ["train.epochs=4", "train.checkpoint_every=3"];
    const STEP: usize = 5;
    let (whole, broken) = (place(), place());
    train(whole.path(), &LONG).ok();
    let whole = only_run(whole.path());
    let long = command(broken.path(), &LONG);
    let (run, _, _) = support::interrupted(broken.path(), long, STEP, |it| it.kill().unwrap());
    let resume = ["train", "--resume", run.to_str().unwrap()];
    let resumed = story(broken.path(), &resume).ok();
    assert!(resumed.stderr.contains("resumed at step"), "{}", resumed.stderr);
    for file in ["checkpoint/model.safetensors", "scores.json", "predictions.jsonl"] {
        assert!(bytes(&run.join(file)) == bytes(&whole.join(file)), "{file} differs");
    }
    assert_eq!(lines(&run.join("metrics.jsonl")), lines(&whole.join("metrics.jsonl")));
}

#[test]
fn a_run_knows_the_weights_that_it_was_trained_on() {
    let place = place();
    let place = place.path();
    train(place, &["train.epochs=0"]).ok();
    let run = only_run(place);
    let state: Value = serde_json::from_slice(&bytes(&run.join("checkpoint/state.json"))).unwrap();
    assert_eq!(state["base"]["files"][0]["name"], "tiny.gguf");
    let digest = state["base"]["files"][0]["sha256"].as_str().unwrap();
    assert_eq!(digest.len(), 64);
    let run = run.to_str().unwrap();
    let texts = ["--texts", "Mina wakes.", "--nearest", "0"];
    let commands = [
        vec!["evaluate", "--run", run],
        vec!["train", "--resume", run],
        [&["predict", "--run", run][..], &texts].concat(),
    ];
    let remedy = "--set model.text_decoder.weights=PATH";

    // Other bytes of the same name and sizes.
    std::fs::rename(place.join("tiny.gguf"), place.join("moved.gguf")).unwrap();
    let other = TinyLanguageModel { numbers: "other/", ..TinyLanguageModel::default() };
    other.write(&place.join("tiny.gguf"));
    for command in &commands {
        let outcome = story(place, command);
        outcome.fails(2, &["state.json", "trained on tiny.gguf", digest, remedy]);
        assert_eq!(outcome.stderr.matches("SHA-256").count(), 2, "{}", outcome.stderr);
    }
    // None at all.
    std::fs::remove_file(place.join("tiny.gguf")).unwrap();
    for command in &commands {
        story(place, command).fails(2, &["there is no tiny.gguf", digest, remedy]);
    }
    // The same bytes elsewhere.
    let named = ["--set", "model.text_decoder.weights=moved.gguf"];
    for command in [&commands[0], &commands[2]] {
        story(place, &[&command[..], &named].concat()).ok();
    }
    let config = Path::new(run).join("config.toml");
    let text = String::from_utf8(bytes(&config)).unwrap();
    std::fs::write(&config, text.replace("tiny.gguf", "moved.gguf")).unwrap();
    story(place, &commands[1]).ok();
}

#[test]
fn all_of_it_learns_where_there_is_the_memory() {
    let all = "model.text_decoder.trains={kind='all'}";
    let place = place();
    let trained = train(place.path(), &[all, "train.learning_rate=0.001"]).ok();
    for part in ["takes 0.", "GB of memory are available", "all of it learns"] {
        assert!(trained.stderr.contains(part), "no {part} in {}", trained.stderr);
    }
    let run = only_run(place.path());
    let held = names(&run.join("checkpoint/model.safetensors"));
    let parts = of_language_model(&held);
    // Two blocks of nine tensors, the table and the last norm.
    assert_eq!(parts.len(), 20, "{parts:?}");
    let first = bytes(&run.join("scores.json"));
    story(place.path(), &["evaluate", "--run", run.to_str().unwrap()]).ok();
    assert!(first == bytes(&run.join("scores.json")), "scores differ");
    if cfg!(target_os = "linux") {
        train(place.path(), &[all, "train.batch_size=1048576"])
            .fails(2, &["\"all\"", "are available", "lower train.batch_size", "\"lora\""]);
    }
}

#[test]
fn low_rank_parts_are_written_for_peft_without_their_base() {
    let run = shared();
    let place = tempfile::tempdir().unwrap();
    let export = ["export", "peft", "--run", run.name(), "--output", "adapter"];
    let exported = story(place.path(), &[&export[..], &["--json"]].concat()).ok();
    Page::read().holds("export", exported.json());
    let folder = place.path().join("adapter");
    let said: Value = serde_json::from_slice(&bytes(&folder.join("adapter_config.json"))).unwrap();
    assert_eq!((&said["r"], &said["lora_alpha"]), (&2.into(), &4.0.into()));
    assert_eq!(said["base_model_name_or_path"], "tiny.gguf");
    let held = names(&folder.join("adapter_model.safetensors"));
    assert_eq!(held.len(), 12);
    let first = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
    assert!(held.contains(&first.to_string()), "{held:?}");
    let told = story(place.path(), &export).ok();
    assert!(told.stdout.contains("rank 2") && told.stdout.contains("SHA-256"), "{}", told.stdout);
    let other = support::shared();
    story(place.path(), &["export", "peft", "--run", other.name(), "--output", "none"])
        .fails(2, &["no low-rank parts", "trains.kind = \"lora\""]);
    assert!(!place.path().join("none").exists());
}

#[test]
fn files_that_are_no_language_model_are_named_with_the_remedy() {
    let refused = |model: TinyLanguageModel, parts: &[&str]| {
        let place = place_with(&model);
        train(place.path(), &[])
            .fails(2, &[&["model.text_decoder.weights", "tiny.gguf"], parts].concat());
        assert!(!place.path().join("results/runs").exists(), "nothing is left");
    };
    let plain = TinyLanguageModel::default;
    let other = TinyLanguageModel { architecture: "mamba", ..plain() };
    refused(other, &["\"mamba\"", "use a model of architecture llama, qwen2 or qwen3"]);
    let larger = TinyLanguageModel { rows_missing: 1, ..plain() };
    refused(larger, &["the tokenizer has 266 tokens and the embedding 265", "use another"]);
    let broken = TinyLanguageModel { not_a_number: Some("blk.1.attn_q.weight"), ..plain() };
    refused(broken, &["`blk.1.attn_q.weight`", "not finite", "fetch the file again"]);

    let place = place();
    let file = place.path().join("tiny.gguf");
    let whole = bytes(&file);
    for length in [whole.len() / 2, whole.len() - 64, 1000, 0] {
        std::fs::write(&file, &whole[..length]).unwrap();
        train(place.path(), &[]).fails(2, &["tiny.gguf", "cut short", "fetch it again"]);
    }
    std::fs::remove_file(&file).unwrap();
    train(place.path(), &[]).fails(2, &["no file and no folder tiny.gguf", "name a .gguf"]);
}

#[test]
fn rows_and_weights_that_cannot_be_name_the_key() {
    let place = place();
    let place = place.path();
    let window = format!("the {WINDOW} tokens that the model was trained to read");
    train(place, &["model.text_decoder.max_tokens=500"])
        .fails(2, &["max_tokens 500 leaves no room", &window, "lower it"]);
    train(place, &["model.text_decoder.begin='<s>'"])
        .fails(2, &["<s>", "<|endoftext|>, <|im_start|>, <|im_end|>"]);
    let drawn = "model.text_decoder.weights={kind='random',width=16,feed_forward=24,layers=1,heads=2,key_value_heads=1,output_weights='tied'}";
    train(place, &[drawn])
        .fails(2, &["model.text_decoder.weights", "no tokenizer", "name a .gguf"]);
}

#[test]
fn a_story_that_is_longer_than_the_window_keeps_its_newest_tokens_and_says_so() {
    let place = place();
    let place = place.path();
    let untrained = ["train.epochs=0", "evaluate.variants=[]"];
    let long = train(place, &[&untrained[..], &["model.text_decoder.max_prompt=9000"]].concat());
    let said = "448 tokens of a story (of a longer one the newest";
    assert!(long.ok().stderr.contains(said), "what is read is said");
}

#[test]
fn pieces_of_characters_tell_a_story_too() {
    let place = place_with(&TinyLanguageModel { tokenizer: Pieces::Letters, ..Default::default() });
    let place = place.path();
    train(place, &[]).fails(2, &["<|im_end|>", "expected one of <unk>, <s>, </s>"]);
    let trained = train(place, &["model.text_decoder.begin='<s>'"]).ok();
    assert!(trained.stderr.contains("language model: tiny.gguf"), "{}", trained.stderr);
    let run = only_run(place);
    let first = bytes(&run.join("scores.json"));
    story(place, &["evaluate", "--run", run.to_str().unwrap()]).ok();
    assert!(first == bytes(&run.join("scores.json")), "scores differ");
    story(place, &["predict", "--texts", "the hen", "the pond", "the egg", "the end"]).ok();
}

#[test]
fn a_folder_of_shards_is_read_and_its_tokenizer_must_fit() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let folder = place.join("tiny");
    write_folder(&folder);
    let named = ["model.text_decoder.weights='tiny'", "train.epochs=0"];
    train(place, &named).ok();
    let config = String::from_utf8(bytes(&folder.join("config.json"))).unwrap();
    let rows = config.replace("\"vocab_size\":266", "\"vocab_size\":265");
    assert_ne!(rows, config);
    std::fs::write(folder.join("config.json"), rows).unwrap();
    train(place, &named).fails(2, &["tokenizer has 266 tokens", "265 rows", "published with"]);
}
