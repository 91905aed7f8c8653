//! Comparison with PyTorch: outputs, gradients of the input and of every parameter. The weights
//! come from one formula on both sides; `tools/golden/align.py` wrote the results.

use candle_core::{Device, Tensor, Var};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use story_core::conformance::{weight, weighted_sum};
use story_core::layers::attention::padding_bias;
use story_core::{ParamStore, Pass, Result};
use story_encoders::transformer::{EncoderLayer, EncoderLayerConfig};
use story_encoders::{CompactCnnConfig, ImageEncoderDims};

/// Distance between the sequences of two salts; the script has the same.
const SALT_STRIDE: usize = 10_007;
/// The salt of inputs; parameters have their place among the sorted names, from 1.
const INPUT_SALT: usize = 100;
const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Golden {
    output: Vec<f32>,
    input_gradient: Vec<f32>,
    gradients: BTreeMap<String, Vec<f32>>,
}

fn fill(salt: usize, shape: &[usize]) -> Result<Tensor> {
    let count: usize = shape.iter().product();
    let values = (0..count).map(|i| weight(salt * SALT_STRIDE + i)).collect();
    Ok(Tensor::from_vec::<_, f32>(values, shape, &Device::Cpu)?)
}

/// Fills the store's parameters by the formula; the scales of norms lie around 1.
fn fill_parameters(store: &ParamStore) -> Result<()> {
    let mut tensors = HashMap::new();
    for (place, (name, var)) in store.named().into_iter().enumerate() {
        let offset = if name.ends_with("_norm.weight") { 1.0 } else { 0.0 };
        tensors.insert(name, (fill(place + 1, var.dims())? + offset)?);
    }
    store.set_all(&tensors, "the formula")
}

fn assert_close(what: &str, expected: &[f32], found: &Tensor) -> Result<()> {
    let found = found.flatten_all()?.to_vec1::<f32>()?;
    assert_eq!(expected.len(), found.len(), "{what}");
    for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
        let allowed = TOLERANCE * expected.abs().max(1.0);
        assert!(
            (expected - found).abs() <= allowed,
            "{what}[{index}]: PyTorch {expected}, ours {found}"
        );
    }
    Ok(())
}

fn compare(golden: &Golden, store: &ParamStore, input: &Var, output: &Tensor) -> Result<()> {
    assert_close("output", &golden.output, output)?;
    let gradients = weighted_sum(output)?.backward()?;
    let gradient = gradients.get(input).expect("the input has a gradient");
    assert_close("input", &golden.input_gradient, gradient)?;
    let named = store.named();
    assert_eq!(named.len(), golden.gradients.len());
    for (name, var) in named {
        let gradient = gradients.get(&var).expect("a parameter has a gradient");
        assert_close(&name, &golden.gradients[&name], gradient)?;
    }
    Ok(())
}

#[test]
fn the_encoder_layer_equals_pytorch() -> Result<()> {
    let golden: Golden = serde_json::from_str(include_str!("../golden/encoder_layer.json"))
        .expect("the golden file is whole");
    let config = EncoderLayerConfig { width: 8, heads: 2, feed_forward: 12, dropout: 0.0 };
    let store = ParamStore::new(1, &Device::Cpu);
    let layer = EncoderLayer::new(&config, store.builder())?;
    fill_parameters(&store)?;
    let x = Var::from_tensor(&(fill(INPUT_SALT, &[2, 5, 8])? * 4.0)?)?;
    let mask = [[1f32, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0, 0.0]];
    let bias = padding_bias(&Tensor::new(&mask, &Device::Cpu)?)?;
    let output = layer.forward(&x, &bias, &Pass::Eval)?;
    compare(&golden, &store, &x, &output)
}

#[test]
fn the_compact_cnn_equals_pytorch() -> Result<()> {
    let golden: Golden = serde_json::from_str(include_str!("../golden/compact_cnn.json"))
        .expect("the golden file is whole");
    let config = CompactCnnConfig { channels: vec![4, 5], width: 6, input_size: 11, grid: 2 };
    let store = ParamStore::new(1, &Device::Cpu);
    let encoder = config.build(&ImageEncoderDims { input_size: 11 }, store.builder())?;
    fill_parameters(&store)?;
    let x = Var::from_tensor(&fill(INPUT_SALT, &[2, 3, 11, 11])?)?;
    let output = encoder.encode(&x, &Pass::Eval)?;
    compare(&golden, &store, &x, &output)
}
