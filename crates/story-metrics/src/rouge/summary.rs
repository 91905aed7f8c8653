//! ROUGE-Lsum (Lin 2004, section 3.2), as in `rouge-score`: each line of a text is a sentence. For
//! each reference sentence, the union of its longest common subsequences with every hypothesis
//! sentence is taken; a word of it is a hit as long as the hypothesis has one left.
//!
//! ```text
//! precision = hits / tokens of the hypothesis,  recall = hits / tokens of the reference
//! ```
//! Two sentences can have several longest common subsequences; which one is read out decides, so
//! the table is walked back as in the original. The table's size is the product of both lengths, so
//! sentences of many thousands of words are refused, unless each text is a single one: then only the
//! length of the subsequence counts.

use super::{RougeScore, rouge_l};
use crate::error::{MetricError, Result};

/// Most cells of the table of two sentences: 256 MB.
const MAX_CELLS: usize = 1 << 26;

/// The score of a hypothesis against one reference, with `different` kinds of tokens.
///
/// # Errors
/// If two sentences are so long that their table has more than [`MAX_CELLS`] cells.
pub(super) fn rouge_lsum(
    hypothesis: &[Vec<u32>],
    reference: &[Vec<u32>],
    different: usize,
) -> Result<RougeScore> {
    if let ([hypothesis], [reference]) = (hypothesis, reference) {
        return Ok(rouge_l(hypothesis, reference, different));
    }
    check_sizes(hypothesis, reference)?;
    let mut left_in_hypothesis = counts(hypothesis, different);
    let mut hits = 0;
    let mut table = Vec::new();
    for sentence in reference {
        let mut common = vec![false; sentence.len()];
        for other in hypothesis {
            mark_common(sentence, other, &mut table, &mut common);
        }
        for (&token, _) in sentence.iter().zip(common).filter(|&(_, common)| common) {
            // The original counts down the reference's words too, which its places do already.
            let left = &mut left_in_hypothesis[token as usize];
            if *left > 0 {
                hits += 1;
                *left -= 1;
            }
        }
    }
    let length = |text: &[Vec<u32>]| text.iter().map(Vec::len).sum::<usize>() as u64;
    Ok(RougeScore::from_counts(hits, length(hypothesis), length(reference)))
}

fn check_sizes(hypothesis: &[Vec<u32>], reference: &[Vec<u32>]) -> Result<()> {
    let longest = |text: &[Vec<u32>]| text.iter().map(Vec::len).max().unwrap_or(0) + 1;
    let (first, second) = (longest(hypothesis), longest(reference));
    if first.saturating_mul(second) <= MAX_CELLS {
        return Ok(());
    }
    Err(MetricError::Value {
        what: "rouge-lsum: words of the longest sentences, one a line",
        expected: "at most about 8000 on each side",
        found: format!("{} and {}", first - 1, second - 1),
    })
}

/// How often each token occurs in a text.
fn counts(text: &[Vec<u32>], different: usize) -> Vec<u32> {
    let mut counts = vec![0; different];
    for &token in text.iter().flatten() {
        counts[token as usize] += 1;
    }
    counts
}

/// Marks the tokens of `reference` in one longest common subsequence with `hypothesis`; `table` is
/// scratch space.
fn mark_common(reference: &[u32], hypothesis: &[u32], table: &mut Vec<u32>, common: &mut [bool]) {
    let width = hypothesis.len() + 1;
    table.clear();
    table.resize(width * (reference.len() + 1), 0);
    for (i, &token) in reference.iter().enumerate() {
        let (above, row) = table[i * width..(i + 2) * width].split_at_mut(width);
        for (j, &other) in hypothesis.iter().enumerate() {
            row[j + 1] = if token == other { above[j] + 1 } else { above[j + 1].max(row[j]) };
        }
    }
    let (mut i, mut j) = (reference.len(), hypothesis.len());
    while i > 0 && j > 0 {
        if reference[i - 1] == hypothesis[j - 1] {
            common[i - 1] = true;
            (i, j) = (i - 1, j - 1);
        } else if table[i * width + j - 1] > table[(i - 1) * width + j] {
            j -= 1;
        } else {
            i -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rouge::{RougeKind, rouge};

    #[test]
    fn the_union_follows_the_paper() {
        // Lin 2004, section 3.2: w1 w2 w3 w4 w5 against w1 w2 w6 w7 w8 and w1 w3 w8 w9 w5.
        let hypothesis = "w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5";
        let score = rouge(RougeKind::RougeLsum, hypothesis, &["w1 w2 w3 w4 w5"]);
        let score = score.expect("a reference");
        assert_eq!((score.recall, score.precision), (0.8, 0.4));
    }

    #[test]
    fn a_word_counts_once_for_each_time_both_have_it() {
        let score = rouge(RougeKind::RougeLsum, "a b", &["a\na\na b"]).expect("a reference");
        assert_eq!((score.precision, score.recall), (1.0, 0.5));
        let nothing = rouge(RougeKind::RougeLsum, "\n\n", &["a"]).expect("a reference");
        assert_eq!(nothing.f1, 0.0);
    }

    #[test]
    fn one_endless_sentence_is_scored_and_two_are_refused() {
        let endless = "fox ".repeat(10_000);
        let whole = rouge(RougeKind::RougeLsum, &endless, &[&endless]).expect("a reference");
        assert_eq!(whole.f1, 1.0);
        let two = format!("{endless}\nfox");
        let error = rouge(RougeKind::RougeLsum, &two, &[&endless]).expect_err("too long");
        assert!(error.to_string().contains("10000 and 10000"), "{error}");
    }

    #[test]
    fn a_single_sentence_counts_as_by_the_table() {
        // The empty second sentence keeps the shortcut away.
        for (hypothesis, reference) in [("a b a c", "c a a b"), ("b b a", "a b"), ("", "a")] {
            let by = |text: &str| rouge(RougeKind::RougeLsum, text, &[reference]).expect("one");
            assert_eq!(by(hypothesis), by(&format!("{hypothesis}\n")));
        }
    }
}
