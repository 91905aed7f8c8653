//! `story data show`: single stories in full.

use super::records::Records;
use crate::arguments::ShowArguments;
use crate::boxes::{Rgb, outline};
use crate::console::{out, print_json};
use crate::options;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::Path;
use story_core::domain::SettingElement;
use story_core::{Entity, EntityId, EntityKind, Frame, Mention, Narrative, Story};
use story_data::{Columns, Diagnostic};
use story_pictures::{Limits, Picture};
use story_run::Host;
use story_run::run_folder::write_atomically;
use story_verify::{annotations, grounding};

/// What `story data show --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    stories: &'a [StoryDocument],
}

/// A story in full.
#[derive(Serialize)]
struct StoryDocument {
    story: String,
    frames: Vec<FrameDocument>,
    narrative: Narrative,
    diagnostics: Vec<Diagnostic>,
}

/// A step of a story.
#[derive(Serialize)]
struct FrameDocument {
    /// Its place, counted from 1.
    number: usize,
    text: String,
    image: String,
    /// Of the picture; `null` where there is none.
    bytes: Option<usize>,
    mentions: Vec<Mention>,
    entities: Vec<Entity>,
    setting: Vec<SettingElement>,
    mentioned_with_box: Vec<EntityId>,
    mentioned_without_box: Vec<EntityId>,
}

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
        if !arguments.corpus.common.json {
            print(&story);
            for d in &diagnostics {
                out!("  note: {} line {}: {}", d.column, d.line, d.reason);
            }
        }
        if let Some(folder) = &arguments.draw {
            draw(&story, folder, &host)?;
        }
        shown += 1;
        wanted.retain(|id| *id != story.id);
        if arguments.corpus.common.json {
            documents.push(document(story, diagnostics));
        }
        if wanted.is_empty() {
            break;
        }
    }
    if arguments.corpus.common.json {
        print_json("data show", &Document { stories: &documents })?;
    }
    if shown == 0 && arguments.stories.is_empty() {
        bail!("{source}: no story to show; `story data validate` says what is wrong");
    }
    if !wanted.is_empty() {
        bail!("not in this split: {}; `--split test` looks into the other one", wanted.join(", "));
    }
    Ok(())
}

fn document(story: Story, diagnostics: Vec<Diagnostic>) -> StoryDocument {
    let frame = |(place, frame): (usize, Frame)| {
        let found = grounding(&frame, &annotations(&frame));
        FrameDocument {
            number: place + 1,
            text: frame.text,
            image: frame.image_path,
            bytes: frame.image.map(|bytes| bytes.len()),
            mentions: frame.mentions,
            entities: frame.entities,
            setting: frame.setting,
            mentioned_with_box: found.supported,
            mentioned_without_box: found.not_found,
        }
    };
    let frames = story.frames.into_iter().enumerate().map(frame).collect();
    StoryDocument { story: story.id, frames, narrative: story.narrative, diagnostics }
}

/// The ids with commas between.
fn joined<'a>(ids: impl IntoIterator<Item = &'a EntityId>) -> String {
    ids.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn print(story: &Story) {
    out!("story {}", story.id);
    for (place, frame) in story.frames.iter().enumerate() {
        out!("  {}. {}", place + 1, frame.text);
        for mention in &frame.mentions {
            let words = frame.text.get(mention.range.clone()).unwrap_or_default();
            out!("     {}: {words}", joined(&mention.ids));
        }
        for entity in &frame.entities {
            let place = entity.bounding_box.map_or("no box".to_string(), |b| {
                format!("{:.0},{:.0} to {:.0},{:.0}", b.x1, b.y1, b.x2, b.y2)
            });
            out!("     {} {} ({place}): {}", entity.id, entity.name, entity.description);
        }
        let missing = grounding(frame, &annotations(frame)).not_found;
        if !missing.is_empty() {
            out!("     mentioned without a box: {}", joined(&missing));
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
    joined(named.map(|entity| &entity.id))
}
