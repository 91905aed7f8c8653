//! Pictures that stand on both sides of a split: found, counted and told with the scores.

use crate::support::{only_run, sets, story, train};
use serde_json::Value;
use std::path::Path;

/// The last stories test; ten stories with distinct pictures.
const BLOCKS: &str = r#"data.split={kind="blocks",validation=0.2,test=0.3,gap=0}"#;
const OWN: &str = r#"data.source={kind="folder",path="own"}"#;

/// Ten drawn stories as an own folder.
fn own(place: &Path) {
    let stories = ["data.source.train_stories=10"];
    let export = ["data", "export", "--out", "own"];
    story(place, &[&export[..], &sets(&stories)].concat()).ok();
}

/// The first picture of the first story becomes the second one of the last.
fn share_a_picture(place: &Path) {
    let images = place.join("own/images");
    std::fs::copy(images.join("00000-01.jpg"), images.join("00009-02.jpg")).unwrap();
}

fn validate(place: &Path, arguments: &[&str]) -> crate::support::Outcome {
    let command = ["data", "validate", "--folder", "own", "--set", BLOCKS];
    story(place, &[&command[..], arguments].concat())
}

fn shared_stories(audit: &Value, part: &str) -> u64 {
    audit["held_out"][part]["shared_stories"].as_u64().unwrap()
}

#[test]
fn validate_finds_the_picture_that_train_and_test_share() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own(place);
    let clean = validate(place, &["--json", "--strict"]).ok().json();
    assert_eq!(clean["audit"]["kind"], "made", "{clean}");
    assert_eq!(shared_stories(&clean["audit"], "test"), 0);
    share_a_picture(place);
    let found = validate(place, &["--json"]).ok().json();
    let audit = &found["audit"];
    assert_eq!(shared_stories(audit, "test"), 1);
    assert_eq!(shared_stories(audit, "validation"), 0);
    let test = &audit["held_out"]["test"];
    assert_eq!(test["pairs"], serde_json::json!([1, 0, 0, 0, 0]));
    let pair = &test["examples"][0];
    assert_eq!(pair["train_story"], "synthetic-train-000000");
    assert_eq!(pair["story"], "synthetic-train-000009");
    assert_eq!((&pair["train_frame"], &pair["frame"]), (&0.into(), &1.into()));
    let text = validate(place, &[]).ok().stdout;
    for part in [
        "1 of 3 test stories shares a picture",
        "1 at distance 0",
        "warnings, 1 pair of look-alikes across the split",
        "train synthetic-train-000000, image 1 = test synthetic-train-000009, image 2",
    ] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
    validate(place, &["--strict"])
        .fails(1, &["1 picture of training stories stands", "data.split"]);
}

#[test]
fn a_corpus_without_parts_says_why_nothing_was_compared() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own(place);
    let arguments = ["data", "validate", "--folder", "own"];
    let text = story(place, &arguments).ok().stdout;
    assert!(text.contains("no train and test parts of its own"), "{text}");
    let synthetic = [&["data", "validate"][..], &sets(&["data.source.train_stories=3"])].concat();
    let text = story(place, &synthetic).ok().stdout;
    assert!(text.contains("drawn for its own story"), "{text}");
}

#[test]
fn a_run_tells_with_its_scores_what_is_shared() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own(place);
    share_a_picture(place);
    let outcome = train(place, &sets(&["train.max_steps=2", OWN, BLOCKS])).ok();
    let sentence = "1 of 3 test stories shares a picture (pHash distance ≤ 4)";
    assert!(outcome.stderr.contains("warning: "), "{}", outcome.stderr);
    assert_eq!(outcome.stderr.matches(sentence).count(), 1, "before training");
    assert_eq!(outcome.stdout.matches(sentence).count(), 1, "with the answer");
    let run = only_run(place);
    let summary: Value =
        serde_json::from_slice(&crate::support::bytes(&run.join("summary.json"))).unwrap();
    assert_eq!(shared_stories(&summary["audit"], "test"), 1);
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains(sentence));
    // Validation of the same config finds the same.
    let config = run.join("config.toml");
    let arguments = ["data", "validate", "--json", "--config", config.to_str().unwrap()];
    assert_eq!(story(place, &arguments).ok().json()["audit"], summary["audit"]);
}

#[test]
fn the_books_share_six_pictures_between_train_and_test() {
    let books = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/african-storybook");
    if !Path::new(books).is_dir() {
        println!("skipped: {books} is not there");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let arguments = ["data", "validate", "--json", "--parquet", books];
    let found = story(place.path(), &arguments).ok().json();
    let test = &found["audit"]["held_out"]["test"];
    assert_eq!(test["pairs"], serde_json::json!([6, 0, 0, 0, 0]));
    // Which stories validate is a config's choice, and none was named.
    assert!(found["audit"]["held_out"].get("validation").is_none(), "{found}");
    let pairs: Vec<(&str, u64, &str, u64)> = test["examples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| {
            let text = |key: &str| pair[key].as_str().unwrap();
            let number = |key: &str| pair[key].as_u64().unwrap();
            (text("train_story"), number("train_frame"), text("story"), number("frame"))
        })
        .collect();
    assert!(pairs.contains(&("0183", 8, "0164", 6)), "{pairs:?}");
}

#[test]
fn a_story_that_is_there_twice_hides_no_other_finding() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let export = ["data", "export", "--out", "own/train-00000-of-00002.parquet"];
    let stories = ["data.source.train_stories=10"];
    std::fs::create_dir(place.join("own")).unwrap();
    story(place, &[&export[..], &sets(&stories)].concat()).ok();
    let shard = |number| place.join(format!("own/train-0000{number}-of-00002.parquet"));
    std::fs::copy(shard(0), shard(1)).unwrap();
    let command = ["data", "validate", "--parquet", "own", "--json", "--set", BLOCKS];
    let outcome = story(place, &command);
    outcome.fails(1, &["1 error in"]);
    let found = outcome.json();
    let twice = found["corpus_errors"][0].as_str().expect("told");
    assert!(twice.contains("synthetic-train-000000"), "{found}");
    assert_eq!(found["stories"], 20);
    assert_eq!(found["audit"]["kind"], "skipped");
}
