//! What an English sentence claims about a picture: which things are there, how many, in which
//! colour, and where they are to one another. No tensor, no model and no picture is needed.
//!
//! For whoever has captions or stories and asks what they say: to check them against boxes, to count
//! what a corpus mentions, to write texts that are wrong in one known way.
//!
//! ```
//! use story_language::{Denial, Lexicon, Names, Quantity};
//!
//! let caption = "Two red buses wait beside an old man holding an umbrella. There is no dog.";
//! let reading = Lexicon::english().read(caption, &Names::default());
//!
//! let things: Vec<String> = reading.things.iter().map(|thing| thing.concept.to_string()).collect();
//! assert_eq!(things, ["bus", "person", "umbrella"]); // no dog
//! let Some(Denial::Thing { thing: dog, tie: None, .. }) = reading.denials.first() else {
//!     panic!("the dog is denied");
//! };
//! assert_eq!(dog.concept.to_string(), "dog");
//!
//! let bus = &reading.things[0];
//! assert_eq!(&caption[bus.range.clone()], "Two red buses");
//! let (color, bytes) = bus.color.clone().expect("a colour");
//! assert_eq!((color.to_string().as_str(), &caption[bytes]), ("red", "red"));
//! let number = bus.number.as_ref().expect("a number");
//! assert_eq!((number.least, number.quantity), (2, Quantity::AtLeast)); // three are two as well
//!
//! let claims: Vec<String> = reading
//!     .relations
//!     .iter()
//!     .map(|it| format!("{} {} {}", things[it.subject], it.kind, things[it.object]))
//!     .collect();
//! assert_eq!(claims, ["bus next to person", "person holding umbrella"]);
//! ```
//!
//! A [`Lexicon`] reads by words and their order alone: tokens and sentences, noun phrases, then
//! relations between the things of one sentence. No tagger and no parser: what is unsure is left
//! out, because a wrong claim costs more than a missing one. What is denied is kept apart
//! ([`Denial`]); what is likened, wished for or quoted is no claim. Every claim comes with the bytes of
//! the text that make it. A colour and a number are of their [`Thing`], a relation and a denial name
//! theirs by index, so that nobody need ask for the colour of a dog that is not there.
//!
//! How often the reading is right, by kind of claim, stands in `tests/it/labelled.rs`.
//!
//! A noun that means one or more of COCO's 80 categories, which most detectors name, is a
//! [`Concept::Categories`]; our own table has some thousand nouns, and WordNet's are added by
//! [`Lexicon::with_wordnet`]. Names are known by their capitals in the texts of a story
//! ([`Names`]). What a box's label means is [`Lexicon::label`], and [`Concept::fits`] tells whether
//! a mention may be of it.

mod antecedents;
mod claims;
pub mod coco;
mod colors;
mod foreign;
mod label;
mod lexicon;
mod morphology;
mod names;
mod numbers;
mod phrases;
mod read;
mod relations;
mod senses;
mod sentences;
mod tokens;
mod words;

#[cfg(test)]
mod tests;

pub use claims::{
    Color, Concept, Denial, Number, Quantity, Reading, Relation, RelationKind, Role, Thing, Tie,
};
pub use coco::COCO_CATEGORIES;
pub use lexicon::Lexicon;
pub use names::Names;
pub use numbers::number_word;
