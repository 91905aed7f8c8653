//! The tokenisation of METEOR 1.5's option `-norm` for English: quotes and dashes made alike,
//! punctuation apart from words, full stops kept at abbreviations and initials.
//!
//! It follows the tokeniser of the Moses toolkit (Koehn et al. 2007, "Moses: Open Source Toolkit for
//! Statistical Machine Translation"), with what METEOR does differently: hyphens between words fall,
//! and so do the stops within abbreviations such as "U.S." or "e.g.".

use std::collections::HashSet;

/// Abbreviations that keep their full stop.
#[derive(Debug, Default)]
pub(super) struct Abbreviations {
    /// Wherever they stand.
    pub(super) always: HashSet<Box<str>>,
    /// Before a number, such as "No. 5".
    pub(super) before_numbers: HashSet<Box<str>>,
}

/// Words in lower case, in one piece of memory.
#[derive(Debug, Default)]
pub(super) struct WordList {
    text: String,
    /// Where each word ends.
    ends: Vec<usize>,
}

impl WordList {
    fn push_lower(&mut self, word: &str) {
        if word.is_ascii() {
            let start = self.text.len();
            self.text.push_str(word);
            self.text[start..].make_ascii_lowercase();
        } else {
            self.text.push_str(&word.to_lowercase());
        }
        self.ends.push(self.text.len());
    }

    /// The words in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| &self.text[std::mem::replace(&mut start, end)..end])
    }
}

/// The words of a text, in lower case.
pub(super) fn normalized_words(text: &str, abbreviations: &Abbreviations) -> WordList {
    let text = space_out_symbols(text);
    let text = split_hyphens(text);
    let text = space_out_stops(text);
    let text = split_commas(text);
    let text = split_apostrophes(text);
    split_full_stops(&text, abbreviations)
}

/// The words of a text between white space, in lower case (option `-lower`).
pub(super) fn lower_words(text: &str) -> WordList {
    let mut words = WordList::default();
    text.split([' ', '\t', '\n', '\r', '\u{c}'])
        .filter(|word| !word.is_empty())
        .for_each(|word| words.push_lower(word));
    words
}

/// White space as the original sees it.
fn is_space(character: char) -> bool {
    matches!(
        character,
        '\t'..='\r' | ' ' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// Letters: Latin up to U+017E, Cyrillic, phonetic extensions. All others count as symbols.
fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic()
        || matches!(
            character,
            '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{17e}' | '\u{400}'..='\u{527}'
                | '\u{1d00}'..='\u{1d7f}' | '\u{a640}'..='\u{a66e}' | '\u{a67e}'..='\u{a697}'
        )
}

fn is_word(character: char) -> bool {
    is_letter(character) || character.is_ascii_digit()
}

/// Makes quotes and dashes alike and puts space around all that is no word, stop, comma, hyphen
/// or apostrophe. Two hyphens become one, and so do neighbouring spaces. The result begins and ends
/// with a space.
fn space_out_symbols(text: &str) -> String {
    fn space(out: &mut String) {
        if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    fn apart(out: &mut String, symbol: char) {
        space(out);
        out.push(symbol);
        out.push(' ');
    }
    let mut out = String::with_capacity(text.len() + text.len() / 4 + 2);
    out.push(' ');
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '-' => {
                characters.next_if_eq(&'-');
                out.push('-');
            }
            '\'' | '`' | '\u{2018}' | '\u{2019}' => out.push('\''),
            '\u{201c}' | '\u{201d}' => apart(&mut out, '"'),
            '\u{2013}' => apart(&mut out, '-'),
            '.' | ',' => out.push(character),
            _ if is_word(character) => out.push(character),
            _ if is_space(character) => space(&mut out),
            _ => apart(&mut out, character),
        }
    }
    space(&mut out);
    out
}

/// Hyphens between words, and between a stop and a word, fall.
fn split_hyphens(text: String) -> String {
    if !text.contains('-') {
        return text;
    }
    replace_triples(&text, |a, b, c| {
        ((is_word(a) || a == '.') && b == '-' && is_word(c)).then_some(" ")
    })
}

/// Replaces the middle of three neighbouring characters from left to right without overlap, as a
/// regular expression's substitution does: after a replacement the search goes on behind the third.
fn replace_triples(
    text: &str,
    replacement: impl Fn(char, char, char) -> Option<&'static str>,
) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut characters = text.chars();
    while let Some(first) = characters.next() {
        out.push(first);
        let mut ahead = characters.clone();
        if let (Some(second), Some(third)) = (ahead.next(), ahead.next())
            && let Some(middle) = replacement(first, second, third)
        {
            out.push_str(middle);
            out.push(third);
            characters = ahead;
        }
    }
    out
}

/// Puts space around runs of two and more full stops.
fn space_out_stops(text: String) -> String {
    if !text.contains("..") {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.as_str();
    while let Some(at) = rest.find("..") {
        let end = rest[at..].find(|c| c != '.').map_or(rest.len(), |run| at + run);
        out.push_str(&rest[..at]);
        out.extend([" ", &rest[at..end], " "]);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Commas stand apart, but not between digits.
fn split_commas(mut text: String) -> String {
    if !text.contains(',') {
        return text;
    }
    let digit = |c: char| c.is_ascii_digit();
    let rules: [fn(bool, bool) -> bool; 3] = [|a, c| !a && !c, |a, c| a && !c, |a, c| !a && c];
    for rule in rules {
        text = replace_triples(&text, |a, b, c| {
            (b == ',' && rule(digit(a), digit(c))).then_some(" , ")
        });
    }
    text
}

/// Apostrophes stand apart, or begin the word behind them: "don't" to "don 't".
fn split_apostrophes(text: String) -> String {
    if !text.contains('\'') {
        return text;
    }
    let digit = |c: char| c.is_ascii_digit();
    let apart = Some(" ' ");
    let joined = Some(" '");
    let rules: [&dyn Fn(char, char) -> Option<&'static str>; 5] = [
        &|a, c| apart.filter(|_| !is_letter(a) && !is_letter(c)),
        &|a, c| apart.filter(|_| !is_word(a) && is_letter(c)),
        &|a, c| apart.filter(|_| is_letter(a) && !is_letter(c)),
        &|a, c| joined.filter(|_| is_letter(a) && is_letter(c)),
        // "the 1990's"
        &|a, c| joined.filter(|_| digit(a) && c == 's'),
    ];
    let mut text = text.replace("''", " \" ");
    for rule in rules {
        text = replace_triples(&text, |a, b, c| if b == '\'' { rule(a, c) } else { None });
    }
    text
}

/// Splits at spaces, and takes full stops off words that are no abbreviations.
fn split_full_stops(text: &str, abbreviations: &Abbreviations) -> WordList {
    let mut words = WordList::default();
    let mut rest = text.split(' ').filter(|word| !word.is_empty()).peekable();
    while let Some(word) = rest.next() {
        let Some(stem) = word.strip_suffix('.').filter(|stem| !stem.is_empty()) else {
            words.push_lower(word);
            continue;
        };
        let next = rest.peek().and_then(|next| next.chars().next());
        let keeps = abbreviations.always.contains(stem)
            || next.is_some_and(|c| c.is_ascii_lowercase())
            || (abbreviations.before_numbers.contains(stem)
                && next.is_some_and(|c| c.is_ascii_digit()));
        if stem.contains('.') && stem.chars().any(is_letter) {
            words.push_lower(&word.replace('.', ""));
        } else if keeps || stem.chars().all(|c| c == '.') {
            words.push_lower(word);
        } else {
            words.push_lower(stem);
            words.push_lower(".");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let abbreviations = Abbreviations {
            always: ["Capt", "v", "A"].map(Into::into).into(),
            before_numbers: ["No"].map(Into::into).into(),
        };
        let words = normalized_words(text, &abbreviations);
        words.iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_are_those_seen_of_the_original() {
        let cases = [
            ("Hello, world!", "hello , world !"),
            ("It's 3.14, or 1,000.", "it 's 3.14 , or 1,000 ."),
            ("rock'n'roll 'tis the 1990's", "rock 'n'roll ' tis the 1990 's"),
            ("a 5-year, well-known plan -- or a.-b", "a 5 year , well known plan - or a. b"),
            ("“Quoted” ‘it’ – and — …", "\" quoted \" ' it ' - and — …"),
            ("wait... wait.. x....y", "wait ... wait .. x .... y"),
            ("The U.S. team, e.g. here.", "the us team , eg here ."),
            ("Capt. Ida v. Olaf. Next", "capt. ida v. olaf . next"),
            ("No. 5, No. Six, no. seven", "no. 5 , no . six , no. seven"),
            ("9:30 a_b x/y &quot;", "9 : 30 a _ b x / y & quot ;"),
            ("naïve Ärger Ж 日本 ΑΣ", "naïve ärger ж 日 本 α σ"),
            ("''two'' ``a''", "\" two \" \" a \""),
            ("a,,b 5,é", "a , ,b 5 , é"),
            (". .. -- -", ". .. - -"),
            (" \u{a0}\t\n", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lower_words_stand_between_white_space() {
        let words = lower_words(" The\tU.S.  team's\u{a0}x ");
        assert!(words.iter().eq(["the", "u.s.", "team's\u{a0}x"]));
    }
}
