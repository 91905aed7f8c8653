//! Pieces back to a text as one would print it: `##` pieces join their word, and the spaces that
//! BERT's splitter put around punctuation go again, so that scores on texts compare words and
//! not the tokenizer's spacing. What cannot be known (was it `well-known` or `well - known`?) is
//! decided for the more frequent case.

/// Punctuation without a space before it.
const CLOSING: &str = ".,!?;:)]}%…’”";
/// Punctuation without a space behind it.
const OPENING: &str = "([{“‘$£€#¿¡";
/// What may follow an apostrophe inside a word: it's, I'm, don't, we'd, you'll, they're, I've.
const CLITICS: [&str; 7] = ["s", "m", "t", "d", "ll", "re", "ve"];

/// Joins pieces to a text.
pub(super) fn join(pieces: impl IntoIterator<Item = String>) -> String {
    let words = words(pieces);
    let mut out = String::new();
    let mut quotes = Quotes::default();
    for (place, word) in words.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|i| words.get(i));
        let glued = quotes.take_glue() | joins(&words, place);
        // A quote that closes hugs the word before it, one that opens hugs the word behind it.
        let closes = quotes.see(&words, place);
        if before.is_some() && !glued && !closes {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Whole words: each `##` piece is appended to the word before it.
fn words(pieces: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for piece in pieces {
        match (piece.strip_prefix("##"), words.last_mut()) {
            (Some(rest), Some(word)) if !rest.is_empty() => word.push_str(rest),
            (Some(rest), None) if !rest.is_empty() => words.push(rest.into()),
            _ => words.push(piece),
        }
    }
    words
}

/// Whether the word at `place` follows the one before it without a space, quotes apart.
fn joins(words: &[String], place: usize) -> bool {
    let Some(before) = place.checked_sub(1).map(|i| words[i].as_str()) else {
        return false;
    };
    let word = words[place].as_str();
    let earlier = place.checked_sub(2).map(|i| words[i].as_str());
    let after = words.get(place + 1).map(String::as_str);
    is_one_of(word, CLOSING)
        || is_one_of(before, OPENING)
        || starts_clitic(Some(before), word, after)
        || (before == "'" && starts_clitic(earlier, before, Some(word)))
        || binds(Some(before), word, after)
        || binds(earlier, before, Some(word))
}

/// Whether `mark` is an apostrophe between a word and a clitic.
fn starts_clitic(before: Option<&str>, mark: &str, after: Option<&str>) -> bool {
    mark == "'"
        && before.is_some_and(is_word)
        && after.is_some_and(|after| CLITICS.contains(&after))
}

/// Whether `mark` stands inside a word or a number: well-known, and/or, 3.5, 10:30, 1,000.
fn binds(before: Option<&str>, mark: &str, after: Option<&str>) -> bool {
    let (Some(before), Some(after)) = (before, after) else {
        return false;
    };
    let numbers = is_number(before) && is_number(after);
    match mark {
        "-" | "/" | "_" => is_word(before) && is_word(after),
        "." => numbers,
        ":" => numbers && after.len() == 2,
        "," => numbers && after.len() == 3,
        _ => false,
    }
}

fn is_one_of(word: &str, marks: &str) -> bool {
    let mut characters = word.chars();
    matches!((characters.next(), characters.next()), (Some(c), None) if marks.contains(c))
}

fn is_word(word: &str) -> bool {
    word.chars().all(char::is_alphanumeric)
}

fn ends_plural(word: &str) -> bool {
    is_word(word) && word.ends_with('s')
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Straight quotes look the same on both ends; the first opens, the next closes.
#[derive(Default)]
struct Quotes {
    double_open: bool,
    single_open: bool,
    glue: bool,
}

impl Quotes {
    /// Whether the quote before opened, so that no space follows it.
    fn take_glue(&mut self) -> bool {
        std::mem::take(&mut self.glue)
    }

    /// Looks at the word at `place`; true if it is a quote that closes.
    fn see(&mut self, words: &[String], place: usize) -> bool {
        let word = words[place].as_str();
        let before = place.checked_sub(1).map(|i| words[i].as_str());
        let after = words.get(place + 1).map(String::as_str);
        let open = match word {
            "\"" => &mut self.double_open,
            "'" if starts_clitic(before, word, after) => return false,
            // The girls' house: a plural's apostrophe. Speech opens behind a comma or colon.
            "'" if !self.single_open && before.is_some_and(ends_plural) => return true,
            "'" => &mut self.single_open,
            _ => return false,
        };
        let closes = *open;
        *open = !closes;
        self.glue = !closes;
        closes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join_text(text: &str) -> String {
        join(text.split(' ').map(String::from))
    }

    #[test]
    fn pieces_and_punctuation_join_as_in_print() {
        for (pieces, expected) in [
            ("the cat ##s ran .", "the cats ran."),
            ("wait , what ? !", "wait, what?!"),
            ("it ' s fine , don ' t worry", "it's fine, don't worry"),
            ("she said \" go home \" and left", "she said \"go home\" and left"),
            ("' come ' , he said", "'come', he said"),
            ("a well - known man", "a well-known man"),
            ("at 10 : 30 he had 3 . 5 of 1 , 000", "at 10:30 he had 3.5 of 1,000"),
            ("in 2020 , 30 came", "in 2020, 30 came"),
            ("( one ) [ two ]", "(one) [two]"),
            ("the boys ' room is big", "the boys' room is big"),
            ("##ing", "ing"),
            ("[UNK] said [UNK] .", "[UNK] said [UNK]."),
        ] {
            assert_eq!(join_text(pieces), expected);
        }
        assert_eq!(join(Vec::new()), "");
        assert_eq!(join(vec!["##".into()]), "##");
    }
}
