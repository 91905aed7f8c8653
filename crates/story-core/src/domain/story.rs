//! A story: frames in order, each a picture and a text, and what is told of its plot.

use super::{Entity, EntityId};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// A story as every source gives it and every later stage reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Story {
    /// The record's id, unique within its source.
    pub id: String,
    /// Pictures and texts in the order of telling.
    pub frames: Vec<Frame>,
    /// Phases of the plot, where the source tells them.
    pub narrative: Narrative,
}

/// One step of a story: a picture and the text told with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame {
    /// The encoded picture (JPEG, PNG or WebP) as the source holds it; `None` where the source
    /// has no picture for this step or was asked for texts only. Shared, so that cloning a
    /// story copies no picture.
    pub image: Option<Arc<[u8]>>,
    /// The picture's file name in the source; for messages.
    pub image_path: String,
    /// The text without tags, trimmed; empty where the story gives none.
    pub text: String,
    /// What the text's tags say, in order of appearance.
    pub mentions: Vec<Mention>,
    /// The characters and objects that the frame's tables list.
    pub entities: Vec<Entity>,
    /// The frame's setting table.
    pub setting: Vec<SettingElement>,
}

/// What kind of tag a stretch of text carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MentionKind {
    /// `gdo`: a character or an object.
    Entity,
    /// `gda`: an action of the ids.
    Action,
    /// `gdl`: a place or landmark.
    Location,
}

/// A stretch of a frame's text that a tag ties to entities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Which tag.
    pub kind: MentionKind,
    /// The ids in the tag, in their order.
    pub ids: Vec<EntityId>,
    /// Bytes of [`Frame::text`] that the tag encloses.
    pub range: Range<usize>,
}

/// A row of a frame's setting table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingElement {
    /// Location, Environment, Lighting, Weather, Time Period, Architecture, Interior Design,
    /// Atmosphere or Background.
    pub element: String,
    /// What it is like.
    pub description: String,
    /// The mood it carries.
    pub mood: String,
    /// The time of day or period.
    pub time: String,
}

/// The plot's phases, in the order of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrative {
    /// One row a phase.
    pub phases: Vec<Phase>,
}

/// A row of the narrative table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// Introduction, Development, Conflict, Turning Point or Conclusion.
    pub name: String,
    /// What the phase is about.
    pub description: String,
    /// Its key events, as written.
    pub key_events: String,
    /// The frames it covers, counted from 1.
    pub images: Vec<u32>,
}
