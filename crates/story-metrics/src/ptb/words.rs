//! Words, and what hyphens, slashes and underscores join.

use super::Found;
use super::chars::{Class, class, is_alphanumeric, is_letter, is_space, is_word, run, starts_with};
use super::clitics::is_loose_apostrophe;

/// Length of a word of ASCII letters that no other rule can lengthen, the common case: a space, or
/// a stop and a space, follow.
pub(super) fn plain(text: &[char]) -> Option<usize> {
    let length = run(text, |c| c.is_ascii_alphabetic());
    if length == 0 {
        return None;
    }
    let ends = |at: usize| text.get(at).is_none_or(|&c| is_space(c));
    let stop = matches!(text.get(length), Some(',' | ';' | '!' | '?')) && ends(length + 1);
    (ends(length) || stop).then_some(length)
}

/// A letter with letters and digits behind it; more such words follow after a `.`, `!` or `?`
/// without a space: `end.The` is one token.
pub(super) fn word(text: &[char]) -> Found {
    let mut length = 0;
    loop {
        if !text.get(length).is_some_and(|&c| is_letter(c)) {
            break;
        }
        length += run(&text[length..], is_word);
        match text.get(length) {
            Some('.' | '!' | '?') if text.get(length + 1).is_some_and(|&c| is_letter(c)) => {
                length += 1;
            }
            _ => break,
        }
    }
    Found::whole(length)
}

/// Words joined by hyphens or underscores, and digits followed by letters.
pub(super) fn joined(text: &[char]) -> Found {
    Found::whole(digits_then_letters(text))
        .or(Found::whole(hyphenated(text)))
        .or(Found::whole(hyphenated_with_stops(text)))
}

/// Digits alone.
pub(super) fn digits(text: &[char]) -> Found {
    Found::whole(run(text, |c| class(c) == Class::Digit))
}

/// `7th`, `5km`.
fn digits_then_letters(text: &[char]) -> usize {
    let digits = run(text, |c| class(c) == Class::Digit);
    if digits > 0 && text.get(digits).is_some_and(|&c| class(c) == Class::Letter) {
        digits + run(&text[digits..], is_word)
    } else {
        0
    }
}

/// A part of a hyphenated word: pieces that underscores join.
fn part(text: &[char]) -> usize {
    let mut length = piece(text);
    while length > 0 && text.get(length) == Some(&'_') {
        match piece(&text[length + 1..]) {
            0 => break,
            next => length += 1 + next,
        }
    }
    length
}

/// Letters and digits; `d'`, `o'` or `l'` may stand before two or more.
fn piece(text: &[char]) -> usize {
    let elided = matches!(text, ['d' | 'D' | 'o' | 'O' | 'l' | 'L', apostrophe, a, b, ..]
        if is_loose_apostrophe(*apostrophe) && is_alphanumeric(*a) && is_alphanumeric(*b));
    let start = if elided { 2 } else { 0 };
    start + run(&text[start..], is_alphanumeric)
}

/// `well-known`, `mid-1990s`, `x-O'Brien`, `foo_bar`, `d'abc`.
fn hyphenated(text: &[char]) -> usize {
    let first = part(text);
    let joint = text[..first].iter().any(|&c| c == '_' || is_loose_apostrophe(c));
    let length = with_parts(text, first);
    if length > first || joint { length } else { 0 }
}

fn with_parts(text: &[char], mut length: usize) -> usize {
    while length > 0 && text.get(length).is_some_and(|&c| is_hyphen(c)) {
        match part(&text[length + 1..]) {
            0 => break,
            next => length += 1 + next,
        }
    }
    length
}

/// A first part with periods and commas, ASCII throughout: `5,000-odd`, `U.S.-led`, `non-U.S.`;
/// later parts may be acronyms.
fn hyphenated_with_stops(text: &[char]) -> usize {
    if !text.first().is_some_and(char::is_ascii_alphanumeric) {
        return 0;
    }
    let first = run(text, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | ','));
    let mut length = first;
    while text.get(length).is_some_and(|&c| is_hyphen(c)) {
        let after = &text[length + 1..];
        let next = run(after, |c| c.is_ascii_alphanumeric()).max(acronym(after));
        if next == 0 {
            break;
        }
        length += 1 + next;
    }
    if length > first { length } else { 0 }
}

/// `U.S.`, `a.m.`: two or more single letters, each with its period.
pub(super) fn acronym(text: &[char]) -> usize {
    let letters = text
        .chunks_exact(2)
        .take_while(|pair| pair[0].is_ascii_alphabetic() && pair[1] == '.')
        .count();
    if letters > 1 { 2 * letters } else { 0 }
}

/// `and/or`, `a/b/c`, `he\/she`: at most two slashes; a part may have two hyphens before letters.
pub(super) fn slashed(text: &[char]) -> Found {
    let mut length = slashed_part(text);
    if length == 0 {
        return Found::NOTHING;
    }
    let mut slashes = 0;
    while slashes < 2 {
        let slash = match &text[length..] {
            ['/', ..] => 1,
            ['\\', '/', ..] => 2,
            _ => break,
        };
        match slashed_part(&text[length + slash..]) {
            0 => break,
            next => length += slash + next,
        }
        slashes += 1;
    }
    Found::whole(if slashes > 0 { length } else { 0 })
}

fn slashed_part(text: &[char]) -> usize {
    let mut length = run(text, |c| c.is_ascii_alphanumeric());
    for _ in 0..2 {
        if length == 0 || text.get(length) != Some(&'-') {
            break;
        }
        match run(&text[length + 1..], |c| c.is_ascii_alphabetic()) {
            0 => break,
            next => length += 1 + next,
        }
    }
    length
}

/// `90.cpp`, `v0.10.x`: names with an ending of files, before a blank or the end of a sentence.
pub(super) fn file_name(text: &[char]) -> Found {
    const ENDINGS: &str = "c h x gz pl ps py bat bmp cgi cpp dll doc exe gif htm jar jpg mov mp3 pdf php png \
        ppt sql tar txt wav xml zip docx html java jpeg class";
    let mut length = run(text, is_alphanumeric);
    let mut found = Found::NOTHING;
    while length > 0 && text.get(length) == Some(&'.') {
        let part = run(&text[length + 1..], is_alphanumeric);
        if part == 0 {
            break;
        }
        let ending = &text[length + 1..][..part];
        length += 1 + part;
        let ends = match text.get(length) {
            None | Some('.' | ',' | '?' | '!') => true,
            Some(&next) => is_space(next),
        };
        let known = |word: &str| word.len() == part && starts_with(ending, word);
        if ends && ENDINGS.split_ascii_whitespace().any(known) {
            found = Found { take: length, seen: length + 1 };
        }
    }
    found
}

/// `AT&T`, `A+B`, `C++`, `C#`, and currencies with their country: `US$`.
pub(super) fn capitals(text: &[char]) -> Found {
    match text {
        ['c' | 'C', '+', '+', ..] => return Found::whole(3),
        ['c' | 'C' | 'f' | 'F', '#', ..] => return Found::whole(2),
        _ => {}
    }
    let capital = |c: char| c.is_ascii_uppercase();
    let first = run(text, capital);
    if first == 0 {
        return Found::NOTHING;
    }
    if text.get(first) == Some(&'$') {
        return Found::whole(first + 1);
    }
    let mut length = first;
    while let Some('&' | '+') = text.get(length) {
        match run(&text[length + 1..], capital) {
            0 => break,
            next => length += 1 + next,
        }
    }
    if length > first { Found::whole(length) } else { Found::NOTHING }
}

fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{58a}' | '\u{2010}' | '\u{2011}')
}
