//! What only the pictures themselves can tell: whether they are pictures, and whether the boxes
//! lie inside them.

use super::notes::Notes;
use crate::{Diagnostic, DiagnosticKind as Kind};
use story_core::Story;

/// Checks a story against its pictures. `size` gives width and height in pixels of an encoded
/// picture, or `None` where it is none; frames without picture are passed over.
pub fn check_pictures(
    story: &Story,
    mut size: impl FnMut(&[u8]) -> Option<(u32, u32)>,
) -> Vec<Diagnostic> {
    let mut notes = Notes::new(&story.id, "images");
    for (number, frame) in (1..).zip(&story.frames) {
        let Some(bytes) = &frame.image else {
            continue;
        };
        let Some((width, height)) = size(bytes) else {
            let length = bytes.len();
            let reason = format!("picture {number} ({length} bytes) cannot be read");
            notes.add(0, Kind::BadPicture, reason);
            continue;
        };
        for entity in &frame.entities {
            let Some(bounds) = entity.bounding_box else {
                continue;
            };
            if bounds.clamp(width, height) != bounds {
                let id = entity.id;
                let reason =
                    format!("the box of `{id}` leaves picture {number} ({width} x {height})");
                notes.add(0, Kind::BoxOutside, reason);
            }
        }
    }
    notes.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::{BoundingBox, Entity, Frame};

    #[test]
    fn boxes_are_held_against_the_picture() {
        let entity = |id: &str, x2| Entity {
            id: id.parse().expect("an id"),
            name: String::new(),
            description: String::new(),
            bounding_box: Some(BoundingBox::new(0.0, 0.0, x2, 10.0)),
        };
        let frame = |byte: u8| Frame {
            image: Some([byte].as_slice().into()),
            entities: vec![entity("char1", 20.0), entity("obj1", 20.5)],
            ..Frame::default()
        };
        let story =
            Story { frames: vec![frame(1), frame(0), Frame::default()], ..Story::default() };
        let found = check_pictures(&story, |bytes| (bytes[0] == 1).then_some((20, 10)));
        let kinds: Vec<_> = found.iter().map(|found| found.kind).collect();
        assert_eq!(kinds, [Kind::BoxOutside, Kind::BadPicture]);
        assert!(found[0].reason.contains("obj1"));
    }
}
