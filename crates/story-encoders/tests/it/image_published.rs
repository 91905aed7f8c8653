//! The published picture encoders against torchvision and transformers, full size, on weights from
//! one formula (`tools/golden/image_encoders.py` wrote the results).

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use story_core::conformance::{self, weighted_sum};
use story_core::{ImageEncoder, ParamStore, Pass, Result};
use story_encoders::image::{ClipOutput, MobilenetPadding, Pooling};
use story_encoders::weights::{Weights, WeightsBuilder, formula};
use story_encoders::{
    ClipVisionConfig, ImageEncoderDims, MobilenetV2Config, Preprocessing, Pretrained, ResnetConfig,
};

const PICTURES: usize = 3;
/// Length of a difference relative to the length of the expected numbers: ours are single
/// precision, the oracles' double.
const TOLERANCE: f64 = 1e-5;
/// Gradients add up over pictures and pixels.
const GRADIENT_TOLERANCE: f64 = 5e-5;

/// What a tensor is known by: its first values, and its products with fixed vectors.
#[derive(Deserialize)]
struct Summary {
    first: Vec<f64>,
    products: Vec<f64>,
}

impl Summary {
    fn assert(&self, what: &str, found: &Tensor, tolerance: f64) -> Result<()> {
        let flat = found.flatten_all()?;
        let values = flat.to_vec1::<f32>()?;
        let first = values.iter().take(self.first.len()).map(|v| f64::from(*v));
        assert_relative(&format!("{what}: values"), &self.first, first, tolerance);
        let products = (0..self.products.len()).map(|k| -> Result<f64> {
            let vector = formula::tensor(&format!("projection.{k}.bias"), &[values.len()])?;
            let vector = vector.to_vec1::<f32>()?;
            let pairs = values.iter().zip(vector);
            Ok(pairs.map(|(a, b)| f64::from(*a) * f64::from(b)).sum())
        });
        let products = products.collect::<Result<Vec<f64>>>()?.into_iter();
        assert_relative(&format!("{what}: products"), &self.products, products, tolerance);
        Ok(())
    }
}

fn assert_relative(
    what: &str,
    expected: &[f64],
    found: impl ExactSizeIterator<Item = f64>,
    tolerance: f64,
) {
    assert_eq!(expected.len(), found.len(), "{what}");
    let square = |sum: f64, x: f64| sum + x * x;
    let difference = expected.iter().zip(found).map(|(e, f)| f - e);
    let difference = difference.fold(0.0, square).sqrt();
    let length = expected.iter().copied().fold(0.0, square).sqrt();
    let error = difference / length;
    assert!(error <= tolerance, "{what}: relative error {error:.1e}");
}

fn golden(network: &str, part: &str) -> serde_json::Value {
    let text = match network.starts_with("dinov2") {
        true => include_str!("../golden/dinov2.json"),
        false => include_str!("../golden/image_encoders.json"),
    };
    let all: serde_json::Value = serde_json::from_str(text).expect("whole");
    all[network][part].clone()
}

fn rows(network: &str, part: &str) -> Vec<Summary> {
    let rows: Vec<Summary> = serde_json::from_value(golden(network, part)).expect("rows");
    assert_eq!(rows.len(), PICTURES);
    rows
}

/// The formula of `picture` in the script, `(PICTURES, 3, side, side)`.
pub(super) fn pictures(side: usize) -> Result<Tensor> {
    let mut values = Vec::with_capacity(PICTURES * 3 * side * side);
    for index in 0..PICTURES {
        for c in 0..3 {
            for y in 0..side {
                for x in 0..side {
                    let (c, x, y) = ((c + 1) as f64, x as f64, y as f64);
                    let slow = 0.11 * c + 0.037 * (index + 1) as f64 * y + 0.053 * x;
                    values.push((1.5 * (slow + 0.0007 * x * y * c).sin()) as f32);
                }
            }
        }
    }
    Ok(Tensor::from_vec(values, (PICTURES, 3, side, side), &Device::Cpu)?)
}

/// All pictures in one batch, and the last one alone.
pub(super) fn assert_rows(
    network: &str,
    part: &str,
    side: usize,
    run: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<()> {
    let expected = rows(network, part);
    let pictures = pictures(side)?;
    let batch = run(&pictures)?;
    for (row, expected) in expected.iter().enumerate() {
        let what = format!("{network} {part} {row}");
        expected.assert(&what, &batch.get(row)?, TOLERANCE)?;
    }
    let last = run(&pictures.narrow(0, PICTURES - 1, 1)?)?;
    let what = format!("{network} {part} alone");
    expected[PICTURES - 1].assert(&what, &last, TOLERANCE)
}

pub(super) fn encode(encoder: &dyn ImageEncoder) -> impl Fn(&Tensor) -> Result<Tensor> {
    |pictures| encoder.encode(pictures, &Pass::Eval)
}

pub(super) fn of_side(side: usize) -> (ImageEncoderDims, Preprocessing) {
    let preprocessing = Preprocessing { size: side, ..Preprocessing::IMAGENET };
    (ImageEncoderDims { input_size: side }, preprocessing)
}

/// Compares the gradients that the script has with those of the parameters of `store`, and says
/// which.
pub(super) fn assert_gradients(
    network: &str,
    store: &ParamStore,
    encoder: &dyn ImageEncoder,
    pictures: &Tensor,
) -> Result<BTreeSet<String>> {
    let expected: BTreeMap<String, Summary> =
        serde_json::from_value(golden(network, "gradients")).expect("gradients");
    let loss = weighted_sum(&encoder.encode(pictures, &Pass::Train { seed: 1 })?)?;
    conformance::every_parameter_gets_a_gradient(network, store, &loss);
    let gradients = loss.backward()?;
    let mut compared = BTreeSet::new();
    for (name, expected) in expected {
        if let Some(var) = store.get(&name) {
            let gradient = gradients.get(&var).expect("a parameter has a gradient");
            let what = format!("{network} gradient of {name}");
            expected.assert(&what, gradient, GRADIENT_TOLERANCE)?;
            compared.insert(name);
        }
    }
    let mut names = store.named().into_iter().map(|(name, _)| name);
    assert!(names.all(|name| !name.contains("running")));
    Ok(compared)
}

fn resnet(depth: usize) -> ResnetConfig {
    ResnetConfig { depth, ..ResnetConfig::default() }
}

fn resnet_equals_torchvision(depth: usize) -> Result<()> {
    let network = format!("resnet{depth}");
    let dims = ImageEncoderDims { input_size: 224 };
    let encoder = resnet(depth).build(&dims, formula::builder())?;
    assert_eq!(encoder.width(), resnet(depth).width());
    assert_rows(&network, "vectors", 224, encode(&*encoder))
}

#[test]
fn resnet18_equals_torchvision() -> Result<()> {
    resnet_equals_torchvision(18)?;
    let (dims, preprocessing) = of_side(97);
    let mut config = ResnetConfig { preprocessing, ..resnet(18) };
    let odd = config.build(&dims, formula::builder())?;
    assert_rows("resnet18", "odd_side", 97, encode(&*odd))?;
    config.pooling = Pooling::Grid(3);
    let grid = config.build(&dims, formula::builder())?;
    assert_eq!(grid.width(), 512 * 9);
    assert_rows("resnet18", "grid", 97, encode(&*grid))
}

#[test]
fn resnet34_equals_torchvision() -> Result<()> {
    resnet_equals_torchvision(34)
}

#[test]
fn resnet50_equals_torchvision_up_to_its_logits() -> Result<()> {
    resnet_equals_torchvision(50)?;
    let dims = ImageEncoderDims { input_size: 224 };
    let classifier = resnet(50).classifier(1000, &dims, formula::builder())?;
    assert_rows("resnet50", "logits", 224, |x| classifier.classify(x))
}

#[test]
fn tuned_resnets_have_torchvision_s_gradients() -> Result<()> {
    let (dims, preprocessing) = of_side(64);
    for (depth, train, gradients) in [(50, 1, 3), (18, 5, 6)] {
        let config = ResnetConfig { train, preprocessing, ..resnet(depth) };
        let rule = config.clone();
        let store = ParamStore::new(1, &Device::Cpu);
        let trains = move |name: &str| rule.is_trainable(name);
        let builder = WeightsBuilder::partly(&store, "", Weights::Formula, trains);
        let encoder = builder.build(&[], |vb| config.build(&dims, vb))?;
        let network = format!("resnet{depth}");
        let compared = assert_gradients(&network, &store, &*encoder, &pictures(64)?)?;
        assert_eq!(compared.len(), gradients, "{compared:?}");
    }
    Ok(())
}

#[test]
fn mobilenet_v2_equals_torchvision_up_to_its_logits() -> Result<()> {
    let config = MobilenetV2Config::default();
    let dims = ImageEncoderDims { input_size: 224 };
    let encoder = config.build(&dims, formula::builder())?;
    assert_rows("mobilenet_v2", "vectors", 224, encode(&*encoder))?;
    let classifier = config.classifier(1000, &dims, formula::builder())?;
    assert_rows("mobilenet_v2", "logits", 224, |x| classifier.classify(x))?;
    let (dims, preprocessing) = of_side(97);
    let config = MobilenetV2Config { preprocessing, ..config };
    let odd = config.build(&dims, formula::builder())?;
    assert_rows("mobilenet_v2", "odd_side", 97, encode(&*odd))
}

#[test]
fn mobilenet_v2_equals_tensorflow_s_as_transformers_has_it() -> Result<()> {
    for side in [224, 97] {
        let (dims, preprocessing) = of_side(side);
        let config = MobilenetV2Config {
            padding: MobilenetPadding::TensorflowSame,
            norm_epsilon: 1e-3,
            preprocessing,
            ..MobilenetV2Config::default()
        };
        let network = "mobilenet_v2_tensorflow";
        let encoder = config.build(&dims, formula::builder())?;
        assert_rows(network, &format!("side_{side}"), side, encode(&*encoder))?;
        if side == 224 {
            let classifier = config.classifier(1001, &dims, formula::builder())?;
            assert_rows(network, "logits", side, |x| classifier.classify(x))?;
        }
    }
    Ok(())
}

#[test]
fn a_tuned_mobilenet_v2_has_torchvision_s_gradients() -> Result<()> {
    let (dims, preprocessing) = of_side(64);
    for (train, gradients) in [(2, 3), (19, 6)] {
        let config = MobilenetV2Config { train, preprocessing, ..MobilenetV2Config::default() };
        let rule = config.clone();
        let store = ParamStore::new(1, &Device::Cpu);
        let trains = move |name: &str| rule.is_trainable(name);
        let builder = WeightsBuilder::partly(&store, "", Weights::Formula, trains);
        let encoder = builder.build(&[], |vb| config.build(&dims, vb))?;
        let network = "mobilenet_v2";
        let compared = assert_gradients(network, &store, &*encoder, &pictures(64)?)?;
        assert_eq!(compared.len(), gradients, "{compared:?}");
    }
    Ok(())
}

/// One set of weights for all: to make 88 million numbers by the formula takes longer than to run
/// the network.
#[test]
fn clip_s_picture_tower_equals_transformers_in_vectors_and_gradients() -> Result<()> {
    let dims = ImageEncoderDims { input_size: 224 };
    let config = ClipVisionConfig { train: 13, ..ClipVisionConfig::default() };
    let rule = config.clone();
    let store = ParamStore::new(1, &Device::Cpu);
    let trains = move |name: &str| rule.is_trainable(name);
    let builder = WeightsBuilder::partly(&store, "", Weights::Formula, trains);
    let encoder = builder.build(&[], |vb| config.build(&dims, vb))?;
    assert_eq!((encoder.width(), config.width()), (512, 512));
    assert_rows("clip", "vectors", 224, encode(&*encoder))?;
    let first = pictures(224)?.narrow(0, 0, 1)?;
    let compared = assert_gradients("clip", &store, &*encoder, &first)?;
    assert_eq!(compared.len(), 9, "{compared:?}");
    let config = ClipVisionConfig { output: ClipOutput::Class, ..config };
    let same = VarBuilder::from_tensors(store.tensors(), DType::F32, &Device::Cpu);
    let encoder = config.build(&dims, same)?;
    assert_eq!((encoder.width(), config.width()), (768, 768));
    assert_rows("clip", "class", 224, encode(&*encoder))
}
