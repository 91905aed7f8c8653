//! DINOv2 against transformers, full size, on weights from one formula (`tools/golden/dinov2.py`
//! wrote the results).

use super::image_published::{assert_gradients, assert_rows, encode, of_side, pictures};
use candle_core::{DType, Device, Tensor};
use std::collections::BTreeMap;
use story_core::{ParamStore, Result};
use story_encoders::image::Dinov2Output;
use story_encoders::weights::{LoadedWeights, Weights, formula};
use story_encoders::{
    Dinov2Config, ImageEncoderConfig, ImageEncoderDims, Preprocessing, Pretrained,
};
use story_pictures::{Fit, Interpolation, ShorterSide};

const OUTPUTS: [(Dinov2Output, &str); 2] =
    [(Dinov2Output::Class, "class"), (Dinov2Output::Mean, "mean")];

#[test]
fn dinov2_equals_transformers() -> Result<()> {
    let dims = ImageEncoderDims { input_size: 224 };
    for (output, part) in OUTPUTS {
        let config = Dinov2Config { output, ..Dinov2Config::default() };
        let encoder = config.build(&dims, formula::builder())?;
        assert_eq!((encoder.width(), config.width()), (384, 384));
        assert_rows("dinov2_small", part, 224, encode(&*encoder))?;
    }
    Ok(())
}

#[test]
fn positions_fit_pictures_of_any_size() -> Result<()> {
    for side in [70, 42, 98] {
        let (dims, preprocessing) = of_side(side);
        for (output, part) in OUTPUTS {
            let small = Dinov2Config { layers: 2, pretrained_size: 70, ..Dinov2Config::default() };
            let config = Dinov2Config { output, preprocessing, ..small };
            let encoder = config.build(&dims, formula::builder())?;
            assert_rows(&format!("dinov2_70_at_{side}"), part, side, encode(&*encoder))?;
        }
    }
    Ok(())
}

#[test]
fn tuned_layers_have_transformers_gradients() -> Result<()> {
    let dims = ImageEncoderDims { input_size: 224 };
    for (train, gradients) in [(1, 5), (13, 10)] {
        let config = Dinov2Config { train, ..Dinov2Config::default() };
        let store = ParamStore::new(1, &Device::Cpu);
        let encoder = ImageEncoderConfig::Dinov2(config);
        let encoder = encoder.open(&dims, Weights::Formula, &store, "")?;
        let picture = pictures(224)?.narrow(0, 0, 1)?;
        let compared = assert_gradients("dinov2_small", &store, &*encoder, &picture)?;
        assert_eq!(compared.len(), gradients, "{compared:?}");
    }
    Ok(())
}

#[test]
fn a_published_file_is_accounted_for() -> Result<()> {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../golden/dinov2.json")).expect("whole");
    let names: Vec<String> =
        serde_json::from_value(golden["names"].clone()).expect("names of parameters");
    let config = Dinov2Config { layers: 1, ..Dinov2Config::default() };
    let dims = ImageEncoderDims { input_size: 224 };
    let shapes = ParamStore::new(1, &Device::Cpu);
    config.build(&dims, shapes.builder())?;
    let shapes: BTreeMap<String, Tensor> = shapes.tensors().into_iter().collect();
    let open = |prefix: &str, gap: &str| -> Result<()> {
        let mut file: BTreeMap<String, Tensor> = BTreeMap::new();
        for name in names.iter().filter(|name| name.as_str() != gap) {
            let tensor = match shapes.get(name) {
                Some(tensor) => tensor.clone(),
                None => Tensor::zeros((1, 384), DType::F32, &Device::Cpu)?,
            };
            file.insert(format!("{prefix}{name}"), tensor);
        }
        let weights = Weights::Loaded(LoadedWeights::from_tensors(file, "a file")?);
        let encoder = ImageEncoderConfig::Dinov2(config.clone());
        let store = ParamStore::new(2, &Device::Cpu);
        encoder.open(&dims, weights, &store, "image_encoder").map(drop)
    };
    assert!(names.contains(&"embeddings.mask_token".to_string()), "it is in the file");
    open("", "nothing")?;
    open("dinov2.", "nothing")?;
    for gap in ["encoder.layer.0.layer_scale1.lambda1", "embeddings.cls_token"] {
        let message = open("", gap).expect_err("a gap").to_string();
        assert!(message.contains(gap), "{message}");
    }
    Ok(())
}

#[test]
fn the_top_layers_train_and_the_last_norm_with_them() {
    let trains = |train: usize, name: &str| {
        Dinov2Config { train, ..Dinov2Config::default() }.is_trainable(name)
    };
    let (top, bottom) = ("encoder.layer.11.mlp.fc1.bias", "encoder.layer.0.norm1.weight");
    for (train, names) in [
        (0, vec![]),
        (1, vec!["layernorm.bias", top]),
        (12, vec!["layernorm.bias", top, bottom]),
        (13, vec!["layernorm.bias", top, bottom, "embeddings.position_embeddings"]),
    ] {
        let all = ["layernorm.bias", top, bottom, "embeddings.position_embeddings", "layernorms.x"];
        let found: Vec<&str> = all.into_iter().filter(|name| trains(train, name)).collect();
        assert_eq!(found, names, "train = {train}");
    }
}

#[test]
fn pictures_are_prepared_as_facebook_dinov2_small_says() {
    let config = ImageEncoderConfig::named("dinov2-small").expect("a published network");
    let expected = Preprocessing {
        size: 224,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        fit: Fit::Shorter(ShorterSide {
            side: 256,
            crop: 224,
            interpolation: Interpolation::Bicubic,
        }),
    };
    assert_eq!(config.preprocessing(), Some(&expected));
}

#[test]
fn patches_that_do_not_fill_the_picture_are_config_errors() {
    let store = ParamStore::new(1, &Device::Cpu);
    let (dims, preprocessing) = of_side(100);
    let config = Dinov2Config { preprocessing, ..Dinov2Config::default() };
    let message = config.build(&dims, store.builder()).err().expect("100 is no multiple of 14");
    assert!(message.to_string().contains("patch") && message.to_string().contains("100"));
    let config = Dinov2Config { pretrained_size: 500, ..Dinov2Config::default() };
    let dims = ImageEncoderDims { input_size: 224 };
    let message = config.build(&dims, store.builder()).err().expect("nor is 500");
    assert!(message.to_string().contains("pretrained_size"), "{message}");
}
