//! A minimal reader of story texts with tags, `<gdo char1>Mira</gdo> runs.`: tags, and the text
//! between them. It never fails; what looks like a tag and is none stays text.

/// A stretch of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text between tags.
    Text(&'a str),
    /// `<name ...>`: the name, and what follows it.
    Open(&'a str, &'a str),
    /// `</name>`.
    Close(&'a str),
    /// The beginning of a tag with a name of ours that has no `>`, up to the next `<`.
    Broken,
}

/// Every name of the grounding tags begins with this.
const PREFIX: &str = "gd";

/// Cuts a text into pieces, in time linear in its length.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, length) = match rest.find('<') {
            None => (Piece::Text(rest), rest.len()),
            Some(0) => tag(rest),
            Some(at) => (Piece::Text(&rest[..at]), at),
        };
        pieces.push(piece);
        rest = &rest[length..];
    }
    pieces
}

/// The tag that a text starting with `<` starts with, and its length.
fn tag(text: &str) -> (Piece<'_>, usize) {
    let inside = &text[1..];
    let end = inside.find(['<', '>']).unwrap_or(inside.len());
    let (content, closed) = (&inside[..end], inside[end..].starts_with('>'));
    let (content, closing) = match content.strip_prefix('/') {
        Some(content) => (content, true),
        None => (content, false),
    };
    let name_end = content.find(|c: char| !c.is_ascii_alphanumeric());
    let (name, behind) = content.split_at(name_end.unwrap_or(content.len()));
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && (behind.is_empty() || behind.starts_with(char::is_whitespace));
    match (is_name, closed) {
        (true, true) if closing => (Piece::Close(name), end + 2),
        (true, true) => (Piece::Open(name, behind.trim()), end + 2),
        (true, false) if name.starts_with(PREFIX) => (Piece::Broken, end + 1),
        _ => (Piece::Text(&text[..end + 1]), end + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_what_only_looks_like_one() {
        let found = pieces("a <gdo char1 char2>b</gdo> 1 < 2 > 0 <gda x <3 </gdi > <!-- é");
        let expected = [
            Piece::Text("a "),
            Piece::Open("gdo", "char1 char2"),
            Piece::Text("b"),
            Piece::Close("gdo"),
            Piece::Text(" 1 "),
            Piece::Text("< 2 "),
            Piece::Text("> 0 "),
            Piece::Broken,
            Piece::Text("<3 "),
            Piece::Close("gdi"),
            Piece::Text(" "),
            Piece::Text("<!-- é"),
        ];
        assert_eq!(found, expected);
        assert_eq!(pieces(""), []);
        assert_eq!(pieces("<"), [Piece::Text("<")]);
        assert_eq!(pieces("<gdo"), [Piece::Broken]);
    }
}
