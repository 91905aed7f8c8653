//! Interrupted runs: what was killed and resumed equals what never broke, bit for bit.

use crate::support::{self, Run, lines, only_run, shared, story, train, trained, training};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::OnceLock;

/// 3 steps an epoch, long enough to be interrupted. Each checkpoint holds an epoch's last step and
/// not the validation behind it, which a resumed run makes, and logs, again.
const LONG: [&str; 4] = ["--set", "train.epochs=12", "--set", "train.checkpoint_every=3"];
/// Interrupted after this step, in mid-epoch.
const STEP: usize = 13;

fn unbroken() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| trained(&LONG))
}

/// The long run, interrupted.
fn interrupted(place: &Path, signal: impl Fn(&mut Child)) -> (PathBuf, ExitStatus, String) {
    support::interrupted(place, training(place, &LONG), STEP, signal)
}

#[track_caller]
fn resumes_to_the_same_bits(place: &Path, run: &Path) {
    let before = lines_of_steps(run);
    let outcome = story(place, &["train", "--json", "--resume", run.to_str().unwrap()]).ok();
    assert!(outcome.stderr.contains("resumed at step"), "{}", outcome.stderr);
    assert_eq!(outcome.json()["steps"], 36);
    assert!(before < lines_of_steps(run), "nothing was left to do");
    let whole = unbroken();
    for file in ["checkpoint/model.safetensors", "scores.json", "predictions.jsonl"] {
        let bytes = std::fs::read(run.join(file)).unwrap();
        assert!(bytes == whole.bytes(file), "{file} differs");
    }
    assert_eq!(lines(&run.join("metrics.jsonl")), lines(&whole.path.join("metrics.jsonl")));
    // Tables go to the results that the run lies in.
    assert!(place.join("results/tables/metrics_summary.csv").is_file());
}

fn lines_of_steps(run: &Path) -> usize {
    let log = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    log.lines().count()
}

#[test]
fn a_killed_run_goes_on_bit_for_bit() {
    let place = tempfile::tempdir().unwrap();
    let (run, status, _) = interrupted(place.path(), |child| child.kill().unwrap());
    assert_eq!(status.code(), None, "killed by a signal");
    resumes_to_the_same_bits(place.path(), &run);
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_a_checkpoint_and_says_how_to_go_on() {
    let place = tempfile::tempdir().unwrap();
    let (run, status, stderr) = interrupted(place.path(), |child| {
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success());
    });
    assert_eq!(status.code(), Some(130), "{stderr}");
    let name = run.file_name().unwrap().to_str().unwrap();
    let remedy = format!("story train --resume results/runs/{name}");
    assert!(stderr.contains(&remedy), "{stderr}");
    assert!(run.join("checkpoint/state.json").is_file());
    resumes_to_the_same_bits(place.path(), &run);
}

#[test]
fn a_folder_that_is_no_run_cannot_be_resumed() {
    let place = tempfile::tempdir().unwrap();
    story(place.path(), &["train", "--resume", "nowhere"])
        .fails(2, &["nowhere", "no run folder", "results/runs"]);
    let run = place.path().join("early");
    std::fs::create_dir(&run).unwrap();
    std::fs::write(run.join("config.toml"), shared().bytes("config.toml")).unwrap();
    // Killed before its first checkpoint.
    story(place.path(), &["train", "--resume", "early"])
        .fails(2, &["early", "cannot be resumed", "--config early/config.toml"]);
}

#[test]
fn a_checkpoint_of_another_config_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let change = ["--set", "train.learning_rate=0.5", "--set", "train.max_steps=2"];
    train(place.path(), &change).ok();
    let run = only_run(place.path());
    // The folder's config is exchanged for one of a model with other shapes.
    let config = String::from_utf8(shared().bytes("config.toml")).unwrap();
    let wider = config.replace("hidden_width = 32", "hidden_width = 48");
    assert_ne!(config, wider);
    std::fs::write(run.join("config.toml"), wider).unwrap();
    story(place.path(), &["train", "--resume", run.to_str().unwrap()])
        .fails(2, &["config", "hidden_width"]);
}

#[test]
fn a_torn_checkpoint_is_an_error_that_names_the_file() {
    let place = tempfile::tempdir().unwrap();
    train(place.path(), &["--set", "train.max_steps=2"]).ok();
    let run = only_run(place.path());
    let file = run.join("checkpoint/model.safetensors");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    for arguments in
        [["train", "--resume", run.to_str().unwrap()], ["evaluate", "--run", run.to_str().unwrap()]]
    {
        story(place.path(), &arguments).fails(2, &["model.safetensors"]);
    }
}

#[test]
fn a_bit_that_flipped_is_not_resumed_from() {
    let place = tempfile::tempdir().unwrap();
    train(place.path(), &["--set", "train.max_steps=2"]).ok();
    let run = only_run(place.path());
    for name in ["model.safetensors", "optimizer.safetensors", "tokenizer.json", "state.json"] {
        let file = run.join("checkpoint").join(name);
        let whole = std::fs::read(&file).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() * 9 / 10] ^= 64;
        std::fs::write(&file, flipped).unwrap();
        let arguments = ["train", "--resume", run.to_str().unwrap()];
        story(place.path(), &arguments).fails(2, &[name, "damaged"]);
        std::fs::write(&file, whole).unwrap();
    }
    story(place.path(), &["train", "--resume", run.to_str().unwrap()]).ok();
}

#[test]
fn what_a_kill_between_two_renames_leaves_is_found_and_repaired() {
    let place = tempfile::tempdir().unwrap();
    train(place.path(), &["--set", "train.max_steps=2"]).ok();
    let run = only_run(place.path());
    let [whole, new, old] =
        ["checkpoint", "checkpoint.new", "checkpoint.old"].map(|name| run.join(name));
    std::fs::rename(&whole, &new).unwrap();
    std::fs::create_dir(&old).unwrap();
    let ask = ["predict", "--texts", "a", "--nearest", "0", "--json"];
    let answer = story(place.path(), &ask).ok().json();
    assert!(answer["run"].as_str().unwrap().ends_with(run.file_name().unwrap().to_str().unwrap()));
    story(place.path(), &["train", "--resume", run.to_str().unwrap()]).ok();
    assert!(whole.join("state.json").is_file() && !new.exists() && !old.exists());
    assert!(!run.join("lock").exists());
}

#[test]
fn another_number_of_threads_and_lost_lines_are_said() {
    let place = tempfile::tempdir().unwrap();
    let (run, ..) = interrupted(place.path(), |child| child.kill().unwrap());
    let log = run.join("metrics.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let kept: Vec<&str> = text.lines().skip(4).collect();
    std::fs::write(&log, kept.join("\n") + "\n").unwrap();
    let mut resume = support::command(place.path());
    resume.args(["train", "--resume", run.to_str().unwrap()]).env("RAYON_NUM_THREADS", "1");
    let outcome = support::finish(&mut resume).ok();
    for part in ["threads (2, now 1)", "bit for bit", "metrics.jsonl", "steps 1 to 3", "hole"] {
        assert!(outcome.stderr.contains(part), "no `{part}` in {}", outcome.stderr);
    }
    let env: serde_json::Value =
        serde_json::from_slice(&std::fs::read(run.join("env.json")).unwrap()).unwrap();
    assert_eq!((&env["threads"], &env["resumed"][0]["threads"]), (&2.into(), &1.into()));
    let figure = std::fs::read_to_string(run.join("figures/loss_curves.svg")).unwrap();
    assert!(figure.contains("not in the log"));
}
