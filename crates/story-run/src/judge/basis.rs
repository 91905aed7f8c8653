//! What a verdict rests on: each signal's share of it.
//!
//! A signal's part is how far the logit moves when the signal is taken away, that is, when what
//! stands for signals that could not be judged takes its place: for a weighted sum, its weight times
//! its distance from there. Its share is its part over the sum of all parts' sizes.

use crate::error::Result;
use serde::Serialize;
use story_verify::fusion::Imputation;

/// One signal's share of a verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    /// The signal.
    pub signal: String,
    /// Its value in 0..1.
    pub value: f64,
    /// Its part over the sum of all parts' sizes, -1..1: above 0 it speaks for a match.
    pub share: f64,
    /// The same in words.
    pub words: String,
}

/// The logits of rows of signals without gaps.
pub type Logits<'a> = dyn Fn(&[Vec<f64>]) -> Result<Vec<f64>> + 'a;

/// Smaller parts decide nothing.
const LEAST: f64 = 0.005;

/// The shares of the signals `names` with the values `given`, the largest first; signals that could
/// not be judged have none. `logit` answers rows without gaps.
///
/// # Errors
/// Those of `logit`.
pub fn basis(
    names: &[String],
    given: &[Option<f64>],
    imputation: &Imputation,
    logit: &Logits,
) -> Result<Vec<Share>> {
    let judged: Vec<usize> = (0..given.len()).filter(|at| given[*at].is_some()).collect();
    let without = |at: &usize| {
        let mut row = given.to_vec();
        row[*at] = None;
        imputation.fill(&row)
    };
    let mut rows = vec![imputation.fill(given)];
    rows.extend(judged.iter().map(without));
    let logits = logit(&rows)?;
    let parts: Vec<f64> = logits[1..].iter().map(|without| logits[0] - without).collect();
    let sum: f64 = parts.iter().map(|part| part.abs()).sum();
    let share = |(at, part): (&usize, f64)| {
        let share = if sum > 0.0 { part / sum } else { 0.0 };
        let value = given[*at].unwrap_or_default();
        let signal = names[*at].clone();
        Share { words: words(&signal, share), signal, value, share }
    };
    let mut shares: Vec<Share> = judged.iter().zip(parts).map(share).collect();
    shares.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
    Ok(shares)
}

fn words(signal: &str, share: f64) -> String {
    let (percent, plain) = (100.0 * share.abs(), plain(signal));
    match share {
        none if none.abs() < LEAST => format!("{plain}: decides nothing"),
        above if above > 0.0 => format!("{plain}: {percent:.0} % for it"),
        _ => format!("{plain}: {percent:.0} % against it"),
    }
}

/// What a signal looks at; its name, where it is one that this version does not know.
fn plain(signal: &str) -> &str {
    match signal {
        "object-match" => "the things told, all together",
        "weakest" => "the thing told that is least sure",
        "scene" => "what goes with the places and games told",
        "similarity" => "picture and sentences in one space",
        "space" => "how things are placed",
        "numbers" => "how many there are",
        "colors" => "their colours",
        "details" => "the least sure number, colour, place or denial",
        other => other,
    }
}

/// The shares as one sentence; empty without one.
pub fn sentence(shares: &[Share]) -> String {
    let all: Vec<&str> = shares.iter().map(|share| share.words.as_str()).collect();
    all.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_weighted_sum_are_its_terms() -> Result<()> {
        let names = ["a", "b", "c", "d"].map(str::to_string);
        let row = |value| vec![Some(value); 4];
        let means = Imputation::fit(&[row(0.0), row(1.0)])?; // one half each
        let logit = |rows: &[Vec<f64>]| {
            Ok(rows.iter().map(|row| 6.0 * row[0] - 2.0 * row[1] + 5.0 * row[2]).collect())
        };
        let given = [Some(1.0), Some(1.0), None, Some(1.0)];
        let shares = basis(&names, &given, &means, &logit)?;
        let found: Vec<(&str, f64)> =
            shares.iter().map(|it| (it.signal.as_str(), it.share)).collect();
        assert_eq!(found, [("a", 0.75), ("b", -0.25), ("d", 0.0)]);
        assert_eq!(sentence(&shares), "a: 75 % for it; b: 25 % against it; d: decides nothing");
        for signal in crate::judge::SIGNALS {
            assert_ne!(plain(signal), signal, "it has words of its own");
        }
        assert!(basis(&names, &[None; 4], &means, &logit)?.is_empty());
        Ok(())
    }
}
