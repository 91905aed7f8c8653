//! The longest common subsequence of two texts.

/// Words of 64 bits that are worked on at a time: their additions overlap in the processor.
const LANES: usize = 4;

/// Length of the longest common subsequence of two texts with `different` kinds of tokens.
///
/// Bit-parallel over blocks of 256 tokens of `first` (Hyyrö 2004, "Bit-Parallel LCS-length
/// Computation Revisited"): a 0 bit in `row` marks a token at which the common length grows, and
/// the carry of each addition goes on into the next block. Time `n * m / 64`, memory `n + m`.
pub(crate) fn longest_common_subsequence(first: &[u32], second: &[u32], different: usize) -> u64 {
    let mut carries = vec![false; second.len()];
    let mut places = vec![[0_u64; LANES]; different];
    let mut length = 0;
    for block in first.chunks(64 * LANES) {
        for (at, &token) in block.iter().enumerate() {
            places[token as usize][at / 64] |= 1 << (at % 64);
        }
        let mut row = [u64::MAX; LANES];
        for (&token, carry) in second.iter().zip(&mut carries) {
            let of_token = &places[token as usize];
            // Most words of a long text are not among so few: they change nothing.
            if !*carry && *of_token == [0; LANES] {
                continue;
            }
            for (word, places) in row.iter_mut().zip(of_token) {
                let matched = *word & places;
                let (sum, overflow) = word.overflowing_add(matched);
                let (sum, overflow_of_carry) = sum.overflowing_add(u64::from(*carry));
                *carry = overflow || overflow_of_carry;
                *word = sum | (*word & !matched);
            }
        }
        for &token in block {
            places[token as usize] = [0; LANES];
        }
        length += row.iter().map(|word| u64::from(word.count_zeros())).sum::<u64>();
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The textbook table.
    fn slow_lcs(first: &[u32], second: &[u32]) -> u64 {
        let mut table = vec![vec![0; second.len() + 1]; first.len() + 1];
        for i in 1..=first.len() {
            for j in 1..=second.len() {
                table[i][j] = if first[i - 1] == second[j - 1] {
                    table[i - 1][j - 1] + 1
                } else {
                    u64::max(table[i - 1][j], table[i][j - 1])
                };
            }
        }
        table[first.len()][second.len()]
    }

    proptest! {
        #[test]
        fn the_bit_parallel_length_equals_the_table(
            first in proptest::collection::vec(0_u32..5, 0..600),
            second in proptest::collection::vec(0_u32..5, 0..600),
        ) {
            prop_assert_eq!(longest_common_subsequence(&first, &second, 5), slow_lcs(&first, &second));
        }

        #[test]
        fn words_that_a_block_lacks_change_nothing(
            first in proptest::collection::vec(0_u32..500, 0..600),
            second in proptest::collection::vec(0_u32..500, 0..600),
        ) {
            let found = longest_common_subsequence(&first, &second, 500);
            prop_assert_eq!(found, slow_lcs(&first, &second));
        }
    }
}
