//! What a story is, independent of the file it came from.

mod entity;
mod story;

pub use entity::{Entity, EntityId, EntityKind};
pub use story::{Frame, Mention, MentionKind, Narrative, Phase, SettingElement, Story};
