//! Typed negatives: texts that do not fit a picture, each made in one known way.
//!
//! A judge must not tell them by the text alone. So words are put in only from among those that the
//! stories at hand use themselves, as often as they use them; articles, capitals and number are kept
//! right; and a text of another story is taken from the same place in it.

mod edit;
mod family;
mod inventory;
mod replace;

pub use edit::{Edited, edited};
pub use inventory::Inventory;

use serde::{Deserialize, Serialize};

/// How a negative was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NegativeKind {
    /// The text of a frame of another story.
    OtherStory,
    /// The text of another frame of the same story.
    OtherFrame,
    /// One thing or name replaced by another.
    EntitySwapped,
    /// A relation turned round, or its two things exchanged, as the corpus says of such pairs.
    RelationReversed,
    /// A colour replaced by another.
    AttributeChanged,
    /// A number replaced by one that differs by two at least, or by half.
    NumberChanged,
}

impl NegativeKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::OtherStory,
        Self::OtherFrame,
        Self::EntitySwapped,
        Self::RelationReversed,
        Self::AttributeChanged,
        Self::NumberChanged,
    ];

    /// The name in configs and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::OtherStory => "other-story",
            Self::OtherFrame => "other-frame",
            Self::EntitySwapped => "entity-swapped",
            Self::RelationReversed => "relation-reversed",
            Self::AttributeChanged => "attribute-changed",
            Self::NumberChanged => "number-changed",
        }
    }
}
