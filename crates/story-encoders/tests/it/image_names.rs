//! Names of the published picture encoders: those that other publishers give (see
//! `tools/golden/image_encoders.py`), those of parameters, those that train, and those of a file.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use serde::Deserialize;
use std::collections::BTreeMap;
use story_core::{Error, ImageEncoder, ParamStore, Result};
use story_encoders::weights::{LoadedWeights, Weights, WeightsBuilder};
use story_encoders::{
    ClipVisionConfig, ImageEncoderDims, MobilenetV2Config, Preprocessing, Pretrained, ResnetConfig,
};

#[derive(Deserialize)]
struct Names {
    pairs: BTreeMap<String, Vec<(String, String)>>,
    parameters: BTreeMap<String, Vec<String>>,
}

fn names() -> Names {
    serde_json::from_str(include_str!("../golden/image_names.json")).expect("whole")
}

fn resnet(depth: usize) -> ResnetConfig {
    ResnetConfig { depth, ..ResnetConfig::default() }
}

#[test]
fn names_of_other_publishers_become_torchvision_s() {
    let names = names();
    let (resnet, mobilenet) = (resnet(50), MobilenetV2Config::default());
    assert_eq!(names.pairs.len(), 3);
    for (network, pairs) in names.pairs {
        let rename = |name: &str| match network.starts_with("resnet") {
            true => resnet.rename(name),
            false => mobilenet.rename(name),
        };
        for (theirs, ours) in pairs {
            assert_eq!(rename(&theirs), ours);
            assert_eq!(rename(&ours), ours, "our own names stay");
            let bare = theirs.split_once('.').expect("a path").1;
            if theirs.starts_with("resnet.") || theirs.starts_with("mobilenet_v2.") {
                assert_eq!(rename(bare), ours, "without the classifier's prefix");
            }
        }
        let foreign =
            ["encoder.stages.x.layers.0.shortcut.convolution.weight", "blocks.9.0.bn1.bias", ""];
        for foreign in foreign {
            assert_eq!(rename(foreign), foreign);
        }
    }
}

#[test]
fn parameters_have_the_published_names() -> Result<()> {
    let names = names();
    let dims = ImageEncoderDims { input_size: 224 };
    let built = |build: &dyn Fn(VarBuilder<'static>) -> Result<Box<dyn ImageEncoder>>| {
        let store = ParamStore::new(1, &Device::Cpu);
        let builder = WeightsBuilder::partly(&store, "", Weights::Formula, |_| true);
        builder.build(&[], build)?;
        let names: Vec<String> = store.named().into_iter().map(|(name, _)| name).collect();
        Ok::<_, Error>(names)
    };
    let without = |network: &str, head: &str| -> Vec<String> {
        let all = names.parameters[network].iter();
        all.filter(|name| !name.starts_with(head)).cloned().collect()
    };
    let (resnet, mobilenet) = (resnet(18), MobilenetV2Config::default());
    let found = built(&|vb| resnet.build(&dims, vb))?;
    assert_eq!(found, without("resnet18", "fc."));
    let found = built(&|vb| mobilenet.build(&dims, vb))?;
    assert_eq!(found, without("mobilenet_v2", "classifier."));
    let clip = ClipVisionConfig { layers: 1, ..ClipVisionConfig::default() };
    let found = built(&|vb| clip.build(&dims, vb))?;
    assert_eq!(found, without("clip", "none"));
    Ok(())
}

#[test]
fn the_last_stages_train_and_statistics_never() {
    let resnet = ResnetConfig { train: 2, ..resnet(50) };
    let mobilenet = MobilenetV2Config { train: 2, ..MobilenetV2Config::default() };
    let clip = ClipVisionConfig { train: 2, ..ClipVisionConfig::default() };
    let expect = |(r, m, c): (bool, bool, bool), names: &[&str]| {
        for name in names {
            assert_eq!(resnet.is_trainable(name), r, "ResNet: {name}");
            assert_eq!(mobilenet.is_trainable(name), m, "MobileNet: {name}");
            assert_eq!(clip.is_trainable(name), c, "CLIP: {name}");
        }
    };
    expect(
        (true, false, false),
        &["layer3.0.conv1.weight", "layer4.2.bn3.bias", "layer3.0.downsample.0.weight"],
    );
    expect((false, true, false), &["features.17.conv.0.0.weight", "features.18.1.bias"]);
    expect(
        (false, false, true),
        &[
            "vision_model.encoder.layers.10.mlp.fc1.bias",
            "vision_model.encoder.layers.11.layer_norm1.bias",
            "vision_model.post_layernorm.weight",
            "visual_projection.weight",
        ],
    );
    expect(
        (false, false, false),
        &[
            "conv1.weight",
            "layer2.0.conv1.weight",
            "layer4.2.bn3.running_mean",
            "layer4.2.bn3.num_batches_tracked",
            "layer5.0.conv1.weight",
            "fc.weight",
            "features.16.conv.0.0.weight",
            "features.18.1.running_var",
            "features.19.0.weight",
            "classifier.1.bias",
            "vision_model.encoder.layers.1.mlp.fc1.bias",
            "vision_model.encoder.layers.9.mlp.fc1.bias",
            "vision_model.embeddings.class_embedding",
            "vision_model.pre_layrnorm.weight",
            "text_model.encoder.layers.11.mlp.fc1.bias",
            "",
        ],
    );
    assert!(!ResnetConfig::default().is_trainable("layer4.1.conv2.weight"));
    let all = ResnetConfig { train: 5, ..resnet };
    assert!(all.is_trainable("conv1.weight") && all.is_trainable("bn1.bias"));
}

#[test]
fn a_published_file_is_accounted_for() -> Result<()> {
    const SIDE: usize = 64;
    let dims = ImageEncoderDims { input_size: SIDE };
    let config = ResnetConfig {
        channels: 8,
        preprocessing: Preprocessing { size: SIDE, ..Preprocessing::IMAGENET },
        ..resnet(18)
    };
    // A file as torchvision writes it, without the tensor `gap`.
    let load = |gap: &str| -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        config.build(&dims, store.builder())?;
        let mut tensors: BTreeMap<String, Tensor> = BTreeMap::new();
        for (name, tensor) in store.tensors() {
            if let Some(norm) = name.strip_suffix(".bias") {
                for statistics in ["running_mean", "running_var"] {
                    tensors.insert(format!("{norm}.{statistics}"), tensor.ones_like()?);
                }
                let count = Tensor::zeros((), DType::F32, &Device::Cpu)?;
                tensors.insert(format!("{norm}.num_batches_tracked"), count);
            }
            tensors.insert(name, tensor);
        }
        let classifier = Tensor::zeros((2, 64), DType::F32, &Device::Cpu)?;
        tensors.insert("fc.weight".into(), classifier);
        tensors.remove(gap);
        let weights = LoadedWeights::from_tensors(tensors, "a file")?;
        let weights = weights.rename(|name| Some(config.rename(name)))?;
        let ignored = config.ignored_names();
        let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
        let store = ParamStore::new(2, &Device::Cpu);
        let builder = WeightsBuilder::frozen(&store, "", weights);
        builder.build(&ignored, |vb| config.build(&dims, vb).map(drop))
    };
    load("nothing")?;
    for gap in ["layer4.1.bn2.running_var", "layer1.0.conv1.weight"] {
        let message = load(gap).expect_err("a gap").to_string();
        assert!(message.contains(gap), "{message}");
    }
    Ok(())
}
