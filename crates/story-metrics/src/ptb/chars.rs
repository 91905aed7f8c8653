//! Classes of characters, and the text as the scanner reads it.

use super::ranges::{MARK, SYMBOL, WORD};
use std::sync::OnceLock;

/// What a character can be part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Letters.
    Letter,
    /// Decimal digits.
    Digit,
    /// Continues a word, but does not stand within a number.
    Mark,
    /// All else that makes tokens.
    Symbol,
    /// Makes no token, and separates words.
    Dropped,
}

/// Punctuation beyond ASCII that the scanner knows by itself.
const PUNCTUATION: &str = "\u{80}\u{91}\u{92}\u{93}\u{94}\u{96}\u{97}¢£¤²³¹«»¼½¾\u{2010}\u{2011}\u{58a}\
    –—―‘’‚‛“”„‟…‹›⁄⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉₠€⅓⅔";

/// The class of a character. Beyond the Basic Multilingual Plane all are dropped: the original
/// reads UTF-16 units and knows no surrogate.
pub(super) fn class(character: char) -> Class {
    if character.is_ascii() {
        return match character {
            'a'..='z' | 'A'..='Z' => Class::Letter,
            '0'..='9' => Class::Digit,
            '!'..='~' => Class::Symbol,
            _ => Class::Dropped,
        };
    }
    static TABLE: OnceLock<Vec<Class>> = OnceLock::new();
    let table = TABLE.get_or_init(table);
    table.get(character as usize).copied().unwrap_or(Class::Dropped)
}

fn table() -> Vec<Class> {
    let mut table = vec![Class::Dropped; 0x1_0000];
    for (ranges, class) in [(WORD, Class::Letter), (MARK, Class::Mark), (SYMBOL, Class::Symbol)] {
        for range in ranges.split_whitespace() {
            let (low, high) = range.split_once('-').unwrap_or((range, range));
            let bound = |text| {
                usize::from_str_radix(text, 16)
                    .expect("invariant: the lists hold hexadecimal ranges")
            };
            table[bound(low)..=bound(high)].fill(class);
        }
    }
    for (code, class) in table.iter_mut().enumerate() {
        let numeric = char::from_u32(code as u32).is_some_and(char::is_numeric);
        if *class == Class::Letter && numeric {
            *class = Class::Digit;
        }
    }
    for character in PUNCTUATION.chars().chain([LESS, GREATER, QUOTE, APOSTROPHE]) {
        table[character as usize] = Class::Symbol;
    }
    table
}

/// Letters, marks and digits.
pub(super) fn is_word(character: char) -> bool {
    matches!(class(character), Class::Letter | Class::Mark | Class::Digit)
}

/// Letters and marks.
pub(super) fn is_letter(character: char) -> bool {
    matches!(class(character), Class::Letter | Class::Mark)
}

/// Letters and digits without marks.
pub(super) fn is_alphanumeric(character: char) -> bool {
    matches!(class(character), Class::Letter | Class::Digit)
}

/// Decimal digits of any script.
pub(super) fn is_digit(character: char) -> bool {
    class(character) == Class::Digit
}

/// White space between tokens; [`prepare`] leaves only these two.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | BREAK)
}

/// White space that tokens span within tags only, unlike a space.
pub(super) const BREAK: char = '\t';

/// Number of characters at the start that fulfil a condition.
pub(super) fn run(text: &[char], condition: impl Fn(char) -> bool) -> usize {
    text.iter().take_while(|&&c| condition(c)).count()
}

/// Whether a text starts with ASCII characters of any case.
pub(super) fn starts_with(text: &[char], start: &str) -> bool {
    text.len() >= start.len()
        && start.bytes().zip(text).all(|(byte, &c)| c.to_ascii_lowercase() == char::from(byte))
}

/// The text as characters: white space is a plain space or a tabulator, soft hyphens are gone, the entities that
/// stand for punctuation are decoded.
pub(super) fn prepare(text: &str) -> Vec<char> {
    const ENTITIES: [(&str, char); 9] = [
        ("&amp;", '&'),
        ("&apos;", '’'),
        ("&quot;", '"'),
        ("&nbsp;", ' '),
        ("&mdash;", '—'),
        ("&ndash;", '–'),
        ("&md;", '—'),
        ("&lt;", LESS),
        ("&gt;", GREATER),
    ];
    let mut characters = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '&' {
            let entity = ENTITIES.iter().find(|(name, _)| {
                rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            });
            if let Some(&(name, character)) = entity {
                let small = rest.starts_with(name);
                characters.push(match character {
                    '"' if !small => QUOTE,
                    '’' if !small => APOSTROPHE,
                    _ => character,
                });
                rest = &rest[name.len()..];
                continue;
            }
        }
        match first {
            '\u{ad}' | LESS | GREATER | QUOTE | APOSTROPHE => {}
            BREAK => characters.push(BREAK),
            _ if crate::tokenize::is_space(first) => characters.push(' '),
            _ => characters.push(first),
        }
        rest = &rest[first.len_utf8()..];
    }
    characters
}

/// `&lt;` and `&gt;`, which open no tag: noncharacters that [`prepare`] takes out of every text.
pub(super) const LESS: char = '\u{fdd0}';
/// See [`LESS`].
pub(super) const GREATER: char = '\u{fdd1}';
/// `&QUOT;` in capitals, which stays as it is and is on no list of punctuation.
pub(super) const QUOTE: char = '\u{fdd2}';
/// `&APOS;` in capitals likewise.
pub(super) const APOSTROPHE: char = '\u{fdd3}';
