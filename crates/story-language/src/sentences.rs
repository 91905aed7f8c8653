//! Where sentences begin and end: at `.`, `!`, `?`, `…` and what closes behind them, at a full stop
//! of Chinese and Japanese, and at an empty line; not behind abbreviations, inside numbers, or where
//! the text goes on in small letters.

use std::ops::Range;

/// Words that keep their full stop inside a sentence.
const ABBREVIATIONS: [&str; 19] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "mt", "vs", "etc", "e.g", "i.e", "approx",
    "fig", "capt", "gen", "rev", "sgt",
];

/// The sentences of a text, in order, without the blanks between; each has a letter or a digit, or
/// is all there is up to the next one.
pub(crate) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = 0;
    // Where the word before the mark began.
    let mut word = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let mut end = at + character.len_utf8();
        let wide = matches!(character, '。' | '！' | '？');
        if character == '\n' {
            let mut lines = 1;
            while let Some((_, blank)) = characters.next_if(|(_, c)| c.is_whitespace()) {
                lines += usize::from(blank == '\n');
            }
            word = characters.peek().map_or(text.len(), |&(next, _)| next);
            if lines > 1 {
                push(text, start..at, &mut sentences);
                start = word;
            }
            continue;
        }
        if character.is_whitespace() {
            word = end;
        }
        if !wide && !matches!(character, '.' | '!' | '?' | '\u{2026}') {
            continue;
        }
        let closes = |c: char| {
            matches!(
                c,
                '.' | '!'
                    | '?'
                    | '\u{2026}'
                    | '"'
                    | '\''
                    | ')'
                    | ']'
                    | '\u{201d}'
                    | '\u{2019}'
                    | '\u{bb}'
                    | '」'
                    | '』'
            )
        };
        while let Some((at, closing)) = characters.next_if(|&(_, c)| closes(c)) {
            end = at + closing.len_utf8();
        }
        let blank = characters.peek().is_none_or(|(_, c)| c.is_whitespace());
        let next = text[end..].trim_start().chars().next();
        // "said" goes on behind `"Go!"`, and so does a text behind "...".
        let goes_on = next.is_some_and(char::is_lowercase);
        // The word is looked at once only, before a blank ends it: time stays linear.
        let abbreviated = || {
            let before = text[word..at].trim_start_matches(|c: char| !c.is_alphanumeric());
            character == '.' && is_abbreviation(before)
        };
        if wide || (blank && !goes_on && !abbreviated()) {
            push(text, start..end, &mut sentences);
            start = end;
            word = end;
        }
    }
    push(text, start..text.len(), &mut sentences);
    sentences
}

fn is_abbreviation(word: &str) -> bool {
    let mut characters = word.chars();
    let initial = characters.next().is_some_and(char::is_uppercase) && characters.next().is_none();
    // "I." ends a sentence as often as not, and no name has it alone.
    (initial && word != "I")
        || (word.len() <= 6 && ABBREVIATIONS.contains(&word.to_lowercase().as_str()))
}

fn push(text: &str, range: Range<usize>, sentences: &mut Vec<Range<usize>>) {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    let end = range.start + part.trim_end().len();
    if start < end {
        sentences.push(start..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn sentences_end_where_a_reader_ends_them() {
        assert_eq!(
            split("Mr. Oak paid 3.50 to Dr. Elm. \"Stop!\" he said... and left.  Why? No\nidea"),
            ["Mr. Oak paid 3.50 to Dr. Elm.", "\"Stop!\" he said... and left.", "Why?", "No\nidea"]
        );
        assert_eq!(
            split("She said, \u{201c}Go.\u{201d} He went."),
            ["She said, \u{201c}Go.\u{201d}", "He went."]
        );
        assert_eq!(split("A title\n\nthe text"), ["A title", "the text"]);
        assert_eq!(split("J. Brook and I. Then him."), ["J. Brook and I.", "Then him."]);
        assert_eq!(split("猫。犬！"), ["猫。", "犬！"]);
    }

    #[test]
    fn strange_texts_have_sentences_without_blanks() {
        assert!(split(" \n\n \t").is_empty());
        for text in ["...", "\n\n\n.\n\n", "?!?! a", "é. É", "\u{a0}.\u{a0}"] {
            for part in split(text) {
                assert_eq!(part, part.trim());
                assert!(!part.is_empty());
            }
        }
    }
}
