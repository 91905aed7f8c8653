//! What a text claims about a picture: things, how many, in which colour, and where they are to
//! one another. No tensor and no picture is needed here.
//!
//! A [`Lexicon`] reads, by words and their order alone: tokens and sentences, noun phrases, then
//! relations between the things of one sentence. No tagger and no parser: what is unsure is left
//! out, because a wrong claim costs more than a missing one.

mod colors;
mod foreign;
mod label;
mod lemma;
mod lexicon;
mod names;
mod numbers;
mod phrases;
mod reader;
mod reading;
mod relations;
mod sentences;
mod tokens;
mod wordnet;
mod words;
mod writing;

#[cfg(test)]
mod tests;

pub use lexicon::Lexicon;
pub use names::Names;
pub use numbers::number_word;
pub use reading::{Color, Concept, Number, Reading, Relation, RelationKind, Thing};
