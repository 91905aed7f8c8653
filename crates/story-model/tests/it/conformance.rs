//! The conformance suite over every registered sequence model and picture decoder; that over text
//! decoders is in `text_decoders.rs`.

use crate::support::numbers;
use crate::text_decoders::DECODER_DIMS;
use candle_core::{DType, Device, Tensor};
use story_core::conformance::{
    all_but_given_get_a_gradient, all_finite, batch_equals_singles, config_round_trip,
    every_parameter_gets_a_gradient, padding_changes_nothing, parameter_names_are_stable,
    same_seed_same_numbers, shape_is, weighted_sum,
};
use story_core::{
    Context, ContextPictures, ContextWords, Painted, ParamStore, Pass, Prompt, Result,
    ShownPictures,
};
use story_model::image_decoder::ImageDecoderDims;
use story_model::sequence::SequenceDims;
use story_model::text_decoder::{PicturesGiven, TextDecoderDims, WordsGiven};
use story_model::{
    AttentionPoolSequenceConfig, ConvTransposeConfig, GruSequenceConfig, GruTextDecoderConfig,
    ImageDecoderConfig, LookBack, LstmSequenceConfig, SequenceModelConfig, Summary,
    TransformerSequenceConfig, TransformerTextDecoderConfig,
};

/// The pictures that a mixing painter remembers.
const REMEMBERED: &str = "remembered";
/// What stands before the names of a published autoencoder's tensors.
const AUTOENCODER: &str = "autoencoder.";
pub const B: usize = 3;
pub const T: usize = 4;
pub const WIDTH: usize = 6;

pub fn frame_mask() -> Tensor {
    let mask: [[f32; T]; B] = [[1.0; T], [0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 1.0, 1.0]];
    Tensor::new(&mask, &Device::Cpu).expect("a mask")
}

pub fn context() -> Context {
    let states = numbers(&[B, T, WIDTH], 3);
    let summary = numbers(&[B, WIDTH], 4);
    let context = Context::new(states, summary, frame_mask()).expect("shapes agree");
    context.with_prompt(prompt()).expect("as many windows")
}

/// The story so far as a language model reads it, padded on the left.
pub fn prompt() -> Prompt {
    let tokens = Tensor::new(&[[1u32, 5, 7, 9], [0, 0, 2, 8], [0, 4, 4, 6]], &Device::Cpu);
    let mask = [[1f32; 4], [0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0]];
    let mask = Tensor::new(&mask, &Device::Cpu).expect("a mask");
    Prompt::new(tokens.expect("tokens"), mask).expect("shapes agree")
}

pub fn rows(context: &Context, rows: std::ops::Range<usize>) -> Result<Context> {
    let index: Vec<u32> = rows.map(|row| row as u32).collect();
    let count = index.len();
    context.index_select(&Tensor::from_vec(index, count, &Device::Cpu)?)
}

/// Every registered sequence model, and those with more layers and dropout.
fn sequences() -> Vec<SequenceModelConfig> {
    let mut all = SequenceModelConfig::all();
    assert_eq!(all.len(), SequenceModelConfig::PARTS.len());
    let (layers, dropout) = (2, 0.3);
    all.push(SequenceModelConfig::Lstm(LstmSequenceConfig { layers, dropout }));
    all.push(SequenceModelConfig::Gru(GruSequenceConfig { layers, dropout }));
    all.push(SequenceModelConfig::AttentionPool(AttentionPoolSequenceConfig { layers, dropout }));
    for summary in [Summary::Last, Summary::Pooled] {
        let config =
            TransformerSequenceConfig { layers, heads: 3, feed_forward: 7, summary, dropout };
        all.push(SequenceModelConfig::Transformer(config));
    }
    all
}

#[test]
fn sequence_models() -> Result<()> {
    let dims = SequenceDims { input: 5, width: WIDTH };
    for config in sequences() {
        let what = &format!("{config:?}");
        let store = ParamStore::new(1, &Device::Cpu);
        let model = config.build(&dims, store.builder())?;
        assert_eq!(model.width(), WIDTH);
        let fused = numbers(&[B, T, 5], 1);
        let read = |fused: &Tensor| model.read(fused, &frame_mask(), &Pass::Eval);
        let context = read(&fused)?;
        shape_is(what, &context.states, &[B, T, WIDTH]);
        shape_is(what, &context.summary, &[B, WIDTH]);
        all_finite(what, &context.states);
        every_parameter_gets_a_gradient(what, &store, &weighted_sum(&context.summary)?);
        batch_equals_singles(what, B, |rows| {
            let cut = |x: &Tensor| x.narrow(0, rows.start, rows.len());
            Ok(model.read(&cut(&fused)?, &cut(&frame_mask())?, &Pass::Eval)?.summary)
        });
        // Other numbers in masked frames, and two more masked frames.
        let other = numbers(&[B, T, 5], 2);
        let real = frame_mask().unsqueeze(2)?.broadcast_as(fused.shape())?.ne(0f32)?;
        let dirty = real.where_cond(&fused, &other)?;
        let summary = read(&dirty)?.summary;
        padding_changes_nothing(what, &context.summary, &summary);
        let longer = Tensor::cat(&[&fused, &numbers(&[B, 2, 5], 5)], 1)?;
        let zeros = Tensor::zeros((B, 2), DType::F32, &Device::Cpu)?;
        let long_mask = Tensor::cat(&[&frame_mask(), &zeros], 1)?;
        let padded = model.read(&longer, &long_mask, &Pass::Eval)?;
        padding_changes_nothing(what, &context.summary, &padded.summary);
        padding_changes_nothing(what, &context.states, &padded.states.narrow(1, 0, T)?);
        let nothing = model.read(&fused, &frame_mask().zeros_like()?, &Pass::Eval)?;
        all_finite(what, &nothing.summary);
        same_seed_same_numbers(what, |seed| {
            let store = ParamStore::new(seed, &Device::Cpu);
            let model = config.build(&dims, store.builder())?;
            Ok(model.read(&fused, &frame_mask(), &Pass::Train { seed })?.summary)
        });
        config_round_trip(what, &config, serde_json::to_string, |text| serde_json::from_str(text));
    }
    Ok(())
}

#[test]
fn dropout_follows_the_passs_seed() -> Result<()> {
    let dims = SequenceDims { input: 5, width: WIDTH };
    for config in &sequences()[SequenceModelConfig::PARTS.len()..] {
        let store = ParamStore::new(1, &Device::Cpu);
        let model = config.build(&dims, store.builder())?;
        same_seed_same_numbers("dropout", |seed| {
            let fused = numbers(&[B, T, 5], 1);
            Ok(model.read(&fused, &frame_mask(), &Pass::Train { seed })?.summary)
        });
    }
    Ok(())
}

#[test]
fn image_decoders_pass() -> Result<()> {
    let dims = ImageDecoderDims { context: WIDTH };
    let mut configs = ImageDecoderConfig::all();
    assert_eq!(configs.len(), ImageDecoderConfig::PARTS.len());
    for config in &mut configs {
        if let ImageDecoderConfig::Latent(config) = config {
            // A quarter of the pixels: a published autoencoder is slow in a test.
            (config.channels, config.looks_behind) = (vec![6], 0);
        }
    }
    let channels = vec![5, 4, 3];
    configs.push(ImageDecoderConfig::ConvTranspose(ConvTransposeConfig { channels }));
    for config in configs {
        let what = &format!("{config:?}");
        let store = ParamStore::new(1, &Device::Cpu);
        let decoder = config.build(&dims, store.builder())?;
        let given = give(&store)?;
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let (height, width) = decoder.size();
        let context = &painters_context(height);
        let picture = decoder.decode(context, &Pass::Eval)?;
        shape_is(what, &picture, &[B, 3, height, width]);
        let pixels = picture.flatten_all()?.to_vec1::<f32>()?;
        assert!(pixels.iter().all(|pixel| (0.0..=1.0).contains(pixel)), "{what}");
        let target = numbers(&[B, 3, height, width], 9).sqr()?;
        let known = Tensor::ones(B, DType::F32, &Device::Cpu)?;
        let loss = match decoder.learn(context, &target, &known, &Pass::Eval)? {
            (Painted::Picture(picture), _) => weighted_sum(&picture)?,
            (Painted::Error(error), _) => error,
        };
        all_but_given_get_a_gradient(what, &store, &given, &loss);
        batch_equals_singles(what, B, |range| decoder.decode(&rows(context, range)?, &Pass::Eval));
        same_seed_same_numbers(what, |seed| {
            let store = ParamStore::new(seed, &Device::Cpu);
            let decoder = config.build(&dims, store.builder())?;
            give(&store)?;
            decoder.decode(context, &Pass::Train { seed })
        });
        config_round_trip(what, &config, serde_json::to_string, |text| serde_json::from_str(text));
    }
    Ok(())
}

/// What a painter may be given of the same context: words, vectors and pixels of its pictures.
fn painters_context(size: usize) -> Context {
    let context = context();
    let after = context.frames_after().expect("a mask");
    let tokens = Tensor::new(&[[1u32, 5, 7, 9], [0, 0, 2, 8], [0, 4, 4, 6]], &Device::Cpu);
    let words = ContextWords::new(tokens.expect("tokens"), frame_mask(), after);
    let pictures = ContextPictures::new(numbers(&[B, T, 4], 5), frame_mask());
    let pixels = numbers(&[B, T, 3, size, size], 6).sqr().expect("0..1");
    let shown = ShownPictures::new(pixels, frame_mask());
    let context = context.with_words(words.expect("words")).expect("as many windows");
    let context = context.with_pictures(pictures.expect("pictures")).expect("one a frame");
    context.with_shown(shown.expect("pixels")).expect("one a frame")
}

/// Gives a decoder what it does not learn: pictures that differ, where it remembers some, and numbers of
/// its autoencoder, where it has one. Their names.
fn give(store: &ParamStore) -> Result<Vec<String>> {
    let mut given = Vec::new();
    for (name, var) in store.named() {
        if name == REMEMBERED {
            var.set(&numbers(var.dims(), 8).sqr()?)?;
        } else if name.starts_with(AUTOENCODER) {
            // Smaller than the formula's: behind so many layers a last bit would become many.
            let values = story_encoders::weights::formula::tensor(&name, var.dims())?;
            var.set(&(values * 0.6)?)?;
        } else {
            continue;
        }
        given.push(name);
    }
    Ok(given)
}

#[test]
fn parameter_names_of_the_transformers() -> Result<()> {
    let store = ParamStore::new(1, &Device::Cpu);
    let config = TransformerSequenceConfig {
        layers: 1,
        summary: Summary::Pooled,
        ..TransformerSequenceConfig::default()
    };
    let dims = SequenceDims { input: 2, width: 2 };
    config.build(&dims, store.builder().pp("s"))?;
    let config = TransformerTextDecoderConfig {
        layers: 1,
        attention: LookBack::Words,
        copy: LookBack::Words,
        ..TransformerTextDecoderConfig::default()
    };
    config.build(&DECODER_DIMS, store.builder().pp("t"))?;
    let names: Vec<String> = store.named().into_iter().map(|(name, _)| name).collect();
    let weights = |prefix: &str| -> Vec<&str> {
        let names = names.iter().filter_map(|name| name.strip_prefix(prefix));
        names.filter_map(|name| name.strip_suffix(".weight")).collect()
    };
    assert_eq!(
        weights("s."),
        [
            "input",
            "layers.0.attention.key",
            "layers.0.attention.output",
            "layers.0.attention.query",
            "layers.0.attention.value",
            "layers.0.attention_norm",
            "layers.0.contract",
            "layers.0.expand",
            "layers.0.feed_forward_norm",
            "norm",
            "places",
            "pool.key",
            "pool.query",
        ]
    );
    assert_eq!(
        weights("t."),
        [
            "copy.gate",
            "copy.query",
            "embedding",
            "frames",
            "layers.0.attention.key",
            "layers.0.attention.output",
            "layers.0.attention.query",
            "layers.0.attention.value",
            "layers.0.attention_norm",
            "layers.0.contract",
            "layers.0.expand",
            "layers.0.feed_forward_norm",
            "layers.0.memory_attention.key",
            "layers.0.memory_attention.output",
            "layers.0.memory_attention.query",
            "layers.0.memory_attention.value",
            "layers.0.memory_norm",
            "norm",
            "output",
            "positions",
            "states",
            "summary",
            "words.previous",
        ]
    );
    Ok(())
}

#[test]
fn parameter_names() -> Result<()> {
    let store = ParamStore::new(1, &Device::Cpu);
    let config = LstmSequenceConfig::default();
    let dims = SequenceDims { input: 2, width: 2 };
    config.build(&dims, store.builder().pp("sequence"))?;
    let config = GruTextDecoderConfig {
        context_input: true,
        attention: LookBack::Words,
        copy: LookBack::Words,
        ..GruTextDecoderConfig::default()
    };
    let dims = TextDecoderDims {
        context: 2,
        vocabulary: 5,
        words: WordsGiven::Yes,
        pictures: PicturesGiven::No,
    };
    config.build(&dims, store.builder().pp("text_decoder"))?;
    let config = ConvTransposeConfig { channels: vec![2, 3] };
    let dims = ImageDecoderDims { context: 2 };
    config.build(&dims, store.builder().pp("image_decoder"))?;
    parameter_names_are_stable(
        "parts",
        &store,
        &[
            "image_decoder.input.bias",
            "image_decoder.input.weight",
            "image_decoder.layers.0.bias",
            "image_decoder.layers.0.weight",
            "sequence.layers.0.bias_hh",
            "sequence.layers.0.bias_ih",
            "sequence.layers.0.weight_hh",
            "sequence.layers.0.weight_ih",
            "text_decoder.attention.query.bias",
            "text_decoder.attention.query.weight",
            "text_decoder.combine.bias",
            "text_decoder.combine.weight",
            "text_decoder.context_input.weight",
            "text_decoder.copy.gate.bias",
            "text_decoder.copy.gate.weight",
            "text_decoder.embedding.weight",
            "text_decoder.frames.weight",
            "text_decoder.gru.bias_hh",
            "text_decoder.gru.bias_ih",
            "text_decoder.gru.weight_hh",
            "text_decoder.gru.weight_ih",
            "text_decoder.initial.bias",
            "text_decoder.initial.weight",
            "text_decoder.output.bias",
            "text_decoder.output.weight",
            "text_decoder.words.previous.weight",
        ],
    );
    Ok(())
}
