//! Reads ids and image numbers the way people and language models write them.

use story_core::{EntityId, EntityKind};

/// Frames are numbered up to this. The dataset's longest story has 22; the bound keeps one wild
/// number from asking for a billion empty frames.
pub const MAX_FRAMES: u32 = 10_000;

/// Words in front of an image's number.
const IMAGE_WORDS: [&str; 6] = ["images", "image", "img", "frames", "frame", "scene"];

/// An id as it was written, and how well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadId {
    /// In the canonical form: `char1`.
    Exact(EntityId),
    /// Recognisable: `Char 01`, `obj_2`, `**bg3**`.
    Close(EntityId),
}

impl ReadId {
    /// The id.
    pub fn id(self) -> EntityId {
        match self {
            Self::Exact(id) | Self::Close(id) => id,
        }
    }
}

/// Reads an id, forgiving case, leading zeros, marks around it and a gap before the number.
pub fn read_id(text: &str) -> Option<ReadId> {
    if let Ok(id) = text.parse() {
        return Some(ReadId::Exact(id));
    }
    let bare = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let digits_at = bare.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = bare.split_at(digits_at);
    let letters = letters.trim_end_matches([' ', '_', '-', '#']);
    let kind =
        EntityKind::ALL.into_iter().find(|kind| kind.prefix().eq_ignore_ascii_case(letters))?;
    let number = digits.parse().ok()?;
    Some(ReadId::Close(EntityId { kind, number }))
}

/// The number of `image3`, `Image 3`, `Frame #3` or `3`: the image word is optional, and anything
/// behind the number is ignored unless it is a letter or digit. `None` where there is no number
/// or it is not in 1..=[`MAX_FRAMES`].
pub fn image_number(text: &str) -> Option<u32> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = skip_image_word(&lower).trim_start_matches(|c: char| " \t_-#:.".contains(c));
    let end = digits.find(|c: char| !c.is_ascii_digit());
    let (number, behind) = digits.split_at(end.unwrap_or(digits.len()));
    if behind.starts_with(char::is_alphanumeric) {
        return None;
    }
    number.parse().ok().filter(|n| (1..=MAX_FRAMES).contains(n))
}

/// `text`, in lower case, without the word for an image that it may start with.
pub fn skip_image_word(text: &str) -> &str {
    let word = IMAGE_WORDS.iter().find(|word| text.starts_with(**word));
    word.map_or(text, |word| &text[word.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_forgiven_their_looks_only() {
        let id: EntityId = "char1".parse().expect("an id");
        assert_eq!(read_id("char1"), Some(ReadId::Exact(id)));
        for text in ["Char1", "char01", "CHAR 1", "**char_1**", "[char-1]"] {
            assert_eq!(read_id(text), Some(ReadId::Close(id)), "{text}");
        }
        for text in ["", "char", "1", "person1", "char1a", "char1 char2", "char-"] {
            assert_eq!(read_id(text), None, "{text}");
        }
        assert_eq!(read_id("obj99999999999"), None);
    }

    #[test]
    fn image_numbers_are_read_in_many_spellings() {
        for text in ["image3", "Image 3", "IMAGE_3", "3", "frame #3", "image3:", "3 - park"] {
            assert_eq!(image_number(text), Some(3), "{text}");
        }
        for text in ["", "image", "image0", "three", "image 3b", "image99999999999"] {
            assert_eq!(image_number(text), None, "{text}");
        }
    }
}
