//! Generation: the next text, token by token, from the context alone.
//!
//! Strategies: greedy, beam search with length normalisation (Wu et al. 2016 with an exponent in
//! place of their formula: score = log p / length^penalty), sampling with temperature, top-k
//! (Fan et al. 2018) and top-p (Holtzman et al. 2020), and contrastive search (Su et al. 2022). Each
//! may forbid repeated n-grams (Paulus et al. 2018), put a price on repeated tokens (Keskar et al.
//! 2019) and bound the length. Minimum risk (Kumar and Byrne 2004) draws texts here; which of them is
//! most like the others is for whoever can compare texts.
//!
//! A text starts with `[CLS]`, which is given, and ends with `[SEP]`, which is chosen; a language
//! model's begins and ends with the same line break, or has line breaks before it that are passed
//! over ([`TextDecoder::leading_ends`]). `[PAD]` and `[CLS]` are never chosen, `[UNK]` only where the
//! config allows it. Log probabilities are those of the model itself, before any token is forbidden
//! and before temperature: re-scoring a text by teacher forcing gives the same number, save behind
//! line breaks that were passed over.

mod beam;
mod candidates;
mod config;
mod contrastive;
mod one_each;
mod rules;
mod sample;
mod text;

pub use candidates::{Candidate, score_candidates};
pub use config::{Candidates, GenerateConfig, Strategy, Utility};
pub(crate) use rules::log_sum;

use candle_core::{Device, Tensor};
use story_core::{Context, DecoderState, Error, Generated, Result, TextDecoder, Vocabulary, rng};
use text::Text;

/// Rows that minimum risk draws at once. The weights of a network are read for each token, however
/// many rows there are: of a language model that is most of the work. What grows with the rows is
/// memory, of 135 M parameters and 60 tokens 3 MB a row.
const MOST_ROWS: usize = 128;

/// A context as a decoder has read it; any number of generations start from it.
#[derive(Debug, Clone)]
pub struct Start {
    state: DecoderState,
    windows: usize,
    device: Device,
}

impl Start {
    /// Reads a context of `B` windows.
    ///
    /// # Errors
    /// Those of the decoder.
    pub fn new(decoder: &dyn TextDecoder, context: &Context) -> Result<Self> {
        Ok(Self {
            state: decoder.start(context)?,
            windows: context.summary.dim(0)?,
            device: context.summary.device().clone(),
        })
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
/// first; all that minimum risk draws, in their order; one for the other strategies. Arguments and
/// errors are those of [`generate`].
pub fn n_best(
    decoder: &dyn TextDecoder,
    vocabulary: &Vocabulary,
    context: &Context,
    names: &[String],
    config: &GenerateConfig,
    seed: u64,
) -> Result<Vec<Vec<Generated>>> {
    n_best_from(decoder, vocabulary, &Start::new(decoder, context)?, names, config, seed)
}

/// As [`n_best`], from a context that was read before.
pub fn n_best_from(
    decoder: &dyn TextDecoder,
    vocabulary: &Vocabulary,
    start: &Start,
    names: &[String],
    config: &GenerateConfig,
    seed: u64,
) -> Result<Vec<Vec<Generated>>> {
    let config = config.clone().checked()?;
    if names.len() != start.windows {
        return Err(Error::Shape {
            what: "names of the windows to generate for".into(),
            expected: start.windows.to_string(),
            found: names.len().to_string(),
        });
    }
    let search = Search { decoder, vocabulary, config: &config, device: &start.device };
    let stream = |name: &str| rng::rng(seed, &format!("generate/{name}"));
    let state = || start.state.clone();
    match config.strategy {
        Strategy::Greedy => {
            let nothing = vec![(); start.windows];
            search.one_each(state(), nothing, |scores, ()| sample::most_probable(scores)).map(alone)
        }
        Strategy::Sample { temperature, top_k, top_p } => {
            let streams = names.iter().map(|name| stream(name)).collect();
            search.one_each(state(), streams, drawing(temperature, top_k, top_p)).map(alone)
        }
        Strategy::Beam { beams, length_penalty } => search.beam(start, beams, length_penalty),
        Strategy::Contrastive { top_k, alpha } => {
            search.contrastive(start, top_k, alpha).map(alone)
        }
        Strategy::MinimumRisk { draws, temperature, top_k, top_p, .. } => {
            let windows = start.windows;
            let at_once = (MOST_ROWS / windows.max(1)).max(1);
            let mut all = vec![Vec::with_capacity(draws); windows];
            for first in (0..draws).step_by(at_once) {
                let several = first..draws.min(first + at_once);
                let rows = several.clone().flat_map(|_| 0..windows as u32).collect();
                let state = search.rows_of(&start.state, rows)?;
                let keys =
                    several.flat_map(|i| names.iter().map(move |name| format!("{name}/{i}")));
                let streams = keys.map(|key| stream(&key)).collect();
                let drawn = search.one_each(state, streams, drawing(temperature, top_k, top_p))?;
                drawn.into_iter().enumerate().for_each(|(row, text)| all[row % windows].push(text));
            }
            Ok(all)
        }
    }
}

/// One text a window.
fn alone(texts: Vec<Generated>) -> Vec<Vec<Generated>> {
    texts.into_iter().map(|text| vec![text]).collect()
}

/// Draws a token from a row's own stream.
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
    device: &'a Device,
}

impl Search<'_> {
    /// The tokens that rows read next, `(N,)`.
    fn ids(&self, tokens: Vec<u32>) -> Result<Tensor> {
        let count = tokens.len();
        Ok(Tensor::from_vec(tokens, count, self.device)?)
    }

    /// The state of the rows named by `rows`.
    fn rows_of(&self, state: &DecoderState, rows: Vec<u32>) -> Result<DecoderState> {
        state.index_select(&self.ids(rows)?)
    }

    /// Log probabilities after `text` with minus infinity where a rule forbids the token, and
    /// lowered where repeating it has a price.
    fn allowed(&self, row: &rules::Row, text: &Text) -> Vec<f32> {
        let mut allowed = rules::allowed(row, &text.tokens, self.vocabulary, self.config);
        if self.passes_over(text) {
            let end = self.vocabulary.end as usize;
            allowed[end] = row.values[end];
        }
        allowed
    }

    /// Adds a chosen token to a text.
    fn push(&self, text: &mut Text, token: u32, log_probability: f32) {
        let end = token == self.vocabulary.end;
        if end && self.passes_over(text) {
            text.pass(log_probability);
        } else {
            text.push(token, log_probability, self.vocabulary.end);
        }
    }

    /// Whether an end would be read and not end the text.
    fn passes_over(&self, text: &Text) -> bool {
        text.tokens.is_empty() && text.passed < self.decoder.leading_ends()
    }

    /// Whether a text of full length takes no more token, the end neither: it is cut.
    fn is_full(&self, text: &Text) -> bool {
        text.tokens.len() >= self.config.max_length
    }

    /// What a text reads next.
    fn last(&self, text: &Text) -> u32 {
        let mark = if text.passed > 0 { self.vocabulary.end } else { self.vocabulary.start };
        text.tokens.last().copied().unwrap_or(mark)
    }
}
