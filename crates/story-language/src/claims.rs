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
    /// The bytes that say so, "exactly three" as a whole; empty where the plural alone does.
    pub range: Range<usize>,
    /// At least so many.
    pub least: u32,
    /// At most so many, as the words have it; `None` where they leave it open ("several").
    pub most: Option<u32>,
    /// Which of the two bounds is claimed.
    pub quantity: Quantity,
}

impl Number {
    /// Whether its noun is a plural: all but "one", "a single", "no more than one".
    pub fn is_plural(&self) -> bool {
        self.most != Some(1)
    }

    /// Whether the text is true of a picture that shows `count` of them.
    pub fn allows(&self, count: u32) -> bool {
        let enough = count >= self.least;
        let few_enough = self.most.is_none_or(|most| count <= most);
        match self.quantity {
            Quantity::AtLeast => enough,
            Quantity::Exactly => enough && few_enough,
            Quantity::AtMost => few_enough,
        }
    }
}

/// What a number claims: who says "two men" beside five is not wrong, who says "only two" is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// [`Number::least`] and no upper bound: "two", "several", "at least two", "more than two" (3).
    AtLeast,
    /// Both bounds: "one", "a single", "only two", "exactly three".
    Exactly,
    /// [`Number::most`] and no lower bound: "no more than two", "at most two", "fewer than two"
    /// (1).
    AtMost,
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

/// Something that a text says is not so. The indices are into [`Reading::things`], which holds what
/// is there and nothing that is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// There is no such thing: "no red bus", "without a dog", "nobody", "neither a cat".
    Thing {
        /// The bytes from the word that denies to the end of the noun.
        range: Range<usize>,
        /// What is not there; its colour and number narrow it ("no red bus" may show a blue one).
        /// It is [`Concept::Categories`] only where the words mean all of these ("no dog"): "no
        /// puppy" and "no big dog" are [`Concept::Word`], since another dog may be there.
        thing: Thing,
        /// What it would be tied to if it were there ("no dog on the couch" may show one on the
        /// floor, "a man without a hat" another man's); `None` where it is nowhere in the picture.
        tie: Option<Tie>,
    },
    /// Two things are there, and not so placed: "The cat is not on the bed."
    Relation {
        /// The bytes from the word that denies to the relation's last word.
        range: Range<usize>,
        /// What is not so; its two things are there.
        relation: Relation,
    },
    /// A thing is there, and not in this colour: "The bus is not blue."
    Color {
        /// The bytes from the word that denies to the colour.
        range: Range<usize>,
        /// Index of the thing that is there.
        thing: usize,
        /// The colour that it does not have.
        color: Color,
    },
}

impl Denial {
    /// The bytes that deny.
    pub fn range(&self) -> &Range<usize> {
        match self {
            Self::Thing { range, .. }
            | Self::Relation { range, .. }
            | Self::Color { range, .. } => range,
        }
    }
}

/// How a thing that is denied would be placed to one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tie {
    /// Which relation; [`RelationKind::Beside`] where the text says "without", "with no" or "has
    /// no".
    pub kind: RelationKind,
    /// Index of the thing that is there.
    pub thing: usize,
    /// Which place in the relation the denied thing would have.
    pub role: Role,
}

/// A place in a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The first: the dog of "no dog on the couch".
    Subject,
    /// The second: the umbrella of "a man not holding an umbrella".
    Object,
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
    /// What the text says is not so, in order of appearance.
    pub denials: Vec<Denial>,
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
