//! The `story` column as a lossless sequence of pieces: tags and what lies between them.
//!
//! ```text
//! <gdi image1>  <gdo char1 char2>  The twins  </gdo>   ran.   </gdi>
//! Open Segment  Open Mention       Text       Close    Text   Close
//! ```
//!
//! Every byte of the input belongs to exactly one piece, so `parse(text).to_string() == text` for
//! every string. The sequence is flat: tags may cross, and no depth of nesting costs stack. What
//! the tags mean is worked out in [`segments`](super::segments).

use story_core::MentionKind;

/// A `story` column, cut into pieces; borrows from the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryText<'a> {
    /// All pieces in order; together they are the whole text.
    pub pieces: Vec<Piece<'a>>,
}

/// A stretch of the column, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The stretch, letter for letter.
    pub raw: &'a str,
    /// What it is.
    pub kind: PieceKind<'a>,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind<'a> {
    /// Text between tags, still [escaped](super::escape).
    Text,
    /// An opening tag, with what stands between its name and its `>`, trimmed.
    Open(TagName, &'a str),
    /// A closing tag.
    Close(TagName),
    /// Something that looks like a tag and is none; it is read as text.
    Odd(Oddity),
}

/// Which tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagName {
    /// `gdi` or `gdf`: the text of one frame.
    Segment,
    /// `gdo`, `gda` or `gdl`: a mention.
    Mention(MentionKind),
}

/// Why something that looks like a tag is read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// A `<` or `>` on its own.
    Angle,
    /// A tag of another language, such as `<b>`.
    Unknown,
    /// The `<` of a known tag without `>`.
    Broken,
}

impl<'a> StoryText<'a> {
    /// Cuts `text` into pieces, in time linear in its length.
    pub fn parse(text: &'a str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (length, kind) = match rest.find(['<', '>']) {
                Some(0) => angle(rest),
                Some(at) => (at, PieceKind::Text),
                None => (rest.len(), PieceKind::Text),
            };
            let (raw, behind) = rest.split_at(length);
            pieces.push(Piece { raw, kind });
            rest = behind;
        }
        Self { pieces }
    }
}

impl std::fmt::Display for StoryText<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.pieces.iter().try_for_each(|p| out.write_str(p.raw))
    }
}

impl TagName {
    /// The tag of this name; letter case does not matter.
    fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "gdi" | "gdf" => Some(Self::Segment),
            "gdo" => Some(Self::Mention(MentionKind::Entity)),
            "gda" => Some(Self::Mention(MentionKind::Action)),
            "gdl" => Some(Self::Mention(MentionKind::Location)),
            _ => None,
        }
    }

    /// The name that the writer uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Segment => "gdi",
            Self::Mention(MentionKind::Entity) => "gdo",
            Self::Mention(MentionKind::Action) => "gda",
            Self::Mention(MentionKind::Location) => "gdl",
        }
    }
}

/// Length and kind of the piece at the head of `rest`, which starts with `<` or `>`.
fn angle(rest: &str) -> (usize, PieceKind<'_>) {
    const STRAY: (usize, PieceKind<'_>) = (1, PieceKind::Odd(Oddity::Angle));
    let Some(inside) = rest.strip_prefix('<') else {
        return STRAY;
    };
    // The search stops at the next `<`, where the next call starts: no byte is searched thrice.
    let end = inside.find(['<', '>']);
    let content = &inside[..end.unwrap_or(inside.len())];
    let closed = end.is_some_and(|end| inside[end..].starts_with('>'));

    let trimmed = content.trim();
    let (closing, trimmed) = match trimmed.strip_prefix('/') {
        Some(name) => (true, name.trim_start()),
        None => (false, trimmed),
    };
    let letters = trimmed.find(|c: char| !c.is_ascii_alphanumeric());
    let (name, arguments) = trimmed.split_at(letters.unwrap_or(trimmed.len()));
    let arguments = arguments.trim_start();
    let length = content.len() + 2;
    match (TagName::from_name(name), closed) {
        (Some(tag), true) if !closing => (length, PieceKind::Open(tag, arguments)),
        (Some(tag), true) if arguments.is_empty() => (length, PieceKind::Close(tag)),
        (Some(_), false) => (1, PieceKind::Odd(Oddity::Broken)),
        (_, true) if content.starts_with(|c: char| c == '/' || c.is_ascii_alphabetic()) => {
            (length, PieceKind::Odd(Oddity::Unknown))
        }
        _ => STRAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<PieceKind<'_>> {
        let tree = StoryText::parse(text);
        assert_eq!(tree.to_string(), text);
        tree.pieces.iter().map(|piece| piece.kind).collect()
    }

    #[test]
    fn tags_and_text_are_told_apart() {
        const ENTITY: TagName = TagName::Mention(MentionKind::Entity);
        assert_eq!(
            kinds("<gdi image1><gdo bg1 bg2>walls</gdo>.</gdi>"),
            [
                PieceKind::Open(TagName::Segment, "image1"),
                PieceKind::Open(ENTITY, "bg1 bg2"),
                PieceKind::Text,
                PieceKind::Close(ENTITY),
                PieceKind::Text,
                PieceKind::Close(TagName::Segment),
            ]
        );
        assert_eq!(
            kinds("<GDF  image 2 ></ gdf >"),
            [PieceKind::Open(TagName::Segment, "image 2"), PieceKind::Close(TagName::Segment)]
        );
    }

    #[test]
    fn what_is_no_tag_is_odd() {
        use Oddity::{Angle, Broken, Unknown};
        let odd = |text| match kinds(text).as_slice() {
            [PieceKind::Odd(odd), ..] => *odd,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(odd("<"), Angle);
        assert_eq!(odd("> 3"), Angle);
        assert_eq!(odd("< 3 and >"), Angle);
        assert_eq!(odd("<>"), Angle);
        assert_eq!(odd("<b>"), Unknown);
        assert_eq!(odd("</gdo char1>"), Unknown);
        assert_eq!(odd("<gdx char1>"), Unknown);
        assert_eq!(odd("<gdo char1"), Broken);
        assert_eq!(odd("<gdo char1 <gdo char2>"), Broken);
    }
}
