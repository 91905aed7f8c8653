//! What was read of a noun phrase before its noun.

use crate::{Color, Number};
use std::ops::Range;

/// The beginning of a noun phrase.
#[derive(Debug, Clone, Default)]
pub(super) struct Opening {
    /// Its first token.
    pub first: usize,
    /// The first token of the owner's phrase before it, where that is nothing by itself.
    pub owner: Option<usize>,
    /// A number word, and whether the noun must then be a plural.
    pub number: Option<Number>,
    /// Whether one thing is meant whatever the noun's number: "one of the boys" says nothing about
    /// how many boys.
    pub uncounted: bool,
    /// Whether a word for many stands before: "a group of".
    pub many: bool,
    /// Whether a "couple" or the like stands before, which typing errors leave with a singular.
    pub loose: bool,
    /// Colours with their bytes.
    pub colors: Vec<(Color, Range<usize>)>,
    /// The word that makes it a likeness: "toy".
    pub unreal: Option<String>,
    /// What it is made of: "wooden".
    pub material: Option<String>,
    /// An unknown word that may be the noun, by its token.
    pub unknown: Option<usize>,
    /// How many unknown words.
    pub unknowns: usize,
    /// Whether "a" or the like allows one thing only.
    pub singular: bool,
    /// Whether it is known which one is meant: "the", "his".
    pub definite: bool,
    /// Whether words tell more of it than its number and colour: "big", "other".
    pub described: bool,
    /// Whether "other" says that there are some all the same: "no other dogs".
    pub others: bool,
}

impl Opening {
    pub fn at(first: usize) -> Self {
        Self { first, ..Self::default() }
    }
}
