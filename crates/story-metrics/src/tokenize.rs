//! The two tokenisations that published numbers rest on.
//!
//! - [`tokenize_13a`]: sacreBLEU's `13a`, equal to NIST's `mteval-v13a.pl` (Post 2018,
//!   "A Call for Clarity in Reporting BLEU Scores", arXiv 1804.08771).
//! - [`tokenize_rouge`]: that of the Python package `rouge-score` without stemming: lower case, then
//!   the runs of `[a-z0-9]` (Lin 2004). Letters beyond ASCII separate words.
//!
//! Both depend on the text alone, never on the locale.

use crate::hash::BuildMixer;
use std::collections::HashMap;

/// Splits a text into words and punctuation as sacreBLEU's `13a` does. Case is kept.
///
/// An empty text, or one of white space only, has no tokens.
pub fn tokenize_13a(text: &str) -> Vec<String> {
    let mut line = format!(" {} ", text.trim_end_matches(is_space));
    // Most texts need few of the steps, and each costs a copy.
    if line.contains("<skipped>") {
        line = line.replace("<skipped>", "");
    }
    if line.contains('\n') {
        line = line.replace("-\n", "").replace('\n', " ");
    }
    if line.contains('&') {
        // One after the other, as the original does: "&amp;lt;" becomes "<".
        for (entity, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")]
        {
            line = line.replace(entity, character);
        }
    }
    if line.contains(|character| is_symbol(character) && character != ' ') {
        line = space_out_symbols(&line);
    }
    if line.contains(is_stop) {
        line = split_stop_after_non_digit(&line);
        line = split_stop_before_non_digit(&line);
    }
    if line.contains('-') {
        line = split_dash_after_digit(&line);
    }
    line.split(is_space).filter(|token| !token.is_empty()).map(str::to_string).collect()
}

/// Lower-cases a text and returns its runs of `[a-z0-9]`, as `rouge-score` does without stemming: for
/// whoever counts words as ROUGE counts them.
///
/// ```
/// let words = story_metrics::tokenize::tokenize_rouge("The fox's 2nd nap.");
/// assert_eq!(words, ["the", "fox", "s", "2nd", "nap"]);
/// ```
pub fn tokenize_rouge(text: &str) -> Vec<String> {
    split_rouge(&text.to_lowercase()).map(str::to_string).collect()
}

/// The tokens of a text that is in lower case.
pub(crate) fn split_rouge(lower: &str) -> impl Iterator<Item = &str> {
    lower
        .split(|character: char| !(character.is_ascii_lowercase() || character.is_ascii_digit()))
        .filter(|token| !token.is_empty())
}

/// White space as Python's `str.split` knows it: Unicode's, and four ASCII separators beyond it.
pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// `[\{-\~\[-\` -\&\(-\+\:-\@\/]`: ASCII punctuation except `'`, `,`, `-`, `.`, and the space.
fn is_symbol(character: char) -> bool {
    matches!(character, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/')
}

/// Puts a space on both sides of each symbol.
fn space_out_symbols(line: &str) -> String {
    let mut out = String::with_capacity(line.len() * 2);
    for character in line.chars() {
        if is_symbol(character) {
            out.extend([' ', character, ' ']);
        } else {
            out.push(character);
        }
    }
    out
}

/// `([^0-9])([\.,])` becomes `\1 \2 `.
fn split_stop_after_non_digit(line: &str) -> String {
    replace_pairs(line, |a, b| !a.is_ascii_digit() && is_stop(b), |a, b| [a, ' ', b, ' '])
}

/// `([\.,])([^0-9])` becomes ` \1 \2`.
fn split_stop_before_non_digit(line: &str) -> String {
    replace_pairs(line, |a, b| is_stop(a) && !b.is_ascii_digit(), |a, b| [' ', a, ' ', b])
}

/// `([0-9])(-)` becomes `\1 \2 `.
fn split_dash_after_digit(line: &str) -> String {
    replace_pairs(line, |a, b| a.is_ascii_digit() && b == '-', |a, b| [a, ' ', b, ' '])
}

fn is_stop(character: char) -> bool {
    matches!(character, '.' | ',')
}

/// Replaces pairs of neighbouring characters from left to right without overlap, as a regular
/// expression's substitution does: after a replaced pair the search goes on behind it.
fn replace_pairs(
    line: &str,
    matches: impl Fn(char, char) -> bool,
    replacement: impl Fn(char, char) -> [char; 4],
) -> String {
    let mut out = String::with_capacity(line.len() * 2);
    let mut characters = line.chars().peekable();
    while let Some(first) = characters.next() {
        match characters.next_if(|&second| matches(first, second)) {
            Some(second) => out.extend(replacement(first, second)),
            None => out.push(first),
        }
    }
    out
}

/// Gives each different token a number, so that n-grams compare as integers.
///
/// Numbers depend on the order of appearance and never leave a computation.
#[derive(Debug, Default)]
pub(crate) struct Interner<'a> {
    numbers: HashMap<&'a str, u32, BuildMixer>,
}

impl<'a> Interner<'a> {
    /// With room for so many different tokens: growing costs more than counting does.
    pub(crate) fn with_capacity(tokens: usize) -> Self {
        Self { numbers: HashMap::with_capacity_and_hasher(tokens, BuildMixer::default()) }
    }

    /// The numbers of a text's tokens.
    pub(crate) fn numbers<T: AsRef<str>>(&mut self, tokens: &'a [T]) -> Vec<u32> {
        tokens.iter().map(|token| self.number(token.as_ref())).collect()
    }

    /// The number of a token.
    pub(crate) fn number(&mut self, token: &'a str) -> u32 {
        let next = u32::try_from(self.numbers.len())
            .expect("invariant: 2^32 different tokens do not fit into memory");
        *self.numbers.entry(token).or_insert(next)
    }

    /// How many different tokens have been seen.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// Whether most letters of a text are none of a to z, so that [`tokenize_rouge`] leaves little or nothing
/// of it: Cyrillic, Greek, Arabic, Chinese. Accents on some letters of a Latin text are not meant.
///
/// ```
/// use story_metrics::tokenize::without_latin_letters;
///
/// assert!(without_latin_letters("Собака бежит, 3 км") && !without_latin_letters("Él está aquí."));
/// assert!(!without_latin_letters("1, 2, 3!"));
/// ```
pub fn without_latin_letters(text: &str) -> bool {
    let (mut latin, mut other) = (0_usize, 0_usize);
    for letter in text.chars().filter(|c| c.is_alphabetic()) {
        match letter.is_ascii() {
            true => latin += 1,
            false => other += 1,
        }
    }
    other > latin
}

/// Whether most letters of a text are of scripts that put no blanks between words (Chinese, Japanese,
/// Thai, Lao, Khmer, Burmese), so that what divides texts at blanks takes a sentence for a word.
///
/// ```
/// use story_metrics::tokenize::unspaced;
///
/// assert!(unspaced("一只狗在跑") && !unspaced("개가 달린다") && !unspaced("a dog 狗"));
/// // Somebody put blanks in.
/// assert!(!unspaced("一 只 狗 在 跑"));
/// ```
pub fn unspaced(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let of_script = text.chars().filter(|&c| is_unspaced(c)).count();
    // A word of these scripts has about two letters; texts that were divided have shorter pieces.
    2 * of_script > letters && of_script > 3 * text.split_whitespace().count()
}

/// Letters of scripts without blanks, by the blocks of Unicode 15.
fn is_unspaced(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0E00..=0x0EFF       // Thai, Lao
        | 0x1000..=0x109F     // Burmese
        | 0x1780..=0x17FF     // Khmer
        | 0x3040..=0x30FF     // Japanese kana
        | 0x3400..=0x4DBF     // Chinese characters, extension A
        | 0x4E00..=0x9FFF     // Chinese characters
        | 0x20000..=0x323AF   // further Chinese characters
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_leaves_words_and_stays_inside_numbers() {
        let cases = [
            ("Hello, world!", "Hello , world !"),
            ("It's 3.14, or 1,000.", "It's 3.14 , or 1,000 ."),
            ("a 5-year plan, well-known", "a 5 - year plan , well-known"),
            ("&quot;a&quot; &amp;lt; b<skipped>", "\" a \" < b"),
            ("wait...", "wait . . ."),
            ("end-\nof line\nnext", "endof line next"),
            ("naïve\u{a0}café\u{1f}x", "naïve café x"),
            (".5 and 5.", ". 5 and 5 ."),
        ];
        for (text, expected) in cases {
            assert_eq!(tokenize_13a(text).join(" "), expected, "{text:?}");
        }
    }

    #[test]
    fn rouge_keeps_ascii_letters_and_digits_only() {
        assert_eq!(
            tokenize_rouge("The CAT's 2nd naïve-hat."),
            ["the", "cat", "s", "2nd", "na", "ve", "hat"]
        );
        // The Kelvin sign's lower case is an ASCII k.
        assert_eq!(tokenize_rouge("3 \u{212a}"), ["3", "k"]);
        assert!(tokenize_rouge(" …!? ").is_empty());
    }
}
