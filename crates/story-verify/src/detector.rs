//! Detectors: what is where in a picture.

use crate::fasterrcnn::{self, FasterRcnn};
use crate::yolox::{Keep, Yolox, YoloxVariant};
use candle_core::Device;
use std::path::Path;
use story_core::{BoundingBox, Entity, EntityId, EntityKind, Error, Frame, Result};
use story_pictures::Picture;

/// A thing found in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// What it is: a category of the detector, or the corpus' own description.
    pub label: String,
    /// The corpus' id of the thing, where the detector knows it.
    pub id: Option<EntityId>,
    /// How sure the detector is, 0..1.
    pub score: f32,
    /// Where it is, in pixels of the original picture.
    pub bounding_box: BoundingBox,
}

/// What a detector says of a picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sight {
    /// Things, best first, inside of the picture.
    pub detections: Vec<Detection>,
    /// For each of COCO's categories, in order, the best score of any box, 0..1: of those too faint
    /// to be kept and those that a better one hides as well. What is not finite counts as 0.
    pub best: Vec<f32>,
}

/// Finds things in pictures.
pub trait Detector: Send + Sync {
    /// Looks at a picture once.
    ///
    /// # Errors
    /// [`Error::Tensor`] where the device fails.
    fn look(&self, picture: &Picture) -> Result<Sight>;

    /// Things in the picture, best first, inside of it.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    fn detect(&self, picture: &Picture) -> Result<Vec<Detection>> {
        Ok(self.look(picture)?.detections)
    }
}

/// The published detector called `name`, with the weights of a file.
///
/// # Errors
/// [`Error::Config`] for an unknown name, and those of opening the weights.
pub fn open(name: &str, weights: &Path, keep: Keep, device: &Device) -> Result<Box<dyn Detector>> {
    if name == fasterrcnn::NAME {
        return Ok(Box::new(FasterRcnn::open(weights, keep, device)?));
    }
    match YoloxVariant::named(name) {
        Some(variant) => Ok(Box::new(Yolox::open(variant, weights, keep, device)?)),
        None => Err(unknown(name)),
    }
}

/// Which boxes the published detector called `name` keeps where nothing else is asked for: YOLOX's
/// demonstration's, torchvision's defaults for Faster R-CNN.
///
/// # Errors
/// [`Error::Config`] for an unknown name.
pub fn usual_keep(name: &str) -> Result<Keep> {
    if name == fasterrcnn::NAME {
        return Ok(fasterrcnn::PUBLISHED_KEEP);
    }
    let variant = YoloxVariant::named(name);
    variant.map(|_| Keep::DEMO).ok_or_else(|| unknown(name))
}

pub(crate) fn unknown(name: &str) -> Error {
    Error::Config(format!("detector `{name}`: expected one of {}", names().join(", ")))
}

/// The names of the published detectors that [`open`] knows.
pub fn names() -> Vec<&'static str> {
    let yolox = YoloxVariant::ALL.map(YoloxVariant::name);
    yolox.into_iter().chain([fasterrcnn::NAME]).collect()
}

/// The boxes that the corpus itself gives in its tables, with score 1: the reference that trained
/// detectors are measured against.
///
/// A label is the thing's description; its name stands before it, "Rosa, a pink pig", and so does
/// the name of the place before the background's, where the frame's settings tell it.
pub fn annotations(frame: &Frame) -> Vec<Detection> {
    let detections = frame.entities.iter().filter_map(|entity| {
        Some(Detection {
            label: label(frame, entity),
            id: Some(entity.id),
            score: 1.0,
            bounding_box: entity.bounding_box?,
        })
    });
    detections.collect()
}

/// Name and description of a thing.
fn label(frame: &Frame, entity: &Entity) -> String {
    let name = match entity.id.kind {
        EntityKind::Background => place(frame, &entity.description),
        _ => &entity.name,
    };
    match (name, entity.description.as_str()) {
        ("", description) => description.to_string(),
        (name, "") => name.to_string(),
        (name, description) => format!("{name}, {description}"),
    }
}

/// The place whose background looks as described, empty where the frame's settings tell none.
fn place<'a>(frame: &'a Frame, description: &str) -> &'a str {
    let row = |element: &str| frame.setting.iter().find(|row| row.element == element);
    match (row("Location"), row("Background")) {
        (Some(location), Some(background)) if background.description == description => {
            &location.description
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::domain::SettingElement;

    #[test]
    fn labels_say_name_and_looks() {
        let entity = |id: &str, name: &str, description: &str| Entity {
            id: id.parse().expect("an id"),
            name: name.into(),
            description: description.into(),
            bounding_box: Some(BoundingBox::new(0.0, 0.0, 5.0, 5.0)),
        };
        let setting = |element: &str, description: &str| SettingElement {
            element: element.into(),
            description: description.into(),
            mood: String::new(),
            time: String::new(),
        };
        let mut frame = Frame {
            entities: vec![
                entity("char1", "Pia", "a girl with a scarf"),
                entity("obj1", "", "an old sledge"),
                entity("bg1", "", "white hills"),
                entity("bg2", "", "a distant house"),
            ],
            setting: vec![setting("Location", "valley"), setting("Background", "white hills")],
            ..Frame::default()
        };
        frame
            .entities
            .push(Entity { bounding_box: None, ..entity("obj2", "", "a lamp that no box shows") });
        let found = annotations(&frame);
        let labels: Vec<&str> = found.iter().map(|found| found.label.as_str()).collect();
        assert_eq!(
            labels,
            ["Pia, a girl with a scarf", "an old sledge", "valley, white hills", "a distant house"]
        );
        assert!(found.iter().all(|found| found.score == 1.0));
    }
}
