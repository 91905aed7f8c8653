//! `story data show`: single stories in full.

use super::records::Records;
use crate::arguments::ShowArguments;
use crate::boxes::{Rgb, outline};
use crate::console::{out, print_json};
use crate::options;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::Path;
use story_core::{EntityKind, Frame, Story};
use story_data::Columns;
use story_pictures::{Limits, Picture};
use story_run::Host;
use story_run::run_folder::write_atomically;
use story_verify::{annotations, grounding};

/// Prints the stories asked for, or the first one.
pub fn run(arguments: &ShowArguments) -> Result<()> {
    let host = options::brief_host(&arguments.corpus.common);
    let mut wanted = arguments.stories.clone();
    let records = Records::open(&arguments.corpus, Columns::All, &host)?;
    let (source, mut shown) = (records.describe(), 0);
    let mut documents = Vec::new();
    for record in records {
        let record = match record {
            Err(error) if error.is_record() => {
                host.warn(&error.to_string());
                continue;
            }
            record => record?,
        };
        if !arguments.stories.is_empty() && !wanted.contains(&record.story_id) {
            continue;
        }
        let (story, diagnostics) = record.parse();
        let document = document(&story)?;
        if arguments.corpus.common.json {
            let mut document = document;
            document["diagnostics"] = serde_json::to_value(&diagnostics)?;
            documents.push(document);
        } else {
            print(&story, &document);
            for d in &diagnostics {
                out!("  note: {} line {}: {}", d.column, d.line, d.reason);
            }
        }
        if let Some(folder) = &arguments.draw {
            draw(&story, folder, &host)?;
        }
        shown += 1;
        wanted.retain(|id| *id != story.id);
        if wanted.is_empty() {
            break;
        }
    }
    if arguments.corpus.common.json {
        print_json("data show", &json!({ "stories": documents }))?;
    }
    if shown == 0 && arguments.stories.is_empty() {
        bail!("{source}: no story to show; `story data validate` says what is wrong");
    }
    if !wanted.is_empty() {
        bail!("not in this split: {}; `--split test` looks into the other one", wanted.join(", "));
    }
    Ok(())
}

fn document(story: &Story) -> Result<Value> {
    let mut frames = Vec::new();
    for (place, frame) in story.frames.iter().enumerate() {
        let found = grounding(frame, &annotations(frame));
        frames.push(json!({
            "number": place + 1,
            "text": frame.text,
            "image": frame.image_path,
            "bytes": frame.image.as_ref().map(|bytes| bytes.len()),
            "mentions": frame.mentions,
            "entities": frame.entities,
            "setting": frame.setting,
            "mentioned_with_box": found.supported,
            "mentioned_without_box": found.not_found,
        }));
    }
    Ok(json!({ "story": story.id, "frames": frames, "narrative": story.narrative }))
}

fn print(story: &Story, document: &Value) {
    out!("story {}", story.id);
    for (place, frame) in story.frames.iter().enumerate() {
        out!("  {}. {}", place + 1, frame.text);
        for mention in &frame.mentions {
            let ids: Vec<String> = mention.ids.iter().map(ToString::to_string).collect();
            let words = frame.text.get(mention.range.clone()).unwrap_or_default();
            out!("     {}: {words}", ids.join(" "));
        }
        for entity in &frame.entities {
            let place = entity.bounding_box.map_or("no box".to_string(), |b| {
                format!("{:.0},{:.0} to {:.0},{:.0}", b.x1, b.y1, b.x2, b.y2)
            });
            out!("     {} {} ({place}): {}", entity.id, entity.name, entity.description);
        }
        let missing = &document["frames"][place]["mentioned_without_box"];
        if missing.as_array().is_some_and(|list| !list.is_empty()) {
            out!("     mentioned without a box: {missing}");
        }
    }
    for phase in &story.narrative.phases {
        out!("  {} (images {:?}): {}", phase.name, phase.images, phase.description);
    }
}

/// Of a box's border, pixels.
const THICKNESS: i64 = 2;

/// Saves each frame's picture with the boxes of its tables.
fn draw(story: &Story, folder: &Path, host: &Host) -> Result<()> {
    for (place, frame) in story.frames.iter().enumerate() {
        let Some(bytes) = &frame.image else { continue };
        let mut picture = Picture::decode(bytes, Limits::default())
            .with_context(|| format!("story {}, image {}", story.id, place + 1))?;
        for detection in annotations(frame) {
            let color = color(detection.id.map(|id| id.kind));
            outline(&mut picture, &detection.bounding_box, color, THICKNESS);
        }
        // An id is data, not a path.
        let name: String = story
            .id
            .chars()
            .map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' })
            .collect();
        let path = folder.join(format!("{name}-{:02}.png", place + 1));
        write_atomically(&path, &picture.to_png()?)?;
        // Not on stdout, which belongs to the texts, or to one JSON document.
        host.say(&format!("drawn: {} ({})", path.display(), legend(frame)));
    }
    Ok(())
}

/// Characters are outlined in orange, everything else in blue: apart for colour-blind eyes too.
fn color(kind: Option<EntityKind>) -> Rgb {
    match kind {
        Some(EntityKind::Character) => [230, 159, 0],
        _ => [0, 114, 178],
    }
}

fn legend(frame: &Frame) -> String {
    let named = frame.entities.iter().filter(|entity| entity.bounding_box.is_some());
    named.map(|entity| entity.id.to_string()).collect::<Vec<_>>().join(", ")
}
