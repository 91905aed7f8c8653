//! Generation with a real decoder.

use crate::support::{VOCABULARY, built, looking_back, numbers, tiny};
use candle_core::{DType, Device, Tensor};
use story_core::{Context, ContextWords, Generated, Result};
use story_model::generate::n_best;
use story_model::{GenerateConfig, ModelConfig, StoryModel, Strategy};

pub const WINDOWS: usize = 5;
const MOST: usize = 8;

pub fn names(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|i| format!("window-{i}")).collect()
}

/// A model whose scores are spread, so that texts differ and end at different places, and
/// contexts that lie apart.
pub fn model() -> Result<(StoryModel, Context)> {
    spread(&tiny())
}

fn spread(config: &ModelConfig) -> Result<(StoryModel, Context)> {
    let (store, model) = built(config, 5);
    for (name, factor) in [
        ("text_decoder.output.weight", 6.0),
        ("text_decoder.embedding.weight", 60.0),
        ("text_decoder.gru.weight_hh", 3.0),
    ] {
        let var = store.get(name).expect("a parameter");
        var.set(&(var.as_tensor() * factor)?)?;
    }
    let summary = (numbers(&[WINDOWS, 8], 1) * 4.0)?;
    let mask = Tensor::ones((WINDOWS, 1), DType::F32, &Device::Cpu)?;
    Ok((model, Context::new(summary.unsqueeze(1)?, summary, mask)?))
}

/// The same with a decoder that copies, and contexts of four words each.
pub fn copying() -> Result<(StoryModel, Context)> {
    let (model, context) = spread(&looking_back(tiny()))?;
    let ids = (0..WINDOWS as u32 * 4).map(|i| 4 + i * 7 % 9).collect();
    let tokens = Tensor::from_vec(ids, (WINDOWS, 4), &Device::Cpu)?;
    let mask = tokens.ones_like()?.to_dtype(DType::F32)?;
    let words = ContextWords::new(tokens.clone(), mask, tokens.zeros_like()?)?;
    Ok((model, context.with_words(words)?))
}

pub fn config(strategy: Strategy) -> GenerateConfig {
    GenerateConfig { strategy, max_length: MOST, ..GenerateConfig::default() }
}

fn beam(beams: usize) -> GenerateConfig {
    config(Strategy::Beam { beams, length_penalty: 1.0 })
}

const SAMPLE: Strategy = Strategy::Sample { temperature: 1.3, top_k: 0, top_p: 1.0 };

const CONTRASTIVE: Strategy = Strategy::Contrastive { top_k: 3, alpha: 0.6 };

fn texts(all: &[Generated]) -> Vec<&[u32]> {
    all.iter().map(|text| text.tokens.as_slice()).collect()
}

/// The log probability of a text by teacher forcing; a text of full length has no end.
fn rescored(model: &StoryModel, context: &Context, row: u32, text: &[u32]) -> Result<f64> {
    let context = context.index_select(&Tensor::new(&[row], &Device::Cpu)?)?;
    let mut tokens = vec![VOCABULARY.start];
    tokens.extend(text);
    if text.len() < MOST {
        tokens.push(VOCABULARY.end);
    }
    let count = tokens.len();
    let tokens = Tensor::from_vec(tokens, (1, count), &Device::Cpu)?;
    let mask = tokens.ones_like()?.to_dtype(DType::F32)?;
    let scores = story_model::score::score_text(model.text_decoder(), &context, &tokens, &mask)?;
    Ok(-scores[0].nll)
}

#[test]
fn log_probabilities_are_those_of_teacher_forcing() -> Result<()> {
    for (model, context) in [model()?, copying()?] {
        log_probabilities_are_those_of(&model, &context)?;
    }
    Ok(())
}

fn log_probabilities_are_those_of(model: &StoryModel, context: &Context) -> Result<()> {
    for config in [config(Strategy::Greedy), beam(3), config(SAMPLE), config(CONTRASTIVE)] {
        let all =
            n_best(model.text_decoder(), &VOCABULARY, context, &names(0..WINDOWS), &config, 1)?;
        for (row, texts) in all.iter().enumerate() {
            for text in texts {
                let expected = rescored(model, context, row as u32, &text.tokens)?;
                let found = f64::from(text.log_probability);
                assert!((found - expected).abs() < 1e-4, "{config:?}: {found} {expected}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_beam_of_one_is_greedy_and_wider_beams_find_more_probable_texts() -> Result<()> {
    let (model, context) = model()?;
    let names = names(0..WINDOWS);
    let run = |config| model.generate(&context, &names, &config, 1);
    let greedy = run(config(Strategy::Greedy))?;
    let one = run(beam(1))?;
    assert_eq!(texts(&greedy), texts(&one));
    let distinct: std::collections::BTreeSet<_> = texts(&greedy).into_iter().collect();
    assert!(distinct.len() > 1, "the test needs texts that differ: {distinct:?}");
    let sum = |all: &[Generated]| all.iter().map(|text| text.log_probability).sum::<f32>();
    let summed = |beams| config(Strategy::Beam { beams, length_penalty: 0.0 });
    assert!(sum(&run(summed(6))?) > sum(&greedy), "a beam of 6 finds better ones");
    Ok(())
}

#[test]
fn n_best_texts_are_ranked_and_distinct() -> Result<()> {
    let (model, context) = model()?;
    let all = n_best(model.text_decoder(), &VOCABULARY, &context, &names(0..WINDOWS), &beam(4), 1)?;
    for found in all {
        assert_eq!(found.len(), 4);
        let score = |text: &Generated| {
            let ended = usize::from(text.tokens.len() < MOST);
            text.log_probability / (text.tokens.len() + ended) as f32
        };
        assert!(found.windows(2).all(|pair| score(&pair[0]) >= score(&pair[1])));
        let distinct: std::collections::BTreeSet<_> = texts(&found).into_iter().collect();
        assert_eq!(distinct.len(), 4);
    }
    Ok(())
}

#[test]
fn a_windows_text_does_not_depend_on_its_batch() -> Result<()> {
    for (model, context) in [model()?, copying()?] {
        a_windows_text_is_its_own(&model, &context)?;
    }
    Ok(())
}

fn a_windows_text_is_its_own(model: &StoryModel, context: &Context) -> Result<()> {
    for config in [config(Strategy::Greedy), beam(3), config(SAMPLE), config(CONTRASTIVE)] {
        let whole = model.generate(context, &names(0..WINDOWS), &config, 7)?;
        for row in 0..WINDOWS {
            let alone = context.index_select(&Tensor::new(&[row as u32], &Device::Cpu)?)?;
            let single = model.generate(&alone, &names(row..row + 1), &config, 7)?;
            assert_eq!(single[0].tokens, whole[row].tokens, "{config:?}");
        }
    }
    Ok(())
}

#[test]
fn samples_follow_seed_and_name() -> Result<()> {
    let (model, context) = model()?;
    let run = |seed, names: &[String]| model.generate(&context, names, &config(SAMPLE), seed);
    let names = names(0..WINDOWS);
    let other: Vec<String> = names.iter().map(|name| format!("{name}'")).collect();
    let first = run(1, &names)?;
    assert_eq!(texts(&first), texts(&run(1, &names)?));
    assert_ne!(texts(&first), texts(&run(2, &names)?));
    assert_ne!(texts(&first), texts(&run(1, &other)?));
    // A sample of the one most probable token is greedy.
    let first = config(Strategy::Sample { temperature: 1.0, top_k: 1, top_p: 1.0 });
    let greedy = model.generate(&context, &names, &config(Strategy::Greedy), 1)?;
    let sampled = model.generate(&context, &names, &first, 1)?;
    assert_eq!(texts(&sampled), texts(&greedy));
    Ok(())
}

#[test]
fn rules_hold_for_every_strategy() -> Result<()> {
    let (model, context) = model()?;
    for strategy in [Strategy::Greedy, SAMPLE, beam(3).strategy, CONTRASTIVE] {
        let config = GenerateConfig { min_length: 4, no_repeat_ngram: 2, ..config(strategy) };
        for text in model.generate(&context, &names(0..WINDOWS), &config, 3)? {
            let tokens = &text.tokens;
            assert!((4..=MOST).contains(&tokens.len()), "{strategy:?}: {tokens:?}");
            assert!(tokens.iter().all(|token| *token > 3), "{strategy:?}: {tokens:?}");
            let mut pairs: Vec<_> = tokens.windows(2).collect();
            pairs.sort();
            assert!(pairs.windows(2).all(|p| p[0] != p[1]), "{strategy:?}: {tokens:?}");
        }
    }
    Ok(())
}

#[test]
fn as_many_names_as_windows_are_expected() -> Result<()> {
    let (model, context) = model()?;
    let result = model.generate(&context, &names(0..2), &beam(2), 1);
    assert!(matches!(result, Err(story_core::Error::Shape { .. })));
    Ok(())
}
