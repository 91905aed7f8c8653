//! What a text claims about a picture: things, how many, in which colour, and where they are to
//! one another. No tensor and no picture is needed here.

mod reading;

pub use reading::{Color, Concept, Number, Reading, Relation, RelationKind, Thing};
