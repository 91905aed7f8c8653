//! The claims of a text, each with the bytes of the text that make it.

use crate::COCO_CATEGORIES;
use std::fmt;
use std::ops::Range;

/// What a noun, name or pronoun stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Concept {
    /// Any one of these of COCO's categories, by index into
    /// [`COCO_CATEGORIES`](crate::COCO_CATEGORIES), sorted: one for "puppy", several for "animal".
    Categories(Vec<usize>),
    /// Somebody whom a pronoun tells of; [`Thing::antecedent`] says who, where the text does.
    Being,
    /// A proper name in lower case.
    Name(String),
    /// Any other noun by its lemma; the words of a compound have a blank between them.
    Word(String),
}

/// The names of the categories with "or" between, "somebody", or the name or noun itself.
impl fmt::Display for Concept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Categories(all) => {
                let names = all.iter().filter_map(|one| COCO_CATEGORIES.get(*one).copied());
                f.write_str(&names.collect::<Vec<_>>().join(" or "))
            }
            Self::Being => f.write_str("somebody"),
            Self::Name(word) | Self::Word(word) => f.write_str(word),
        }
    }
}

/// How many of a thing a text says there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The bytes that say so; empty where the plural alone does.
    pub range: Range<usize>,
    /// At least so many.
    pub least: u32,
    /// At most so many; `None` where the text leaves it open ("several").
    pub most: Option<u32>,
}

/// The eleven basic colours of English (Berlin and Kay 1969, "Basic Color Terms").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the names say it
pub enum Color {
    Black,
    White,
    Grey,
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
    Pink,
    Brown,
}

/// A thing that a text says is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// The whole phrase: "two red fire hydrants".
    pub range: Range<usize>,
    /// The noun, compound and all, name or pronoun: "fire hydrants".
    pub head: Range<usize>,
    /// What it stands for.
    pub concept: Concept,
    /// How many, where the text says more than "a" or "the".
    pub number: Option<Number>,
    /// Its colour and the bytes that say so.
    pub color: Option<(Color, Range<usize>)>,
    /// Of a pronoun, the thing that it stands for, by its index into [`Reading::things`]; `None`
    /// where the text leaves that open, and of nouns and names.
    pub antecedent: Option<usize>,
}

/// How two things are placed to one another, as the text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelationKind {
    /// The subject rests on the object, or rides it.
    On,
    /// The subject is below the object.
    Under,
    /// The subject is above the object without touching it.
    Above,
    /// Near, at the side of, with.
    Beside,
    /// Nearer to the viewer.
    InFrontOf,
    /// Farther from the viewer.
    Behind,
    /// Within the object.
    Inside,
    /// In the subject's hands: holding, carrying, with a thing in hand.
    Holding,
    /// Looking at.
    Watching,
    /// Left of the object, from the viewer's side.
    LeftOf,
    /// Right of the object, from the viewer's side.
    RightOf,
}

/// A claim of place between two things of one [`Reading`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The bytes of the words that say so: "in front of", "holding".
    pub range: Range<usize>,
    /// Which relation.
    pub kind: RelationKind,
    /// Index into [`Reading::things`].
    pub subject: usize,
    /// Index into [`Reading::things`].
    pub object: usize,
}

/// All claims of one text. Ranges are bytes of the text, on character borders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The sentences, in order, without the blanks between.
    pub sentences: Vec<Range<usize>>,
    /// The things, in order of appearance; the same thing said twice is here twice.
    pub things: Vec<Thing>,
    /// The relations, in order of appearance.
    pub relations: Vec<Relation>,
    /// Whether the text seems to be of another language, so that nothing of it was read.
    pub is_foreign: bool,
}

impl Reading {
    /// What the thing with this index is: a pronoun is what it stands for, and
    /// [`Concept::Being`] where the text does not say. `None` where there is no such thing.
    pub fn meaning(&self, thing: usize) -> Option<&Concept> {
        let told = self.things.get(thing)?;
        let meant = told.antecedent.and_then(|named| self.things.get(named)).unwrap_or(told);
        Some(&meant.concept)
    }
}
