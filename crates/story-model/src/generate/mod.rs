//! Generation: the next text, token by token, from the context alone.
//!
//! Strategies: greedy, beam search with length normalisation (Wu et al. 2016 with an exponent in
//! place of their formula: score = log p / length^penalty), and sampling with temperature, top-k
//! (Fan et al. 2018) and top-p (Holtzman et al. 2020). Each may forbid repeated n-grams (Paulus et
//! al. 2018), put a price on repeated tokens (Keskar et al. 2019) and bound the length. Minimum
//! risk (Kumar and Byrne 2004) draws texts here; which of them is most like the others is for
//! whoever can compare texts.
//!
//! A text starts with `[CLS]`, which is given, and ends with `[SEP]`, which is chosen; a language
//! model's begins and ends with the same line break. `[PAD]` and `[CLS]` are never chosen, `[UNK]`
//! only where the config allows it. Log probabilities are those of the model itself, before any
//! token is forbidden and before temperature: re-scoring a text by teacher forcing gives the same
//! number.

mod beam;
mod rules;
mod sample;

pub(crate) use rules::log_sum;

use crate::check::size;
use candle_core::Tensor;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use story_core::{Context, DecoderState, Error, Generated, Result, TextDecoder, Vocabulary, rng};

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
    /// ones. [`n_best`] gives the random ones; [`generate`] cannot choose, for it knows no texts.
    MinimumRisk {
        /// Texts drawn; at least 1.
        draws: usize,
        /// Divides the scores; above 0, 1 is the model's own distribution.
        temperature: f64,
        /// Only the this many most probable tokens; 0 turns the rule off.
        top_k: usize,
        /// Only the fewest tokens whose probabilities sum to this; above 0, 1 turns the rule off.
        top_p: f64,
    },
}

fn no_penalty() -> f32 {
    1.0
}

/// Configs of runs that do not know the rule stay as they are.
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
                size("generate.strategy.beams", beams)?;
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
                    size("generate.strategy.draws", draws)?;
                }
            }
        }
        Ok(self)
    }
}

/// The best text for each of the context's `B` windows.
///
/// `names` holds `B` names that key the random streams of sampling, so that a window's text
/// depends neither on its batch nor on its place in it.
///
/// # Errors
/// A config out of range, or of minimum risk; scores that are not finite.
pub fn generate(
    decoder: &dyn TextDecoder,
    vocabulary: &Vocabulary,
    context: &Context,
    names: &[String],
    config: &GenerateConfig,
    seed: u64,
) -> Result<Vec<Generated>> {
    if let Strategy::MinimumRisk { .. } = config.strategy {
        return Err(Error::Config(
            "generate.strategy: minimum risk compares texts, which no decoder knows; take its candidates from n_best".into(),
        ));
    }
    let all = n_best(decoder, vocabulary, context, names, config, seed)?;
    let best = |texts: Vec<Generated>| {
        texts.into_iter().next().expect("invariant: a search returns at least one text a window")
    };
    Ok(all.into_iter().map(best).collect())
}

/// All texts that the strategy ends with for each window: at most as many as there are beams, best
/// first; all that minimum risk draws, in their order; one for the other strategies. Arguments and errors are those of [`generate`].
pub fn n_best(
    decoder: &dyn TextDecoder,
    vocabulary: &Vocabulary,
    context: &Context,
    names: &[String],
    config: &GenerateConfig,
    seed: u64,
) -> Result<Vec<Vec<Generated>>> {
    let config = config.clone().checked()?;
    let windows = context.summary.dim(0)?;
    if names.len() != windows {
        return Err(Error::Shape {
            what: "names of the windows to generate for".into(),
            expected: windows.to_string(),
            found: names.len().to_string(),
        });
    }
    let search = Search { decoder, vocabulary, config: &config };
    match config.strategy {
        Strategy::Greedy => {
            let start = decoder.start(context)?;
            let nothing = &mut vec![(); windows];
            search.one_each(context, start, nothing, |scores, _| sample::most_probable(scores))
        }
        Strategy::Sample { temperature, top_k, top_p } => {
            let stream = |name: &String| rng::rng(seed, &format!("generate/{name}"));
            let mut streams: Vec<_> = names.iter().map(stream).collect();
            let choose = drawing(temperature, top_k, top_p);
            search.one_each(context, decoder.start(context)?, &mut streams, choose)
        }
        Strategy::Beam { beams, length_penalty } => search.beam(context, beams, length_penalty),
        Strategy::MinimumRisk { draws, temperature, top_k, top_p } => {
            let start = decoder.start(context)?;
            let mut all = vec![Vec::with_capacity(draws); windows];
            for draw in 0..draws {
                let stream = |name: &String| rng::rng(seed, &format!("generate/{name}/{draw}"));
                let mut streams: Vec<_> = names.iter().map(stream).collect();
                let choose = drawing(temperature, top_k, top_p);
                let drawn = search.one_each(context, start.clone(), &mut streams, choose)?;
                all.iter_mut().zip(drawn).for_each(|(all, drawn)| all.extend(drawn));
            }
            Ok(all)
        }
    }
}

/// Draws a token from a window's own stream.
fn drawing(
    temperature: f64,
    top_k: usize,
    top_p: f64,
) -> impl Fn(&[f32], &mut rng::ChaCha8Rng) -> u32 + Sync {
    move |scores, stream| sample::draw(sample::filtered(scores, temperature, top_k, top_p), stream)
}

/// What every strategy needs.
struct Search<'a> {
    decoder: &'a dyn TextDecoder,
    vocabulary: &'a Vocabulary,
    config: &'a GenerateConfig,
}

impl Search<'_> {
    /// One text a window from the decoder's first `state` on; `choose` picks a token from the
    /// allowed ones' log probabilities, with what each window has `own`.
    fn one_each<S: Send>(
        &self,
        context: &Context,
        mut state: DecoderState,
        own: &mut [S],
        choose: impl Fn(&[f32], &mut S) -> u32 + Sync,
    ) -> Result<Vec<Vec<Generated>>> {
        let windows = context.summary.dim(0)?;
        let device = context.summary.device();
        let mut texts = vec![Text::default(); windows];
        let mut last = vec![self.vocabulary.start; windows];
        for _ in 0..self.config.max_length {
            let tokens = Tensor::from_slice(&last, windows, device)?; // (B,)
            let rows = rules::log_probabilities(&self.decoder.step(&tokens, &mut state)?)?;
            let windows = texts.par_iter_mut().zip(&mut last).zip(&rows).zip(&mut *own);
            windows.filter(|(((text, _), _), _)| !text.ended).for_each(
                |(((text, last), row), own)| {
                    let token = choose(&self.allowed(row, &text.tokens), own);
                    text.push(token, row.values[token as usize], self.vocabulary.end);
                    *last = token;
                    // A text of full length takes no end token: it is cut.
                    text.ended |= text.tokens.len() >= self.config.max_length;
                },
            );
            if texts.iter().all(|text| text.ended) {
                break;
            }
        }
        Ok(texts.into_iter().map(|text| vec![text.into()]).collect())
    }

    /// Log probabilities after `tokens` with minus infinity where a rule forbids the token, and
    /// lowered where repeating it has a price.
    fn allowed(&self, row: &rules::Row, tokens: &[u32]) -> Vec<f32> {
        rules::allowed(row, tokens, self.vocabulary, self.config)
    }
}

/// A text in the making.
#[derive(Debug, Clone, Default)]
struct Text {
    tokens: Vec<u32>,
    log_probability: f64,
    ended: bool,
}

impl Text {
    fn push(&mut self, token: u32, log_probability: f32, end: u32) {
        self.log_probability += f64::from(log_probability);
        if token == end {
            self.ended = true;
        } else {
            self.tokens.push(token);
        }
    }
}

impl From<Text> for Generated {
    fn from(text: Text) -> Self {
        Self { tokens: text.tokens, log_probability: text.log_probability as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (
                with(Strategy::MinimumRisk { draws: 0, temperature: 1.0, top_k: 0, top_p: 1.0 }),
                "draws",
            ),
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
