//! `story train --folder` and `--from`: the user's own stories, and a trained run to begin with.

use crate::support::{Outcome, TINY, bytes, command, finish, only_run, own_stories, sets, shared};
use serde_json::Value;
use std::path::Path;

/// Trains on `own` in `place` with the tiny network; the source, the split and the windows are not named.
fn train_own(place: &Path, arguments: &[&str]) -> Outcome {
    let network = TINY.iter().filter(|patch| !patch.starts_with("data.s"));
    let network: Vec<&str> = network.copied().collect();
    let mut command = command(place);
    command.args(["train", "--results", "results", "--json"]);
    finish(command.args(sets(&network)).args(arguments))
}

fn flags(document: &Value) -> Vec<&str> {
    let flags = document["flags"].as_array().unwrap().iter();
    flags.map(|flag| flag["id"].as_str().unwrap()).collect()
}

#[test]
fn a_folder_of_own_stories_trains_in_one_go() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("own"), 12, 6);
    let outcome = train_own(place, &["--folder", "own"]).ok();
    assert!(outcome.stderr.contains("12 stories are few"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("--from RUN"), "{}", outcome.stderr);
    let document = outcome.json();
    assert!(flags(&document).contains(&"few-test-stories"), "{document}");
    let run = only_run(place);
    let text = |name: &str| String::from_utf8(bytes(&run.join(name))).unwrap();
    for page in ["report.html", "README.md", "summary.json"] {
        assert!(!text(page).to_lowercase().contains("synthetic"), "{page}");
    }
    let summary: Value = serde_json::from_str(&text("summary.json")).unwrap();
    // All windows of four pictures and the fifth: two a story of six.
    for (part, stories, windows) in [("train", 9, 18), ("validation", 1, 2), ("test", 2, 4)] {
        assert_eq!(summary["splits"][part]["stories"], stories, "{part}");
        assert_eq!(summary["splits"][part]["windows"], windows, "{part}");
    }
    // The list itself is the same corpus; what is no story says what would be one.
    let again = train_own(place, &["--folder", "own/stories.jsonl", "--set", "train.max_steps=1"]);
    again.ok();
    std::fs::write(place.join("a.csv"), "a,b").unwrap();
    train_own(place, &["--folder", "a.csv"]).fails(2, &["a.csv", "stories.jsonl", "parquet"]);
    train_own(place, &["--folder", "nowhere"]).fails(2, &["nowhere", "no such file or folder"]);
}

#[test]
fn two_stories_are_scored_with_a_flag_and_one_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("two"), 2, 5);
    let document = train_own(place, &["--folder", "two"]).ok().json();
    let flag =
        document["flags"].as_array().unwrap().iter().find(|it| it["id"] == "few-test-stories");
    assert_eq!(flag.unwrap()["severity"], "failure");
    own_stories(&place.join("one"), 1, 5);
    train_own(place, &["--folder", "one"]).fails(2, &["one: 1 story with", "at least two"]);
}

#[test]
fn a_trained_run_s_weights_and_words_are_begun_with() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("own"), 5, 5);
    let from = |arguments: &[&str]| {
        let mut command = command(place);
        command.args([
            "train",
            "--folder",
            "own",
            "--results",
            "results",
            "--from",
            shared().name(),
        ]);
        finish(command.args(arguments))
    };
    from(&["--set", "train.epochs=0", "--quiet"]).ok();
    let untouched = only_run(place);
    let file = |name: &str| bytes(&untouched.join("checkpoint").join(name));
    for name in ["model.safetensors", "tokenizer.json"] {
        assert!(file(name) == shared().bytes(&format!("checkpoint/{name}")), "{name} differs");
    }
    std::fs::remove_dir_all(&untouched).unwrap();
    let tuned = from(&["--set", "train.max_steps=2"]).ok();
    assert!(tuned.stderr.contains("they tune the run's weights"), "{}", tuned.stderr);
    let model = bytes(&only_run(place).join("checkpoint/model.safetensors"));
    assert!(model != shared().bytes("checkpoint/model.safetensors"), "nothing was learned");
    from(&["--set", "model.width=48"]).fails(2, &["model.safetensors", "not those of this config"]);
}
