//! An invented run: stories of shapes, drawn here, told and answered by rules.

mod material;

pub use material::analysis;

use image::{Rgb, RgbImage};
use material::{attention, boxes, pooling};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use story_report::records::*;

pub const STORIES: usize = 12;
const FRAMES: usize = 6;
const SIDE: u32 = 96;

/// A number in 0..1 that looks random and is always the same.
pub fn noise(at: usize) -> f64 {
    let x = (at as f64 * 12.9898).sin() * 43758.5453;
    x - x.floor()
}

fn drawn(story: usize, frame: usize, blur: f64) -> RgbImage {
    let hue = [[200, 60, 50], [50, 120, 200], [60, 160, 80], [190, 150, 40]][story % 4];
    let (x0, y0) = (16.0 + 11.0 * frame as f64, 64.0 - 6.0 * (story % 5) as f64);
    RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let distance = ((f64::from(x) - x0).powi(2) + (f64::from(y) - y0).powi(2)).sqrt();
        let inside = (1.0 - (distance - 14.0) / (1.0 + blur)).clamp(0.0, 1.0);
        let sky = 235.0 - f64::from(y) * 0.6;
        Rgb(hue.map(|c| (inside * f64::from(c) + (1.0 - inside) * sky) as u8))
    })
}

fn sentence(story: usize, frame: usize) -> String {
    let who = ["The fox", "A small boat", "The old clock", "Our kite"][story % 4];
    let what = [
        "wakes",
        "looks around",
        "starts to move",
        "meets a friend",
        "crosses the hill",
        "goes home at last",
    ];
    format!(
        "{who} {} while the day is {}.",
        what[frame % 6],
        ["young", "bright", "late"][story % 3]
    )
}

fn step(story: usize, frame: usize) -> StepRecord {
    StepRecord {
        boxes: boxes(story, frame),
        text: sentence(story, frame),
        image: Some(format!("samples/{story}-{frame}.png")),
        padding: false,
    }
}

fn rank(better: u64, pool: u64) -> RankRecord {
    RankRecord { better: better.min(pool - 1), ties: 0, pool }
}

/// Twelve tokens, the end among them, which costs as good as nothing.
fn tokens(at: usize, nll: f64, [top1, top5]: [f64; 2]) -> TokenRecord {
    let reference = sentence(at / 10, at % 10);
    let words = reference.split(' ').count() as u64;
    let characters = reference.chars().count() as u64;
    let text = Some(TextRecord { nll: nll - 0.01, words, characters });
    TokenRecord { count: 12, nll, top1, top5, text }
}

pub fn windows() -> Vec<WindowRecord> {
    let mut windows = Vec::new();
    for story in 0..STORIES {
        for target in 4..FRAMES {
            let at = story * 10 + target;
            let reference = sentence(story, target);
            let model = match at % 3 {
                0 => reference.clone(),
                1 => reference.replace("while the day is", "when the day was"),
                _ => sentence(story, target + 1),
            };
            let text = |s: &str| s.to_string();
            let saved = story < 8;
            let name = |kind: &str| saved.then(|| format!("samples/{story}-{target}{kind}.png"));
            let pool = (STORIES * 2) as u64;
            windows.push(WindowRecord {
                story: format!("story-{story:03}"),
                target,
                context: (target - 4..target).map(|frame| step(story, frame)).collect(),
                reference: Some(reference.clone()),
                target_image: name(""),
                predicted_image: name("-predicted"),
                sources_image: name("-sources"),
                nearest_images: (0..3)
                    .filter(|_| saved)
                    .map(|n| format!("samples/{}-{n}.png", (story + n) % 8))
                    .collect(),
                texts: BTreeMap::from([
                    (text("model"), model),
                    (text("model-beam"), sentence(story, target)),
                    (text("copy-last"), sentence(story, target - 1)),
                    (text("most-frequent"), sentence(0, 0)),
                    (text("nearest-neighbour"), sentence(story + 4, target)),
                    (text("best-reachable"), reference),
                ]),
                shown_texts: BTreeMap::new(),
                channels: None,
                tokens: BTreeMap::from([
                    (text("model"), tokens(at, 9.0 + 4.0 * noise(at), [9.0, 11.0])),
                    (text("most-frequent"), tokens(at, 34.0 + 8.0 * noise(at + 1), [2.0, 5.0])),
                    (text("best-reachable"), tokens(at, 5.0 + noise(at + 2), [10.0, 12.0])),
                ]),
                pictures: BTreeMap::from([
                    (
                        text("model"),
                        PictureRecord {
                            mse: 0.01 + 0.01 * noise(at),
                            psnr: Some(18.0 + 3.0 * noise(at)),
                            ssim: Some(0.6 + 0.2 * noise(at)),
                            sharpness: Some(0.6),
                            ..PictureRecord::default()
                        },
                    ),
                    (
                        text("mean-picture"),
                        PictureRecord {
                            mse: 0.05 + 0.02 * noise(at + 3),
                            psnr: Some(12.0 + noise(at)),
                            ssim: Some(0.4 + 0.1 * noise(at)),
                            sharpness: Some(0.4),
                            ..PictureRecord::default()
                        },
                    ),
                    (
                        text("last-frame"),
                        PictureRecord {
                            mse: 0.03 + 0.02 * noise(at + 4),
                            psnr: Some(15.0 + noise(at)),
                            ssim: Some(0.55 + 0.1 * noise(at)),
                            sharpness: Some(0.55),
                            ..PictureRecord::default()
                        },
                    ),
                ]),
                next_frame: BTreeMap::from([
                    (text("model"), rank((3.0 * noise(at + 5)) as u64, pool)),
                    (text("last-frame"), rank(2 + (9.0 * noise(at + 6)) as u64, pool)),
                ]),
                image_to_text: BTreeMap::from([(
                    text("model"),
                    rank((5.0 * noise(at + 7)) as u64, pool),
                )]),
                next_text: BTreeMap::from([
                    (
                        text("model"),
                        RankRecord { better: u64::from(at % 3 == 0), ties: 0, pool: 5 },
                    ),
                    (text("copy-last"), RankRecord { better: (at % 5) as u64, ties: 0, pool: 5 }),
                ]),
                text_to_image: BTreeMap::from([(
                    text("model"),
                    rank((6.0 * noise(at + 8)) as u64, pool),
                )]),
                told_to_image: BTreeMap::from([
                    (text("model"), rank((7.0 * noise(at + 11)) as u64, pool)),
                    (text("copy-last"), rank(1 + (8.0 * noise(at + 12)) as u64, pool)),
                ]),
                painted_to_text: BTreeMap::from([
                    (text("model"), rank((9.0 * noise(at + 13)) as u64, pool)),
                    (text("last-frame"), rank((9.0 * noise(at + 14)) as u64, pool)),
                ]),
                next_frame_pools: BTreeMap::from([(
                    Pool::InStory,
                    BTreeMap::from([
                        (text("model"), rank((2.0 * noise(at + 9)) as u64, 5)),
                        (text("last-frame"), rank((4.0 * noise(at + 10)) as u64, 5)),
                    ]),
                )]),
                retrieved: (0..if saved { 4 } else { 0 })
                    .map(|n| {
                        let (other, frame) = match (n + at) % 4 {
                            0 => (story, target),
                            1 => (story, target - 1),
                            k => ((story + k) % 8, target),
                        };
                        RetrievedRecord {
                            image: format!("samples/{other}-{frame}.png"),
                            story: format!("story-{other:03}"),
                            frame,
                            cosine: Some(0.9 - 0.1 * n as f64),
                        }
                    })
                    .collect(),
                target_boxes: boxes(story, target),
                attention: match at {
                    4 => vec![attention(story, target), pooling()],
                    _ => Vec::new(),
                },
            });
        }
    }
    windows
}

pub fn log() -> Vec<LogLine> {
    let mut log = Vec::new();
    for step in 1..=600_u64 {
        let fall = (-(step as f64) / 150.0).exp();
        let wobble = noise(step as usize) - 0.5;
        let losses = |extra: f64| {
            let parts = [
                ("image", 0.02 + 0.08 * fall + 0.01 * wobble),
                ("text", 1.1 + 4.0 * fall + 0.3 * wobble + extra),
                ("contrastive", 0.6 + 1.8 * fall + 0.2 * wobble + extra),
                ("embedding", 0.3 + 0.6 * fall + 0.05 * wobble),
            ];
            let total = parts.iter().map(|(_, value)| value).sum();
            let mut losses: BTreeMap<String, f64> =
                parts.into_iter().map(|(k, v)| (k.to_string(), v)).collect();
            losses.insert("total".to_string(), total);
            losses
        };
        log.push(LogLine::Step {
            step,
            epoch: step / 100,
            learning_rate: 1e-3 * (step as f64 / 60.0).min(1.0) * (1.0 - step as f64 / 700.0),
            losses: losses(0.0),
            gradient_norm: 0.8 + 2.0 * fall + 0.5 * wobble,
            logit_scale: Some(14.3 + step as f64 * 0.01),
            matching_accuracy: Some(0.9 - 0.8 * fall),
        });
        if step % 100 == 0 {
            log.push(LogLine::Validation {
                step,
                epoch: step / 100,
                losses: losses(0.1),
                matching_accuracy: Some(0.7 - 0.6 * fall),
                best: true,
            });
        }
    }
    log
}

pub fn summary() -> Summary {
    let split =
        |stories, windows, hash: &str| SplitRecord { stories, windows, ids_hash: hash.to_string() };
    let map = |pairs: &[(&str, f64)]| pairs.iter().map(|(k, v)| (k.to_string(), *v)).collect();
    Summary {
        name: "fixture".into(),
        description: "Invented records that look like a small run.".into(),
        source: "synthetic world, seed 7".into(),
        notice: "These stories are drawn by rules; scores say nothing about real books.".into(),
        seed: 7,
        device: "cpu".into(),
        threads: 2,
        parameters: 1_234_567,
        vocabulary: 812,
        steps: 600,
        epochs: 6.0,
        seconds: map(&[("data", 3.2), ("train", 95.0), ("evaluate", 8.1)]),
        peak_memory_bytes: Some(734 << 20),
        splits: BTreeMap::from([
            ("train".into(), split(200, 400, "9f2c51d0a1b3")),
            ("validation".into(), split(20, 40, "77ab01c2d3e4")),
            ("test".into(), split(12, 24, "03dc99e8f7a6")),
        ]),
        skipped: BTreeMap::from([("picture does not decode".into(), 2)]),
        audit: Some(Audit::Made(AuditRecord {
            threshold: 4,
            pictures: 1392,
            held_out: BTreeMap::from([(
                "test".into(),
                SharedRecord {
                    stories: 12,
                    shared_stories: 1,
                    shared_pictures: 3,
                    pairs: vec![2, 0, 0, 1, 0],
                    ..SharedRecord::default()
                },
            )]),
            ..AuditRecord::default()
        })),
        bounds: map(&[("top-1", 0.83), ("perplexity", 1.52)]),
        command: "story train --config configs/fixture.toml --seed 7".into(),
        version: "0.1.0".into(),
        card: CardRecord {
            license: "apache-2.0".into(),
            dataset_name: "drawn stories".into(),
            dataset_license: "cc0-1.0".into(),
            license_notice: "Drawn by rules; nobody's pictures or sentences are in them.".into(),
            languages: vec!["en".into()],
            train_command: "story train --config configs/fixture.toml --seed 7".into(),
            ..CardRecord::default()
        },
        intervals: None,
    }
}

pub fn write_lines<T: serde::Serialize>(path: &Path, records: &[T]) {
    let lines: String =
        records.iter().map(|r| serde_json::to_string(r).expect("plain data") + "\n").collect();
    fs::write(path, lines).expect("a temporary file");
}

pub fn write_json<T: serde::Serialize>(path: &Path, record: &T) {
    fs::write(path, serde_json::to_vec_pretty(record).expect("plain data"))
        .expect("a temporary file");
}

/// Writes the whole run.
pub fn write(folder: &Path) {
    fs::create_dir_all(folder.join("samples")).expect("a temporary folder");
    for story in 0..8 {
        for frame in 0..FRAMES {
            let save = |name: String, blur| {
                drawn(story, frame, blur).save(folder.join("samples").join(name)).expect("a PNG")
            };
            save(format!("{story}-{frame}.png"), 0.0);
            save(format!("{story}-{frame}-predicted.png"), 18.0);
            save(format!("{story}-{frame}-sources.png"), 30.0);
        }
    }
    write_json(&folder.join("summary.json"), &summary());
    write_json(&folder.join("analysis.json"), &analysis());
    write_lines(&folder.join("metrics.jsonl"), &log());
    write_lines(&folder.join("predictions.jsonl"), &windows());
}
