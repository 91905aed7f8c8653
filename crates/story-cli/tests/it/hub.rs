//! Training from the Hub equals training from the same files on disk, faults or not.

use crate::support::{Outcome, finish, only_run, sets, story, train, training};
use std::path::Path;
use std::sync::OnceLock;
use story_hub::testing::{COMMIT, Fault, HubServer, Options, Redirects};
use tempfile::TempDir;

const REPOSITORY: &str = "owner/stories";
const HUB: &str = r#"data.source={kind="hub",repository="owner/stories",revision="main"}"#;
const FILES: &str = r#"data.source={kind="parquet",path="corpus/data"}"#;
/// The path of every request for a file's bytes.
const BYTES: &str = "/resolve/";

/// A corpus in the Hub's layout, and the scores of a run on its files.
struct Reference {
    place: TempDir,
    scores: Vec<u8>,
}

fn reference() -> &'static Reference {
    static REFERENCE: OnceLock<Reference> = OnceLock::new();
    REFERENCE.get_or_init(|| {
        let place = tempfile::tempdir().unwrap();
        let stories = ["data.source.train_stories=16", "data.source.test_stories=6"];
        for split in ["train", "test"] {
            let out = format!("corpus/data/{split}-00000-of-00001.parquet");
            let export = ["data", "export", "--split", split, "--rows-per-group", "9"];
            let export = [&export[..], &["--out", &out], &sets(&stories)].concat();
            story(place.path(), &export).ok();
        }
        train(place.path(), &["--set", FILES]).ok();
        let scores = std::fs::read(only_run(place.path()).join("scores.json")).unwrap();
        Reference { place, scores }
    })
}

fn serve(options: Options) -> HubServer {
    HubServer::serve_folder(REPOSITORY, &reference().place.path().join("corpus"), options)
}

fn train_from(place: &Path, server: &HubServer) -> Outcome {
    let mut command = training(place, &["--set", HUB]);
    finish(command.env("HF_ENDPOINT", server.endpoint()))
}

#[track_caller]
fn equals_the_files(place: &Path) {
    let scores = std::fs::read(only_run(place).join("scores.json")).unwrap();
    assert!(scores == reference().scores, "the scores differ");
}

#[test]
fn the_stream_trains_to_the_scores_of_the_files_and_pins_the_commit() {
    let server = serve(Options { redirects: Redirects::OtherHost, ..Options::default() });
    let place = tempfile::tempdir().unwrap();
    train_from(place.path(), &server).ok();
    equals_the_files(place.path());
    // The branch may move: what is written names the commit.
    let run = only_run(place.path());
    for file in ["config.toml", "summary.json"] {
        let text = std::fs::read_to_string(run.join(file)).unwrap();
        assert!(text.contains(COMMIT), "{file}: {text}");
    }
    let config = std::fs::read_to_string(run.join("config.toml")).unwrap();
    assert!(config.contains(&format!("revision = \"{COMMIT}\"")), "{config}");
    // Nothing of it was put on the disk.
    assert!(!place.path().join("hub-home").exists());
    // The branch is asked for once; an evaluation goes to the commit at once.
    let asked = || {
        let seen = server.seen();
        seen.iter().filter(|s| s.path.contains("/revision/")).count()
    };
    assert_eq!(asked(), 1);
    let mut evaluate = crate::support::command(place.path());
    evaluate.args(["evaluate", "--results", "results"]);
    finish(evaluate.env("HF_ENDPOINT", server.endpoint())).ok();
    assert_eq!(asked(), 1);
    equals_the_files(place.path());
}

#[test]
fn faults_of_the_network_change_nothing() {
    let server = serve(Options::default());
    server.inject("/revision/", Fault::Status(503));
    server.inject(BYTES, Fault::Status(500));
    server.inject(BYTES, Fault::CutBody);
    server.inject(BYTES, Fault::ShortBody);
    server.inject(BYTES, Fault::CutBefore);
    let place = tempfile::tempdir().unwrap();
    train_from(place.path(), &server).ok();
    assert_eq!(server.faults_left(), 0);
    equals_the_files(place.path());
}

#[test]
fn offline_without_a_cache_is_a_clear_error() {
    let place = tempfile::tempdir().unwrap();
    let mut command = training(place.path(), &["--set", HUB]);
    finish(command.env("HF_HUB_OFFLINE", "1"))
        .fails(2, &["HF_HUB_OFFLINE", REPOSITORY, "unset HF_HUB_OFFLINE"]);
}

#[test]
fn a_dataset_that_is_not_there_is_a_clear_error() {
    let server = serve(Options::default());
    let place = tempfile::tempdir().unwrap();
    let mut command = training(place.path(), &["--set", &HUB.replace("stories", "storeys")]);
    finish(command.env("HF_ENDPOINT", server.endpoint())).fails(2, &["owner/storeys", "HF_TOKEN"]);
    let mut command = training(place.path(), &["--set", &HUB.replace("main", "mian")]);
    finish(command.env("HF_ENDPOINT", server.endpoint())).fails(2, &["mian"]);
    // No run folder is left by a run that could not start.
    assert!(!place.path().join("results").exists());
}

/// Six attempts, about ten seconds of waiting.
#[test]
fn a_dead_endpoint_is_a_clear_error_after_the_retries() {
    let place = tempfile::tempdir().unwrap();
    train(place.path(), &["--set", HUB]).fails(2, &["127.0.0.1:9", "HF_ENDPOINT"]);
}
