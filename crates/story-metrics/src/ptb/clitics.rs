//! Apostrophes: clitics that leave their word, words that have an apostrophe inside or in front,
//! and words that are two.

use super::Found;
use super::chars::{APOSTROPHE, is_letter, is_space, is_word, run, starts_with};

/// The apostrophes that part words.
pub(super) fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’' | '\u{92}' | APOSTROPHE)
}

/// How the Treebank writes a character of a clitic: apostrophes straight, left quotes as one.
pub(super) fn as_written(character: char) -> char {
    match character {
        APOSTROPHE => character,
        _ if is_apostrophe(character) => '\'',
        _ if is_loose_apostrophe(character) => '`',
        _ => character,
    }
}

/// What else is read as an apostrophe between two letters.
pub(super) fn is_loose_apostrophe(character: char) -> bool {
    is_apostrophe(character) || matches!(character, '`' | '‘' | '‛' | '\u{91}')
}

/// Where a word is two: `can not`, `gon na`.
pub(super) fn halves(token: &[char]) -> Option<usize> {
    const PAIRS: [(&str, usize); 6] =
        [("cannot", 3), ("gonna", 3), ("gotta", 3), ("lemme", 3), ("gimme", 3), ("wanna", 3)];
    if !(5..=6).contains(&token.len()) {
        return None;
    }
    PAIRS
        .iter()
        .find(|(word, _)| word.len() == token.len() && starts_with(token, word))
        .map(|&(_, cut)| cut)
}

/// Length of a clitic with its apostrophe: `'s`, `'d`, `'m`, `'ll`, `'re`, `'ve`.
fn clitic_start(text: &[char]) -> usize {
    if !text.first().is_some_and(|&c| is_apostrophe(c)) {
        return 0;
    }
    ["ll", "re", "ve", "s", "d", "m"]
        .iter()
        .find(|ending| starts_with(&text[1..], ending))
        .map_or(0, |ending| 1 + ending.len())
}

/// The same, if no letter follows a straight apostrophe's clitic. A typographic apostrophe is one
/// even where letters follow.
fn clitic(text: &[char]) -> usize {
    let length = clitic_start(text);
    let goes_on = text.get(length).is_some_and(char::is_ascii_alphabetic);
    if length > 0 && text[0] == '\'' && goes_on { 0 } else { length }
}

/// Whether a token is `n't`, `'s` or the like, see [`as_written`].
pub(super) fn is_clitic(token: &[char]) -> bool {
    token.len() <= 3 && (clitic(token) == token.len() || negation(token) == token.len())
}

/// `n't`.
fn negation(text: &[char]) -> usize {
    match text {
        ['n' | 'N', apostrophe, 't' | 'T', ..] if is_loose_apostrophe(*apostrophe) => 3,
        _ => 0,
    }
}

/// What starts with a letter and has an apostrophe near.
pub(super) fn inside(text: &[char]) -> Found {
    let ascii = run(text, |c| c.is_ascii_alphabetic());
    if !text.get(ascii).is_some_and(|&c| is_loose_apostrophe(c)) {
        return with_clitic(text).or(vowels(text));
    }
    let mut found = Found::whole(negation(text));
    // `do` + `n't`, but `ann't` stays.
    if ascii >= 2 && !matches!(text[ascii - 2], 'n' | 'N') && negation(&text[ascii - 1..]) > 0 {
        found = found.or(Found { take: ascii - 1, seen: ascii + 2 });
    }
    found = found.or(with_clitic(text));
    found.or(known(text)).or(elided(text)).or(vowels(text))
}

/// A word before a clitic, which the two of them decide: `SHE'S` is no word with an apostrophe.
fn with_clitic(text: &[char]) -> Found {
    let take = run(text, is_word);
    match clitic_start(&text[take..]) {
        0 => Found::NOTHING,
        clitic => Found { take, seen: take + clitic },
    }
}

/// Words with an apostrophe that the original knows.
fn known(text: &[char]) -> Found {
    const WORDS: [&str; 11] = [
        "c'mon",
        "cap'n",
        "li'l",
        "ev'ry",
        "nat'l",
        "c'est",
        "e'er",
        "d'ye",
        "dunkin'",
        "somethin'",
        "ol'",
    ];
    let matches = |word: &str| {
        text.len() >= word.len()
            && word.chars().zip(text).all(|(letter, &c)| {
                letter == c.to_ascii_lowercase() || (letter == '\'' && is_apostrophe(c))
            })
    };
    let longest = WORDS.iter().filter(|word| matches(word)).map(|word| word.len());
    Found::whole(longest.max().unwrap_or(0))
}

/// A single letter before the apostrophe: `O'Brien`, `d'` + `a`, `y'` + `all`, `T'Pol`.
fn elided(text: &[char]) -> Found {
    let [first, apostrophe, after @ ..] = text else {
        return Found::NOTHING;
    };
    if !is_loose_apostrophe(*apostrophe) {
        return Found::NOTHING;
    }
    let letters = run(after, is_letter);
    match first {
        'n' | 'o' | 'A'..='H' | 'J'..='X' | 'Z' if letters >= 2 => Found::whole(2 + letters),
        _ if !is_apostrophe(*apostrophe) => Found::NOTHING,
        'd' | 'D' | 'j' | 'J' | 'l' | 'L' => Found::whole(2),
        'y' | 'Y' if letters > 0 => Found::whole(2),
        _ => Found::NOTHING,
    }
}

/// A vowel before and after the apostrophe: `ma'am`, `Hallowe'en`; a capital after it will do.
fn vowels(text: &[char]) -> Found {
    let before = run(text, is_letter);
    let vowel = |c: &char| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u');
    let fits = before >= 2
        && (vowel(&text[before - 1]) || matches!(text[before - 1], 'y' | 'Y'))
        && text.get(before).is_some_and(|&c| is_loose_apostrophe(c))
        && text.get(before + 1).is_some_and(|c| vowel(c) || c.is_ascii_uppercase());
    if fits {
        Found::whole(before + 1 + run(&text[before + 1..], is_letter))
    } else {
        Found::NOTHING
    }
}

/// What starts with an apostrophe: clitics, `'n'`, `'em`, `'til`, `'tis`, `'90s`, `'96`.
pub(super) fn leading(text: &[char]) -> Found {
    let Some(&first) = text.first() else {
        return Found::NOTHING;
    };
    if !is_apostrophe(first) {
        return Found::NOTHING;
    }
    let after = &text[1..];
    if first == '\'' {
        // `'t` is the token; the word behind it is scanned on.
        for word in ["tis", "twas"] {
            if starts_with(after, word) {
                return Found { take: 2, seen: 1 + word.len() };
            }
        }
    }
    let length = match after {
        ['n' | 'N', apostrophe, ..] if is_apostrophe(*apostrophe) => 3,
        ['n' | 'N', next, ..] if is_space(*next) || first != '\'' => 2,
        ['n' | 'N'] => 2,
        ['2'..='9', '0', 's' | 'S', ..] => 4,
        [a, b, next, ..] if a.is_ascii_digit() && b.is_ascii_digit() && is_space(*next) => 3,
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => 3,
        _ if starts_with(after, "till") => 5,
        _ if starts_with(after, "til") => 4,
        _ if starts_with(after, "em") => 3,
        _ if starts_with(after, "cause") => 6,
        _ => clitic(text),
    };
    Found::whole(length)
}
