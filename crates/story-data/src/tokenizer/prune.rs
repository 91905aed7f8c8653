//! A published vocabulary without what a corpus does not need: an output layer over 30,522 words of
//! which some thousands occur is mostly work for nothing.
//!
//! Kept are the special tokens, the pieces that the texts are made of, and every character of
//! theirs, at the start of a word and inside, so that other words can still be spelled. Texts that
//! were pruned for keep their pieces: a greedy longest match finds the same ones among fewer.

use super::{SPECIAL, StoryTokenizer, row};
use crate::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl StoryTokenizer {
    /// The tokenizer with the pieces that `texts`, those of the training split only, have at least
    /// `min_frequency` times. Pieces keep their order, and get new ids.
    ///
    /// # Errors
    /// A text that cannot be split.
    pub fn pruned<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
        min_frequency: u64,
    ) -> Result<Self> {
        let mut counts: HashMap<u32, u64> = HashMap::new();
        for text in texts {
            for id in row::pieces(&self.inner, text)? {
                *counts.entry(id).or_default() += 1;
            }
        }
        let vocabulary: BTreeMap<u32, String> =
            self.inner.get_vocab(true).into_iter().map(|(piece, id)| (id, piece)).collect();
        let often = |id: &u32| counts.get(id).is_some_and(|count| *count >= min_frequency);
        let characters: BTreeSet<char> = vocabulary
            .iter()
            .filter(|(id, _)| counts.contains_key(id))
            .flat_map(|(_, piece)| piece.strip_prefix("##").unwrap_or(piece).chars())
            .collect();
        let spells = |piece: &str| {
            let mut letters = piece.strip_prefix("##").unwrap_or(piece).chars();
            let first = letters.next();
            letters.next().is_none() && first.is_some_and(|c| characters.contains(&c))
        };
        let kept = vocabulary
            .into_iter()
            .filter(|(id, piece)| SPECIAL.contains(&piece.as_str()) || often(id) || spells(piece));
        Self::from_pieces(kept.map(|(_, piece)| piece).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::TrainConfig;

    fn published() -> StoryTokenizer {
        let texts = ["the fox runs far", "the foxes ran", "a lamp glows", "lamps glow afar"];
        let config = TrainConfig { vocabulary_size: 400, min_frequency: 1 };
        StoryTokenizer::train(texts, config).expect("texts")
    }

    #[test]
    fn texts_keep_their_pieces_and_unseen_words_are_spelled() -> Result<()> {
        let full = published();
        let texts = ["the fox ran", "a fox runs far"];
        let small = full.pruned(texts, 1)?;
        assert!(small.vocabulary().size < full.vocabulary().size);
        for text in texts {
            assert_eq!(small.count(text)?, full.count(text)?, "{text}");
            let ids = small.encode(text, 16)?.ids;
            assert_eq!(small.decode(&ids), text);
        }
        // Its letters occur, its pieces do not.
        let ids = small.encode("tenor", 16)?.ids;
        assert_eq!(small.decode(&ids), "tenor");
        assert!(small.count("tenor")? > full.count("fox")?);
        // A letter that never occurs.
        assert_eq!(small.decode(&small.encode("glow", 16)?.ids), "[UNK]");
        Ok(())
    }

    #[test]
    fn rare_pieces_go_and_words_made_of_them_are_spelled() -> Result<()> {
        let full = published();
        let small = full.pruned(["fox fox fox ran"], 2)?;
        assert_eq!(small.count("fox")?, full.count("fox")?);
        let ids = small.encode("ran fox", 16)?.ids;
        assert_eq!(small.decode(&ids), "ran fox");
        assert_eq!(small.count("ran")?, 3);
        Ok(())
    }
}
