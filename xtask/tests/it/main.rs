//! The tasks from end to end, without a network.

use std::path::Path;
use std::process::{Command, Output};

fn xtask(place: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.current_dir(place).args(arguments);
    command.env("HF_HUB_OFFLINE", "1").env("HF_HOME", place.join("hub-home"));
    command.output().expect("it starts")
}

#[track_caller]
fn fails_by_the_environment(place: &Path, arguments: &[&str], part: &str) {
    let output = xtask(place, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(part), "{part} in {said}");
}

#[test]
fn usage_and_environment_exit_with_2() {
    let place = tempfile::tempdir().expect("a folder");
    let place = place.path();
    fails_by_the_environment(place, &["fetch-models", "nowhere.toml"], "nowhere.toml");
    fails_by_the_environment(place, &["fetch-models", "resnet18"], "HF_HUB_OFFLINE");
    fails_by_the_environment(place, &["fetch-data", "story-reasoning"], "HF_HUB_OFFLINE");
    fails_by_the_environment(place, &["report", "nowhere"], "nowhere");
    fails_by_the_environment(place, &["check", "--only", "nothing"], "no step `nothing`");
}

#[test]
fn the_weights_of_a_base_are_to_be_fetched() {
    let place = tempfile::tempdir().expect("a folder");
    let place = place.path();
    let write = |name: &str, text: &str| std::fs::write(place.join(name), text).expect("written");
    write(
        "base.toml",
        "[model.image_encoder.weights]\nkind = \"hub\"\nrepository = \"o/n\"\nrevision = \"main\"\nfile = \"\"",
    );
    write("run.toml", "base = \"base.toml\"");
    // Not "nothing to fetch": it goes to the Hub, which may not be asked.
    fails_by_the_environment(place, &["fetch-models", "run.toml"], "HF_HUB_OFFLINE");
}
