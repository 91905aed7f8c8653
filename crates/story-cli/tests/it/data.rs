//! `story data`: stats, validate, show, export.

use crate::support::{Outcome, bytes, command, finish, own_stories, sets, story};
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

#[test]
fn an_export_writes_over_nothing_unasked() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("own"), 2, 2);
    let export = |arguments: &[&str]| {
        let command = ["data", "export", "--folder", "own", "--out"];
        story(place, &[&command[..], arguments].concat())
    };
    let list = || bytes(&place.join("mine/stories.jsonl"));
    std::fs::create_dir(place.join("mine")).unwrap();
    std::fs::write(place.join("mine/stories.jsonl"), "mine").unwrap();
    std::fs::write(place.join("mine.parquet"), "mine").unwrap();
    for out in ["mine", "mine.parquet"] {
        export(&[out]).fails(2, &[out, "--force"]);
    }
    assert_eq!((list(), bytes(&place.join("mine.parquet"))), (b"mine".to_vec(), b"mine".to_vec()));
    // The corpus itself would be read while it is written.
    let before = bytes(&place.join("own/stories.jsonl"));
    export(&["./own", "--force"]).fails(2, &["own", "the folder that is read"]);
    assert!(bytes(&place.join("own/stories.jsonl")) == before);
    for out in ["mine", "mine.parquet"] {
        export(&[out, "--force"]).ok();
    }
    assert_ne!(list(), b"mine");
    // An empty folder is nobody's.
    std::fs::create_dir(place.join("empty")).unwrap();
    export(&["empty"]).ok();
    for out in ["x.csv", "x.JSONL", "deep/x.zip"] {
        export(&[out]).fails(2, &[out, ".parquet, or a folder"]);
        assert!(!place.join(out).exists() && !place.join("deep").exists());
    }
}

#[test]
fn a_corpus_writes_nothing_to_the_terminal_but_letters() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("own"), 1, 2);
    let list = place.join("own/stories.jsonl");
    let text = std::fs::read_to_string(&list).unwrap();
    let id = text.find("\"text\":").expect("a text");
    let hostile = r#""text": "\u001b[2J\u202eevil\u009b31m\r", "ignored":"#;
    std::fs::write(&list, format!("{}{hostile}{}", &text[..id], &text[id + 7..])).unwrap();
    let letters = |text: &str| {
        let hidden = |c: char| matches!(c, '\r' | '\u{202e}') || c.is_control() && c != '\n';
        assert!(!text.contains(hidden), "{text:?}");
    };
    for action in ["show", "validate", "stats"] {
        let outcome = story(place, &["data", action, "--folder", "own"]);
        letters(&outcome.stdout);
        letters(&outcome.stderr);
        if action == "show" {
            assert!(
                outcome.stdout.contains(r"\u{1b}[2J\u{202e}evil\u{9b}31m"),
                "{}",
                outcome.stdout
            );
        }
    }
    // A document says what the corpus holds, escaped.
    let shown = story(place, &["data", "show", "--folder", "own", "--json"]).ok();
    letters(&shown.stdout);
    let told = shown.json()["stories"][0]["frames"][0]["text"].take();
    assert!(told.as_str().unwrap().starts_with("\u{1b}[2J\u{202e}evil\u{9b}31m"), "{told}");
    std::fs::write(&list, "{\"id\": \"\\u001b[2J\", \"frames\": []}").unwrap();
    let outcome = story(place, &["data", "validate", "--folder", "own"]);
    letters(&outcome.stdout);
    letters(&outcome.stderr);
}

#[test]
#[cfg(unix)]
fn paths_that_are_no_unicode_are_written_as_they_are_shown() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("own"), 1, 2);
    for name in [&b"out\xff"[..], b"out\xff.parquet"] {
        let name = OsStr::from_bytes(name);
        let mut export = command(place);
        export.args(["data", "export", "--json", "--folder", "own", "--out"]).arg(name);
        let out = finish(&mut export).ok().json()["out"].take();
        assert_eq!(out, name.to_string_lossy().as_ref());
        assert!(place.join(name).exists());
    }
    let texts = place.join(OsStr::from_bytes(b"t\xff.txt"));
    std::fs::write(&texts, "A dog runs.\n").unwrap();
    let mut score = command(place);
    score.args(["score", "--json", "--candidates"]).arg(&texts).arg("--references").arg(&texts);
    let found = finish(&mut score).ok().json();
    let shown = texts.display().to_string();
    assert_eq!(
        (&found["candidates"], &found["references"][0]),
        (&shown.as_str().into(), &shown.as_str().into())
    );
}

#[test]
fn what_is_local_asks_for_no_hub() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("own"), 2, 2);
    let run = |change: &dyn Fn(&mut std::process::Command)| {
        for corpus in [&["--folder", "own"][..], &sets(&STORIES)] {
            let mut stats = command(place);
            stats.args(["data", "stats"]).args(corpus);
            change(&mut stats);
            finish(&mut stats).ok();
        }
    };
    run(&|stats| {
        stats.env_clear();
    });
    run(&|stats| {
        stats.env("HF_ENDPOINT", "foo").env("HF_TOKEN", "two words");
    });
    run(&|stats| {
        stats.env("HF_TOKEN_PATH", "/").env_remove("HF_HOME").env_remove("HOME");
    });
}
