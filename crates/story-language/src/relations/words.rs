//! The words of relations.

use crate::RelationKind::{
    self, Above, Behind, Beside, Holding, InFrontOf, Inside, LeftOf, On, RightOf, Under, Watching,
};
use crate::tokens::Token;
use std::fmt;

/// Which of the two things is the relation's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// The one before the words.
    Forward,
    /// The one behind them: "a cup held by a man".
    Backward,
}

/// One way to say a relation.
#[derive(Debug)]
pub(super) struct Pattern {
    /// In lower case with blanks between.
    words: &'static str,
    pub kind: RelationKind,
    pub direction: Direction,
    /// Whether a verb says it.
    pub verb: bool,
}

const fn is(words: &'static str, kind: RelationKind) -> Pattern {
    Pattern { words, kind, direction: Direction::Forward, verb: false }
}

const fn does(words: &'static str, kind: RelationKind) -> Pattern {
    Pattern { words, kind, direction: Direction::Forward, verb: true }
}

const fn back(words: &'static str, kind: RelationKind) -> Pattern {
    Pattern { words, kind, direction: Direction::Backward, verb: false }
}

/// The longest that fits counts.
const PATTERNS: &[Pattern] = &[
    is("on", On),
    is("on top of", On),
    is("upon", On),
    is("onto", On),
    is("atop", On),
    is("atop of", On),
    is("on the back of", On),
    is("on the top of", On),
    does("ride", On),
    does("rides", On),
    does("rode", On),
    does("riding", On),
    does("straddling", On),
    back("ridden by", On),
    back("topped with", On),
    back("covered with", On),
    back("covered in", On),
    is("under", Under),
    is("below", Under),
    is("beneath", Under),
    is("underneath", Under),
    is("above", Above),
    is("over", Above),
    is("high over", Above),
    is("right above", Above),
    is("high above", Above),
    is("beside", Beside),
    is("next to", Beside),
    is("near", Beside),
    is("near to", Beside),
    is("by", Beside),
    is("close to", Beside),
    is("alongside", Beside),
    is("alongside of", Beside),
    is("nearby", Beside),
    is("at the side of", Beside),
    is("by the side of", Beside),
    is("in front of", InFrontOf),
    is("on front of", InFrontOf),
    is("in the front of", InFrontOf),
    is("outside of", InFrontOf),
    is("behind", Behind),
    is("in back of", Behind),
    is("from behind", Behind),
    is("against", Beside),
    is("between", Beside),
    is("at the top of", On),
    is("in the back of", Inside),
    is("in the corner of", Inside),
    is("in", Inside),
    is("inside", Inside),
    is("inside of", Inside),
    is("within", Inside),
    is("into", Inside),
    is("in the middle of", Inside),
    is("in the center of", Inside),
    is("in the centre of", Inside),
    back("filled with", Inside),
    back("full of", Inside),
    back("containing", Inside),
    back("contains", Inside),
    does("hold", Holding),
    does("holds", Holding),
    does("held", Holding),
    does("holding", Holding),
    does("hold up", Holding),
    does("holds up", Holding),
    does("held up", Holding),
    does("holding up", Holding),
    does("holding on to", Holding),
    does("holding onto", Holding),
    does("carry", Holding),
    does("carries", Holding),
    does("carried", Holding),
    does("carrying", Holding),
    does("clutching", Holding),
    does("clutched", Holding),
    does("gripping", Holding),
    does("gripped", Holding),
    does("grasping", Holding),
    back("held by", Holding),
    back("carried by", Holding),
    does("watch", Watching),
    does("watches", Watching),
    does("watched", Watching),
    does("watching", Watching),
    does("look at", Watching),
    does("looks at", Watching),
    does("looked at", Watching),
    does("looking at", Watching),
    does("stare at", Watching),
    does("stares at", Watching),
    does("stared at", Watching),
    does("staring at", Watching),
    does("gaze at", Watching),
    does("gazes at", Watching),
    does("gazed at", Watching),
    does("gazing at", Watching),
    does("looking toward", Watching),
    does("looking towards", Watching),
    does("looking up at", Watching),
    does("looks up at", Watching),
    does("looked up at", Watching),
    does("looking down at", Watching),
    does("looks down at", Watching),
    does("looked down at", Watching),
    back("watched by", Watching),
    is("left of", LeftOf),
    is("to the left of", LeftOf),
    is("on the left of", LeftOf),
    is("on the left side of", LeftOf),
    is("right of", RightOf),
    is("to the right of", RightOf),
    is("on the right of", RightOf),
    is("on the right side of", RightOf),
];

/// Words of the longest pattern.
const LONGEST: usize = 5;

/// Words behind which somebody else may act.
pub(super) const BORDERS: &str = "\
how what why and but while whilst when because so then where or as if until";

/// Words that stand among verbs of posture: "that is right next to".
pub(super) const AMONG_POSTURES: &str = "that which down right close";

/// Participles of what is put somewhere: they tell of the thing right before.
pub(super) const PLACED: &str = "\
placed parked seated laid perched mounted attached tied displayed arranged stacked piled balanced \
propped set hung hanging covered filled topped surrounded made taken seen shown";

/// Words before a name that somebody has.
pub(super) const NAMED: [&str; 2] = ["named", "called"];

/// Nouns of no thing that has a place for all that: what is "in" it is not where the reader is.
pub(super) const TOLD: &str = "\
picture photo photograph image story tale word name message song part interest idea view look scene \
reflection hope trouble question answer difference";

/// Other words behind which "in", "on" and "over" say no place.
pub(super) const UNPLACED: &str = "work works worked interested never almost nearly";

/// Whether a row of tokens begins with the words of a place.
pub(crate) fn begins_relation(tokens: &[Token]) -> bool {
    let begins = |pattern: &Pattern| {
        let mut at = tokens.iter();
        pattern.words.split(' ').all(|word| at.next().is_some_and(|token| token.is(word)))
    };
    PATTERNS.iter().any(|pattern| !pattern.verb && begins(pattern))
}

/// The longest pattern that a row of tokens ends with, and how many tokens it has.
pub(super) fn pattern_at_end(tokens: &[Token]) -> Option<(&'static Pattern, usize)> {
    let most = tokens.len().min(LONGEST);
    (1..=most).rev().find_map(|length| {
        let words = &tokens[tokens.len() - length..];
        let fits = |pattern: &&Pattern| {
            pattern.words.split(' ').eq(words.iter().map(|token| token.lower.as_str()))
        };
        let pattern = PATTERNS.iter().find(fits)?;
        Some((pattern, length))
    })
}

/// A way to say it between two noun phrases.
impl fmt::Display for RelationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            On => "on",
            Under => "under",
            Above => "above",
            Beside => "next to",
            InFrontOf => "in front of",
            Behind => "behind",
            Inside => "inside",
            Holding => "holding",
            Watching => "watching",
            LeftOf => "to the left of",
            RightOf => "to the right of",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tokens;

    #[test]
    fn the_longest_pattern_counts() {
        let at_end = |text: &str| {
            pattern_at_end(&tokens(text)).map(|(pattern, length)| (pattern.kind, length))
        };
        assert_eq!(at_end("is sitting on top of"), Some((On, 3)));
        assert_eq!(at_end("that stands on the left side of"), Some((LeftOf, 5)));
        assert_eq!(at_end("in front of"), Some((InFrontOf, 3)));
        assert_eq!(at_end("front of"), None);
    }

    #[test]
    fn every_pattern_can_be_found() {
        for pattern in PATTERNS {
            let (found, length) = pattern_at_end(&tokens(pattern.words)).expect("itself");
            assert_eq!((found.words, length), (pattern.words, pattern.words.split(' ').count()));
        }
    }

    #[test]
    fn every_relation_reads_its_own_words() {
        for pattern in PATTERNS {
            let (found, _) = pattern_at_end(&tokens(&pattern.kind.to_string())).expect("itself");
            assert_eq!(found.kind, pattern.kind);
        }
    }
}
