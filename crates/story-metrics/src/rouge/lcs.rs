//! The longest common subsequence of two texts.

/// Length of the longest common subsequence of two texts with `different` kinds of tokens.
///
/// Bit-parallel over blocks of 64 tokens of `first` (Hyyrö 2004, "Bit-Parallel LCS-length
/// Computation Revisited"): a 0 bit in `row` marks a token at which the common length grows, and
/// the carry of each addition goes on into the next block. Time `n * m / 64`, memory `n + m`.
pub(crate) fn longest_common_subsequence(first: &[u32], second: &[u32], different: usize) -> u64 {
    let mut carries = vec![false; second.len()];
    let mut places = vec![0_u64; different];
    let mut length = 0;
    for block in first.chunks(64) {
        for (bit, &token) in block.iter().enumerate() {
            places[token as usize] |= 1 << bit;
        }
        let mut row = u64::MAX;
        for (&token, carry) in second.iter().zip(&mut carries) {
            let matched = row & places[token as usize];
            let (sum, overflow) = row.overflowing_add(matched);
            let (sum, overflow_of_carry) = sum.overflowing_add(u64::from(*carry));
            *carry = overflow || overflow_of_carry;
            row = sum | (row & !matched);
        }
        for &token in block {
            places[token as usize] = 0;
        }
        length += u64::from(row.count_zeros());
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
            first in proptest::collection::vec(0_u32..5, 0..200),
            second in proptest::collection::vec(0_u32..5, 0..200),
        ) {
            prop_assert_eq!(longest_common_subsequence(&first, &second, 5), slow_lcs(&first, &second));
        }
    }
}
