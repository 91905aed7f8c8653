//! `story detect`: what is where in pictures.

mod self_test;

use crate::arguments::DetectArguments;
use crate::boxes::{Labels, PALETTE, outline};
use crate::console::{out, print_json};
use crate::options;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;
use story_files::MOST_PICTURE_BYTES;
use story_hub::detectors;
use story_language::COCO_CATEGORIES;
use story_pictures::{Limits, Picture};
use story_report::counted;
use story_run::Host;
use story_run::run_folder::write_atomically;
use story_verify::yolox::Keep;
use story_verify::{Detection, detector};

/// What `story detect --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    detector: &'a str,
    #[serde(serialize_with = "story_run::json_path::one")]
    weights: &'a Path,
    /// Fainter things are left out.
    threshold: f32,
    /// Of two of a kind that overlap more, one is left.
    max_iou: f32,
    seconds: f64,
    pictures: &'a [PictureDocument<'a>],
    /// Files that could not be read.
    skipped: &'a [SkippedDocument<'a>],
}

/// A file that could not be read, and why.
#[derive(Serialize)]
struct SkippedDocument<'a> {
    #[serde(serialize_with = "story_run::json_path::one")]
    image: &'a Path,
    reason: String,
}

/// One picture: its size in pixels, upright, and what is in it.
#[derive(Serialize)]
struct PictureDocument<'a> {
    #[serde(serialize_with = "story_run::json_path::one")]
    image: &'a Path,
    width: u32,
    height: u32,
    detections: Vec<DetectionDocument>,
}

/// A thing and its box: left, upper, right, lower edge in pixels.
#[derive(Serialize)]
struct DetectionDocument {
    label: String,
    score: f32,
    #[serde(rename = "box")]
    corners: [f64; 4],
}

/// Finds things in the pictures named, or compares the detector with its original.
pub fn run(arguments: &DetectArguments) -> Result<()> {
    let device = story_core::device::device(&arguments.device)?;
    if arguments.self_test {
        return self_test::run(arguments, &device);
    }
    let host = options::brief_host(&arguments.common);
    let usual = detector::usual_keep(&arguments.detector).context("--detector")?;
    let keep = Keep {
        min_score: arguments.threshold.unwrap_or(usual.min_score),
        max_iou: arguments.max_iou.unwrap_or(usual.max_iou),
    };
    let name = &arguments.detector;
    let weights = match &arguments.weights {
        Some(weights) => weights.clone(),
        None => fetched(name, &host)?,
    };
    let weights = weights.as_path();
    let detector = detector::open(name, weights, keep, &device)?;
    let start = Instant::now();
    let bar = host.bar("detect", arguments.images.len() as u64);
    let (mut documents, mut skipped) = (Vec::new(), Vec::new());
    for (place, path) in arguments.images.iter().enumerate() {
        let shown = || format!("picture {}", path.display());
        let picture = match picture(path).with_context(shown) {
            Ok(picture) => picture,
            // One broken file does not end the others; alone it is an error.
            Err(error) if arguments.images.len() > 1 => {
                let reason = format!("{error:#}");
                host.warn(&format!("skipped: {reason}"));
                skipped.push(SkippedDocument { image: path, reason });
                bar.step(1);
                continue;
            }
            Err(error) => return Err(error),
        };
        let (width, height) = picture.dimensions();
        let found = detector.detect(&picture).with_context(shown)?;
        if let Some(folder) = &arguments.draw {
            let file = drawn_name(folder, place, path);
            write_atomically(&file, &drawn(picture, &found)?.to_png()?)?;
            host.say(&format!("drawn: {}", file.display()));
        }
        if !arguments.common.json {
            print(path, &found);
        }
        let detections = found.iter().map(document).collect();
        documents.push(PictureDocument { image: path, width, height, detections });
        bar.step(1);
    }
    drop(bar);
    if documents.is_empty() {
        bail!("none of {} files could be read", skipped.len());
    }
    let seconds = start.elapsed().as_secs_f64();
    if arguments.common.json {
        return print_json(
            "detect",
            &Document {
                detector: name,
                weights,
                threshold: keep.min_score,
                max_iou: keep.max_iou,
                seconds,
                pictures: &documents,
                skipped: &skipped,
            },
        );
    }
    let count = documents.len();
    host.say(&format!(
        "{} in {seconds:.2} s, {:.0} ms each",
        counted(count as u64, "picture", "pictures"),
        1000.0 * seconds / count as f64
    ));
    Ok(())
}

/// A file's picture.
fn picture(path: &Path) -> Result<Picture> {
    let bytes = story_files::read(path, MOST_PICTURE_BYTES)?;
    Ok(Picture::decode(&bytes, Limits::default())?)
}

/// The weights of the detector called `name` that `story fetch` has brought.
///
/// # Errors
/// Where they are not there, with the command that brings them.
pub fn fetched(name: &str, host: &Host) -> Result<PathBuf> {
    let cache = host.hub()?.environment.cache;
    let cached = detectors::find(name).and_then(|weights| weights.cached(&cache));
    cached.with_context(|| {
        format!(
            "the weights of {name} are not here: `story fetch models {name}` brings them, or name their file with --weights"
        )
    })
}

/// Corners to a tenth of a pixel, which is more than a detector knows.
fn document(found: &Detection) -> DetectionDocument {
    let place = &found.bounding_box;
    let tenth = |value: f32| (f64::from(value) * 10.0).round() / 10.0;
    let corners = [place.x1, place.y1, place.x2, place.y2].map(tenth);
    DetectionDocument { label: found.label.clone(), score: found.score, corners }
}

fn print(path: &Path, found: &[Detection]) {
    out!("{}", path.display());
    for found in found {
        let place = &found.bounding_box;
        out!(
            "  {:14} {:.2}  {:.0},{:.0} to {:.0},{:.0}",
            found.label,
            found.score,
            place.x1,
            place.y1,
            place.x2,
            place.y2
        );
    }
}

/// Pictures of different folders may have one name: the number tells them apart.
fn drawn_name(folder: &Path, place: usize, path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    folder.join(format!("{:03}-{stem}.png", place + 1))
}

/// The picture with its boxes, the surest on top.
fn drawn(mut picture: Picture, found: &[Detection]) -> Result<Picture> {
    let labels = Labels::new(picture.dimensions())?;
    for found in found.iter().rev() {
        let number = COCO_CATEGORIES.iter().position(|of| *of == found.label);
        let color = PALETTE[number.unwrap_or_default() % PALETTE.len()];
        outline(&mut picture, &found.bounding_box, color, labels.thickness());
        let text = format!("{} {:.2}", found.label, found.score);
        labels.write(&mut picture, &found.bounding_box, &text, color);
    }
    Ok(picture)
}
