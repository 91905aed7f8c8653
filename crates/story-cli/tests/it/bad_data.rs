//! Faulty corpora: exit code 2, no panic, a message that names file and record and a remedy; or,
//! where the config says `skip`, a run that goes on and counts.

use crate::support::{OWN_SPLIT, Outcome, only_run, own_stories, picture, sets, story, train};
use serde_json::Value;
use std::path::Path;

const OWN: &str = r#"data.source={kind="folder",path="own"}"#;
const PARQUET: &str = r#"data.source={kind="parquet",path="own.parquet"}"#;

fn train_on(place: &Path, source: &str, patches: &[&str]) -> Outcome {
    let patches = [&["train.max_steps=2", source, OWN_SPLIT], patches].concat();
    train(place, &sets(&patches))
}

fn skipped(place: &Path) -> Value {
    let summary = std::fs::read(only_run(place).join("summary.json")).unwrap();
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    summary["skipped"].clone()
}

/// How often a reason that contains `part` was counted.
#[track_caller]
fn count(skipped: &Value, part: &str) -> u64 {
    let found = skipped.as_object().unwrap().iter().filter(|(reason, _)| reason.contains(part));
    found.map(|(_, count)| count.as_u64().unwrap()).sum()
}

#[test]
fn parquet_that_is_cut_foreign_or_absent() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let export = ["data", "export", "--out", "whole.parquet", "--limit", "6"];
    story(place, &export).ok();
    let whole = std::fs::read(place.join("whole.parquet")).unwrap();
    std::fs::write(place.join("own.parquet"), &whole[..whole.len() - 100]).unwrap();
    train_on(place, PARQUET, &[]).fails(2, &["own.parquet", "expected"]);
    let mut torn = whole.clone();
    // The footer stays right, the pages do not.
    let middle = torn.len() / 3;
    torn[middle..middle + 4000].fill(0x5a);
    std::fs::write(place.join("own.parquet"), &torn).unwrap();
    train_on(place, PARQUET, &[]).fails(2, &["own.parquet"]);
    std::fs::write(place.join("own.parquet"), "story,text\n1,hello\n").unwrap();
    train_on(place, PARQUET, &[]).fails(2, &["own.parquet", "expected"]);
    let foreign = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../story-data/tests/golden/parquet/three-columns.parquet"
    );
    let source = format!("data.source={{kind=\"parquet\",path='{foreign}'}}");
    // It lacks the tables, which a story can do without; without `images` there is no story.
    let bytes = std::fs::read(foreign).unwrap();
    let renamed = replaced(&bytes, b"images", b"imagos");
    std::fs::write(place.join("own.parquet"), renamed).unwrap();
    train_on(place, PARQUET, &[]).fails(2, &["own.parquet", "images"]);
    story(place, &["data", "stats", "--parquet", foreign]).ok();
    let too_few = train_on(place, &source, &[]);
    assert_eq!(too_few.code, Some(2), "{}", too_few.stderr);
    std::fs::remove_file(place.join("own.parquet")).unwrap();
    train_on(place, PARQUET, &[]).fails(2, &["own.parquet"]);
}

#[test]
fn damage_that_a_decoder_panics_over_is_an_error_and_no_panic() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    // Bytes of page headers whose damage fails an assertion of the parquet crate.
    for (name, at, value) in [("nested-v2-zstd", 242, 24), ("nested-v1-snappy", 1583, 0)] {
        let golden = format!(
            "{}/../story-data/tests/golden/parquet/{name}.parquet",
            env!("CARGO_MANIFEST_DIR")
        );
        let mut bytes = std::fs::read(golden).unwrap();
        bytes[at] = value;
        std::fs::write(place.join("torn.parquet"), bytes).unwrap();
        let outcome = story(place, &["data", "stats", "--parquet", "torn.parquet"]);
        // `Outcome` itself looks for the word `panicked`.
        outcome.fails(2, &["torn.parquet", "the decoder gave up"]);
    }
}

/// `bytes` with each `old` replaced by `new` of the same length.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let mut bytes = bytes.to_vec();
    let mut place = 0;
    while place + old.len() <= bytes.len() {
        if &bytes[place..place + old.len()] == old {
            bytes[place..place + old.len()].copy_from_slice(new);
        }
        place += 1;
    }
    bytes
}

#[test]
fn folders_without_stories() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    train_on(place, OWN, &[]).fails(2, &["own"]);
    std::fs::create_dir(place.join("own")).unwrap();
    train_on(place, OWN, &[]).fails(2, &["own", "expected"]);
    own_stories(&place.join("own"), 8, 1);
    train_on(place, OWN, &[]).fails(2, &["train split has no window", "more stories"]);
    own_stories(&place.join("own"), 8, 5);
    // The config's default split asks for parts that a folder does not have.
    let patches = sets(&["train.max_steps=2", OWN]);
    train(place, &patches).fails(2, &["split", "official"]);
}

#[test]
fn a_story_with_one_frame_is_left_out_and_counted() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("own"), 12, 4);
    picture(&place.join("own/short.png"), 9);
    let file = place.join("own/stories.jsonl");
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push_str(r#"{"id": "short", "frames": [{"image": "short.png", "text": "Alone."}]}"#);
    std::fs::write(&file, text + "\n").unwrap();
    train_on(place, OWN, &[]).ok();
    assert_eq!(count(&skipped(place), "fewer than two frames"), 1);
}

#[test]
fn a_picture_that_does_not_decode_fails_or_is_masked() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("own"), 12, 5);
    let whole = std::fs::read(place.join("own/s3/2.png")).unwrap();
    std::fs::write(place.join("own/s3/2.png"), &whole[..whole.len() / 2]).unwrap();
    // Every window is seen, whichever part it fell into.
    let all = ["train.max_steps=0", "train.epochs=2", "train.batch_size=2"];
    let outcome = train_on(place, OWN, &all);
    outcome.fails(2, &["own-3", "s3/2.png", "data.bad_pictures = \"skip\""]);
    let left: Vec<_> = std::fs::read_dir(place.join("results/runs")).unwrap().collect();
    assert!(left.is_empty(), "of a run without a checkpoint: {left:?}");
    let skip = [&all[..], &["data.bad_pictures=skip"]].concat();
    train_on(place, OWN, &skip).ok();
    assert_eq!(count(&skipped(place), "picture masked"), 1);
}

/// A PNG of one pixel whose palette has a colour and a third, which its decoder panics over.
const TORN_PALETTE: [u8; 96] = [
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 3, 0, 0, 0, 0x28, 0xcb, 0x34, 0xbb, 0, 0, 0, 4, b'P', b'L', b'T', b'E', 1, 1,
    1, 1, 0x63, 0xc1, 0xa2, 0xff, 0, 0, 0, 1, b't', b'R', b'N', b'S', 0x80, 0xad, 0x5e, 0x5b, 0x46,
    0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x48, 0xaf,
    0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

#[test]
fn pictures_that_ended_the_process_are_named_or_masked() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("own"), 12, 5);
    std::fs::write(place.join("own/s3/2.png"), TORN_PALETTE).unwrap();
    // Under the limit of pixels, and yet gigabytes wherever its short side is widened.
    image::GrayImage::new(99_999_999, 1).save(place.join("own/s5/4.png")).unwrap();
    let outcome = story(place, &["data", "validate", "--folder", "own"]);
    outcome.fails(1, &["2 errors"]);
    for part in ["own-3, image 3: the PNG does not decode", "own-5, image 5", "99999999 x 1"] {
        assert!(outcome.stdout.contains(part), "no `{part}` in {}", outcome.stdout);
    }
    story(place, &["data", "stats", "--folder", "own"]).ok();
    let all = ["train.max_steps=0", "train.epochs=2", "train.batch_size=2"];
    train_on(place, OWN, &all).fails(2, &["data.bad_pictures = \"skip\""]);
    let skip = [&all[..], &["data.bad_pictures=skip"]].concat();
    train_on(place, OWN, &skip).ok();
    assert_eq!(count(&skipped(place), "picture masked"), 2);
}

#[test]
fn a_record_that_cannot_be_read_fails_or_is_skipped() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("own"), 12, 5);
    let file = place.join("own/stories.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let broken = text.replacen(r#""id":"own-4""#, r#""id":4,"#, 1);
    assert_ne!(broken, text);
    std::fs::write(&file, broken).unwrap();
    train_on(place, OWN, &[]).fails(2, &["stories.jsonl", "data.bad_records = \"skip\""]);
    assert!(!place.join("results").exists(), "nothing was written");
    let outcome = train_on(place, OWN, &["data.bad_records=skip"]).ok();
    assert!(outcome.stderr.contains("warning: skipped: "), "{}", outcome.stderr);
    assert_eq!(count(&skipped(place), "cannot be read"), 1);
    assert!(
        outcome.stdout.contains("skipped: 1 x record that cannot be read"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn data_commands_name_the_faulty_file_too() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    std::fs::write(place.join("own.parquet"), "PAR1 and nothing else PAR1").unwrap();
    for action in ["stats", "validate", "show"] {
        let arguments = ["data", action, "--parquet", "own.parquet"];
        story(place, &arguments).fails(2, &["own.parquet"]);
        let arguments = ["data", action, "--folder", "absent"];
        story(place, &arguments).fails(2, &["absent", "--folder"]);
    }
    picture(&place.join("bare/inner/odd.png"), 1);
    story(place, &["data", "show", "--folder", "bare"])
        .fails(2, &["bare", "no story to show", "validate"]);
    let file = r#"data.tokenizer={kind="file",path="no.json"}"#;
    train(place, &sets(&[file])).fails(2, &["data.tokenizer.path", "no.json"]);
    let export = ["data", "export", "--limit", "1", "--out"];
    for out in ["own.parquet/x.parquet", "own.parquet/folder"] {
        story(place, &[&export[..], &[out]].concat()).fails(2, &["own.parquet"]);
    }
    std::fs::create_dir(place.join("taken.parquet")).unwrap();
    story(place, &[&export[..], &["taken.parquet"]].concat()).fails(2, &["taken.parquet"]);
    let zero = [&export[..], &["o.parquet", "--rows-per-group", "0"]].concat();
    story(place, &zero).fails(2, &["--rows-per-group"]);
}
