//! The conformance suite over all picture encoders.

use candle_core::{DType, Device, Tensor};
use story_core::conformance::{self, weight};
use story_core::{Error, ImageEncoder, ParamStore, Pass, Result};
use story_encoders::weights::Weights;
use story_encoders::{ImageEncoderConfig, ImageEncoderDims};

const DIMS: ImageEncoderDims = ImageEncoderDims { input_size: 96 };
const PICTURES: usize = 3;
const TRAIN: Pass = Pass::Train { seed: 5 };

fn built(config: &ImageEncoderConfig, seed: u64) -> Result<(ParamStore, Box<dyn ImageEncoder>)> {
    let store = ParamStore::new(seed, &Device::Cpu);
    let encoder = config.build(&DIMS, store.builder())?;
    Ok((store, encoder))
}

/// Sizes of published networks here, by key: their full size is compared in `image_published`.
const SMALL: [(&str, usize); 7] = [
    ("channels", 8),
    ("patch", 16),
    ("width", 32),
    ("heads", 4),
    ("feed_forward", 64),
    ("layers", 2),
    ("projection", 16),
];

/// Every registered encoder, published networks in small and for small pictures.
fn small() -> Vec<ImageEncoderConfig> {
    let shrunk = |config: ImageEncoderConfig| {
        super::config_is_strict(config.kind(), &config);
        if config.pretrained().is_none() {
            return config;
        }
        let mut value = serde_json::to_value(config).expect("a config can be written");
        value["preprocessing"]["crop"] = DIMS.input_size.into();
        let table = value.as_object_mut().expect("a table");
        let mut set = |key: &str, small: serde_json::Value| {
            if let Some(value) = table.get_mut(key) {
                *value = small;
            }
        };
        for (key, small) in SMALL {
            set(key, small.into());
        }
        set("width_multiplier", 0.25.into());
        set("pretrained_size", (DIMS.input_size / 2).into());
        serde_json::from_value(value).expect("a config of the same keys")
    };
    ImageEncoderConfig::all().into_iter().map(shrunk).collect()
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
            // Published names: `image_names` compares them with the networks' own.
            _ => continue,
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

#[test]
fn a_published_encoder_says_what_it_is() -> Result<()> {
    for config in small() {
        let Some(network) = config.pretrained() else { continue };
        let (_, encoder) = built(&config, 1)?;
        assert_eq!(encoder.width(), network.width(), "{}", config.kind());
        let seen = network.preprocessing().expect("pictures are prepared");
        assert_eq!(seen.size, DIMS.input_size, "{}", config.kind());
        // All stages train, and no more than there are.
        for (train, works) in [(network.stages(), true), (network.stages() + 1, false)] {
            let mut value = serde_json::to_value(&config).expect("written");
            value["train"] = train.into();
            let config: ImageEncoderConfig = serde_json::from_value(value).expect("read");
            let store = ParamStore::new(1, &Device::Cpu);
            let outcome = config.open(&DIMS, Weights::Formula, &store, "x");
            assert_eq!(outcome.is_ok(), works, "{}: train = {train}", config.kind());
        }
    }
    Ok(())
}
