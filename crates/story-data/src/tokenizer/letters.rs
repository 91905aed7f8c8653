//! Bytes as printable characters: how byte-level vocabularies write their tokens down.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The character that stands for each byte, in the order of their ids (GPT-2, Radford et al.
/// 2019): bytes that print as themselves in Latin-1 first, then the others as the characters from
/// 256 on, so that no token holds a blank or a control character.
pub(super) fn byte_letters() -> Vec<char> {
    bytes_and_letters().map(|(_, letter)| letter).collect()
}

/// The bytes that a token stands for; a token that is not written in letters of bytes (an added
/// one) stands for its own characters.
pub(super) fn bytes_of(token: &str) -> Vec<u8> {
    static BYTES: LazyLock<HashMap<char, u8>> =
        LazyLock::new(|| bytes_and_letters().map(|(byte, letter)| (letter, byte)).collect());
    let bytes: Option<Vec<u8>> = token.chars().map(|letter| BYTES.get(&letter).copied()).collect();
    bytes.unwrap_or_else(|| token.as_bytes().to_vec())
}

fn bytes_and_letters() -> impl Iterator<Item = (u8, char)> {
    let prints = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let (printing, others): (Vec<u8>, Vec<u8>) = (0..=u8::MAX).partition(prints);
    let moved = (256u32..).zip(others);
    let moved = moved.filter_map(|(code, byte)| Some((byte, char::from_u32(code)?)));
    printing.into_iter().map(|byte| (byte, char::from(byte))).chain(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_a_letter_of_its_own() {
        let letters = byte_letters();
        assert_eq!(letters.len(), 256);
        assert_eq!((letters[0], letters[93], letters[94]), ('!', '~', '¡'));
        assert_eq!((letters[188], letters[255]), ('Ā', 'Ń'));
        let distinct: std::collections::BTreeSet<_> = letters.iter().collect();
        assert_eq!(distinct.len(), 256);
    }

    #[test]
    fn letters_stand_for_their_bytes_and_other_characters_for_themselves() {
        assert_eq!(bytes_of("ĠaĊ"), b" a\n");
        assert_eq!(bytes_of("Ã©"), "é".as_bytes());
        assert_eq!(bytes_of("<|x y|>"), b"<|x y|>");
    }
}
