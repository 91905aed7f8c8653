//! `story detect`. What needs published weights is skipped where the shared files beside the
//! workspace are absent.

use crate::support::{Outcome, picture, story};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use story_metrics::{Area, DetectedBox, DetectionStats, Overlap, ReferenceBox, Region, Statistic};

/// A file that lies beside the workspace; says so where it does not.
pub fn shared(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name);
    if path.exists() {
        return Some(path.display().to_string());
    }
    let line = format!("\nskipped: {} is not there\n", path.display());
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    None
}

fn detect(place: &Path, images: &[&str], arguments: &[&str]) -> Option<Outcome> {
    let weights = shared("weights/yolox_nano.onnx")?;
    let fixed = ["detect", "--quiet", "--weights", &weights];
    Some(story(place, &[&fixed[..], images, arguments].concat()))
}

#[test]
fn wrong_usage_is_named() {
    let place = tempfile::tempdir().unwrap();
    picture(&place.path().join("1.png"), 1);
    let detect = |arguments: &[&str]| story(place.path(), &[&["detect"], arguments].concat());
    detect(&["1.png", "--weights", "none.onnx"]).fails(2, &["none.onnx"]);
    detect(&["1.png", "--weights", "1.png"]).fails(2, &["1.png", "expected safetensors"]);
    detect(&["1.png", "--weights", "x", "--detector", "yolo"]).fails(2, &["yolo", "yolox-nano"]);
    std::fs::write(place.path().join("page.onnx"), "<!doctype html>").unwrap();
    detect(&["1.png", "--weights", "page.onnx"]).fails(2, &["page.onnx", "ONNX"]);
    let out_of_range = ["1.png", "--weights", "page.onnx", "--threshold", "1.5"];
    detect(&out_of_range).fails(2, &["0 to 1", "1.5"]);
    let faster = ["1.png", "--detector", "fasterrcnn-resnet50-fpn"];
    detect(&faster).fails(2, &["--weights"]);
    detect(&[&faster[..], &["--weights", "1.png"]].concat()).fails(2, &["expected safetensors"]);
    detect(&["--weights", "x"]).fails(2, &["IMAGE"]);
    detect(&["--self-test", "--detector", "yolo"]).fails(2, &["yolox-nano", "fasterrcnn"]);
    detect(&["--self-test", "--weights", "none.pth"]).fails(2, &["none.pth"]);
    detect(&["--self-test", "1.png"]).fails(2, &["--self-test"]);
}

#[test]
fn a_self_test_needs_no_files() {
    let place = tempfile::tempdir().unwrap();
    let document = story(place.path(), &["detect", "--self-test", "--json"]).ok().json();
    assert_eq!(document["detector"], "yolox-nano");
    assert_eq!(document["passes"], true);
    assert_eq!(document["stages"].as_array().unwrap().len(), 3);
    assert!(document["weights"].is_null());
    let outcome = story(place.path(), &["detect", "--self-test"]);
    let outcome = outcome.ok();
    for part in ["Megvii", "objectness", "no weights were named"] {
        assert!(outcome.stdout.contains(part), "{}", outcome.stdout);
    }
}

#[test]
fn pictures_of_every_kind_are_answered_or_named() {
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str| place.path().join(name);
    picture(&file("1.png"), 1);
    image::RgbImage::new(1, 1).save(file("dot.png")).unwrap();
    image::RgbImage::new(2, 4000).save(file("sliver.png")).unwrap();
    image::GrayImage::new(40, 30).save(file("grey.png")).unwrap();
    image::RgbaImage::new(40, 30).save(file("clear.png")).unwrap();
    let all = ["1.png", "dot.png", "sliver.png", "grey.png", "clear.png"];
    let Some(outcome) = detect(place.path(), &all, &["--json", "--draw", "drawn"]) else {
        return;
    };
    let document = outcome.ok().json();
    assert_eq!(document["pictures"].as_array().unwrap().len(), all.len());
    assert_eq!(document["pictures"][2]["height"], 4000);
    assert!(file("drawn/002-dot.png").is_file());
    std::fs::write(file("text.jpg"), "no picture").unwrap();
    let bytes = std::fs::read(file("1.png")).unwrap();
    std::fs::write(file("cut.png"), &bytes[..bytes.len() / 2]).unwrap();
    // A PNG's size stands behind its signature and the header's length and name.
    let mut huge = bytes;
    huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    std::fs::write(file("huge.png"), huge).unwrap();
    for name in ["text.jpg", "cut.png", "huge.png", "absent.png"] {
        let outcome = detect(place.path(), &[name], &["--json"]).unwrap();
        outcome.fails(2, &[name]);
        assert!(outcome.json()["error"].as_str().unwrap().contains(name), "{}", outcome.stdout);
        // Among others it is named, and does not end them.
        let document = detect(place.path(), &[name, "1.png"], &["--json"]).unwrap().ok().json();
        assert_eq!(document["pictures"].as_array().unwrap().len(), 1);
        assert_eq!(document["skipped"][0]["image"], name);
        assert!(document["skipped"][0]["reason"].as_str().unwrap().contains(name));
        let all = detect(place.path(), &[name, name], &[]).unwrap();
        all.fails(2, &["none of 2 files"]);
    }
}

/// The photographs' files and boxes.
fn photographs(data: &str) -> BTreeMap<String, Vec<ReferenceBox>> {
    let text = std::fs::read_to_string(format!("{data}/photos.json")).unwrap();
    let photographs: Vec<Value> = serde_json::from_str(&text).unwrap();
    let of = |photograph: &Value| {
        let boxes = photograph["boxes"].as_array().unwrap().iter().map(|it| {
            let category = it["category"].as_str().unwrap();
            ReferenceBox::object(category, region(&it["box"]))
        });
        let file = photograph["file"].as_str().unwrap();
        (format!("{data}/images/{file}"), boxes.collect())
    };
    photographs.iter().map(of).collect()
}

fn region(corners: &Value) -> Region {
    let at = |index: usize| corners[index].as_f64().unwrap();
    Region::new(at(0), at(1), at(2) - at(0), at(3) - at(1)).unwrap()
}

#[test]
fn photographs_show_what_people_saw_in_them() {
    let Some(data) = shared("data/coco-photos") else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let photographs = photographs(&data);
    let files: Vec<&str> = photographs.keys().map(String::as_str).collect();
    let evaluation = ["--json", "--threshold", "0.01", "--max-iou", "0.65"];
    let Some(outcome) = detect(place.path(), &files, &evaluation) else {
        return;
    };
    let outcome = outcome.ok();
    if let Some(keep) = option_env!("STORY_DETECTIONS") {
        // For tools/oracle/detection.py, by hand.
        std::fs::write(PathBuf::from(keep), &outcome.stdout).unwrap();
    }
    let document = outcome.json();
    let mut all = DetectionStats::default();
    for picture in document["pictures"].as_array().unwrap() {
        let found = picture["detections"].as_array().unwrap();
        let found: Vec<DetectedBox> = found
            .iter()
            .map(|it| DetectedBox {
                category: it["label"].as_str().unwrap().into(),
                region: region(&it["box"]),
                score: it["score"].as_f64().unwrap(),
            })
            .collect();
        let references = &photographs[picture["image"].as_str().unwrap()];
        all.merge(&DetectionStats::of(Some(&found), references).unwrap());
    }
    let ap = |overlap| all.average_precision(Area::All, overlap).unwrap();
    let (ap50, ap) = (ap(Overlap::Half), ap(Overlap::Mean));
    println!("{} boxes: AP {ap:.6}, AP50 {ap50:.6}", all.references());
    // Published for all 5,000 photographs: AP .258.
    assert!(ap > 0.2 && ap50 > ap + 0.1, "{ap} {ap50}");
}
