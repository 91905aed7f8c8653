//! The language model as a part: what padding, rows and prompts may change, texts that begin and
//! end with the same mark, beams over a shared prompt, and a decoder that was opened before.

use crate::conformance::{context, prompt};
use crate::decoding::risk;
use crate::support::{DIMS, VOCABULARY, tiny, windows};
use crate::text_decoders::{DECODER_DIMS, texts};
use candle_core::{DType, Device, Tensor};
use std::sync::Arc;
use story_core::conformance::{padding_changes_nothing, same_numbers};
use story_core::{
    Context, Error, ParamStore, Pass, Prompt, Result, Telling, TextDecoder, Vocabulary,
};
use story_model::generate::n_best;
use story_model::{
    DrawnWeights, Encoders, GenerateConfig, Inputs, LanguageModelConfig, LanguageModelDecoder,
    LanguageModelSizes, LanguageModelWeights, Opened, OutputWeights, StoryModel, Strategy,
    TextDecoderConfig,
};

const SIZES: LanguageModelSizes = LanguageModelSizes {
    width: 16,
    feed_forward: 20,
    layers: 2,
    heads: 4,
    key_value_heads: 2,
    output_weights: OutputWeights::Own,
};

fn config() -> LanguageModelConfig {
    let weights = LanguageModelWeights::Drawn(DrawnWeights::Formula(SIZES));
    LanguageModelConfig { weights, ..LanguageModelConfig::default() }
}

fn decoder() -> Result<Box<dyn TextDecoder>> {
    let store = ParamStore::new(1, &Device::Cpu);
    let decoder = config().build(&DECODER_DIMS, store.builder())?;
    assert!(store.named().is_empty(), "what is frozen is in no checkpoint");
    Ok(decoder)
}

/// The suite's prompt with `more` places of padding before it, in which `junk` stands.
fn padded(more: usize, junk: u32) -> Result<Context> {
    let prompt = prompt();
    let b = prompt.tokens.dim(0)?;
    let tokens = Tensor::full(junk, (b, more), &Device::Cpu)?;
    let mask = Tensor::zeros((b, more), DType::F32, &Device::Cpu)?;
    let tokens = Tensor::cat(&[&tokens, &prompt.tokens], 1)?;
    let mask = Tensor::cat(&[&mask, &prompt.mask], 1)?;
    Ok(Context { prompt: Some(Prompt::new(tokens, mask)?), ..context() })
}

#[test]
fn padding_on_the_left_changes_nothing_here_nor_token_by_token() -> Result<()> {
    let decoder = decoder()?;
    let plain = decoder.logits(&context(), &texts(3)?, &Pass::Eval)?;
    for (more, junk) in [(1, 0), (70, 12)] {
        let context = padded(more, junk)?;
        let found = decoder.logits(&context, &texts(3)?, &Pass::Eval)?;
        padding_changes_nothing("left padding", &plain, &found);
        let mut state = decoder.start(&context)?;
        for position in 0..5 {
            let token = texts(3)?.narrow(1, position, 1)?.squeeze(1)?.contiguous()?;
            let scores = decoder.step(&token, &mut state)?;
            let row = plain.narrow(1, position, 1)?.squeeze(1)?;
            padding_changes_nothing("a step", &row, &scores);
        }
    }
    Ok(())
}

#[test]
fn the_prompt_is_read_and_only_its_own_row() -> Result<()> {
    let decoder = decoder()?;
    let plain = decoder.logits(&context(), &texts(3)?, &Pass::Eval)?;
    let mut ids = prompt().tokens.to_vec2::<u32>()?;
    ids[2][1] = 11;
    let prompt = Prompt::new(Tensor::new(ids, &Device::Cpu)?, prompt().mask)?;
    let context = Context { prompt: Some(prompt), ..context() };
    let other = decoder.logits(&context, &texts(3)?, &Pass::Eval)?;
    same_numbers("other rows", &plain.narrow(0, 0, 2)?, &other.narrow(0, 0, 2)?);
    let last = |x: &Tensor| -> Result<Vec<f32>> { Ok(x.get(2)?.flatten_all()?.to_vec1()?) };
    assert_ne!(last(&plain)?, last(&other)?);
    Ok(())
}

#[test]
fn prompts_that_are_not_there_have_holes_or_are_too_long_are_named() -> Result<()> {
    let decoder = decoder()?;
    let run = |context: &Context| {
        let error = decoder.logits(context, &texts(3)?, &Pass::Eval).expect_err("refused");
        let started = decoder.start(context).expect_err("refused");
        assert_eq!(error.to_string(), started.to_string());
        Ok::<Error, Error>(error)
    };
    let without = Context { prompt: None, ..context() };
    assert!(matches!(run(&without)?, Error::Config(m) if m.contains("no prompt")));
    let mask = Tensor::new(&[[1f32, 0.0, 1.0, 1.0]; 3], &Device::Cpu)?;
    let holes = Prompt::new(prompt().tokens, mask)?;
    let holes = Context { prompt: Some(holes), ..context() };
    assert!(matches!(run(&holes)?, Error::Data(m) if m.contains("on the left")));
    let short = LanguageModelConfig { max_prompt: 4, max_tokens: 4, ..config() };
    let decoder = short.build(&DECODER_DIMS, ParamStore::new(1, &Device::Cpu).builder())?;
    let told = decoder.logits(&context(), &texts(3)?, &Pass::Eval);
    assert!(matches!(told, Err(Error::Config(m)) if m.contains("max_prompt")));
    let mut state = decoder.start(&context())?;
    for position in 0..5 {
        let token = Tensor::new(&[4u32; 3], &Device::Cpu)?;
        assert_eq!(decoder.step(&token, &mut state).is_ok(), position < 4);
    }
    // Padding does not count.
    let padded = padded(9, 0)?;
    assert!(decoder.logits(&padded, &texts(3)?.narrow(1, 0, 4)?, &Pass::Eval).is_ok());
    Ok(())
}

/// A text begins with the second line break of a blank line and ends with the first of the next.
const LINES: Vocabulary = Vocabulary { start: 3, end: 3, ..VOCABULARY };

fn generated(strategy: Strategy) -> Result<Vec<Vec<story_core::Generated>>> {
    let names: Vec<String> = (0..3).map(|i| format!("window-{i}")).collect();
    let config = GenerateConfig { strategy, max_length: 12, ..GenerateConfig::default() };
    n_best(decoder()?.as_ref(), &LINES, &context(), &names, &config, 4)
}

#[test]
fn texts_end_with_the_mark_that_begins_them() -> Result<()> {
    let (mut ended, decoder) = (0, decoder()?);
    for (row, texts) in generated(risk(20, 1.5))?.iter().enumerate() {
        for text in texts {
            assert!(!text.tokens.contains(&LINES.end), "{text:?}");
            let mut ids = vec![LINES.start];
            ids.extend(&text.tokens);
            if text.tokens.len() < 12 {
                ids.push(LINES.end);
                ended += 1;
            }
            let row = Tensor::new(&[row as u32], &Device::Cpu)?;
            let ids = Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?;
            let mask = ids.ones_like()?.to_dtype(DType::F32)?;
            let context = context().index_select(&row)?;
            let score = story_model::score::score_text(decoder.as_ref(), &context, &ids, &mask)?;
            let difference = (f64::from(text.log_probability) + score[0].nll).abs();
            assert!(difference < 1e-4, "{text:?} {}", score[0].nll);
        }
    }
    assert!(ended > 5, "{ended} of 60 texts ended");
    Ok(())
}

#[test]
fn beams_share_what_was_read_and_find_texts_at_least_as_probable() -> Result<()> {
    let sum = |texts: &[Vec<story_core::Generated>]| -> f32 {
        texts.iter().map(|texts| texts[0].log_probability).sum()
    };
    let one = generated(Strategy::Beam { beams: 1, length_penalty: 0.0 })?;
    let greedy = generated(Strategy::Greedy)?;
    assert_eq!(one[0][0].tokens, greedy[0][0].tokens);
    let four = generated(Strategy::Beam { beams: 4, length_penalty: 0.0 })?;
    assert!(sum(&four) >= sum(&greedy) && four[0].len() == 4);
    let (decoder, context) = (decoder()?, context());
    let state = decoder.start(&context)?;
    let rows = state.index_select(&Tensor::new(&[1u32, 1, 0, 2, 2], &Device::Cpu)?)?;
    assert_eq!(rows.shared.len(), 1 + 2 * SIZES.layers);
    // How many tokens each window's prompt has, and what was read of all, not of the rows.
    let lengths = rows.shared[0].to_vec1::<u32>()?;
    assert_eq!(lengths.len(), 3);
    let all = lengths.iter().sum::<u32>() as usize;
    assert!(rows.shared[1..].iter().all(|tensor| tensor.dims()[0] == all), "one a token");
    Ok(())
}

#[test]
fn a_story_model_takes_a_decoder_that_was_opened_before() -> Result<()> {
    let mut model_config = tiny();
    model_config.text_decoder = TextDecoderConfig::LanguageModel(LanguageModelConfig {
        weights: LanguageModelWeights::Published("a.gguf".into()),
        ..config()
    });
    let store = ParamStore::new(1, &Device::Cpu);
    let refused = StoryModel::new(&model_config, &DIMS, &store);
    assert!(matches!(refused.err(), Some(Error::Config(m)) if m.contains("with_opened")));
    let store = ParamStore::new(1, &Device::Cpu);
    let open = |vocabulary| -> Result<Opened> {
        let sizes = story_model::text_decoder::TextDecoderDims { vocabulary, ..DECODER_DIMS };
        let decoder = config().build(&sizes, ParamStore::new(1, &Device::Cpu).builder())?;
        let encoders = Encoders::from_scratch(&tiny(), &DIMS, &store)?;
        Ok(Opened { encoders, text_decoder: Some(decoder) })
    };
    let other = StoryModel::with_opened(&model_config, &DIMS, &store, open(7)?);
    assert!(matches!(other.err(), Some(Error::Config(m)) if m.contains("7 tokens")));
    let mut blind = model_config.clone();
    blind.inputs = Inputs::Picture;
    let opened = open(VOCABULARY.size)?;
    let blind = StoryModel::with_opened(&blind, &DIMS, &store, opened);
    assert!(matches!(blind.err(), Some(Error::Config(m)) if m.contains("model.inputs")));
    let opened = open(VOCABULARY.size)?;
    let model = StoryModel::with_opened(&model_config, &DIMS, &store, opened)?;
    assert!(store.named().iter().all(|(name, _)| !name.starts_with("text_decoder")));
    let mut batch = windows(0, 3);
    let context = model.read(&batch, &Pass::Eval)?;
    assert!(model.score(&context, &batch).is_err(), "no prompt");
    let (target, mask) = (batch.target_tokens.clone(), batch.target_mask.clone());
    batch.telling = Some(Telling::new(prompt(), target, mask)?);
    let context = model.read(&batch, &Pass::Eval)?;
    let scores = model.score(&context, &batch)?;
    assert!(scores.iter().all(|score| score.tokens > 0 && score.nll.is_finite()));
    Ok(())
}

#[test]
fn clones_share_the_network() -> Result<()> {
    let store = ParamStore::new(1, &Device::Cpu);
    let sizes = story_encoders::weights::LlamaConfig {
        architecture: story_encoders::weights::llama::Architecture::Llama,
        vocabulary: VOCABULARY.size,
        width: 8,
        feed_forward: 8,
        layers: 1,
        heads: 2,
        key_value_heads: 1,
        head_width: 4,
        context_length: 32,
        norm_epsilon: 1e-5,
        rope_base: 100.0,
        rope_factors: None,
        output: story_encoders::weights::llama::OutputMatrix::Tied,
    };
    let model = story_model::LanguageModel::new(&sizes, &store.builder())?;
    let decoder = LanguageModelDecoder::new(Arc::new(model));
    let count: usize = store.element_count();
    assert_eq!(count, decoder.model().config().parameters());
    Ok(())
}
