//! What is neither a word nor a number: symbols, brackets, currencies, runs, and the punctuation
//! that is dropped.

use super::chars::{APOSTROPHE, GREATER, LESS, QUOTE, is_space, run};

/// Hyphens in a row from this length on are a rule across the page and stay as they are.
const RULE: usize = 5;

/// Takes the symbol at the start, adds its token if it has one, and returns the characters used.
pub(super) fn single(text: &[char], tokens: &mut Vec<String>) -> usize {
    let first = text[0];
    let same = || run(text, |c| c == first);
    let pair = 1 + usize::from(text.get(1) == Some(&first));
    let mut token = |text: &str, used: usize| {
        tokens.push(text.to_string());
        used
    };
    match first {
        '\'' => pair,
        _ if quote(first).is_some() => match text.get(1).and_then(|&c| quote(c)) {
            // Two quotes in a row are one token, and on no list unless they are of one kind.
            Some(second) => {
                let pair = [quote(first).unwrap_or_default(), second].concat();
                if pair == "``" || pair == "''" { 2 } else { token(&pair, 2) }
            }
            None => 1,
        },
        '"' | ',' | ':' | ';' | '…' | '–' | '—' | '―' => 1,
        '\u{96}' | '\u{97}' => 1,
        // Alone, these hyphens are dropped.
        '\u{58a}' | '\u{2010}' | '\u{2011}' | '٫' | '٬' => 1,
        '.' => dots(text, same()),
        '-' => match same() {
            hyphens if hyphens >= RULE => token(&"-".repeat(hyphens), hyphens),
            hyphens => hyphens,
        },
        '!' | '?' => match run(text, |c| matches!(c, '!' | '?')) {
            1 => 1,
            length => token(&text[..length].iter().collect::<String>(), length),
        },
        '(' => token("-lrb-", 1),
        ')' => token("-rrb-", 1),
        '[' => token("-lsb-", 1),
        ']' => token("-rsb-", 1),
        '{' => token("-lcb-", 1),
        '}' => token("-rcb-", 1),
        '£' => token("#", 1),
        '€' | '¤' | '₠' | '\u{80}' => token("$", 1),
        '¢' => token("cents", 1),
        '¼' => token("1/4", 1),
        '½' => token("1/2", 1),
        '¾' => token("3/4", 1),
        '⅓' => token("1/3", 1),
        '⅔' => token("2/3", 1),
        LESS => token("<", 1),
        GREATER => token(">", 1),
        QUOTE => token("&quot;", 1),
        APOSTROPHE => token("&apos;", 1),
        '*' | '\\' if stars(text) > 0 => {
            let used = stars(text);
            token(&text[..used].iter().collect::<String>(), used)
        }
        '_' | '#' | '@' => token(&String::from(first).repeat(same()), same()),
        '<' | '>' | '‚' | '„' | '‟' => token(&String::from(first).repeat(pair), pair),
        _ if is_superscript(first) || is_subscript(first) => {
            let used = run(text, is_superscript).max(run(text, is_subscript));
            token(&text[..used].iter().collect::<String>(), used)
        }
        _ => token(first.to_lowercase().to_string().as_str(), 1),
    }
}

/// Periods: a row of three or more, close or spaced, is one ellipsis; so a digit behind it starts a
/// number of its own.
fn dots(text: &[char], same: usize) -> usize {
    match text {
        _ if same >= 3 => same,
        ['.', a, '.', b, '.', ..] if is_space(*a) && is_space(*b) => 5,
        _ => 1,
    }
}

/// Length of a row of asterisks, or of asterisks with a backslash each.
fn stars(text: &[char]) -> usize {
    let escaped = text.chunks_exact(2).take_while(|pair| *pair == ['\\', '*']).count();
    run(text, |c| c == '*').max(2 * escaped)
}

/// How the Treebank writes a quote that forms pairs; the straight ones do not.
fn quote(character: char) -> Option<&'static str> {
    match character {
        '`' | '‘' | '‛' | '‹' | '\u{91}' => Some("`"),
        '’' | '›' | '\u{92}' => Some("'"),
        '“' | '«' | '\u{93}' => Some("``"),
        '”' | '»' | '\u{94}' => Some("''"),
        _ => None,
    }
}

fn is_superscript(character: char) -> bool {
    matches!(character, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹')
}

fn is_subscript(character: char) -> bool {
    matches!(character, '₀'..='₉')
}
