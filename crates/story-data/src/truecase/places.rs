//! The words of a text and where each stands: what its case says depends on that.

use std::ops::Range;

/// Where a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// First of the text, or behind a full stop, a question or an exclamation mark.
    Sentence,
    /// Behind a comma or colon and an opening quotation mark.
    Speech,
    /// Behind a question or exclamation mark and a closing quotation mark.
    AfterSpeech,
    /// Behind dots, which end a sentence or do not.
    Unsure,
    /// Anywhere else.
    Inside,
}

/// A word: letters, digits and the marks on them. Parts with an apostrophe or hyphen between are words
/// of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub range: Range<usize>,
    pub place: Place,
}

/// Whether something of a text is in upper case.
pub(super) fn is_cased(text: &str) -> bool {
    text.chars().any(char::is_uppercase)
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word> {
    let mut characters = text.char_indices().peekable();
    let mut between = Between::at_start();
    std::iter::from_fn(move || {
        loop {
            let (start, first) = characters.next()?;
            if !is_of_word(first) {
                let next = characters.peek().map(|(_, next)| *next);
                between.see(first, next);
                continue;
            }
            let mut end = start + first.len_utf8();
            while let Some((at, next)) = characters.next_if(|(_, next)| is_of_word(*next)) {
                end = at + next.len_utf8();
            }
            let place = between.place;
            between = Between::behind_word();
            return Some(Word { range: start..end, place });
        }
    })
}

fn is_of_word(c: char) -> bool {
    // Combining marks of letters that are written in two characters.
    c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)
}

/// What stood since the last word.
#[derive(Debug)]
struct Between {
    place: Place,
    /// The character before.
    before: Option<char>,
    /// The last one before that is no blank and no quotation mark.
    mark: Option<char>,
}

impl Between {
    fn at_start() -> Self {
        Self { place: Place::Sentence, before: None, mark: None }
    }

    fn behind_word() -> Self {
        // What the word ends with does not matter, but that it is no blank.
        Self { place: Place::Inside, before: Some('a'), mark: None }
    }

    fn see(&mut self, c: char, next: Option<char>) {
        let opens =
            self.before.is_none_or(|before| before.is_whitespace() || "([{".contains(before));
        let number = c == '.' && next.is_some_and(is_of_word) && self.mark.is_none();
        let opening = is_quotation(c) && opens && next.is_some_and(is_of_word);
        let begins_speech =
            opening && self.place == Place::Inside && matches!(self.mark, Some(',' | ':'));
        let ends_speech = is_quotation(c)
            && !opening
            && self.place == Place::Sentence
            && matches!(self.mark, Some('!' | '?'));
        match c {
            // "3.5", "e.g."
            '.' if number => {}
            '.' if self.mark == Some('.') => self.place = Place::Unsure,
            '…' => self.place = Place::Unsure,
            '.' | '!' | '?' | '。' | '！' | '？' => self.place = Place::Sentence,
            _ if begins_speech => self.place = Place::Speech,
            _ if ends_speech => self.place = Place::AfterSpeech,
            _ => {}
        }
        if !c.is_whitespace() && !is_quotation(c) {
            self.mark = Some(c);
        }
        self.before = Some(c);
    }
}

fn is_quotation(c: char) -> bool {
    "\"'“”‘’„«»".contains(c)
}
