//! The conformance suite over all picture encoders.

use candle_core::{DType, Device, Tensor};
use story_core::conformance::{self, weight};
use story_core::{Error, ImageEncoder, ParamStore, Pass, Result};
use story_encoders::image::ClipOutput;
use story_encoders::{ImageEncoderConfig, ImageEncoderDims, Preprocessing};
use story_pictures::Fit;

const DIMS: ImageEncoderDims = ImageEncoderDims { input_size: 96 };
const PICTURES: usize = 3;
const TRAIN: Pass = Pass::Train { seed: 5 };

fn built(config: &ImageEncoderConfig, seed: u64) -> Result<(ParamStore, Box<dyn ImageEncoder>)> {
    let store = ParamStore::new(seed, &Device::Cpu);
    let encoder = config.build(&DIMS, store.builder())?;
    Ok((store, encoder))
}

/// Every registered encoder, published networks with few channels: their full size is compared in
/// `image_published`.
fn small() -> Vec<ImageEncoderConfig> {
    let mut all = ImageEncoderConfig::all();
    for config in &mut all {
        super::config_is_strict(config.kind(), config);
        let size = |preprocessing: &mut Preprocessing| {
            (preprocessing.size, preprocessing.fit) = (DIMS.input_size, Fit::Stretch);
        };
        match config {
            ImageEncoderConfig::CompactCnn(_) => {}
            ImageEncoderConfig::Resnet(config) => {
                config.channels = 8;
                size(&mut config.preprocessing);
            }
            ImageEncoderConfig::MobilenetV2(config) => {
                config.width_multiplier = 0.25;
                size(&mut config.preprocessing);
            }
            ImageEncoderConfig::ClipVision(config) => {
                (config.width, config.heads, config.feed_forward) = (32, 4, 64);
                (config.layers, config.projection) = (2, 16);
                assert_eq!(config.output, ClipOutput::Projected);
                size(&mut config.preprocessing);
            }
        }
    }
    all
}

fn pictures() -> Result<Tensor> {
    let shape = (PICTURES, 3, DIMS.input_size, DIMS.input_size);
    let values: Vec<f32> = (0..PICTURES * 3 * DIMS.input_size * DIMS.input_size)
        .map(|index| 3.0 * weight(index))
        .collect();
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

#[test]
fn every_picture_encoder_conforms() -> Result<()> {
    for config in small() {
        let kind = config.kind();
        let (store, encoder) = built(&config, 1)?;
        let images = pictures()?;
        let output = encoder.encode(&images, &TRAIN)?;
        conformance::shape_is(kind, &output, &[PICTURES, encoder.width()]);
        conformance::all_finite(kind, &output);
        let loss = conformance::weighted_sum(&output)?;
        conformance::every_parameter_gets_a_gradient(kind, &store, &loss);
        conformance::batch_equals_singles(kind, PICTURES, |rows| {
            encoder.encode(&images.narrow(0, rows.start, rows.len())?, &Pass::Eval)
        });
        conformance::same_seed_same_numbers(kind, |seed| {
            built(&config, seed)?.1.encode(&images, &TRAIN)
        });
    }
    Ok(())
}

#[test]
fn extreme_pictures_give_finite_vectors() -> Result<()> {
    for config in small() {
        let (_, encoder) = built(&config, 1)?;
        for scale in [0.0, 1e6] {
            let output = encoder.encode(&(pictures()? * scale)?, &Pass::Eval)?;
            conformance::all_finite(config.kind(), &output);
        }
    }
    Ok(())
}

#[test]
fn names_of_parameters_are_stable() -> Result<()> {
    for config in ImageEncoderConfig::all() {
        let expected: &[&str] = match config {
            // Published names: `image_published` compares them with the networks' own.
            ImageEncoderConfig::Resnet(_)
            | ImageEncoderConfig::MobilenetV2(_)
            | ImageEncoderConfig::ClipVision(_) => continue,
            ImageEncoderConfig::CompactCnn(_) => &[
                "output.bias",
                "output.weight",
                "stages.0.bias",
                "stages.0.weight",
                "stages.1.bias",
                "stages.1.weight",
                "stages.2.bias",
                "stages.2.weight",
                "stages.3.bias",
                "stages.3.weight",
            ],
        };
        let (store, _) = built(&config, 1)?;
        conformance::parameter_names_are_stable(config.kind(), &store, expected);
    }
    Ok(())
}

#[test]
fn pictures_of_another_size_are_errors() -> Result<()> {
    for config in small() {
        let (_, encoder) = built(&config, 1)?;
        for shape in [vec![1, 3, 96, 95], vec![1, 1, 96, 96], vec![3, 96, 96], vec![0, 3, 96, 96]] {
            let pictures = Tensor::zeros(shape.clone(), DType::F32, &Device::Cpu)?;
            let outcome = encoder.encode(&pictures, &Pass::Eval);
            assert!(outcome.is_err(), "{}: {shape:?}", config.kind());
        }
        let dims = ImageEncoderDims { input_size: 97 };
        let store = ParamStore::new(1, &Device::Cpu);
        let message = match config.build(&dims, store.builder()) {
            Err(Error::Config(message)) => message,
            other => panic!("{}: {:?}", config.kind(), other.err()),
        };
        assert!(message.contains("96") && message.contains("97"), "{message}");
    }
    Ok(())
}
