//! The conformance suite over every registered text decoder, and what looking back at the words of
//! the context must hold to.

use crate::conformance::{B, T, WIDTH, context, frame_mask, rows};
use crate::support::{VOCABULARY, numbers};
use candle_core::{DType, Device, Tensor};
use story_core::conformance::{
    all_finite, batch_equals_singles, config_round_trip, every_parameter_gets_a_gradient,
    padding_changes_nothing, same_seed_same_numbers, shape_is, weighted_sum,
};
use story_core::{Context, ContextWords, ParamStore, Pass, Result, TextDecoder};
use story_model::text_decoder::{PicturesGiven, TextDecoderDims, WordsGiven};
use story_model::{
    GruTextDecoderConfig, LookBack, OutputWeights, TextDecoderConfig, TransformerTextDecoderConfig,
};

const L: usize = 5;

/// The suite's context with words of its texts: padding within, and none at all in the second window.
pub fn context_with_words() -> Result<Context> {
    let cpu = &Device::Cpu;
    let tokens = [[2u32, 5, 3, 0, 9, 9], [7; 6], [2, 12, 0, 2, 8, 3]];
    let mask = [[1f32, 1.0, 1.0, 0.0, 1.0, 1.0], [0.0; 6], [1.0, 1.0, 0.0, 1.0, 1.0, 1.0]];
    let frames = [[2u32, 2, 2, 2, 0, 0], [0; 6], [1, 1, 1, 0, 0, 0]];
    context().with_words(ContextWords::new(
        Tensor::new(&tokens, cpu)?,
        Tensor::new(&mask, cpu)?,
        Tensor::new(&frames, cpu)?,
    )?)
}

fn text_decoders() -> Vec<TextDecoderConfig> {
    let mut all = TextDecoderConfig::all();
    assert_eq!(all.len(), TextDecoderConfig::PARTS.len());
    use LookBack::{None, Words};
    for (context_input, attention, copy, output_weights) in [
        (false, None, None, OutputWeights::Own),
        (true, None, None, OutputWeights::Tied),
        (true, Words, None, OutputWeights::Own),
        (false, None, Words, OutputWeights::Own),
        (true, Words, Words, OutputWeights::Own),
        (false, Words, Words, OutputWeights::Tied),
    ] {
        all.push(TextDecoderConfig::Gru(GruTextDecoderConfig {
            embedding_width: if output_weights == OutputWeights::Tied { 7 } else { 5 },
            hidden_width: 7,
            context_input,
            attention,
            copy,
            output_weights,
            dropout: 0.2,
        }));
    }
    for (attention, copy, output_weights) in [
        (Words, None, OutputWeights::Own),
        (None, Words, OutputWeights::Tied),
        (Words, Words, OutputWeights::Own),
    ] {
        let config = TransformerTextDecoderConfig {
            width: 6,
            layers: 2,
            heads: 3,
            feed_forward: 7,
            max_tokens: L,
            attention,
            copy,
            output_weights,
            dropout: 0.2,
        };
        all.push(TextDecoderConfig::Transformer(config));
    }
    all
}

/// Texts whose first one ends with `last`.
pub fn texts(last: u32) -> Result<Tensor> {
    let ids = [[2u32, 4, 5, 6, last], [2, 7, 3, 0, 0], [2, 12, 11, 9, 8]];
    Ok(Tensor::new(&ids, &Device::Cpu)?)
}

pub const DECODER_DIMS: TextDecoderDims = TextDecoderDims {
    context: WIDTH,
    vocabulary: VOCABULARY.size,
    words: WordsGiven::Yes,
    pictures: PicturesGiven::No,
};

#[test]
fn text_decoders_pass() -> Result<()> {
    for config in text_decoders() {
        let what = &format!("{config:?}");
        let store = ParamStore::new(1, &Device::Cpu);
        let decoder = config.build(&DECODER_DIMS, store.builder())?;
        let told = context_with_words()?;
        let logits = decoder.logits(&told, &texts(3)?, &Pass::Eval)?;
        shape_is(what, &logits, &[B, L, VOCABULARY.size]);
        all_finite(what, &logits);
        every_parameter_gets_a_gradient(what, &store, &weighted_sum(&logits)?);
        batch_equals_singles(what, B, |range| {
            let tokens = texts(3)?.narrow(0, range.start, range.len())?;
            decoder.logits(&rows(&told, range)?, &tokens, &Pass::Eval)
        });
        causal(what, decoder.as_ref(), &told)?;
        steps_equal_the_whole(what, decoder.as_ref(), &told)?;
        steps_equal_the_whole(what, decoder.as_ref(), &context())?;
        loss_is_that_of_the_scores(what, decoder.as_ref(), &told)?;
        same_seed_same_numbers(what, |seed| {
            let store = ParamStore::new(seed, &Device::Cpu);
            let decoder = config.build(&DECODER_DIMS, store.builder())?;
            decoder.logits(&told, &texts(3)?, &Pass::Train { seed })
        });
        config_round_trip(what, &config, serde_json::to_string, |text| serde_json::from_str(text));
    }
    Ok(())
}

/// A later token changes no earlier answer, and its own.
fn causal(what: &str, decoder: &dyn TextDecoder, context: &Context) -> Result<()> {
    let scores = |last| decoder.logits(context, &texts(last)?, &Pass::Eval);
    let (before, after) = (scores(3)?, scores(9)?);
    let early = |x: &Tensor| x.narrow(1, 0, L - 1);
    padding_changes_nothing(what, &early(&before)?, &early(&after)?);
    let late = |x: &Tensor| -> Result<Vec<f32>> { Ok(x.get(0)?.get(L - 1)?.to_vec1::<f32>()?) };
    assert_ne!(late(&before)?, late(&after)?, "{what}: the last token is read");
    Ok(())
}

/// Token by token equals the whole sequence, and rows may be reordered on the way.
fn steps_equal_the_whole(what: &str, decoder: &dyn TextDecoder, context: &Context) -> Result<()> {
    let mut state = decoder.start(context)?;
    let order = Tensor::new(&[2u32, 0, 1], &Device::Cpu)?;
    let mut ids = texts(3)?;
    let mut expected = decoder.logits(context, &ids, &Pass::Eval)?;
    for position in 0..L {
        let token = ids.narrow(1, position, 1)?.squeeze(1)?.contiguous()?;
        let scores = decoder.step(&token, &mut state)?;
        assert_eq!(state.position, position + 1);
        let row = expected.narrow(1, position, 1)?.squeeze(1)?;
        padding_changes_nothing(&format!("{what}: step {position}"), &row, &scores);
        state = state.index_select(&order)?;
        ids = ids.index_select(&order, 0)?;
        expected = expected.contiguous()?.index_select(&order, 0)?;
    }
    Ok(())
}

/// The loss is the mean of -ln p of the scores' softmax over the tokens that are not masked.
fn loss_is_that_of_the_scores(
    what: &str,
    decoder: &dyn TextDecoder,
    context: &Context,
) -> Result<()> {
    let (tokens, cpu) = (texts(3)?, &Device::Cpu);
    let mask: [[f32; L]; B] = [[1.0; L], [1.0, 1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 1.0, 1.0]];
    let loss = decoder.token_loss(context, &tokens, &Tensor::new(&mask, cpu)?, &Pass::Eval)?;
    let scores = decoder.logits(context, &tokens, &Pass::Eval)?;
    let log_p = candle_nn::ops::log_softmax(&scores, 2)?.to_vec3::<f32>()?;
    let (ids, mut sum, mut count) = (tokens.to_vec2::<u32>()?, 0.0, 0.0);
    for (b, i) in (0..B).flat_map(|b| (1..L).map(move |i| (b, i))) {
        if mask[b][i] != 0.0 {
            sum -= log_p[b][i - 1][ids[b][i] as usize];
            count += 1.0;
        }
    }
    let found = loss.to_scalar::<f32>()?;
    assert!((found - sum / count).abs() < 1e-5, "{what}: {found} {sum} {count}");
    let nothing = Tensor::zeros((B, L), DType::F32, cpu)?;
    let loss = decoder.token_loss(context, &tokens, &nothing, &Pass::Eval)?;
    assert_eq!(loss.to_scalar::<f32>()?, 0.0, "{what}");
    Ok(())
}

#[test]
fn what_stands_at_masked_words_changes_nothing() -> Result<()> {
    let other = Tensor::full(11u32, (B, 6), &Device::Cpu)?;
    for config in text_decoders() {
        let what = &format!("{config:?}");
        let store = ParamStore::new(1, &Device::Cpu);
        let decoder = config.build(&DECODER_DIMS, store.builder())?;
        let clean = context_with_words()?;
        let words = clean.words_or_none()?;
        let tokens = words.mask.ne(0f32)?.where_cond(&words.tokens, &other)?;
        let dirty = context().with_words(ContextWords { tokens, ..words })?;
        let run = |context: &Context| decoder.logits(context, &texts(3)?, &Pass::Eval);
        padding_changes_nothing(what, &run(&clean)?, &run(&dirty)?);
        // A window without words is one of a context without words.
        let without = run(&context())?;
        let second = |x: &Tensor| x.narrow(0, 1, 1);
        padding_changes_nothing(what, &second(&run(&clean)?)?, &second(&without)?);
    }
    Ok(())
}

#[test]
fn what_stands_in_masked_frames_changes_nothing() -> Result<()> {
    for config in text_decoders() {
        let what = &format!("{config:?}");
        let store = ParamStore::new(1, &Device::Cpu);
        let decoder = config.build(&DECODER_DIMS, store.builder())?;
        let clean = context_with_words()?;
        let real = frame_mask().ne(0f32)?.unsqueeze(2)?;
        let real = real.broadcast_as(clean.states.shape())?.contiguous()?;
        let other = numbers(&[B, T, WIDTH], 9);
        let dirty = Context { states: real.where_cond(&clean.states, &other)?, ..clean.clone() };
        let more = Tensor::cat(&[&clean.states, &other], 1)?;
        let padding = frame_mask().zeros_like()?;
        let longer = Context {
            states: more,
            mask: Tensor::cat(&[&frame_mask(), &padding], 1)?,
            ..clean.clone()
        };
        let run = |context: &Context| decoder.logits(context, &texts(3)?, &Pass::Eval);
        padding_changes_nothing(what, &run(&clean)?, &run(&dirty)?);
        padding_changes_nothing(what, &run(&clean)?, &run(&longer)?);
    }
    Ok(())
}

#[test]
fn a_decoder_of_a_model_without_words_has_no_parameter_for_them() -> Result<()> {
    type Make = fn(LookBack) -> TextDecoderConfig;
    let gru: Make = |look_back| {
        TextDecoderConfig::Gru(GruTextDecoderConfig {
            attention: look_back,
            copy: look_back,
            ..GruTextDecoderConfig::default()
        })
    };
    let transformer: Make = |look_back| {
        TextDecoderConfig::Transformer(TransformerTextDecoderConfig {
            attention: look_back,
            copy: look_back,
            ..TransformerTextDecoderConfig::default()
        })
    };
    for make in [gru, transformer] {
        has_no_parameter_without_words(make)?;
    }
    Ok(())
}

fn has_no_parameter_without_words(make: fn(LookBack) -> TextDecoderConfig) -> Result<()> {
    let names = |look_back, words| -> Result<Vec<String>> {
        let store = ParamStore::new(1, &Device::Cpu);
        let config = make(look_back);
        let dims = TextDecoderDims { words, ..DECODER_DIMS };
        config.build(&dims, store.builder())?;
        Ok(store.named().into_iter().map(|(name, _)| name).collect())
    };
    let plain = names(LookBack::None, WordsGiven::Yes)?;
    assert_eq!(names(LookBack::Words, WordsGiven::No)?, plain);
    assert!(names(LookBack::Words, WordsGiven::Yes)?.len() > plain.len());
    Ok(())
}
