//! How texts are generated: the strategy, and rules that hold for all.

use crate::check::{size, within};
use serde::{Deserialize, Serialize};
use story_core::{Error, Result};

/// The most texts that are kept or drawn for one: all are in memory at once, for each window of a batch.
const MOST_TEXTS: usize = 1024;

/// How texts are generated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenerateConfig {
    /// How the next token is chosen.
    pub strategy: Strategy,
    /// Fewest tokens before the end may be chosen.
    pub min_length: usize,
    /// Most tokens, the end not counted; at least 1.
    pub max_length: usize,
    /// No sequence of this many tokens appears twice in a text; 0 turns the rule off.
    pub no_repeat_ngram: usize,
    /// Divides the scores of tokens that the text holds already where they are above 0, and
    /// multiplies them where they are below (Keskar et al. 2019); above 0, 1 turns the rule off.
    #[serde(default = "no_penalty", skip_serializing_if = "is_no_penalty")]
    pub repetition_penalty: f32,
    /// Whether `[UNK]` may be chosen.
    pub allow_unknown: bool,
}

/// How the next token is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Strategy {
    /// The most probable token at each step.
    Greedy,
    /// The most probable whole text among those that a beam keeps.
    Beam {
        /// Texts kept at each step; at least 1.
        beams: usize,
        /// Exponent of the length that divides the log probability: 0 favours short texts, 1 is
        /// the mean a token.
        length_penalty: f64,
    },
    /// A random token by its probability.
    Sample {
        /// Divides the scores; above 0, 1 is the model's own distribution.
        temperature: f64,
        /// Only the this many most probable tokens; 0 turns the rule off.
        top_k: usize,
        /// Only the fewest tokens whose probabilities sum to this; above 0, 1 turns the rule off.
        top_p: f64,
    },
    /// Of several random texts, and of those that are told already, the one most like the random
    /// ones. [`n_best`](super::n_best) gives the random ones; [`generate`](super::generate) cannot
    /// choose, for it knows no texts.
    MinimumRisk {
        /// Texts drawn; at least 1.
        draws: usize,
        /// Divides the scores; above 0, 1 is the model's own distribution.
        temperature: f64,
        /// Only the this many most probable tokens; 0 turns the rule off.
        top_k: usize,
        /// Only the fewest tokens whose probabilities sum to this; above 0, 1 turns the rule off.
        top_p: f64,
        /// What makes two texts alike.
        #[serde(default, skip_serializing_if = "is_default")]
        utility: Utility,
        /// Which texts may be chosen.
        #[serde(default, skip_serializing_if = "is_default")]
        candidates: Candidates,
    },
    /// The most probable of a few tokens, less what is like the text so far (Su et al. 2022).
    Contrastive {
        /// The most probable tokens that are looked at; at least 1.
        top_k: usize,
        /// Weight of the likeness, 0 to 1; 0 is greedy.
        alpha: f64,
    },
}

/// What makes two texts alike, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Utility {
    /// Sentence BLEU. It is near 0 where no two words in a row are the same, so that short texts
    /// win.
    #[default]
    #[serde(rename = "bleu")]
    Bleu,
    /// Sentence chrF++, which counts parts of words and weighs recall twice.
    #[serde(rename = "chrf++")]
    ChrfPlusPlus,
}

/// Which texts minimum risk may choose. The drawn ones alone say how like a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Candidates {
    /// The drawn ones, and those that the context tells.
    #[default]
    DrawnAndTold,
    /// The drawn ones.
    Drawn,
}

fn no_penalty() -> f32 {
    1.0
}

/// Configs of runs that do not know a value stay as they are.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Likewise.
fn is_no_penalty(penalty: &f32) -> bool {
    *penalty == no_penalty()
}

impl Default for GenerateConfig {
    fn default() -> Self {
        Self {
            strategy: Strategy::Greedy,
            min_length: 1,
            max_length: 32,
            no_repeat_ngram: 0,
            repetition_penalty: no_penalty(),
            allow_unknown: false,
        }
    }
}

impl GenerateConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key.
    pub fn checked(self) -> Result<Self> {
        let refuse = |key: &str, value: f64, expected: &str| {
            Err(Error::Config(format!("generate.{key} is {value}; expected {expected}")))
        };
        size("generate.max_length", self.max_length)?;
        if self.min_length > self.max_length {
            return refuse("min_length", self.min_length as f64, "at most max_length");
        }
        if !(self.repetition_penalty > 0.0 && self.repetition_penalty.is_finite()) {
            let penalty = f64::from(self.repetition_penalty);
            return refuse("repetition_penalty", penalty, "a number above 0");
        }
        match self.strategy {
            Strategy::Greedy => {}
            Strategy::Beam { beams, length_penalty } => {
                within("generate.strategy.beams", beams, MOST_TEXTS)?;
                if !length_penalty.is_finite() {
                    return refuse("strategy.length_penalty", length_penalty, "a finite number");
                }
            }
            Strategy::Sample { temperature, top_p, .. }
            | Strategy::MinimumRisk { temperature, top_p, .. } => {
                if !(temperature > 0.0 && temperature.is_finite()) {
                    return refuse("strategy.temperature", temperature, "a number above 0");
                }
                if !(top_p > 0.0 && top_p <= 1.0) {
                    return refuse("strategy.top_p", top_p, "above 0 and at most 1");
                }
                if let Strategy::MinimumRisk { draws, .. } = self.strategy {
                    within("generate.strategy.draws", draws, MOST_TEXTS)?;
                }
            }
            Strategy::Contrastive { top_k, alpha } => {
                size("generate.strategy.top_k", top_k)?;
                if !(0.0..=1.0).contains(&alpha) {
                    return refuse("strategy.alpha", alpha, "0 to 1");
                }
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn risk(draws: usize) -> Strategy {
        Strategy::MinimumRisk {
            draws,
            temperature: 1.0,
            top_k: 0,
            top_p: 1.0,
            utility: Utility::Bleu,
            candidates: Candidates::DrawnAndTold,
        }
    }

    #[test]
    fn configs_of_minimum_risk_by_bleu_keep_their_bytes() {
        let old = r#"{"kind":"minimum-risk","draws":4,"temperature":1.0,"top_k":0,"top_p":1.0}"#;
        assert_eq!(serde_json::to_string(&risk(4)).expect("a strategy"), old);
        assert_eq!(serde_json::from_str::<Strategy>(old).expect("a strategy"), risk(4));
        let new = old.replace('}', r#","utility":"chrf++","candidates":"drawn"}"#);
        let found: Strategy = serde_json::from_str(&new).expect("a strategy");
        assert_eq!(serde_json::to_string(&found).expect("a strategy"), new);
    }

    #[test]
    fn values_out_of_range_are_named() {
        let with = |strategy| GenerateConfig { strategy, ..GenerateConfig::default() };
        let sample = |temperature, top_p| with(Strategy::Sample { temperature, top_k: 0, top_p });
        let beam = |beams, length_penalty| with(Strategy::Beam { beams, length_penalty });
        let short = GenerateConfig { max_length: 0, min_length: 0, ..GenerateConfig::default() };
        let free = GenerateConfig { repetition_penalty: 0.0, ..GenerateConfig::default() };
        let long = GenerateConfig { min_length: 33, ..GenerateConfig::default() };
        for (config, key) in [
            (sample(0.0, 1.0), "temperature"),
            (sample(f64::NAN, 1.0), "temperature"),
            (sample(1.0, 0.0), "top_p"),
            (sample(1.0, 1.1), "top_p"),
            (with(risk(0)), "draws"),
            (with(Strategy::Contrastive { top_k: 0, alpha: 0.5 }), "top_k"),
            (with(Strategy::Contrastive { top_k: 1, alpha: 1.1 }), "alpha"),
            (with(Strategy::Contrastive { top_k: 1, alpha: f64::NAN }), "alpha"),
            (beam(0, 1.0), "beams"),
            (beam(2, f64::INFINITY), "length_penalty"),
            (short, "max_length"),
            (free, "repetition_penalty"),
            (long, "min_length"),
        ] {
            let message = config.checked().expect_err("out of range").to_string();
            assert!(message.contains(key), "{message}");
        }
        assert!(GenerateConfig::default().checked().is_ok());
    }
}
