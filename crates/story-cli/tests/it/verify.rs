//! Judges of pictures and texts: `story train` and `story evaluate` with `task = "verify"`, and
//! `story verify`. What needs published weights is skipped where the shared files beside the
//! workspace are absent.

use crate::detect::shared;
use crate::support::{Outcome, bytes, lines, only_run, picture, sets, story};
use serde_json::Value;
use std::path::Path;

/// The preset, shrunk: 24 stories, no similarity.
const TINY: [&str; 5] = [
    "data.source.test_stories=24",
    "data.split.validation=0.2",
    "similarity={kind='none'}",
    "evaluate.resamples=50",
    "evaluate.samples=8",
];

fn preset() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/verify.toml");
    path.display().to_string()
}

fn train(place: &Path, arguments: &[&str]) -> Outcome {
    let preset = preset();
    let fixed = ["train", "--quiet", "--results", "results", "--config", &preset];
    story(place, &[&fixed[..], &sets(&TINY), arguments].concat())
}

/// The value of a table's cell in a JSON document, by row and column.
fn value(document: &Value, table: &str, row: &str, column: &str) -> f64 {
    cell(document, table, row, column)["value"].as_f64().unwrap()
}

/// An end of a cell's interval, as printed.
fn interval(document: &Value, table: &str, row: &str, column: &str, end: &str) -> f64 {
    cell(document, table, row, column)[end].as_f64().unwrap()
}

fn cell<'a>(document: &'a Value, table: &str, row: &str, column: &str) -> &'a Value {
    let tables = document["metrics"].as_array().unwrap();
    let table = tables.iter().find(|it| it["id"] == table).unwrap();
    let columns = table["columns"].as_array().unwrap();
    let place = columns.iter().position(|it| it["id"] == column).unwrap();
    let rows = table["rows"].as_array().unwrap();
    let row = rows.iter().find(|it| it["system"] == row).unwrap();
    &row["cells"][place]
}

#[test]
fn a_judge_is_trained_asked_again_and_says_the_same() {
    let place = tempfile::tempdir().unwrap();
    let first = train(place.path(), &["--json"]).ok().json();
    let run = only_run(place.path());
    for name in [
        "config.toml",
        "splits.json",
        "env.json",
        "verification.jsonl",
        "verification.json",
        "report.html",
        "judge/judge.json",
        "judge/judge.safetensors",
        "tables/scores_matching.csv",
        "figures/roc_curves.svg",
    ] {
        assert!(run.join(name).is_file(), "{name}");
    }
    let records = lines(&run.join("verification.jsonl"));
    let shown = records.iter().filter(|record| !record["image"].is_null());
    assert!(shown.count() >= 5);
    for record in &records {
        let picture = record["image"].as_str();
        assert!(picture.is_none_or(|name| run.join(name).is_file()));
        assert_eq!(record["matches"], record["negative"].is_null());
    }
    let auc = |document: &Value, system| value(document, "matching", system, "roc-auc");
    // Boxes of the corpus itself tell most foreign texts.
    assert!(auc(&first, "object-match") > 0.65, "{}", auc(&first, "object-match"));
    assert_eq!(auc(&first, "always-match"), 0.5);
    assert!(first["bounds"]["accuracy"].as_f64().unwrap() > 0.9);
    // The report's intervals are those that were printed, drawn as the config says.
    let table = std::fs::read_to_string(run.join("tables/scores_matching.csv")).unwrap();
    let fusion = table.lines().find(|line| line.starts_with("fusion,")).unwrap();
    for end in ["lower", "upper"] {
        let printed = interval(&first, "matching", "fusion", "roc-auc", end);
        // A table has seven digits.
        let same = |cell: &str| cell.parse::<f64>().is_ok_and(|it| (it - printed).abs() < 1e-6);
        assert!(fusion.split(',').any(same), "{end} {printed}: {fusion}");
    }

    let name = run.to_str().unwrap();
    let again = ["evaluate", "--quiet", "--run", name, "--json"];
    let again = story(place.path(), &again).ok().json();
    for system in ["fusion", "logistic-regression", "object-match", "text-only"] {
        assert_eq!(auc(&again, system), auc(&first, system), "{system}");
    }
    assert_eq!(lines(&run.join("verification.jsonl")), records);
    // Another process at work in the run.
    let lock = std::fs::File::create(run.join("lock")).unwrap();
    lock.try_lock().unwrap();
    let before = bytes(&run.join("verification.json"));
    let held = ["evaluate", "--run", name];
    story(place.path(), &held).fails(2, &["another process", "at work"]);
    assert!(bytes(&run.join("verification.json")) == before, "the run was touched");
    drop(lock);
    let resumed = ["train", "--resume", name];
    story(place.path(), &resumed).fails(2, &["a judge trains in seconds", "--config"]);
    let other = tempfile::tempdir().unwrap();
    train(other.path(), &[]).ok();
    let same = only_run(other.path());
    for name in ["verification.jsonl", "judge/judge.json", "judge/judge.safetensors"] {
        assert!(bytes(&run.join(name)) == bytes(&same.join(name)), "{name} differs");
    }
}

#[test]
fn a_bit_that_flipped_in_a_judge_is_found_and_one_from_before_digests_opens() {
    let place = tempfile::tempdir().unwrap();
    train(place.path(), &[]).ok();
    let run = only_run(place.path());
    let ask = ["evaluate", "--run", run.to_str().unwrap()];
    for name in ["judge.json", "judge.safetensors"] {
        let file = run.join("judge").join(name);
        let whole = bytes(&file);
        let mut flipped = whole.clone();
        flipped[whole.len() * 9 / 10] ^= 1;
        std::fs::write(&file, flipped).unwrap();
        story(place.path(), &ask).fails(2, &[name, "damaged"]);
        std::fs::write(&file, whole).unwrap();
    }
    let before_digests = "the judge is from before judges had digests";
    let whole = story(place.path(), &ask).ok();
    assert!(!whole.stderr.contains(before_digests), "{}", whole.stderr);
    let file = run.join("judge/judge.json");
    let mut record: Value = serde_json::from_slice(&bytes(&file)).unwrap();
    for key in ["sha256", "weights_sha256"] {
        assert_eq!(
            record.as_object_mut().unwrap().remove(key).unwrap().as_str().unwrap().len(),
            64
        );
    }
    std::fs::write(&file, record.to_string()).unwrap();
    let old = story(place.path(), &ask).ok();
    assert!(old.stderr.contains(before_digests), "{}", old.stderr);
}

#[test]
fn folds_test_every_story_once() {
    let place = tempfile::tempdir().unwrap();
    train(place.path(), &["--set", "data.folds=3"]).ok();
    let run = only_run(place.path());
    let records = lines(&run.join("verification.jsonl"));
    let stories: std::collections::BTreeSet<&str> =
        records.iter().map(|record| record["story"].as_str().unwrap()).collect();
    assert_eq!(stories.len(), 24);
    let own = records.iter().filter(|record| record["matches"] == true);
    let frames: std::collections::BTreeSet<String> =
        own.map(|record| format!("{} {}", record["story"], record["frame"])).collect();
    let matching = records.iter().filter(|record| record["matches"] == true).count();
    assert_eq!(frames.len(), matching);
}

#[test]
fn wrong_configs_are_named() {
    let place = tempfile::tempdir().unwrap();
    let with = |patch: &str| train(place.path(), &["--set", patch]);
    with("fusion.signals=['smell']").fails(2, &["smell", "object-match"]);
    with("fusion.train.epochs=0").fails(2, &["fusion.train.epochs", "found 0"]);
    with("data.folds=2").fails(2, &["data.folds", "at least 3"]);
    with("data.folds=99").fails(2, &["99 folds of 24 stories"]);
    with("detector.kind='eyes'").fails(2, &["eyes"]);
    with("similarity={kind='alignment',run='nowhere'}").fails(2, &["similarity.run", "nowhere"]);
    with("detector={kind='published',name='yolo',weights='x',min_score=0.3,max_iou=0.5}")
        .fails(2, &["yolo", "yolox-nano", "fasterrcnn-resnet50-fpn"]);
    let missing = story(place.path(), &["verify", "--images", "1.png", "--text", "A dog."]);
    missing.fails(2, &["--weights"]);
    picture(&place.path().join("1.png"), 1);
    let weights = ["--weights", "none.onnx"];
    let verify =
        |arguments: &[&str]| story(place.path(), &[&["verify"], arguments, &weights[..]].concat());
    verify(&["--images", "1.png", "--text", "A dog."]).fails(2, &["none.onnx"]);
    verify(&["--images", "1.png", "1.png", "1.png", "--text", "A", "B"])
        .fails(2, &["3 pictures and 2 texts"]);
    verify(&["--text", "A dog."]).fails(2, &["--images"]);
    verify(&["--images", "2.png", "--text", "A dog."]).fails(2, &["2.png"]);
}

#[test]
fn a_photograph_is_judged_phrase_by_phrase() {
    let (Some(weights), Some(photo)) =
        (shared("weights/yolox_nano.onnx"), shared("data/000000039769.png"))
    else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let verify = |texts: &[&str], more: &[&str]| {
        let fixed = ["verify", "--quiet", "--json", "--weights", &weights, "--images", &photo];
        story(place.path(), &[&fixed[..], more, &["--text"], texts].concat()).ok().json()
    };
    let text = "Two cats lie on a pink couch beside a red bus.";
    let document = verify(&[text], &["--page", "page.html"]);
    let answer = &document["answers"][0];
    assert_eq!(document["judge"], "built-in, for yolox-nano");
    let probability = answer["probability"].as_f64().unwrap();
    let matches = probability >= document["threshold"].as_f64().unwrap();
    assert_eq!(answer["matches"], matches);
    let basis = answer["basis"].as_array().unwrap();
    let shares: f64 = basis.iter().map(|it| it["share"].as_f64().unwrap().abs()).sum();
    assert!((shares - 1.0).abs() < 1e-9 && basis.len() >= 2, "{basis:?}");
    assert!(basis.iter().all(|it| it["words"].as_str().unwrap().contains(':')));
    let finding = |phrase: &str| -> String {
        let claims = answer["claims"].as_array().unwrap();
        let claim = claims.iter().find(|claim| claim["phrase"] == phrase);
        claim.unwrap_or_else(|| panic!("{phrase}: {claims:?}"))["finding"].as_str().unwrap().into()
    };
    assert_eq!(finding("Two cats"), "supported");
    assert_eq!(finding("Two"), "supported");
    assert_eq!(finding("a red bus"), "not-found");
    assert_eq!(finding("on"), "supported");
    let page = String::from_utf8(bytes(&place.path().join("page.html"))).unwrap();
    assert!(page.contains("data:image/jpeg;base64,") && page.contains("a red bus"));

    let unjudged = |text: &str| {
        let document = verify(&[text], &[]);
        document["answers"][0]["unjudged"].as_str().map(str::to_string)
    };
    assert!(unjudged("Der Hund liegt auf dem Sofa.").unwrap().contains("English"));
    assert!(unjudged("").unwrap().contains("no text"));
    assert!(unjudged("It was a quiet afternoon.").is_some());
    assert!(unjudged("He was fast.").unwrap().contains("who is meant"));
    assert_eq!(unjudged("A cat sleeps."), None);
    let nothing = verify(&["It was a quiet afternoon."], &[]);
    let answer = &nothing["answers"][0];
    assert!(answer["probability"].is_null() && answer["basis"].as_array().unwrap().is_empty());
}

#[test]
fn labelled_examples_are_scored() {
    let (Some(weights), Some(photo)) =
        (shared("weights/yolox_nano.onnx"), shared("data/000000039769.png"))
    else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    std::fs::copy(&photo, place.path().join("cats.png")).unwrap();
    let line = |picture: &str, text: &str, label: u8| {
        format!(
            "{{\"picture\":\"{picture}\",\"text\":\"{text}\",\"label\":{label},\"kind\":\"invented\"}}\n"
        )
    };
    let lines = [
        line("cats.png", "Two cats on a couch.", 1),
        line("cats.png", "Two zebras on a bus.", 0),
        line("cats.png", "It was quiet.", 0),
        line("gone.png", "A cat.", 1),
    ];
    std::fs::write(place.path().join("labels.jsonl"), lines.concat()).unwrap();
    let ask = ["verify", "--weights", &weights, "--labels", "labels.jsonl"];
    let document = story(place.path(), &[&ask[..], &["--json"]].concat()).ok().json();
    assert_eq!(document["examples"], 4);
    assert_eq!(document["unjudged"].as_object().unwrap().len(), 2, "{}", document["unjudged"]);
    assert_eq!(value(&document, "matching", "fusion", "roc-auc"), 1.0);
    assert_eq!(value(&document, "negative-kinds", "fusion", "invented"), 1.0);
    let told = story(place.path(), &ask).ok();
    assert!(told.stdout.contains("no verdict on 1 of 4"), "{}", told.stdout);
    std::fs::write(place.path().join("labels.jsonl"), "{}").unwrap();
    story(place.path(), &ask).fails(2, &["labels.jsonl, line 1"]);
}

#[test]
fn who_has_no_right_to_a_verdict_gives_none_and_says_why() {
    let (Some(weights), Some(photo)) =
        (shared("weights/yolox_nano.onnx"), shared("data/000000039769.png"))
    else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let half = |x, _| image::Rgb(if x < 80 { [200, 40, 40] } else { [40, 90, 200] });
    image::RgbImage::from_fn(160, 90, half).save(place.path().join("drawn.png")).unwrap();
    train(place.path(), &[]).ok();
    let run = only_run(place.path());
    let ask = |picture: &str, more: &[&str]| {
        let fixed = ["verify", "--quiet", "--json", "--weights", &weights, "--images", picture];
        let text = ["--text", "Two cats lie on a couch.", "--page", "page.html"];
        let document = story(place.path(), &[&fixed[..], more, &text].concat()).ok().json();
        let answer = document["answers"][0].clone();
        assert!(answer["probability"].is_null() && answer["matches"].is_null(), "{answer}");
        assert!(
            !answer["claims"].as_array().unwrap().is_empty(),
            "findings are given all the same"
        );
        let reason = answer["unjudged"].as_str().unwrap().to_string();
        let page = String::from_utf8(bytes(&place.path().join("page.html"))).unwrap();
        assert!(page.contains(&reason), "{reason}");
        reason
    };
    // A judge of perfect boxes, as a run and as the few numbers that it left.
    let few = run.join("judge/coefficients.json");
    for judge in [run.to_str().unwrap(), few.to_str().unwrap()] {
        let reason = ask(&photo, &["--judge", judge]);
        assert!(reason.contains("perfect boxes"), "{reason}");
    }
    let drawn = ask("drawn.png", &[]);
    assert!(drawn.contains("drawing") && drawn.contains("has not seen"), "{drawn}");
    let other = ask(&photo, &["--set", "detector.min_score=0.3"]);
    assert!(other.contains("from score 0.1") && other.contains("from score 0.3"), "{other}");
    let verify = ["verify", "--weights", &weights, "--images", &photo, "--text", "A cat."];
    let page = run.join("report.html");
    let wrong = story(place.path(), &[&verify[..], &["--judge", page.to_str().unwrap()]].concat());
    wrong.fails(2, &["report.html", "coefficients of a judge"]);
}
