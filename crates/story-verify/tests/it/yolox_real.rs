//! YOLOX-nano with its published weights against onnxruntime: the same squares in, the same numbers
//! and boxes out, on real photographs. Golden numbers are of `tools/golden/yolox.py`. Skipped where
//! the shared files beside the workspace are absent.

use crate::shared;
use candle_core::Device;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use story_core::Result;
use story_pictures::{Limits, Picture};
use story_verify::yolox::Keep;
use story_verify::{Detector, Yolox, YoloxVariant};

/// Where the squares go that the golden script reads: set in the environment by hand, never in CI.
const SQUARES: Option<&str> = option_env!("STORY_YOLOX_SQUARES");
const WEIGHTS: &str = "weights/yolox_nano.onnx";
/// Largest difference of the network's numbers, relative to 1 + the number.
const TOLERANCE: f64 = 1e-3;
/// Least overlap of a box with the oracle's.
const SAME_PLACE: f32 = 0.995;

#[derive(Deserialize)]
struct Golden {
    /// By file name.
    photographs: BTreeMap<String, Photograph>,
}

#[derive(Deserialize)]
struct Photograph {
    /// FNV-1a of the square's bytes, in hexadecimal digits: whose pixels the numbers are of.
    square: String,
    /// Every so many-th number of the output, and the numbers.
    step: usize,
    output: Vec<f64>,
    /// Category, score, corners in pixels of the photograph.
    found: Vec<(String, f32, [f32; 4])>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/yolox_nano.json")).unwrap()
}

fn decode(bytes: &[u8]) -> Picture {
    Picture::decode(bytes, Limits::default()).unwrap()
}

fn open(variant: YoloxVariant, path: &Path) -> Result<Yolox> {
    Yolox::open(variant, path, Keep::DEMO, &Device::Cpu)
}

/// The photographs' bytes by name.
fn photographs(data: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(data.join("coco-photos/images"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.push(data.join("000000039769.png"));
    let of = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read(path).unwrap())
    };
    paths.into_iter().map(of).collect()
}

fn fnv(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[test]
fn published_weights_give_onnxruntime_s_numbers_and_boxes() -> Result<()> {
    let (Some(weights), Some(data)) = (shared(WEIGHTS), shared("data")) else {
        return Ok(());
    };
    let yolox = open(YoloxVariant::Nano, &weights)?;
    let photographs = photographs(&data);
    if let Some(folder) = SQUARES {
        for (name, bytes) in &photographs {
            let square = yolox.square(&decode(bytes));
            std::fs::write(Path::new(folder).join(format!("{name}.rgb")), square).unwrap();
        }
    }
    let golden = golden();
    assert_eq!(golden.photographs.len(), 32);
    let (mut boxes, mut worst) = (0, 0f64);
    for (name, expected) in &golden.photographs {
        let picture = decode(&photographs[name]);
        assert_eq!(fnv(&yolox.square(&picture)), expected.square, "{name}");
        let output = yolox.output(&picture)?.flatten_all()?.to_vec1::<f32>()?;
        let sampled = output.iter().step_by(expected.step);
        assert_eq!(sampled.len(), expected.output.len(), "{name}");
        for (&found, expected) in sampled.zip(&expected.output) {
            worst = worst.max((f64::from(found) - expected).abs() / (1.0 + expected.abs()));
        }
        let found = yolox.detect(&picture)?;
        let labels: Vec<&str> = found.iter().map(|d| d.label.as_str()).collect();
        let wanted: Vec<&str> = expected.found.iter().map(|d| d.0.as_str()).collect();
        assert_eq!(labels, wanted, "{name}");
        for (found, (_, score, [x1, y1, x2, y2])) in found.iter().zip(&expected.found) {
            assert!((found.score - score).abs() < 1e-3, "{name}: {found:?} {score}");
            let place = story_core::BoundingBox::new(*x1, *y1, *x2, *y2);
            let overlap = found.bounding_box.iou(&place);
            assert!(overlap > SAME_PLACE, "{name}: {found:?} {place:?}");
            boxes += 1;
        }
    }
    println!("{boxes} boxes; largest difference of the network's numbers {worst:.1e}");
    assert!(worst < TOLERANCE, "{worst}");
    assert!(boxes > 100, "{boxes}");
    Ok(())
}

#[test]
fn pictures_at_the_ends_of_what_there_is_give_boxes_inside() -> Result<()> {
    let Some(weights) = shared(WEIGHTS) else {
        return Ok(());
    };
    let yolox = open(YoloxVariant::Nano, &weights)?;
    for (width, height) in [(1, 1), (1, 3000), (3000, 2)] {
        let rgb = vec![200; (width * height * 3) as usize];
        let found = yolox.detect(&Picture::new(width, height, rgb).unwrap())?;
        let inside = |d: &story_verify::Detection| {
            d.bounding_box == d.bounding_box.clamp(width, height) && d.bounding_box.area() > 0.0
        };
        assert!(found.iter().all(inside), "{found:?}");
    }
    Ok(())
}

#[test]
fn weights_of_another_network_are_refused_by_name() -> Result<()> {
    let Some(weights) = shared(WEIGHTS) else {
        return Ok(());
    };
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(&weights).unwrap();
    let said = |variant, name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = open(variant, &path).err().expect("an error").to_string();
        assert!(error.contains(name), "{error}");
        error
    };
    let other = said(YoloxVariant::S, "other.onnx", &whole);
    assert!(other.contains("backbone.backbone.stem.conv.conv.weight"), "{other}");
    for cut in [0, 1, 40_000, whole.len() / 2, whole.len() - 1] {
        said(YoloxVariant::Nano, "cut.onnx", &whole[..cut]);
    }
    said(YoloxVariant::Nano, "page.onnx", b"<!doctype html><p>not found</p>");
    said(YoloxVariant::Nano, "named-otherwise.pth", &whole);
    Ok(())
}
