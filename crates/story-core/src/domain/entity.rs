//! Characters, objects, backgrounds and landmarks: things a story names by id.

use crate::BoundingBox;
use serde::{Deserialize, Serialize};

/// The kind of a thing, read off its id's letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntityKind {
    /// `charN`: a person or an animal that acts.
    Character,
    /// `objN`: a thing.
    Object,
    /// `bgN`: a background element.
    Background,
    /// `lmN`: a landmark.
    Landmark,
}

impl EntityKind {
    /// All kinds, in the order of their documentation.
    pub const ALL: [Self; 4] = [Self::Character, Self::Object, Self::Background, Self::Landmark];

    /// The letters in front of the number.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Character => "char",
            Self::Object => "obj",
            Self::Background => "bg",
            Self::Landmark => "lm",
        }
    }
}

/// `char1`, `obj12`, `bg3`, `lm2`: what a thing is called throughout one story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntityId {
    /// What kind of thing.
    pub kind: EntityKind,
    /// Its number within the kind, as the dataset counts.
    pub number: u32,
}

impl std::fmt::Display for EntityId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}{}", self.kind.prefix(), self.number)
    }
}

impl std::str::FromStr for EntityId {
    type Err = String;

    /// Reads the canonical form only: `char01` and `char+1` are not ids, so that what is read
    /// is written back as the same letters.
    fn from_str(text: &str) -> Result<Self, String> {
        for kind in EntityKind::ALL {
            let Some(digits) = text.strip_prefix(kind.prefix()) else {
                continue;
            };
            if let Ok(number) = digits.parse::<u32>() {
                let id = Self { kind, number };
                if id.to_string() == text {
                    return Ok(id);
                }
            }
        }
        Err(format!("`{text}` is no entity id (expected charN, objN, bgN or lmN)"))
    }
}

impl TryFrom<String> for EntityId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<EntityId> for String {
    fn from(id: EntityId) -> Self {
        id.to_string()
    }
}

/// One thing in one frame: a row of the frame's character or object table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Its id in the story.
    pub id: EntityId,
    /// Its name (characters) or empty.
    pub name: String,
    /// What it looks like.
    pub description: String,
    /// Where it is, in pixels of the original picture; `None` where the table gives no box.
    pub bounding_box: Option<BoundingBox>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_and_write_the_same_letters() {
        for text in ["char1", "obj0", "bg12", "lm3"] {
            assert_eq!(text.parse::<EntityId>().expect("an id").to_string(), text);
        }
        for text in ["", "char", "char01", "obj+1", "Char1", "thing1", "bg99999999999"] {
            assert!(text.parse::<EntityId>().is_err(), "{text}");
        }
    }
}
