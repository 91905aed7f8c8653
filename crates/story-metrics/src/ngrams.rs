//! How often each n-gram of a text occurs: a sorted list, which for sentences is faster than a hash
//! map and has one order only.
//!
//! An n-gram is one `u128`: up to four word numbers of 32 bits, each plus one so that 0 means "no
//! word". The packing is exact (no two n-grams share a key) and sorts shorter n-grams before longer.

/// The longest n-gram that fits into a key.
pub(crate) const LONGEST: usize = 4;
/// Bits of a packed word.
const WORD_BITS: u32 = 32;

/// The highest word number that can be packed.
#[cfg(test)]
const LAST_WORD: u32 = u32::MAX - 1;

/// Adds a word to the end of a packed n-gram. Numbers count different words and stay far below
/// `u32::MAX`.
pub(crate) fn append(ngram: u128, word: u32) -> u128 {
    ngram << WORD_BITS | (u128::from(word) + 1)
}

/// Number of words of a packed n-gram.
pub(crate) fn length(ngram: u128) -> usize {
    (u128::BITS - ngram.leading_zeros()).div_ceil(WORD_BITS) as usize
}

/// Packs an n-gram of at most [`LONGEST`] words.
pub(crate) fn packed(words: &[u32]) -> u128 {
    debug_assert!(words.len() <= LONGEST);
    words.iter().fold(0, |ngram, &word| append(ngram, word))
}

/// The words of a packed n-gram.
pub(crate) fn unpack(ngram: u128) -> Vec<u32> {
    let places = (0..length(ngram) as u32).rev();
    places.map(|place| ((ngram >> (place * WORD_BITS)) as u32).wrapping_sub(1)).collect()
}

/// The different n-grams of a text with their counts, in ascending order.
#[derive(Debug)]
pub(crate) struct NgramCounts(Vec<(u128, u64)>);

impl NgramCounts {
    /// Counts the runs of `n` tokens, `n` of 1 to [`LONGEST`].
    pub(crate) fn of(tokens: &[u32], n: usize) -> Self {
        debug_assert!((1..=LONGEST).contains(&n));
        Self(sorted_counts(tokens.windows(n).map(packed).collect()))
    }

    /// How often an n-gram occurs.
    pub(crate) fn count(&self, ngram: u128) -> u64 {
        self.0.binary_search_by_key(&ngram, |&(other, _)| other).map_or(0, |at| self.0[at].1)
    }

    /// The n-grams with their counts.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (u128, u64)> {
        self.0.iter()
    }
}

/// The different keys with the number of each, in ascending order.
pub(crate) fn sorted_counts(mut keys: Vec<u128>) -> Vec<(u128, u64)> {
    keys.sort_unstable();
    keys.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_and_absent_ones_are_zero() {
        let counts = NgramCounts::of(&[3, 1, 3, 1, 3], 2);
        let count = |a, b| counts.count(append(append(0, a), b));
        assert_eq!((count(3, 1), count(1, 3), count(3, 3)), (2, 2, 0));
        assert_eq!(counts.iter().count(), 2);
        assert_eq!(NgramCounts::of(&[3, 1], 4).iter().count(), 0);
    }

    #[test]
    fn ngrams_are_packed_without_collision_and_sorted_by_length() {
        let words = [LAST_WORD, 0, 1, LAST_WORD];
        let ngrams: Vec<u128> = (1..=LONGEST).map(|n| packed(&words[..n])).collect();
        assert!((1..=LONGEST).all(|n| unpack(ngrams[n - 1]) == words[..n]));
        assert!(ngrams.is_sorted_by(|a, b| a < b));
        assert!(ngrams.iter().map(|&ngram| length(ngram)).eq(1..=LONGEST));
        assert_ne!(append(append(0, u32::MAX), 0), append(append(0, 0), u32::MAX));
    }
}
