//! Object match by id: how many of the things that a text's tags mention have a box.

use crate::Detection;
use std::collections::BTreeSet;
use story_core::{EntityId, EntityKind, Frame};

/// Which mentioned things were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grounding {
    /// Mentioned characters and objects with a box, sorted.
    pub supported: Vec<EntityId>,
    /// Mentioned characters and objects without one, sorted.
    pub not_found: Vec<EntityId>,
}

impl Grounding {
    /// Share of the mentioned things that were found, 0..1; `None` where nothing is mentioned.
    pub fn recall(&self) -> Option<f64> {
        let all = self.supported.len() + self.not_found.len();
        (all > 0).then(|| self.supported.len() as f64 / all as f64)
    }
}

/// Compares a frame's tags with detections that carry ids. Backgrounds and landmarks are left
/// out: the corpus gives them no box.
pub fn grounding(frame: &Frame, detections: &[Detection]) -> Grounding {
    let found: BTreeSet<EntityId> = detections.iter().filter_map(|d| d.id).collect();
    let boxed = |id: &EntityId| matches!(id.kind, EntityKind::Character | EntityKind::Object);
    let mentioned: BTreeSet<EntityId> =
        frame.mentions.iter().flat_map(|mention| &mention.ids).copied().filter(boxed).collect();
    let (supported, not_found) = mentioned.into_iter().partition(|id| found.contains(id));
    Grounding { supported, not_found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotations;
    use story_core::{BoundingBox, Entity, Mention, MentionKind};

    #[test]
    fn mentioned_things_without_a_box_are_named() {
        let id = |text: &str| text.parse::<EntityId>().expect("an id");
        let frame = Frame {
            text: "Mira holds a lamp by the sea".into(),
            mentions: vec![
                Mention { kind: MentionKind::Entity, ids: vec![id("char1")], range: 0..4 },
                Mention { kind: MentionKind::Entity, ids: vec![id("obj2")], range: 13..17 },
                Mention { kind: MentionKind::Location, ids: vec![id("bg1")], range: 25..28 },
            ],
            entities: vec![Entity {
                id: id("char1"),
                name: "Mira".into(),
                description: String::new(),
                bounding_box: Some(BoundingBox::new(0.0, 0.0, 5.0, 5.0)),
            }],
            ..Frame::default()
        };
        let detections = annotations(&frame);
        let grounding = grounding(&frame, &detections);
        assert_eq!(grounding.supported, [id("char1")]);
        assert_eq!(grounding.not_found, [id("obj2")]);
        assert_eq!(grounding.recall(), Some(0.5));
        assert_eq!(Grounding::default().recall(), None);
    }
}
