//! The conformance suite over all picture encoders.

use candle_core::{Device, Tensor};
use story_core::conformance::{self, weight};
use story_core::{ImageEncoder, ParamStore, Pass, Result};
use story_encoders::{ImageEncoderConfig, ImageEncoderDims};

const DIMS: ImageEncoderDims = ImageEncoderDims { input_size: 96 };
const PICTURES: usize = 3;
const TRAIN: Pass = Pass::Train { seed: 5 };

fn built(config: &ImageEncoderConfig, seed: u64) -> Result<(ParamStore, Box<dyn ImageEncoder>)> {
    let store = ParamStore::new(seed, &Device::Cpu);
    let encoder = config.build(&DIMS, store.builder())?;
    Ok((store, encoder))
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
    for config in ImageEncoderConfig::all() {
        let kind = config.kind();
        super::config_is_strict(kind, &config);
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
    for config in ImageEncoderConfig::all() {
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
