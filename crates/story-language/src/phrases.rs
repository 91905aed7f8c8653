//! Noun phrases without a tagger: what opens one (determiner, number, adjective), its compound, and
//! whether a noun stands where a noun can stand. Precision first: where a word may be a verb, or
//! what it says may be denied, likened or quoted, it is no claim.
//!
//! One pass from left to right over the tokens of one sentence.

mod around;
mod colors;
mod likeness;
mod names;
mod nouns;
mod opening;
mod quantities;
mod scan;
mod stance;

pub(crate) use scan::{Mention, Scanned, scan};
pub(crate) use stance::{Owner, Stance};
