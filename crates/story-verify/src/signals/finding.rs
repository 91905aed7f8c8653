//! The verdict on one phrase.

use std::fmt;
use std::ops::Range;
use story_language::{Color, RelationKind};

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
    /// Something is not so.
    Denial,
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
    /// The detector has a faint idea of it: too little to say that it is there, too much to say that
    /// it is not.
    Faint,
    /// The claim needs the pixels, and there are none, or the box has none inside the picture.
    NoPixels,
    /// A person's colours are of clothes, hair or skin, which no box tells apart.
    Worn,
    /// Only depth would tell, and boxes do not.
    Depth,
    /// The boxes bear out the opposite as well.
    Both,
    /// Neither borne out nor contradicted.
    Undecided,
}

impl fmt::Display for Unjudged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::UnknownThing => "the detector knows no such thing",
            Self::NobodyNamed => "the text does not say who is meant",
            Self::ThingNotFound => "what it is about was not found",
            Self::Faint => "the detector is not sure whether it is there",
            Self::NoPixels => "there are no pixels to look at",
            Self::Worn => "a person's colours are of clothes, hair or skin",
            Self::Depth => "boxes do not tell depth",
            Self::Both => "its opposite is borne out as well",
            Self::Undecided => "boxes do not tell",
        })
    }
}

/// What a picture says to one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Borne out by the detection with this index (a relation: its subject's).
    Supported(usize),
    /// Borne out by what is not there: a thing that is denied.
    Absent,
    /// A thing that the detector knows and that it does not find.
    NotFound,
    /// Something is there that says otherwise: the detection with this index.
    Contradicted(usize),
    /// Could not be judged.
    NotJudged(Unjudged),
}

/// What was seen where a claim was judged, for whoever asks why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The colour that most of the box has.
    Color(Color),
    /// So many of the things.
    Count(usize),
    /// How the two things are placed.
    Relation(RelationKind),
    /// What is denied.
    Denied,
}

impl fmt::Display for Shown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Color(color) => write!(out, "it is mostly {color}"),
            Self::Count(1) => out.write_str("1 is found"),
            Self::Count(count) => write!(out, "{count} are found"),
            Self::Relation(kind) => write!(out, "it is {kind} it"),
            Self::Denied => out.write_str("it is there"),
        }
    }
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
    /// Of a relation, the detection of its object.
    pub other: Option<usize>,
    /// What was seen, where that tells more than the finding.
    pub shown: Option<Shown>,
}

impl Claim {
    /// A claim of which nothing was seen.
    pub(super) fn unjudged(range: Range<usize>, kind: ClaimKind, why: Unjudged) -> Self {
        let finding = Finding::NotJudged(why);
        Self { range, kind, finding, score: None, other: None, shown: None }
    }
}
