//! `story data`: stats, validate, show, export.

use crate::support::{Outcome, bytes, own_stories, sets, story};
use serde_json::Value;
use std::path::Path;

const STORIES: [&str; 2] = ["data.source.train_stories=5", "data.source.test_stories=2"];

/// `story data ACTION` on five synthetic stories.
fn data(place: &Path, action: &str, arguments: &[&str]) -> Outcome {
    let sets = sets(&STORIES);
    story(place, &[&["data", action], &sets[..], arguments].concat())
}

/// What `show --json` tells of the stories of a corpus: ids, texts and numbers of picture bytes.
fn shown(outcome: &Outcome) -> Vec<(String, Vec<(String, u64)>)> {
    let stories = outcome.json()["stories"].take();
    let frame = |frame: &Value| {
        let text = frame["text"].as_str().unwrap().to_string();
        (text, frame["bytes"].as_u64().unwrap())
    };
    let story = |story: &Value| {
        let frames = story["frames"].as_array().unwrap().iter().map(frame);
        (story["story"].as_str().unwrap().to_string(), frames.collect())
    };
    stories.as_array().unwrap().iter().map(story).collect()
}

fn ids(place: &Path, corpus: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    let out = "ids.folder";
    let _ = std::fs::remove_dir_all(place.join(out));
    story(place, &[&["data", "export", "--out", out], corpus].concat()).ok();
    for line in crate::support::lines(&place.join(out).join("stories.jsonl")) {
        ids.push(line["id"].as_str().unwrap().to_string());
    }
    ids
}

#[test]
fn stats_count_what_is_there() {
    let place = tempfile::tempdir().unwrap();
    let stats = data(place.path(), "stats", &["--json"]).ok().json();
    assert_eq!(stats["stats"]["stories"], 5);
    assert_eq!(stats["unreadable_records"], 0);
    assert!(stats["source"].as_str().unwrap().contains("synthetic"));
    let test = data(place.path(), "stats", &["--json", "--split", "test"]);
    assert_eq!(test.ok().json()["stats"]["stories"], 2);
    let few = data(place.path(), "stats", &["--json", "--limit", "3"]);
    assert_eq!(few.ok().json()["stats"]["stories"], 3);
    let text = data(place.path(), "stats", &[]).ok();
    assert!(text.stdout.contains("stories"), "{}", text.stdout);
    assert_eq!(text.stderr, "");
}

#[test]
fn exports_read_back_with_the_same_texts_and_pictures() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let export = |corpus: &[&str], out: &str| {
        let arguments = [&["data", "export", "--json", "--out", out], corpus].concat();
        story(place, &arguments).ok().json()
    };
    let synthetic = sets(&STORIES);
    assert_eq!(export(&synthetic, "out/all.parquet")["stories"], 5);
    assert_eq!(export(&synthetic, "folder")["stories"], 5);
    export(&["--parquet", "out/all.parquet"], "again");
    export(&["--folder", "folder"], "folder.parquet");
    export(&["--parquet", "folder.parquet"], "third");
    let names = ids(place, &synthetic);
    assert_eq!(names.len(), 5);
    let show = |corpus: &[&str]| {
        let mut arguments = vec!["data", "show", "--json"];
        arguments.extend(names.iter().map(String::as_str));
        shown(&story(place, &[&arguments[..], corpus].concat()).ok())
    };
    let original = show(&synthetic);
    assert_eq!(original.len(), 5);
    for corpus in
        [["--parquet", "out/all.parquet"], ["--folder", "folder"], ["--parquet", "folder.parquet"]]
    {
        assert_eq!(show(&corpus), original, "{corpus:?}");
    }
    // Down to the last byte, also by way of parquet.
    let lines = bytes(&place.join("folder/stories.jsonl"));
    for other in ["again", "third"] {
        assert!(lines == bytes(&place.join(other).join("stories.jsonl")), "{other}");
        for entry in std::fs::read_dir(place.join("folder/images")).unwrap() {
            let path = entry.unwrap().path();
            let copy = place.join(other).join("images").join(path.file_name().unwrap());
            assert!(bytes(&path) == bytes(&copy), "{}", copy.display());
        }
    }
}

#[test]
fn tags_and_boxes_survive_parquet() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    data(place, "export", &["--out", "all.parquet"]).ok();
    let original = data(place, "show", &["--json"]).ok().json();
    let arguments = ["data", "show", "--json", "--parquet", "all.parquet"];
    assert_eq!(story(place, &arguments).ok().json(), original);
    let frame = &original["stories"][0]["frames"][0];
    assert!(!frame["mentions"].as_array().unwrap().is_empty());
    assert!(!frame["entities"].as_array().unwrap().is_empty());
}

#[test]
fn show_draws_boxes_and_names_what_is_not_there() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let outcome = data(place, "show", &["--draw", "drawn"]).ok();
    assert!(outcome.stdout.starts_with("story "), "{}", outcome.stdout);
    let drawn: Vec<_> = std::fs::read_dir(place.join("drawn")).unwrap().collect();
    assert!(drawn.len() >= 2);
    // With --json stdout stays one document.
    let outcome = data(place, "show", &["--json", "--draw", "drawn"]).ok();
    assert_eq!(outcome.json()["stories"].as_array().unwrap().len(), 1);
    data(place, "show", &["no-such-story"]).fails(2, &["no-such-story", "--split test"]);
}

#[test]
fn validate_tells_a_clean_corpus_from_a_faulty_one() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    data(place, "validate", &[]).ok();
    own_stories(&place.join("own"), 3, 4);
    let validate = |arguments: &[&str]| {
        let command = ["data", "validate", "--folder", "own"];
        story(place, &[&command[..], arguments].concat())
    };
    let clean = validate(&["--json"]).ok().json();
    assert_eq!(clean["stories"], 3);
    std::fs::write(place.join("own/s1/2.png"), "no picture").unwrap();
    std::fs::remove_file(place.join("own/s2/0.png")).unwrap();
    let outcome = validate(&["--json"]);
    outcome.fails(1, &["errors in"]);
    let found = outcome.json();
    let broken = found["broken_pictures"].as_array().unwrap();
    assert_eq!(broken.len(), 1, "{found}");
    assert!(broken[0].as_str().unwrap().contains("own-1, image 3"));
    assert!(outcome.stdout.contains("s2/0.png"), "{found}");
    let outcome = validate(&[]);
    outcome.fails(1, &["errors in"]);
    assert!(outcome.stdout.contains("picture: story own-1, image 3"));
    // Looking goes on over faults; only a check fails by them.
    let command = ["data", "stats", "--folder", "own", "--json"];
    let stats = story(place, &command).ok().json();
    assert_eq!(stats["stats"]["pictures"]["unreadable"], 1, "{stats}");
}
