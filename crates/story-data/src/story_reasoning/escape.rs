//! How plain text travels inside the tagged `story` column.
//!
//! A tag starts with `<`, so a literal `<` or `>` is written as `&lt;` or `&gt;`, and an `&` is
//! written as `&amp;` only where it would otherwise be read as one of these three. All other
//! ampersands (`Tom & Jerry`, `&nbsp;`) stay as they are, in both directions. Hence
//! `unescape(escape(text)) == text` for every text.

use std::borrow::Cow;

/// What is written for a character, and the character it stands for.
const ENTITIES: [(&str, char); 3] = [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&')];

/// Writes `text` so that no part of it is read as a tag or as an escape.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '>', '&']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, letter) in text.char_indices() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' if entity_at(&text[at..]).is_some() => out.push_str("&amp;"),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

/// Reads what [`escape`] wrote; other uses of `&` are left alone.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (written, letter) = entity_at(rest).unwrap_or(("&", '&'));
        out.push(letter);
        rest = &rest[written.len()..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity_at(text: &str) -> Option<(&'static str, char)> {
    ENTITIES.into_iter().find(|(written, _)| text.starts_with(written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_be_misread_is_escaped() {
        assert_eq!(escape("Tom & Jerry"), "Tom & Jerry");
        assert_eq!(escape("a < b"), "a &lt; b");
        assert_eq!(escape("a &lt; b"), "a &amp;lt; b");
        assert_eq!(unescape("a &lt; b &amp;amp; &nbsp; &"), "a < b &amp; &nbsp; &");
    }

    #[test]
    fn unescape_reverses_escape() {
        for text in ["", "&", "&&amp;lt;", "<gdo char1>", "&amp;amp;amp;", "é<ü>&gt"] {
            assert_eq!(unescape(&escape(text)), text);
        }
    }
}
