//! Ctrl-C outside of training: nothing is lost, nothing half-made is left, and no wrong promise.

use crate::support::{Outcome, bytes, only_run, sets, story, training};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use story_hub::testing::{Fault, HubServer, Options};

/// Longer than any test waits.
const FOREVER: Duration = Duration::from_secs(600);

fn start(command: &mut Command) -> Child {
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    piped.spawn().unwrap()
}

fn wait_until(child: &mut Child, what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before {what}");
        assert!(start.elapsed() < Duration::from_secs(300), "no {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn interrupt(child: Child) -> Outcome {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    Outcome::of(child)
}

/// A hub that never answers for its files.
fn silent_hub(place: &Path) -> HubServer {
    let export = ["data", "export", "--out", "train.parquet", "--limit", "4"];
    story(place, &export).ok();
    let file = bytes(&place.join("train.parquet"));
    let names = ["data/train-0.parquet", "data/test-0.parquet"];
    let files: BTreeMap<_, _> = names.map(|name| (name.to_string(), file.clone())).into();
    let hub = HubServer::start("some/stories", files, Options::default());
    hub.inject_always("train-0.parquet", Fault::Slow(FOREVER));
    hub
}

#[test]
fn while_reading_it_stops_at_once_and_leaves_no_folder() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let hub = silent_hub(place);
    let source = r#"data.source={kind="hub",repository="some/stories",revision="main"}"#;
    let mut command = training(place, &sets(&[source]));
    let mut child = start(command.env("HF_ENDPOINT", hub.endpoint()));
    let asked = || hub.seen().iter().any(|seen| seen.path.contains("train-0.parquet"));
    wait_until(&mut child, "request", asked);
    let outcome = interrupt(child);
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("stopped while preparing"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("checkpoint"), "{}", outcome.stderr);
    assert!(!place.join("results").exists());
}

#[test]
fn during_the_evaluation_the_checkpoint_is_safe_and_evaluates_later() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let slow = [
        "data.source.test_stories=60",
        "evaluate.batch_size=1",
        "evaluate.resamples=5000",
        "train.max_steps=2",
    ];
    let mut child = start(&mut training(place, &sets(&slow)));
    let finished = || {
        let runs = std::fs::read_dir(place.join("results/runs")).ok();
        let run = runs.and_then(|mut runs| runs.next()?.ok());
        let state = run.map(|run| run.path().join("checkpoint/state.json"));
        let state = state.and_then(|path| std::fs::read_to_string(path).ok());
        state.is_some_and(|state| state.replace(' ', "").contains("\"finished\":true"))
    };
    wait_until(&mut child, "checkpoint", finished);
    let outcome = interrupt(child);
    let run = only_run(place);
    let name = run.file_name().unwrap().to_str().unwrap();
    let remedy = format!("story evaluate --run results/runs/{name}");
    outcome.fails(130, &["stopped during the evaluation", "is safe", &remedy]);
    assert!(!run.join("summary.json").exists(), "it was finished");
    for entry in std::fs::read_dir(&run).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.starts_with('.'), "half-written: {name}");
    }
    let arguments = ["evaluate", "--json", "--run", run.to_str().unwrap()];
    story(place, &arguments).ok();
    assert!(run.join("report.html").is_file());
}

#[test]
fn during_the_report_it_ends_at_once_and_the_scores_are_safe() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let mut child = start(&mut training(place, &[]));
    let scored = || {
        let runs = std::fs::read_dir(place.join("results/runs")).ok();
        let run = runs.and_then(|mut runs| runs.next()?.ok());
        run.is_some_and(|run| run.path().join("summary.json").is_file())
    };
    wait_until(&mut child, "scores", scored);
    let outcome = interrupt(child);
    let run = only_run(place);
    assert_eq!(outcome.code, Some(130), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("story evaluate --run"), "{}", outcome.stderr);
    assert!(!run.join("report.html").exists(), "it was finished");
    let scores = bytes(&run.join("scores.json"));
    story(place, &["evaluate", "--run", run.to_str().unwrap()]).ok();
    assert!(scores == bytes(&run.join("scores.json")));
    for entry in std::fs::read_dir(&run).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.starts_with('.') && name != "lock", "left behind: {name}");
    }
    assert!(run.join("report.html").is_file());
}

#[test]
fn what_was_ignored_when_it_was_started_stays_ignored() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let run = training(place, &[]);
    let mut nohup = Command::new("sh");
    nohup.args(["-c", r#"trap '' HUP; exec "$0" "$@""#]).arg(run.get_program());
    nohup.args(run.get_args()).current_dir(place);
    let mut child = start(&mut nohup);
    let begun = || place.join("results/runs").is_dir();
    wait_until(&mut child, "run", begun);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    Outcome::of(child).ok();
    assert!(only_run(place).join("report.html").is_file());
}

#[test]
fn a_terminal_that_goes_away_ends_no_run() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let mut child = start(training(place, &["--json"]).env("RUST_BACKTRACE", "0"));
    drop((child.stderr.take(), child.stdout.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(only_run(place).join("report.html").is_file());
    // A command that only answers ends with its reader, and not as a fault.
    let mut child = start(crate::support::command(place).args(["list", "--json"]));
    drop((child.stderr.take(), child.stdout.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
