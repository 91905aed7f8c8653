//! Words, numbers and marks of a text with their bytes. One pass, any text.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Letters, with hyphens and apostrophes between them: "t-shirt", "don't".
    Word,
    /// Digits.
    Number,
    /// The `'s` behind a noun.
    Possessive,
    /// Any other character that is not blank.
    Mark,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub range: Range<usize>,
    pub kind: TokenKind,
    /// In lower case, with `'` for every apostrophe and a blank for every hyphen.
    pub lower: String,
    /// Whether it is written like a name: a capital, then small letters.
    pub capital: bool,
    /// Whether it is inside quoted speech.
    pub quoted: bool,
}

impl Token {
    pub fn is(&self, word: &str) -> bool {
        self.lower == word
    }

    pub fn is_one_of(&self, words: &[&str]) -> bool {
        words.contains(&self.lower.as_str())
    }

    /// Whether it is one of the words of a list with blanks between.
    pub fn is_in(&self, words: &str) -> bool {
        words.split(' ').any(|word| self.is(word))
    }

    pub fn is_word(&self) -> bool {
        self.kind == TokenKind::Word
    }
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}' | '\u{02bc}')
}

fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}' | '\u{2011}')
}

/// The tokens of a text, in order.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((start, first)) = characters.next() {
        if first.is_whitespace() {
            continue;
        }
        if !first.is_alphanumeric() {
            tokens.push(token(text, start..start + first.len_utf8(), TokenKind::Mark));
            continue;
        }
        let mut end = start + first.len_utf8();
        // Whether there are only digits so far, with marks between.
        let mut numeric = first.is_numeric();
        while let Some(&(at, next)) = characters.peek() {
            let follows = text[at + next.len_utf8()..].chars().next();
            let joins = (is_apostrophe(next) || is_hyphen(next))
                && follows.is_some_and(char::is_alphanumeric);
            let decimal =
                matches!(next, '.' | ',') && numeric && follows.is_some_and(char::is_numeric);
            // Marks that combine with the letter before are no letters of their own.
            if !(next.is_alphanumeric() || joins || decimal || is_combining(next)) {
                break;
            }
            numeric &= next.is_numeric() || decimal;
            end = at + next.len_utf8();
            characters.next();
        }
        push_word(text, start..end, &mut tokens);
    }
    mark_speech(text, &mut tokens);
    tokens
}

/// Accents that combine (Unicode's block of that name) and joiners.
fn is_combining(character: char) -> bool {
    matches!(character, '\u{0300}'..='\u{036f}' | '\u{200c}' | '\u{200d}')
}

fn token(text: &str, range: Range<usize>, kind: TokenKind) -> Token {
    let word = &text[range.clone()];
    let mut characters = word.chars();
    let capital = characters.next().is_some_and(char::is_uppercase)
        && characters.clone().any(char::is_lowercase)
        && !characters.next().is_some_and(char::is_uppercase);
    let mut lower = word.to_lowercase();
    if lower.contains(|c| is_apostrophe(c) || is_hyphen(c)) {
        lower = lower.replace(is_apostrophe, "'").replace(is_hyphen, " ");
    }
    Token { range, kind, lower, capital, quoted: false }
}

/// One word or number; a possessive `'s` at its end becomes a token of its own.
fn push_word(text: &str, range: Range<usize>, tokens: &mut Vec<Token>) {
    let word = &text[range.clone()];
    let ending = word
        .char_indices()
        .rev()
        .nth(1)
        .filter(|&(at, c)| {
            is_apostrophe(c) && matches!(word.as_bytes().last(), Some(b's' | b'S')) && at > 0
        })
        .map(|(at, _)| range.start + at);
    let stem = range.start..ending.unwrap_or(range.end);
    let numeric = text[stem.clone()].chars().all(|c| c.is_numeric() || matches!(c, '.' | ','));
    let kind = if numeric { TokenKind::Number } else { TokenKind::Word };
    tokens.push(token(text, stem, kind));
    if let Some(at) = ending {
        tokens.push(token(text, at..range.end, TokenKind::Possessive));
    }
}

/// Verbs before what is written somewhere: `a sign that says "No dogs"`.
const WRITTEN: &str =
    "says say said saying reads reading read spells spelling labeled labelled marked";

/// Marks what stands between double quotation marks and ends, as speech does in English, with a
/// mark of punctuation: `"Run!"` is speech, `the "big" dog` is not; or what somebody or something
/// says. A quotation that nobody closes is none.
fn mark_speech(text: &str, tokens: &mut [Token]) {
    let mut open: Option<(usize, &str)> = None;
    for at in 0..tokens.len() {
        let mark = &text[tokens[at].range.clone()];
        match (mark, open) {
            ("\"", Some((start, "\"")))
            | ("\u{201d}", Some((start, "\u{201c}")))
            | ("\u{bb}", Some((start, "\u{ab}"))) => {
                let written = start.checked_sub(1).is_some_and(|it| tokens[it].is_in(WRITTEN));
                let spoken = written
                    || tokens[start + 1..at].last().is_some_and(|token| {
                        token.kind == TokenKind::Mark && !matches!(token.lower.as_str(), ")" | "%")
                    });
                if spoken {
                    tokens[start..=at].iter_mut().for_each(|token| token.quoted = true);
                }
                open = None;
            }
            ("\"" | "\u{201c}" | "\u{ab}", None) => open = Some((at, mark)),
            // A new paragraph of the same speech opens again.
            ("\u{201c}", Some((_, "\u{201c}"))) => open = Some((at, mark)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|t| &text[t.range.clone()]).collect()
    }

    #[test]
    fn words_keep_hyphens_and_part_with_possessives() {
        assert_eq!(
            words("Ana\u{2019}s t-shirt isn't 3.5 m long!"),
            ["Ana", "\u{2019}s", "t-shirt", "isn't", "3.5", "m", "long", "!"]
        );
        assert_eq!(tokens("T-Shirt")[0].lower, "t shirt");
        let capitals: Vec<bool> = tokens("Ana IKEA tv McAdam").iter().map(|t| t.capital).collect();
        assert_eq!(capitals, [true, false, false, true]);
    }

    #[test]
    fn speech_ends_with_a_mark() {
        let quoted = |text: &str| -> Vec<String> {
            let all = tokens(text);
            all.into_iter().filter(|t| t.quoted && t.is_word()).map(|t| t.lower).collect()
        };
        assert_eq!(quoted("\"Go,\" he said. \u{201c}Wait!\u{201d}"), ["go", "wait"]);
        assert!(quoted("the \"big\" dog").is_empty());
        assert!(quoted("he said: \"Go away!").is_empty());
    }

    #[test]
    fn strange_texts_have_ranges_on_borders() {
        for text in [
            "",
            "'s",
            "''s's",
            "\u{301}e\u{301}",
            "--a--",
            "1,2,3,",
            "日本語の文。",
            "👩‍👩‍👧 ok",
            "ÅNGSTRÖM's",
        ] {
            for token in tokens(text) {
                assert!(
                    text.get(token.range.clone()).is_some_and(|part| !part.is_empty()),
                    "{text}"
                );
            }
        }
    }
}
