//! How often each n-gram of a text occurs: a sorted list, which for sentences is faster than a hash
//! map and has one order only.

/// The different n-grams of a text with their counts, in ascending order.
#[derive(Debug)]
pub(crate) struct NgramCounts<'a>(Vec<(&'a [u32], u64)>);

impl<'a> NgramCounts<'a> {
    /// Counts the runs of `n` tokens, `n` of at least 1.
    pub(crate) fn of(tokens: &'a [u32], n: usize) -> Self {
        let mut ngrams: Vec<&[u32]> = tokens.windows(n).collect();
        ngrams.sort_unstable();
        let runs = ngrams.chunk_by(|a, b| a == b);
        Self(runs.map(|run| (run[0], run.len() as u64)).collect())
    }

    /// How often an n-gram occurs.
    pub(crate) fn count(&self, ngram: &[u32]) -> u64 {
        self.0
            .binary_search_by(|(other, _)| (*other).cmp(ngram))
            .map_or(0, |at| self.0[at].1)
    }

    /// The n-grams with their counts.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (&'a [u32], u64)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_and_absent_ones_are_zero() {
        let tokens = [3, 1, 3, 1, 3];
        let counts = NgramCounts::of(&tokens, 2);
        assert_eq!(
            (
                counts.count(&[3, 1]),
                counts.count(&[1, 3]),
                counts.count(&[3, 3])
            ),
            (2, 2, 0)
        );
        assert_eq!(counts.iter().count(), 2);
        assert_eq!(NgramCounts::of(&tokens, 6).iter().count(), 0);
    }
}
