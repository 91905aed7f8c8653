//! From a record to a story and back: pictures, segments and tables joined by frame number.

use super::frame_text::FrameText;
use super::ids::MAX_FRAMES;
use super::notes::Notes;
use super::segments::{Segment, read_story};
use super::tables::{FrameTables, Tables, read_tables};
use super::write::write_story;
use super::write_tables::write_tables;
use crate::{Diagnostic, DiagnosticKind as Kind, Error, Record, RecordImage, Result};
use std::collections::BTreeSet;
use story_core::{EntityId, Frame, Story};

/// The story that a record tells, and what was odd in it. Never fails.
///
/// There are as many frames as pictures; in a record without pictures as many as `frame_count`
/// says, or else as the highest segment number. Frame N takes picture N, segment `imageN` and the
/// tables of `## Image N`; what it lacks is empty, what is left over is reported.
pub fn parse_record(record: &Record) -> (Story, Vec<Diagnostic>) {
    let id = record.story_id.as_str();
    let (segments, mut diagnostics) = read_story(id, &record.story);
    let (tables, found) = read_tables(id, &record.chain_of_thought);
    diagnostics.extend(found);

    let mut story = Story {
        id: record.story_id.clone(),
        frames: frames(record, &segments),
        narrative: tables.narrative.clone(),
    };
    let mut notes = Notes::new(id, "story");
    check_ids(&segments, &tables, &mut notes);
    fill_texts(&mut story, segments, &mut notes);
    diagnostics.extend(notes.finish());

    let mut notes = Notes::new(id, "chain_of_thought");
    fill_tables(&mut story, tables, &mut notes);
    diagnostics.extend(notes.finish());

    let mut notes = Notes::new(id, "images");
    check_count(record, story.frames.len(), &mut notes);
    diagnostics.extend(notes.finish());
    (story, diagnostics)
}

/// The record that tells a story; [`parse_record`] reads the same story from it.
///
/// Texts and tables are brought into the form that the columns can hold (see
/// [`FrameText`] and [`write_tables`]); a mention that tags cannot express is an error that names
/// the story and the frame.
pub fn write_record(story: &Story) -> Result<Record> {
    let mut texts = Vec::with_capacity(story.frames.len());
    let mut tables = Tables { narrative: story.narrative.clone(), ..Tables::default() };
    let tells = |frame: &Frame| !frame.entities.is_empty() || !frame.setting.is_empty();
    let any = story.frames.iter().any(tells) || !story.narrative.phases.is_empty();
    for (number, frame) in (1u32..).zip(&story.frames) {
        let text = FrameText::new(&frame.text, frame.mentions.clone());
        let place = |error: Error| error.in_record(&story.id).at(format!("frame {number}"));
        texts.push(text.map_err(place)?);
        if any {
            let entry = tables.frames.entry(number).or_default();
            entry.entities.clone_from(&frame.entities);
            entry.setting.clone_from(&frame.setting);
        }
    }
    let image =
        |frame: &Frame| RecordImage { bytes: frame.image.clone(), path: frame.image_path.clone() };
    Ok(Record {
        story_id: story.id.clone(),
        images: story.frames.iter().map(image).collect(),
        frame_count: i32::try_from(story.frames.len()).ok(),
        chain_of_thought: write_tables(&tables),
        story: write_story(&texts),
    })
}

/// The frames with their pictures, still without words.
fn frames(record: &Record, segments: &[Segment]) -> Vec<Frame> {
    if record.images.is_empty() {
        let told = record.frame_count.and_then(|count| u32::try_from(count).ok());
        let highest = || segments.iter().map(|s| s.number).max().unwrap_or(0);
        let count = match told {
            Some(count) if (1..=MAX_FRAMES).contains(&count) => count,
            _ => highest(),
        };
        return vec![Frame::default(); count as usize];
    }
    let frame = |image: &RecordImage| Frame {
        image: image.bytes.clone(),
        image_path: image.path.clone(),
        ..Frame::default()
    };
    record.images.iter().map(frame).collect()
}

fn fill_texts(story: &mut Story, segments: Vec<Segment>, notes: &mut Notes<'_>) {
    let count = story.frames.len();
    let mut told = vec![false; count];
    for segment in segments {
        let Segment { number, line, .. } = segment;
        let index = number as usize - 1; // Segments count from 1.
        let Some(frame) = story.frames.get_mut(index) else {
            let reason = format!("image {number} is told of, but the story has {count} frames");
            notes.add(line, Kind::SegmentWithoutPicture, reason);
            continue;
        };
        told[index] = true;
        (frame.text, frame.mentions) = segment.text.into_parts();
        if frame.text.is_empty() {
            let named = match frame.image_path.as_str() {
                "" => String::new(),
                path => format!(" ({path})"),
            };
            let reason = format!("image {number}{named} has no words");
            notes.add(line, Kind::EmptyText, reason);
        }
    }
    for (index, _) in told.iter().enumerate().filter(|(_, told)| !**told) {
        let reason = format!("no segment tells of image {}; its text is empty", index + 1);
        notes.add(0, Kind::PictureWithoutSegment, reason);
    }
}

/// Reports, once each, the ids in tags that no table lists; records without tables have no say.
fn check_ids(segments: &[Segment], tables: &Tables, notes: &mut Notes<'_>) {
    let rows = tables.frames.values().flat_map(|frame| &frame.entities);
    let listed: BTreeSet<EntityId> = rows.map(|entity| entity.id).collect();
    if listed.is_empty() {
        return;
    }
    let mut reported = BTreeSet::new();
    for segment in segments {
        for (mention, line) in segment.text.mentions().iter().zip(&segment.mention_lines) {
            for id in &mention.ids {
                if !listed.contains(id) && reported.insert(*id) {
                    let reason = format!("`{id}` is in no table of the record");
                    notes.add(*line, Kind::IdWithoutRow, reason);
                }
            }
        }
    }
}

fn fill_tables(story: &mut Story, tables: Tables, notes: &mut Notes<'_>) {
    let count = story.frames.len();
    let any = !tables.frames.is_empty();
    let mut told = vec![false; count];
    for (number, rows) in tables.frames {
        let index = number as usize - 1; // Image headings count from 1.
        let Some(frame) = story.frames.get_mut(index) else {
            let reason = format!("image {number} has tables, but the story has {count} frames");
            notes.add(0, Kind::TablesWithoutFrame, reason);
            continue;
        };
        told[index] = true;
        let FrameTables { entities, setting } = rows;
        (frame.entities, frame.setting) = (entities, setting);
    }
    for (index, _) in told.iter().enumerate().filter(|(_, told)| any && !**told) {
        let reason = format!("image {} has no tables", index + 1);
        notes.add(0, Kind::FrameWithoutTables, reason);
    }
    for phase in &story.narrative.phases {
        let outside = |number: &&u32| !(1..=count).contains(&(**number as usize));
        if let Some(number) = phase.images.iter().find(outside) {
            let reason = format!("a phase covers image {number} of {count}");
            notes.add(0, Kind::BadImages, reason);
        }
    }
}

fn check_count(record: &Record, frames: usize, notes: &mut Notes<'_>) {
    if let Some(count) = record.frame_count
        && usize::try_from(count) != Ok(frames)
    {
        let reason = format!("frame_count is {count}, but there are {frames} frames");
        notes.add(0, Kind::FrameCount, reason);
    }
    if frames < 2 {
        let reason = format!("the story has {frames} frames; nothing can be foretold from it");
        notes.add(0, Kind::TooShort, reason);
    }
}
