//! Decoding as it is done: rows that leave when their texts have ended, texts drawn together, line
//! breaks that are passed over, and contrastive search, against what each is by definition.

use crate::generation::{WINDOWS, config, copying, model, names};
use crate::support::{VOCABULARY, numbers};
use candle_core::{DType, Device, Tensor};
use candle_nn::Linear;
use story_core::layers::matrix::Output;
use story_core::{
    Context, DecoderState, Generated, ParamStore, Pass, Prompt, Result, TextDecoder, TextStates,
    Vocabulary,
};
use story_model::generate::{Start, n_best, n_best_from, score_candidates};
use story_model::text_decoder::{PicturesGiven, TextDecoderDims, WordsGiven};
use story_model::{
    Candidate, Candidates, DrawnWeights, GenerateConfig, LanguageModelConfig, LanguageModelSizes,
    LanguageModelWeights, OutputWeights, Strategy, Utility,
};

pub fn risk(draws: usize, temperature: f64) -> Strategy {
    let (utility, candidates) = (Utility::Bleu, Candidates::DrawnAndTold);
    Strategy::MinimumRisk { draws, temperature, top_k: 0, top_p: 1.0, utility, candidates }
}

/// Texts that are long enough to end at many places.
fn long(strategy: Strategy) -> GenerateConfig {
    GenerateConfig { max_length: 60, ..config(strategy) }
}

fn sample(temperature: f64) -> Strategy {
    Strategy::Sample { temperature, top_k: 0, top_p: 1.0 }
}

/// What minimum risk draws, one draw after the other: each text has its own stream.
fn one_by_one(names: &[String], draw: usize) -> Vec<String> {
    names.iter().map(|name| format!("{name}/{draw}")).collect()
}

#[test]
fn minimum_risk_draws_together_what_it_would_draw_one_by_one() -> Result<()> {
    const DRAWS: usize = 30;
    let names = names(0..WINDOWS);
    for (model, context) in [model()?, copying()?] {
        let run = |strategy, names: &[String]| {
            n_best(model.text_decoder(), &VOCABULARY, &context, names, &config(strategy), 9)
        };
        let all = run(risk(DRAWS, 1.2), &names)?;
        for draw in 0..DRAWS {
            let alone = run(sample(1.2), &one_by_one(&names, draw))?;
            for (texts, alone) in all.iter().zip(&alone) {
                assert_eq!(texts.len(), DRAWS);
                assert_eq!(texts[draw].tokens, alone[0].tokens);
                let difference = texts[draw].log_probability - alone[0].log_probability;
                assert!(difference.abs() < 1e-4, "{difference}");
            }
        }
    }
    Ok(())
}

const TEXTS: usize = 40;
const WORDS: Vocabulary = Vocabulary { size: 50, ..VOCABULARY };

/// A language model in which every matrix has more than sixteen outputs, as real ones do.
fn language_model() -> Result<Box<dyn TextDecoder>> {
    let sizes = LanguageModelSizes {
        width: 64,
        feed_forward: 48,
        layers: 2,
        heads: 4,
        key_value_heads: 2,
        output_weights: OutputWeights::Own,
    };
    let weights = LanguageModelWeights::Drawn(DrawnWeights::Formula(sizes));
    let config = LanguageModelConfig { weights, ..LanguageModelConfig::default() };
    let dims = TextDecoderDims {
        context: 4,
        vocabulary: WORDS.size,
        words: WordsGiven::Yes,
        pictures: PicturesGiven::No,
    };
    config.build(&dims, ParamStore::new(1, &Device::Cpu).builder())
}

fn prompts() -> Result<Context> {
    let ids = (0..TEXTS as u32 * 6).map(|i| 4 + i * i % 43).collect();
    let tokens = Tensor::from_vec(ids, (TEXTS, 6), &Device::Cpu)?;
    let mask = tokens.ones_like()?.to_dtype(DType::F32)?;
    let (states, summary) = (numbers(&[TEXTS, 1, 4], 1), numbers(&[TEXTS, 4], 2));
    let context =
        Context::new(states, summary, Tensor::ones((TEXTS, 1), DType::F32, &Device::Cpu)?)?;
    context.with_prompt(Prompt::new(tokens, mask)?)
}

/// Tokens and log probabilities, bit for bit.
fn bits(texts: &[Vec<Generated>]) -> Vec<Vec<(Vec<u32>, u32)>> {
    let bits = |text: &Generated| (text.tokens.clone(), text.log_probability.to_bits());
    texts.iter().map(|texts| texts.iter().map(bits).collect()).collect()
}

/// The texts of windows that come by tens, of which no row leaves before all have ended.
fn by_tens(strategy: Strategy, keys: &[String]) -> Result<Vec<Vec<Generated>>> {
    let (decoder, context, mut all) = (language_model()?, prompts()?, Vec::new());
    for first in (0..TEXTS).step_by(10) {
        let rows = Tensor::arange(first as u32, first as u32 + 10, &Device::Cpu)?;
        let (context, keys) = (context.index_select(&rows)?, &keys[first..first + 10]);
        all.extend(n_best(decoder.as_ref(), &WORDS, &context, keys, &long(strategy), 3)?);
    }
    Ok(all)
}

#[test]
fn rows_that_leave_and_rows_that_are_many_move_no_bit() -> Result<()> {
    const DRAWS: usize = 7;
    let (decoder, context, names) = (language_model()?, prompts()?, names(0..TEXTS));
    let start = Start::new(decoder.as_ref(), &context)?;
    let run = |strategy| n_best_from(decoder.as_ref(), &WORDS, &start, &names, &long(strategy), 3);
    let found = run(sample(1.5))?;
    assert_eq!(bits(&found), bits(&by_tens(sample(1.5), &names)?));
    let lengths: std::collections::BTreeSet<usize> =
        found.iter().map(|texts| texts[0].tokens.len()).collect();
    assert!(lengths.len() > 4, "texts end at different places: {lengths:?}");
    let drawn = bits(&run(risk(DRAWS, 1.5))?);
    for draw in 0..DRAWS {
        let expected = bits(&by_tens(sample(1.5), &one_by_one(&names, draw))?);
        for (drawn, expected) in drawn.iter().zip(expected) {
            assert_eq!(drawn[draw], expected[0]);
        }
    }
    assert_eq!(bits(&run(Strategy::Greedy)?), bits(&by_tens(Strategy::Greedy, &names)?));
    Ok(())
}

#[test]
fn contrastive_search_without_a_weight_is_greedy() -> Result<()> {
    let own = names(0..WINDOWS);
    for (model, context) in [model()?, copying()?] {
        let run = |strategy| model.generate(&context, &own, &config(strategy), 1);
        let tokens = |texts: Vec<Generated>| -> Vec<Vec<u32>> {
            texts.into_iter().map(|text| text.tokens).collect()
        };
        let greedy = tokens(run(Strategy::Greedy)?);
        for top_k in [1, 4] {
            assert_eq!(tokens(run(Strategy::Contrastive { top_k, alpha: 0.0 })?), greedy);
        }
        assert_ne!(tokens(run(Strategy::Contrastive { top_k: 4, alpha: 0.9 })?), greedy);
    }
    let (decoder, context, names) = (language_model()?, prompts()?, names(0..TEXTS));
    let run = |strategy| n_best(decoder.as_ref(), &WORDS, &context, &names, &config(strategy), 1);
    let found = run(Strategy::Contrastive { top_k: 4, alpha: 0.0 })?;
    for (found, greedy) in found.iter().zip(run(Strategy::Greedy)?) {
        assert_eq!(found[0].tokens, greedy[0].tokens);
    }
    Ok(())
}

/// Special tokens 0 to 3 and three words.
const SEVEN: Vocabulary = Vocabulary { size: 7, ..VOCABULARY };

/// A decoder whose hidden state is which token it read last, so that two states are alike where the
/// tokens are the same, and whose next token depends on that alone.
struct Table {
    output: Output,
    leading_ends: usize,
}

impl Table {
    /// `next` holds tokens, what may follow each, and its probability; of all else almost none.
    fn new(next: &[(u32, u32, f32)], leading_ends: usize) -> Result<Self> {
        let mut scores = vec![vec![-30f32; SEVEN.size]; SEVEN.size];
        for &(before, after, probability) in next {
            scores[after as usize][before as usize] = probability.ln();
        }
        let output = Linear::new(Tensor::new(scores, &Device::Cpu)?, None).into();
        Ok(Self { output, leading_ends })
    }

    fn run(&self, config: &GenerateConfig) -> Result<Vec<Generated>> {
        Ok(n_best(self, &SEVEN, &nowhere()?, &["a".into()], config, 1)?.swap_remove(0))
    }
}

/// A context of one window that nobody looks at.
fn nowhere() -> Result<Context> {
    let one = |shape: &[usize]| Tensor::ones(shape, DType::F32, &Device::Cpu);
    Context::new(one(&[1, 1, 1])?, one(&[1, 1])?, one(&[1, 1])?)
}

impl TextDecoder for Table {
    fn states(&self, _: &Context, tokens: &Tensor, _: &Pass) -> Result<TextStates> {
        let (b, l) = tokens.dims2()?;
        let one_hot = Tensor::eye(SEVEN.size, DType::F32, &Device::Cpu)?;
        let hidden = one_hot.index_select(&tokens.flatten_all()?, 0)?; // (B L, D)
        Ok(TextStates { hidden: hidden.reshape((b, l, ()))?, copy: None })
    }

    fn output(&self) -> &Output {
        &self.output
    }

    fn start(&self, context: &Context) -> Result<DecoderState> {
        let tensors = vec![context.summary.clone()];
        Ok(DecoderState { tensors, shared: Vec::new(), position: 0 })
    }

    fn step_states(&self, tokens: &Tensor, state: &mut DecoderState) -> Result<TextStates> {
        assert_eq!(state.tensors[0].dim(0)?, tokens.dim(0)?);
        state.position += 1;
        self.states(&nowhere()?, &tokens.unsqueeze(1)?, &Pass::Eval)
    }

    fn leading_ends(&self) -> usize {
        self.leading_ends
    }
}

fn is(found: &Generated, tokens: &[u32], probability: f32) {
    assert_eq!(found.tokens, tokens);
    assert!((found.log_probability - probability.ln()).abs() < 1e-5, "{found:?}");
}

#[test]
fn contrastive_search_turns_from_what_was_told() -> Result<()> {
    let (start, end) = (SEVEN.start, SEVEN.end);
    let table = Table::new(
        &[
            (start, 4, 0.6),
            (start, 5, 0.3),
            (start, 6, 0.1),
            (4, 4, 0.6),
            (4, 5, 0.3),
            (4, end, 0.1),
            (5, 4, 0.5),
            (5, 5, 0.4),
            (5, end, 0.1),
        ],
        0,
    )?;
    let with = |strategy| GenerateConfig { max_length: 4, ..config(strategy) };
    is(&table.run(&with(Strategy::Greedy))?[0], &[4; 4], 0.6f32.powi(4));
    let contrastive = |top_k, alpha| table.run(&with(Strategy::Contrastive { top_k, alpha }));
    // After 4: .5 * .3 for 5 against .5 * .6 - .5 * 1 for 4; after 5 the end is like nothing told.
    is(&contrastive(3, 0.5)?[0], &[4, 5], 0.6 * 0.3 * 0.1);
    // Of two candidates, both told before, the more probable one.
    is(&contrastive(2, 0.5)?[0], &[4, 5, 4, 4], 0.6 * 0.3 * 0.5 * 0.6);
    is(&contrastive(3, 0.2)?[0], &[4; 4], 0.6f32.powi(4));
    Ok(())
}

#[test]
fn ends_before_the_first_token_are_read_and_passed_over() -> Result<()> {
    let (start, end) = (SEVEN.start, SEVEN.end);
    let next = [
        (start, end, 0.8),
        (start, 4, 0.2),
        (end, end, 0.6),
        (end, 5, 0.4),
        (4, end, 1.0),
        (5, 6, 0.7),
        (5, end, 0.3),
        (6, end, 1.0),
    ];
    for strategy in [
        Strategy::Greedy,
        Strategy::Beam { beams: 1, length_penalty: 1.0 },
        Strategy::Contrastive { top_k: 1, alpha: 0.5 },
        Strategy::Sample { temperature: 1.0, top_k: 1, top_p: 1.0 },
    ] {
        let run = |leading_ends| Table::new(&next, leading_ends)?.run(&config(strategy));
        // Forbidden as ever where no end may be passed over, and behind the most that may be.
        is(&run(0)?[0], &[4], 0.2);
        is(&run(1)?[0], &[5, 6], 0.4 * 0.7);
        is(&run(3)?[0], &[5, 6], 0.4 * 0.7);
    }
    let table = Table::new(&next, 1)?;
    let mut found = std::collections::BTreeSet::new();
    for text in table.run(&config(risk(40, 1.0)))? {
        assert!(!text.tokens.is_empty() && !text.tokens.contains(&end), "{text:?}");
        found.insert(text.tokens);
    }
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [vec![4], vec![5], vec![5, 6]]);
    // A beam counts what was passed over, though it is not of the text: .3 of [5] against .7 of [4].
    let next = [(start, end, 0.3), (start, 4, 0.7), (4, end, 1.0), (end, 5, 1.0), (5, end, 1.0)];
    let beam = Strategy::Beam { beams: 2, length_penalty: 0.0 };
    let texts = Table::new(&next, 1)?.run(&config(beam))?;
    is(&texts[0], &[4], 0.7);
    is(&texts[1], &[5], 1.0);
    // Texts are as long as they may be, whatever was passed over.
    let long = Table::new(&[(start, end, 0.9), (end, 4, 1.0), (4, 4, 1.0)], 3)?;
    for strategy in [Strategy::Greedy, beam] {
        let short = GenerateConfig { max_length: 2, ..config(strategy) };
        assert_eq!(long.run(&short)?[0].tokens, [4, 4]);
    }
    Ok(())
}

#[test]
fn candidates_are_as_probable_as_teacher_forcing_says_whatever_their_order() -> Result<()> {
    let words: [&[u32]; 5] = [&[4, 5, 6], &[7], &[], &[8, 4, 4, 9, 5], &[7]];
    for (model, context) in [model()?, copying()?] {
        let decoder = model.text_decoder();
        let start = Start::new(decoder, &context)?;
        // Each window has all of the texts.
        let candidates: Vec<Candidate> = (0..WINDOWS)
            .flat_map(|window| words.iter().map(move |words| (window, words)))
            .map(|(window, words)| {
                let tokens = [&[VOCABULARY.start], *words, &[VOCABULARY.end]].concat();
                Candidate { window, tokens }
            })
            .collect();
        let means = score_candidates(decoder, &start, &candidates)?;
        for (candidate, mean) in candidates.iter().zip(means) {
            let row = Tensor::new(&[candidate.window as u32], &Device::Cpu)?;
            let count = candidate.tokens.len();
            let tokens = Tensor::from_slice(&candidate.tokens, (1, count), &Device::Cpu)?;
            let mask = tokens.ones_like()?.to_dtype(DType::F32)?;
            let alone = context.index_select(&row)?;
            let score = &story_model::score::score_text(decoder, &alone, &tokens, &mask)?[0];
            assert!((mean - score.nll / score.tokens as f64).abs() < 1e-4, "{candidate:?}");
        }
        let none = Candidate { window: 0, tokens: vec![VOCABULARY.start] };
        assert_eq!(score_candidates(decoder, &start, &[none])?, [f64::INFINITY]);
        for (window, token) in [(WINDOWS, 4), (0, VOCABULARY.size as u32)] {
            let wrong = Candidate { window, tokens: vec![VOCABULARY.start, token] };
            assert!(score_candidates(decoder, &start, &[wrong]).is_err(), "{window} {token}");
        }
    }
    Ok(())
}
