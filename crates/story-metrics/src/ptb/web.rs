//! What the web brought: addresses, names, tags, smileys.

use super::Found;
use super::chars::{GREATER, LESS, is_letter, is_space, run, starts_with};

/// What a text contains at all, so that rare rules are skipped.
#[derive(Debug)]
pub(super) struct Hints {
    at: bool,
    scheme: bool,
    www: bool,
    domain: bool,
}

impl Hints {
    pub(super) fn of(text: &str) -> Self {
        let dot = text.contains('.');
        Self {
            at: text.contains('@'),
            scheme: text.contains("://"),
            www: dot && (text.contains("www.") || text.contains("WWW.")),
            domain: dot && DOMAINS.iter().any(|end| text.contains(end)),
        }
    }
}

/// Ends of an address without scheme.
const DOMAINS: [&str; 4] = [".com", ".net", ".org", ".edu"];

/// The longest of all at a place.
pub(super) fn find(text: &[char], hints: &Hints) -> Found {
    let mut length = match text[0] {
        '<' => tag(text).max(smiley(text)).max(face(text)),
        '>' | ':' | ';' | '=' => smiley(text).max(face(text)),
        '-' => face(text).max(bracket(text)),
        '^' | '~' | '\'' | '(' => face(text),
        '@' => handle(text),
        '#' => hashtag(text),
        '&' => entity(text),
        _ => 0,
    };
    if hints.at {
        length = length.max(mail(text));
    }
    if hints.scheme {
        length = length.max(full_address(text));
    }
    if hints.www {
        length = length.max(www_address(text));
    }
    if hints.domain {
        length = length.max(bare_address(text));
    }
    Found::whole(length)
}

/// Whether a character ends every address.
fn ends_address(c: char) -> bool {
    is_space(c) || matches!(c, '"' | '<' | '>' | '|' | '(' | ')' | '{' | '}' | LESS | GREATER)
}

/// Two or more characters of an address, of which the last is no punctuation.
fn address_tail(text: &[char]) -> usize {
    let length = run(text, |c| !ends_address(c));
    let trimmed = text[..length]
        .iter()
        .rposition(|c| !matches!(c, '.' | '!' | '?' | '{' | '}' | ',' | '-'))
        .map_or(0, |last| last + 1);
    if trimmed >= 2 { trimmed } else { 0 }
}

/// `http://`, `https://`.
fn full_address(text: &[char]) -> usize {
    let scheme = match () {
        () if starts_with(text, "http://") => 7,
        () if starts_with(text, "https://") => 8,
        () => return 0,
    };
    match address_tail(&text[scheme..]) {
        0 => 0,
        tail => scheme + tail,
    }
}

/// Adds a path to an address.
fn with_path(text: &[char], length: usize) -> usize {
    if length == 0 || text.get(length) != Some(&'/') {
        return length;
    }
    match address_tail(&text[length + 1..]) {
        0 => length,
        tail => length + 1 + tail,
    }
}

/// `www.`, names with periods, and two to four letters.
fn www_address(text: &[char]) -> usize {
    if !starts_with(text, "www.") {
        return 0;
    }
    let label = |c: char| !ends_address(c) && !matches!(c, '.' | '!' | '?' | '{' | '}' | ',');
    let (mut at, mut best) = (4, 0);
    loop {
        let length = run(&text[at..], label);
        if at > 4 {
            let letters = run(&text[at..], |c| c.is_ascii_alphabetic());
            if letters >= 2 {
                best = at + letters.min(4);
            }
        }
        if length == 0 || text.get(at + length) != Some(&'.') {
            break;
        }
        at += length + 1;
    }
    with_path(text, best)
}

/// `example.com`: lower-case labels without hyphens and digits, and one of four ends.
fn bare_address(text: &[char]) -> usize {
    let label = |c: char| {
        !ends_address(c)
            && !(','..='_').contains(&c)
            && !matches!(c, '`' | '\'' | '!' | '{' | '}' | '$')
    };
    let (mut at, mut best) = (0, 0);
    loop {
        let length = run(&text[at..], label);
        if length == 0 || text.get(at + length) != Some(&'.') {
            break;
        }
        at += length + 1;
        let end: String = text[at..].iter().take(3).collect();
        if ["com", "net", "org", "edu"].contains(&end.as_str()) {
            best = at + 3;
        }
    }
    with_path(text, best)
}

/// An address of mail, angle brackets included.
fn mail(text: &[char]) -> usize {
    let open = usize::from(text[0] == '<');
    if !text.get(open).is_some_and(char::is_ascii_alphanumeric) {
        return 0;
    }
    let end = open + run(&text[open..], |c| !ends_address(c) && !matches!(c, '{' | '}'));
    // The later the sign, the further the address goes: from the last on, the first that has a
    // domain decides.
    let signs = (open..end).rev().filter(|&at| text[at] == '@');
    let mut domains = signs.map(|at| (at + 1, domain(&text[at + 1..end])));
    let Some((start, length)) = domains.find(|&(_, length)| length > 0) else {
        return 0;
    };
    let length = start + length;
    length + usize::from(text.get(length) == Some(&'>'))
}

/// Labels with single periods between them.
fn domain(text: &[char]) -> usize {
    let mut length = run(text, |c| c != '.');
    while length > 0 && text.get(length) == Some(&'.') {
        match run(&text[length + 1..], |c| c != '.') {
            0 => break,
            label => length += 1 + label,
        }
    }
    length
}

/// `@name`.
fn handle(text: &[char]) -> usize {
    let starts = text.get(1).is_some_and(|&c| c.is_ascii_alphabetic() || c == '_');
    if starts { 1 + run(&text[1..], |c| c.is_ascii_alphanumeric() || c == '_') } else { 0 }
}

/// `#tag`.
fn hashtag(text: &[char]) -> usize {
    match run(&text[1..], is_letter) {
        0 => 0,
        letters => 1 + letters,
    }
}

/// A number of a character, or an accented vowel by its name; others are words after an `&`.
fn entity(text: &[char]) -> usize {
    if text.get(1) == Some(&'#') {
        let digits = run(&text[2..], |c| c.is_ascii_digit());
        let closed = digits > 0 && text.get(2 + digits) == Some(&';');
        return if closed { 3 + digits } else { 0 };
    }
    if !text.get(1).is_some_and(|c| "aeiouAEIOU".contains(*c)) {
        return 0;
    }
    ["acute;", "grave;", "uml;"]
        .iter()
        .find(|end| starts_with(&text[2..], end))
        .map_or(0, |end| 2 + end.len())
}

/// A tag of HTML or XML with its attributes.
pub(super) fn tag(text: &[char]) -> usize {
    match text {
        ['<', '!' | '?', next, ..] if next.is_ascii_alphabetic() || *next == '-' => {
            let length = run(text, |c| c != '>');
            return if length < text.len() { length + 1 } else { 0 };
        }
        _ => {}
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '-' | '_');
    let closing = text.get(1) == Some(&'/');
    let mut at = 1 + usize::from(closing);
    if !text.get(at).is_some_and(char::is_ascii_alphabetic) {
        return 0;
    }
    at += run(&text[at..], is_name);
    loop {
        let blanks = run(&text[at..], |c| c == ' ');
        at += blanks;
        match &text[at..] {
            ['>', ..] => return at + 1,
            ['/', after @ ..] if !closing => {
                let blanks = run(after, |c| c == ' ');
                let closed = after.get(blanks) == Some(&'>');
                return if closed { at + 2 + blanks } else { 0 };
            }
            [c, ..] if blanks > 0 && !closing && c.is_ascii_alphabetic() => {
                at += run(&text[at..], is_name);
                match attribute_value(&text[at..]) {
                    Some(value) => at += value,
                    None => return 0,
                }
            }
            _ => return 0,
        }
    }
}

/// Length of an attribute's value with the sign before it; 0 without, `None` if it is none.
fn attribute_value(text: &[char]) -> Option<usize> {
    let sign = run(text, |c| c == ' ');
    if text.get(sign) != Some(&'=') {
        return Some(0);
    }
    let start = sign + 1 + run(&text[sign + 1..], |c| c == ' ');
    let &quote @ ('"' | '\'') = text.get(start)? else {
        return None;
    };
    let inside = text[start + 1..].iter().position(|&c| c == quote)?;
    Some(start + inside + 2)
}

/// `:-)`, `;D`, `=(`: brow, eyes, nose, mouth.
fn smiley(text: &[char]) -> usize {
    let brow = usize::from(matches!(text[0], '<' | '>'));
    if !matches!(text.get(brow), Some(':' | ';' | '=')) {
        return 0;
    }
    let mouth = |c: Option<&char>| c.is_some_and(|&c| "()DPdpO\\{@|[]".contains(c));
    let nose = |c: Option<&char>| c.is_some_and(|&c| "-o*'".contains(c));
    let at = brow + 1;
    for end in [
        (nose(text.get(at)) && mouth(text.get(at + 1))).then_some(at + 2),
        mouth(text.get(at)).then_some(at + 1),
    ]
    .into_iter()
    .flatten()
    {
        if !text.get(end).is_some_and(char::is_ascii_alphanumeric) {
            return end;
        }
    }
    0
}

/// `^_^`, `>_<`, `(^_^)`, `(x_x)`: eyes on both sides.
fn face(text: &[char]) -> usize {
    let eye = |c: &char| matches!(c, '-' | '^' | 'x' | '=' | '~' | '<' | '>' | '\'');
    match text {
        ['(', left, '_' | '.', right, ')', ..] if eye(left) && eye(right) => 5,
        ['(', left, '-', right, ')', ..]
            if eye(left) && *left != '-' && ((eye(right) && *right != '-') || *right == '`') =>
        {
            5
        }
        ['(', left, right, ')', ..] if eye(left) && eye(right) => 4,
        [left, '_', right, ..] if eye(left) && eye(right) => 3,
        _ => 0,
    }
}

/// A bracket as the Treebank writes it: `-LRB-`.
fn bracket(text: &[char]) -> usize {
    let names = ["-lrb-", "-rrb-", "-lsb-", "-rsb-", "-lcb-", "-rcb-"];
    let named = names.iter().any(|name| starts_with(text, name));
    if named { 5 } else { 0 }
}
