//! Numbers, fractions and telephone numbers.

use super::Found;
use super::chars::{is_digit, run};

/// The longest number at a place.
pub(super) fn find(text: &[char]) -> Found {
    if !matches!(text[0], '+' | '-' | '.' | ',' | ':' | '(' | '٫' | '٬') && !is_digit(text[0]) {
        return Found::NOTHING;
    }
    Found::whole(number(text))
        .or(Found::whole(fraction(text)))
        .or(Found::whole(telephone(text)))
        .or(Found::whole(dotted_telephone(text)))
}

/// Digits with `.`, `,` and `:` between or in front of groups, and a sign.
fn number(text: &[char]) -> usize {
    let sign = usize::from(matches!(text[0], '+' | '-'));
    let mut length = sign + run(&text[sign..], is_digit);
    while matches!(text.get(length), Some('.' | ',' | ':' | '٫' | '٬')) {
        match run(&text[length + 1..], is_digit) {
            0 => break,
            digits => length += 1 + digits,
        }
    }
    if length > sign { length } else { 0 }
}

/// `1/2`, `3 1/2`, `3-1/2`: one to four digits each.
fn fraction(text: &[char]) -> usize {
    let simple = |text: &[char]| {
        let above = digits(text, 1, 4)?;
        let slash = match &text[above..] {
            ['/' | '⁄', ..] => 1,
            ['\\', '/', ..] => 2,
            _ => return None,
        };
        let below = digits_at_most(&text[above + slash..], 4)?;
        Some(above + slash + below)
    };
    let mixed = || {
        let whole = digits(text, 1, 4)?;
        matches!(text.get(whole), Some(' ' | '-')).then_some(())?;
        Some(whole + 1 + simple(&text[whole + 1..])?)
    };
    mixed().or_else(|| simple(text)).unwrap_or(0)
}

/// Groups of digits with blanks or hyphens between, an area code in brackets or after a plus:
/// `555-1234`, `(555) 555-1234`, `+44 20 7946 0958`.
fn telephone(text: &[char]) -> usize {
    let subscriber = |start: usize| {
        let rest = text.get(start..)?;
        // Of all ways to part the digits the longest match counts.
        [4, 3]
            .iter()
            .filter_map(|&count| {
                let first = (run(rest, |c| c.is_ascii_digit()) >= count).then_some(count)?;
                let gap = usize::from(is_gap(rest.get(first)));
                let last = digits_at_least(&rest[first + gap..], 3, 5)?;
                Some(start + first + gap + last)
            })
            .max()
    };
    if text[0] == '(' {
        let code = run(&text[1..], |c| c.is_ascii_digit());
        if !(2..=3).contains(&code) || text.get(1 + code) != Some(&')') {
            return 0;
        }
        let gap = usize::from(text.get(2 + code) == Some(&' '));
        return subscriber(2 + code + gap).unwrap_or(0);
    }
    let plus = run(text, |c| c == '+');
    if plus > 2 {
        return 0;
    }
    let group = |start: usize| {
        let length = digits(text.get(start..)?, 2, 4)?;
        is_gap(text.get(start + length)).then_some(start + length + 1)
    };
    let Some(one) = group(plus) else { return 0 };
    let long = group(one).and_then(subscriber);
    long.max(subscriber(one)).unwrap_or(0)
}

/// `555.555.1234`, the groups parted by periods.
fn dotted_telephone(text: &[char]) -> usize {
    let plus = run(text, |c| c == '+');
    let group = |start: usize, fewest, most| {
        let length = digits(text.get(start..)?, fewest, most)?;
        (text.get(start + length) == Some(&'.')).then_some(start + length + 1)
    };
    let end = |start: usize| {
        let next = group(group(start, 2, 4)?, 3, 4)?;
        Some(next + digits_at_least(text.get(next..)?, 3, 5)?)
    };
    if plus > 2 {
        return 0;
    }
    let long = group(plus, 2, 4).and_then(end);
    let short = if plus == 0 { end(0) } else { None };
    long.max(short).unwrap_or(0)
}

fn is_gap(character: Option<&char>) -> bool {
    matches!(character, Some(' ' | '-'))
}

/// Number of digits, if the run is of a length between two bounds.
fn digits(text: &[char], fewest: usize, most: usize) -> Option<usize> {
    let length = run(text, |c| c.is_ascii_digit());
    (fewest..=most).contains(&length).then_some(length)
}

/// Up to `most` digits of a run, of which there must be one.
fn digits_at_most(text: &[char], most: usize) -> Option<usize> {
    digits_at_least(text, 1, most)
}

/// Up to `most` digits of a run, if it has `fewest`.
fn digits_at_least(text: &[char], fewest: usize, most: usize) -> Option<usize> {
    let length = run(text, |c| c.is_ascii_digit()).min(most);
    (length >= fewest).then_some(length)
}
