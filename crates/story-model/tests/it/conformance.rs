//! The conformance suite over every registered sequence model, text and picture decoder.

use crate::support::{VOCABULARY, numbers};
use candle_core::{DType, Device, Tensor};
use story_core::conformance::{
    all_finite, batch_equals_singles, config_round_trip, every_parameter_gets_a_gradient,
    padding_changes_nothing, parameter_names_are_stable, same_seed_same_numbers, shape_is,
    weighted_sum,
};
use story_core::{Context, ParamStore, Pass, Result};
use story_model::image_decoder::ImageDecoderDims;
use story_model::sequence::SequenceDims;
use story_model::text_decoder::TextDecoderDims;
use story_model::{
    ConvTransposeConfig, GruSequenceConfig, GruTextDecoderConfig, ImageDecoderConfig,
    LstmSequenceConfig, SequenceModelConfig, TextDecoderConfig,
};

const B: usize = 3;
const T: usize = 4;
const WIDTH: usize = 6;

fn mask() -> Tensor {
    let mask: [[f32; T]; B] = [[1.0; T], [0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 1.0, 1.0]];
    Tensor::new(&mask, &Device::Cpu).expect("a mask")
}

fn context() -> Context {
    let states = numbers(&[B, T, WIDTH], 3);
    let summary = numbers(&[B, WIDTH], 4);
    Context::new(states, summary, mask()).expect("shapes agree")
}

fn rows(context: &Context, rows: std::ops::Range<usize>) -> Result<Context> {
    let index: Vec<u32> = rows.map(|row| row as u32).collect();
    let count = index.len();
    context.index_select(&Tensor::from_vec(index, count, &Device::Cpu)?)
}

/// Every registered sequence model, and those with more layers and dropout.
fn sequences() -> Vec<SequenceModelConfig> {
    let mut all = SequenceModelConfig::all();
    assert_eq!(all.len(), SequenceModelConfig::PARTS.len());
    let (layers, dropout) = (2, 0.3);
    all.push(SequenceModelConfig::Lstm(LstmSequenceConfig {
        layers,
        dropout,
    }));
    all.push(SequenceModelConfig::Gru(GruSequenceConfig {
        layers,
        dropout,
    }));
    all
}

#[test]
fn sequence_models() -> Result<()> {
    let dims = SequenceDims {
        input: 5,
        width: WIDTH,
    };
    for config in sequences() {
        let what = &format!("{config:?}");
        let store = ParamStore::new(1, &Device::Cpu);
        let model = config.build(&dims, store.builder())?;
        assert_eq!(model.width(), WIDTH);
        let fused = numbers(&[B, T, 5], 1);
        let read = |fused: &Tensor| model.read(fused, &mask(), &Pass::Eval);
        let context = read(&fused)?;
        shape_is(what, &context.states, &[B, T, WIDTH]);
        shape_is(what, &context.summary, &[B, WIDTH]);
        all_finite(what, &context.states);
        every_parameter_gets_a_gradient(what, &store, &weighted_sum(&context.summary)?);
        batch_equals_singles(what, B, |rows| {
            let cut = |x: &Tensor| x.narrow(0, rows.start, rows.len());
            Ok(model
                .read(&cut(&fused)?, &cut(&mask())?, &Pass::Eval)?
                .summary)
        });
        // Other numbers in masked frames, and two more masked frames.
        let other = numbers(&[B, T, 5], 2);
        let real = mask().unsqueeze(2)?.broadcast_as(fused.shape())?.ne(0f32)?;
        let dirty = real.where_cond(&fused, &other)?;
        let summary = read(&dirty)?.summary;
        padding_changes_nothing(what, &context.summary, &summary);
        let longer = Tensor::cat(&[&fused, &numbers(&[B, 2, 5], 5)], 1)?;
        let zeros = Tensor::zeros((B, 2), DType::F32, &Device::Cpu)?;
        let long_mask = Tensor::cat(&[&mask(), &zeros], 1)?;
        let padded = model.read(&longer, &long_mask, &Pass::Eval)?;
        padding_changes_nothing(what, &context.summary, &padded.summary);
        padding_changes_nothing(what, &context.states, &padded.states.narrow(1, 0, T)?);
        let nothing = model.read(&fused, &mask().zeros_like()?, &Pass::Eval)?;
        all_finite(what, &nothing.summary);
        same_seed_same_numbers(what, |seed| {
            let store = ParamStore::new(seed, &Device::Cpu);
            let model = config.build(&dims, store.builder())?;
            Ok(model.read(&fused, &mask(), &Pass::Train { seed })?.summary)
        });
        config_round_trip(what, &config, serde_json::to_string, |text| {
            serde_json::from_str(text)
        });
    }
    Ok(())
}

#[test]
fn dropout_follows_the_passs_seed() -> Result<()> {
    let dims = SequenceDims {
        input: 5,
        width: WIDTH,
    };
    for config in &sequences()[SequenceModelConfig::PARTS.len()..] {
        let store = ParamStore::new(1, &Device::Cpu);
        let model = config.build(&dims, store.builder())?;
        same_seed_same_numbers("dropout", |seed| {
            let fused = numbers(&[B, T, 5], 1);
            Ok(model.read(&fused, &mask(), &Pass::Train { seed })?.summary)
        });
    }
    Ok(())
}

fn text_decoders() -> Vec<TextDecoderConfig> {
    let mut all = TextDecoderConfig::all();
    assert_eq!(all.len(), TextDecoderConfig::PARTS.len());
    for context_input in [false, true] {
        all.push(TextDecoderConfig::Gru(GruTextDecoderConfig {
            embedding_width: 5,
            hidden_width: 7,
            context_input,
            dropout: 0.2,
        }));
    }
    all
}

#[test]
fn text_decoders_pass() -> Result<()> {
    const L: usize = 5;
    let dims = TextDecoderDims {
        context: WIDTH,
        vocabulary: VOCABULARY.size,
    };
    let tokens = |last: u32| {
        let ids = [[2u32, 4, 5, 6, last], [2, 7, 3, 0, 0], [2, 12, 11, 9, 8]];
        Tensor::new(&ids, &Device::Cpu)
    };
    for config in text_decoders() {
        let what = &format!("{config:?}");
        let store = ParamStore::new(1, &Device::Cpu);
        let decoder = config.build(&dims, store.builder())?;
        let logits = decoder.logits(&context(), &tokens(3)?, &Pass::Eval)?;
        shape_is(what, &logits, &[B, L, VOCABULARY.size]);
        all_finite(what, &logits);
        every_parameter_gets_a_gradient(what, &store, &weighted_sum(&logits)?);
        batch_equals_singles(what, B, |range| {
            let tokens = tokens(3)?.narrow(0, range.start, range.len())?;
            decoder.logits(&rows(&context(), range)?, &tokens, &Pass::Eval)
        });
        // Causal: a later token changes no earlier state.
        let states = |last| decoder.states(&context(), &tokens(last)?, &Pass::Eval);
        let (before, after) = (states(3)?, states(9)?);
        let early = |x: &Tensor| x.narrow(1, 0, L - 1);
        padding_changes_nothing(what, &early(&before)?, &early(&after)?);
        let late = |x: &Tensor| -> Result<Vec<f32>> { Ok(x.get(0)?.get(L - 1)?.to_vec1::<f32>()?) };
        assert_ne!(
            late(&before)?,
            late(&after)?,
            "{what}: the last token is read"
        );
        // Token by token equals the whole sequence, and rows may be reordered on the way.
        let mut state = decoder.start(&context())?;
        let order = Tensor::new(&[2u32, 0, 1], &Device::Cpu)?;
        let mut ids = tokens(3)?;
        let mut expected = logits.clone();
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
        same_seed_same_numbers(what, |seed| {
            let store = ParamStore::new(seed, &Device::Cpu);
            let decoder = config.build(&dims, store.builder())?;
            decoder.logits(&context(), &tokens(3)?, &Pass::Train { seed })
        });
        config_round_trip(what, &config, serde_json::to_string, |text| {
            serde_json::from_str(text)
        });
    }
    Ok(())
}

#[test]
fn image_decoders_pass() -> Result<()> {
    let dims = ImageDecoderDims { context: WIDTH };
    let mut configs = ImageDecoderConfig::all();
    assert_eq!(configs.len(), ImageDecoderConfig::PARTS.len());
    let channels = vec![5, 4, 3];
    configs.push(ImageDecoderConfig::ConvTranspose(ConvTransposeConfig {
        channels,
    }));
    for config in configs {
        let what = &format!("{config:?}");
        let store = ParamStore::new(1, &Device::Cpu);
        let decoder = config.build(&dims, store.builder())?;
        let (height, width) = decoder.size();
        let picture = decoder.decode(&context(), &Pass::Eval)?;
        shape_is(what, &picture, &[B, 3, height, width]);
        let pixels = picture.flatten_all()?.to_vec1::<f32>()?;
        assert!(
            pixels.iter().all(|pixel| (0.0..=1.0).contains(pixel)),
            "{what}"
        );
        every_parameter_gets_a_gradient(what, &store, &weighted_sum(&picture)?);
        batch_equals_singles(what, B, |range| {
            decoder.decode(&rows(&context(), range)?, &Pass::Eval)
        });
        same_seed_same_numbers(what, |seed| {
            let store = ParamStore::new(seed, &Device::Cpu);
            let decoder = config.build(&dims, store.builder())?;
            decoder.decode(&context(), &Pass::Train { seed })
        });
        config_round_trip(what, &config, serde_json::to_string, |text| {
            serde_json::from_str(text)
        });
    }
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
        ..GruTextDecoderConfig::default()
    };
    let dims = TextDecoderDims {
        context: 2,
        vocabulary: 5,
    };
    config.build(&dims, store.builder().pp("text_decoder"))?;
    let config = ConvTransposeConfig {
        channels: vec![2, 3],
    };
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
            "text_decoder.context_input.weight",
            "text_decoder.embedding.weight",
            "text_decoder.gru.bias_hh",
            "text_decoder.gru.bias_ih",
            "text_decoder.gru.weight_hh",
            "text_decoder.gru.weight_ih",
            "text_decoder.initial.bias",
            "text_decoder.initial.weight",
            "text_decoder.output.bias",
            "text_decoder.output.weight",
        ],
    );
    Ok(())
}
