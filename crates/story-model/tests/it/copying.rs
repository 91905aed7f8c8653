//! That copying is learned: a name told in the context, another one in each window, must be told
//! again.

use crate::support::{VOCABULARY, numbers};
use candle_core::{DType, Device, Tensor};
use rand::Rng;
use story_core::rng;
use story_core::{Context, ContextWords, ParamStore, Pass, Result, TextDecoder};
use story_model::optimizer::AdamW;
use story_model::text_decoder::{PicturesGiven, TextDecoderDims, WordsGiven};
use story_model::{
    GruTextDecoderConfig, LookBack, TextDecoderConfig, TrainConfig, TransformerTextDecoderConfig,
};

const WIDTH: usize = 6;
/// Ids from here to the vocabulary's end are names.
const FIRST_NAME: u32 = 9;
const NAMES: u32 = 40;
const STEPS: usize = 80;

/// `count` windows whose context says `[CLS] 5 name 6 [SEP]` and whose text is `[CLS] name 7
/// [SEP]`. The vectors of the context tell nothing. `first` and `names` choose the range of names.
fn windows(seed: u64, count: usize, first: u32, names: u32) -> Result<(Context, Tensor)> {
    let cpu = &Device::Cpu;
    let mut stream = rng::rng(seed, "names");
    let (mut told, mut texts) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let name = first + stream.random_range(0..names);
        told.extend([VOCABULARY.start, 5, name, 6, VOCABULARY.end]);
        texts.extend([VOCABULARY.start, name, 7, VOCABULARY.end]);
    }
    let told = Tensor::from_vec(told, (count, 5), cpu)?;
    let ones = |shape: (usize, usize)| Tensor::ones(shape, DType::F32, cpu);
    let blank = numbers(&[1, WIDTH], 1).repeat((count, 1))?; // (B, D)
    let context = Context::new(blank.unsqueeze(1)?, blank, ones((count, 1))?)?;
    let words = ContextWords::new(told.clone(), ones((count, 5))?, told.zeros_like()?)?;
    let texts = Tensor::from_vec(texts, (count, 4), cpu)?;
    Ok((context.with_words(words)?, texts))
}

fn loss(decoder: &dyn TextDecoder, seed: u64, first: u32, names: u32) -> Result<Tensor> {
    let (context, texts) = windows(seed, 32, first, names)?;
    let mask = texts.ones_like()?.to_dtype(DType::F32)?;
    decoder.token_loss(&context, &texts, &mask, &Pass::Eval)
}

/// The loss on new windows after the steps: with names of the training, and with names that it
/// never told.
fn learned(config: &TextDecoderConfig) -> Result<[f32; 2]> {
    let dims = TextDecoderDims {
        context: WIDTH,
        vocabulary: (FIRST_NAME + 2 * NAMES) as usize,
        words: WordsGiven::Yes,
        pictures: PicturesGiven::No,
    };
    let store = ParamStore::new(3, &Device::Cpu);
    let decoder = config.build(&dims, store.builder())?;
    let mut optimizer = AdamW::new(&store, TrainConfig::default().optimizer());
    for step in 0..STEPS {
        let loss = loss(decoder.as_ref(), step as u64, FIRST_NAME, NAMES)?;
        optimizer.accumulate(loss.backward()?)?;
        optimizer.step(1e-2)?;
    }
    let after = |first| -> Result<f32> {
        let loss = loss(decoder.as_ref(), 1_000_000, first, NAMES)?;
        Ok(loss.to_scalar::<f32>()?)
    };
    Ok([after(FIRST_NAME)?, after(FIRST_NAME + NAMES)?])
}

#[test]
fn names_of_the_context_are_copied_and_new_ones_too() -> Result<()> {
    let gru = |look_back| {
        TextDecoderConfig::Gru(GruTextDecoderConfig {
            embedding_width: 24,
            hidden_width: 32,
            attention: look_back,
            copy: look_back,
            ..GruTextDecoderConfig::default()
        })
    };
    let transformer = TextDecoderConfig::Transformer(TransformerTextDecoderConfig {
        width: 32,
        layers: 1,
        heads: 2,
        feed_forward: 32,
        max_tokens: 4,
        attention: LookBack::Words,
        copy: LookBack::Words,
        ..TransformerTextDecoderConfig::default()
    });
    // One token of three is a name, one of forty: without the context's words ln 40 / 3 remain.
    let least = (NAMES as f32).ln() / 3.0;
    let [blind, _] = learned(&gru(LookBack::None))?;
    assert!(blind > 0.9 * least, "{blind} of {least}");
    for config in [gru(LookBack::Words), transformer] {
        let [known, new] = learned(&config)?;
        println!("{}: known {known}, new {new} of {least}", config.kind());
        assert!(known < 0.1 * least, "{config:?}: {known} of {least}");
        assert!(new < 0.1 * least, "{config:?}: {new} of {least}");
    }
    Ok(())
}
