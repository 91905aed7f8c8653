//! Text decoders that look back and sequence models that attend, against PyTorch
//! (`tools/golden/decoders.py`): outputs, losses and the gradient of every parameter. Weights on
//! both sides come from one formula, the file holds results.

use crate::conformance::frame_mask;
use crate::support::{VOCABULARY, numbers};
use crate::text_decoders::{context_with_words, texts};
use candle_core::{Device, Tensor};
use serde_json::Value;
use story_core::conformance::weighted_sum;
use story_core::{ParamStore, Pass, Result};
use story_encoders::weights::formula;
use story_model::sequence::SequenceDims;
use story_model::text_decoder::{PicturesGiven, TextDecoderDims, WordsGiven};
use story_model::{
    AttentionPoolSequenceConfig, GruTextDecoderConfig, LookBack, OutputWeights,
    SequenceModelConfig, Summary, TextDecoderConfig, TransformerSequenceConfig,
    TransformerTextDecoderConfig,
};

/// Relative to the largest number of its tensor.
const TOLERANCE: f64 = 1e-5;
const CONTEXT: usize = 6;

fn golden(case: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../golden/decoders.json"))
        .expect("the script writes JSON");
    all[case].clone()
}

/// Every parameter by the formula of its name.
fn fill(store: &ParamStore) -> Result<()> {
    for (name, var) in store.named() {
        var.set(&formula::tensor(&name, var.dims())?)?;
    }
    Ok(())
}

fn assert_close(what: &str, found: &Tensor, expected: &Value) {
    let flat = found.flatten_all().and_then(|t| t.to_vec1::<f32>());
    let found = flat.expect("numbers");
    let expected = expected.as_array();
    let expected = expected.unwrap_or_else(|| panic!("{what} is not in the file"));
    let expected: Vec<f64> = expected.iter().filter_map(Value::as_f64).collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(0f64, |size, x| size.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let difference = (f64::from(*found) - expected).abs();
        assert!(
            difference <= TOLERANCE * size,
            "{what}: number {i} is {found}, expected {expected}"
        );
    }
}

/// Compares an output, its loss and all gradients with the file's.
fn compare(case: &str, store: &ParamStore, output: &Tensor, loss: &Tensor) -> Result<()> {
    let golden = golden(case);
    assert_close(&format!("{case}: output"), output, &golden["output"]);
    let expected = golden["loss"].as_f64().expect("a loss");
    let found = f64::from(loss.to_scalar::<f32>()?);
    let close = (found - expected).abs() <= TOLERANCE * expected.abs();
    assert!(close, "{case}: loss {found}, expected {expected}");
    let gradients = loss.backward()?;
    let expected = golden["gradients"].as_object().expect("gradients");
    let named = store.named();
    let names: Vec<&String> = named.iter().map(|(name, _)| name).collect();
    assert_eq!(names, expected.keys().collect::<Vec<_>>(), "{case}");
    for (name, var) in &named {
        let gradient = gradients.get(var).expect("every parameter learns");
        assert_close(&format!("{case}: {name}"), gradient, &expected[name]);
    }
    Ok(())
}

fn decoder(case: &str, config: &TextDecoderConfig) -> Result<()> {
    let dims = TextDecoderDims {
        context: CONTEXT,
        vocabulary: VOCABULARY.size,
        words: WordsGiven::Yes,
        pictures: PicturesGiven::No,
    };
    let store = ParamStore::new(1, &Device::Cpu);
    let decoder = config.build(&dims, store.builder())?;
    fill(&store)?;
    let (context, tokens) = (context_with_words()?, texts(3)?);
    let mask = [[1f32; 5], [1.0, 1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 1.0, 1.0]];
    let mask = Tensor::new(&mask, &Device::Cpu)?;
    let scores = decoder.logits(&context, &tokens, &Pass::Eval)?;
    let loss = decoder.token_loss(&context, &tokens, &mask, &Pass::Eval)?;
    compare(case, &store, &scores, &loss)
}

#[test]
fn gru_decoders() -> Result<()> {
    use LookBack::{None, Words};
    for (case, attention, copy, output_weights, context_input) in [
        ("gru-copy", Words, Words, OutputWeights::Own, true),
        ("gru-copy-tied", None, Words, OutputWeights::Tied, false),
        ("gru-attention", Words, None, OutputWeights::Own, false),
    ] {
        let tied = output_weights == OutputWeights::Tied;
        let config = GruTextDecoderConfig {
            embedding_width: if tied { 7 } else { 5 },
            hidden_width: 7,
            context_input,
            attention,
            copy,
            output_weights,
            dropout: 0.0,
        };
        decoder(case, &TextDecoderConfig::Gru(config))?;
    }
    Ok(())
}

#[test]
fn transformer_decoders() -> Result<()> {
    for (case, look_back, output_weights, layers) in [
        ("transformer", LookBack::None, OutputWeights::Tied, 1),
        ("transformer-copy", LookBack::Words, OutputWeights::Own, 2),
    ] {
        let config = TransformerTextDecoderConfig {
            width: 8,
            layers,
            heads: 2,
            feed_forward: 10,
            max_tokens: 5,
            attention: look_back,
            copy: look_back,
            output_weights,
            dropout: 0.0,
        };
        decoder(case, &TextDecoderConfig::Transformer(config))?;
    }
    Ok(())
}

#[test]
fn sequence_models() -> Result<()> {
    let transformer = |summary| {
        SequenceModelConfig::Transformer(TransformerSequenceConfig {
            layers: 2,
            heads: 2,
            feed_forward: 10,
            summary,
            dropout: 0.0,
        })
    };
    let pool = AttentionPoolSequenceConfig::default();
    for (case, config) in [
        ("sequence-last", transformer(Summary::Last)),
        ("sequence-pooled", transformer(Summary::Pooled)),
        ("sequence-attention-pool", SequenceModelConfig::AttentionPool(pool)),
    ] {
        let store = ParamStore::new(1, &Device::Cpu);
        let dims = SequenceDims { input: 5, width: CONTEXT };
        let model = config.build(&dims, store.builder())?;
        fill(&store)?;
        let context = model.read(&numbers(&[3, 4, 5], 1), &frame_mask(), &Pass::Eval)?;
        let loss = weighted_sum(&context.summary)?;
        compare(case, &store, &context.summary, &loss)?;
    }
    Ok(())
}
