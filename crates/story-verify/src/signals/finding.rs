//! The verdict on one phrase.

use std::ops::Range;

/// What a phrase claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// A thing is there.
    Thing,
    /// There are so many of it.
    Number,
    /// It has this colour.
    Color,
    /// Two things are placed so.
    Relation,
}

/// Why a phrase was not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unjudged {
    /// The detector knows no such thing: that it was not found says nothing.
    UnknownThing,
    /// A pronoun, and the text does not say for whom: it is evidence of nobody.
    NobodyNamed,
    /// What the claim is about was not found, which the claim of its presence says already.
    ThingNotFound,
    /// The claim needs the pixels, and there are none, or the box has none inside the picture.
    NoPixels,
    /// Only depth would tell, and boxes do not: neither borne out nor contradicted.
    Undecided,
}

impl std::fmt::Display for Unjudged {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::UnknownThing => "the detector knows no such thing",
            Self::NobodyNamed => "the text does not say who is meant",
            Self::ThingNotFound => "what it is about was not found",
            Self::NoPixels => "there are no pixels to look at",
            Self::Undecided => "boxes do not tell",
        })
    }
}

/// What a picture says to one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Borne out by the detection with this index (a relation: its subject's).
    Supported(usize),
    /// A thing that the detector knows and that it does not find.
    NotFound,
    /// Something is there that says otherwise: the detection with this index.
    Contradicted(usize),
    /// Could not be judged.
    NotJudged(Unjudged),
}

/// One claim with what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The bytes of the text that make it.
    pub range: Range<usize>,
    /// What it claims.
    pub kind: ClaimKind,
    /// What the picture says to it.
    pub finding: Finding,
    /// How well it is borne out, 0..1; `None` where there was nothing to judge by. A claim that was
    /// left undecided keeps the middling score that it has.
    pub score: Option<f64>,
}
