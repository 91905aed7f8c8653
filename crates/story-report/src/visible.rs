//! Hidden characters of a corpus shown as what they are. A control character can end a line or a
//! document, and a bidirectional one can make a text read otherwise than it is ("Trojan Source",
//! Boucher and Anderson 2023): on a page, a card, a figure or a terminal none stands raw.

use std::borrow::Cow;

/// Whether a reader would not see the character, but its effect: control characters but for tab and
/// ends of lines, the bidirectional ones (Unicode Standard Annex 9, section 2), line and paragraph
/// separators, marks of byte order and annotation, and what XML forbids.
pub fn is_hidden(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' => true,
        c => c.is_control(),
    }
}

/// The text with every hidden character as `\u{202e}`; letters, marks and markup stay as they are.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match is_hidden(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(visible("a\u{0}b\u{1b}[31m\u{85}"), "a\\u{0}b\\u{1b}[31m\\u{85}");
        assert_eq!(visible("\u{202e}txt\u{2066}\u{feff}"), "\\u{202e}txt\\u{2066}\\u{feff}");
        assert_eq!(visible(&visible("\u{7f}")), "\\u{7f}", "a second time changes nothing");
    }

    #[test]
    fn what_can_be_seen_stays() {
        // Joiners are letters' business: Persian words and families of emoji need them.
        for text in ["Zwei Hühner,\r\n\tein Ei", "می\u{200c}خواهم", "👩\u{200d}👧", "שלום"]
        {
            assert_eq!(visible(text), text);
        }
    }
}
