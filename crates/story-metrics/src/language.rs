//! Teacher-forced language scores: perplexity and top-k accuracy over the tokens that the caller
//! keeps (leave padding out). Not comparable with scores of freely generated text, nor between
//! vocabularies: a token of one is not a token of another. (Perplexity: Jelinek et al. 1977,
//! "Perplexity: A Measure of the Difficulty of Speech Recognition Tasks".) Equal to the exponential
//! of scikit-learn's `log_loss` and to its `top_k_accuracy_score` where no scores tie.
//!
//! ```text
//! perplexity = exp(sum of -ln p(token) / tokens)        (>= 1, lower is better)
//! top-k      = tokens that are among the k most probable / tokens    (0..=1, higher is better)
//! ```

use crate::error::{MetricError, Result};
use crate::metric::Direction::{HigherIsBetter, LowerIsBetter};
use crate::metric::{MetricInfo, Range, Score};
use crate::rank::Rank;
use crate::signature::Signature;
use crate::statistic::{Counted, Statistic};
use serde::{Deserialize, Serialize};

/// Perplexity in the list of metrics.
pub static PERPLEXITY: Score<Perplexity> = Score {
    info: MetricInfo::new(
        "perplexity",
        "Perplexity",
        "how many tokens seem equally likely",
        LowerIsBetter,
        Range::FROM_ONE,
    )
    .digits(2),
    of: Perplexity::score,
};

/// Top-1 accuracy in the list of metrics.
pub static TOP_1: Score<TopK<1>> = Score { info: top("top-1", "Top-1"), of: TopK::score };
/// Top-5 accuracy in the list of metrics.
pub static TOP_5: Score<TopK<5>> = Score { info: top("top-5", "Top-5"), of: TopK::score };

const fn top(id: &'static str, name: &'static str) -> MetricInfo {
    let summary = "tokens among the k most probable";
    MetricInfo::new(id, name, summary, HigherIsBetter, Range::FRACTION)
}

/// How far below 0 rounding may push the negative log-likelihood of a token, in nats.
pub const NLL_TOLERANCE: f64 = 1e-3;

/// Summed negative log-likelihood and the tokens behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Perplexity {
    /// Sum of `-ln p(token)`, in nats.
    pub nll: f64,
    /// Tokens.
    pub tokens: u64,
}

impl Perplexity {
    /// Adds the sum of negative log-likelihoods (nats) of some tokens. Infinity is allowed: a token
    /// of probability 0 makes the perplexity infinite.
    ///
    /// # Errors
    /// If the sum is NaN, or below 0 by more than [`NLL_TOLERANCE`] a token.
    pub fn add(&mut self, nll: f64, tokens: u64) -> Result<()> {
        if nll.is_nan() || nll < -NLL_TOLERANCE * tokens as f64 {
            return Err(MetricError::Value {
                what: "negative log-likelihood",
                expected: "a sum of at least 0 nats",
                found: nll.to_string(),
            });
        }
        self.merge(&Self { nll, tokens });
        Ok(())
    }

    /// The settings behind it.
    pub fn signature() -> Signature {
        Signature::of([("mode", &"teacher-forced"), ("unit", &"token"), ("base", &"e")]).versioned()
    }

    /// `exp` of the mean negative log-likelihood, at least 1, lower is better; `None` without tokens.
    pub fn score(&self) -> Option<f64> {
        self.mean_nll().map(f64::exp)
    }

    /// Mean negative log-likelihood in nats a token, at least 0, lower is better; `None` without
    /// tokens.
    pub fn mean_nll(&self) -> Option<f64> {
        (self.tokens > 0).then(|| self.nll / self.tokens as f64)
    }
}

impl Statistic for Perplexity {
    fn merge(&mut self, other: &Self) {
        self.nll += other.nll;
        self.tokens += other.tokens;
    }

    fn score(&self) -> Option<f64> {
        self.score()
    }
}

impl Counted for Perplexity {
    fn units(&self) -> u64 {
        self.tokens
    }

    fn missing(&self) -> u64 {
        0
    }
}

/// Share of tokens that were among the `K` most probable ones; ties count as a random order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TopK<const K: u64> {
    /// Sum of hits; fractions come from ties.
    pub hits: f64,
    /// Tokens.
    pub tokens: u64,
}

impl<const K: u64> TopK<K> {
    /// Adds one token by its rank in the vocabulary.
    pub fn add(&mut self, rank: Rank) {
        self.merge(&Self { hits: rank.hit(K), tokens: 1 });
    }

    /// The settings behind it.
    pub fn signature() -> Signature {
        Signature::of([
            ("k", &K),
            ("mode", &"teacher-forced"),
            ("unit", &"token"),
            ("ties", &"expected"),
        ])
        .versioned()
    }

    /// Hits over tokens, 0..=1, higher is better; `None` without tokens.
    pub fn score(&self) -> Option<f64> {
        (self.tokens > 0).then(|| self.hits / self.tokens as f64)
    }
}

impl<const K: u64> Statistic for TopK<K> {
    fn merge(&mut self, other: &Self) {
        self.hits += other.hits;
        self.tokens += other.tokens;
    }

    fn score(&self) -> Option<f64> {
        self.score()
    }
}

impl<const K: u64> Counted for TopK<K> {
    fn units(&self) -> u64 {
        self.tokens
    }

    fn missing(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uniform_guess_has_the_perplexity_of_its_vocabulary() {
        let mut perplexity = Perplexity::default();
        assert_eq!(perplexity.score(), None);
        for _ in 0..10 {
            perplexity.add(100.0_f64.ln(), 1).expect("a valid sum");
        }
        let score = perplexity.score().expect("tokens were read");
        assert!((score - 100.0).abs() < 1e-9);
        for wrong in [f64::NAN, f64::NEG_INFINITY, -1.0] {
            assert!(perplexity.add(wrong, 1).is_err(), "{wrong}");
        }
        assert_eq!(perplexity.tokens, 10);
        perplexity.add(f64::INFINITY, 1).expect("probability 0 is possible");
        assert_eq!(perplexity.score(), Some(f64::INFINITY));
    }

    #[test]
    fn constant_logits_reach_chance_only() {
        let mut top = TopK::<5>::default();
        assert_eq!(top.score(), None);
        top.add(Rank::of(&[0.0; 20], 3).expect("finite logits"));
        assert_eq!(top.score(), Some(0.25));
        top.add(Rank::of(&[3.0, 2.0, 1.0], 2).expect("finite logits"));
        assert_eq!(top.score(), Some(0.625));
        assert_eq!(top.tokens, 2);
    }
}
