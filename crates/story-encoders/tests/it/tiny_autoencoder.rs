//! TAESD's family against its authors' own module (`tools/golden/tiny_autoencoder.py`), on weights by
//! formula and, where they are there, on the published ones.

use crate::image_real::shared;
use candle_core::{Device, Tensor};
use serde::Deserialize;
use std::collections::BTreeMap;
use story_core::{Error, ParamStore, Result};
use story_encoders::tiny_autoencoder::{Half, TinyAutoencoder, TinyAutoencoderKind};
use story_encoders::weights::{LoadedWeights, formula};

const GOLDEN: &str = include_str!("../golden/tiny_autoencoder.json");
const HALVES: [(&str, Half); 2] = [("encoder", Half::Encoder), ("decoder", Half::Decoder)];
/// The decoder's last convolution, whose numbers the script makes small.
const LAST: &str = "decoder.19";
const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Golden {
    formula: BTreeMap<String, Outputs>,
    published: Outputs,
}

#[derive(Deserialize)]
struct Outputs {
    latents: Summary,
    picture: Summary,
}

#[derive(Deserialize)]
struct Summary {
    first: Vec<f64>,
    products: Vec<f64>,
}

impl Summary {
    fn check(&self, what: &str, found: &Tensor) -> Result<()> {
        let found = found.flatten_all()?;
        let values = found.to_vec1::<f32>()?;
        let scale = values.iter().fold(1f32, |most, value| most.max(value.abs()));
        let close = |what: String, expected: f64, found: f64, scale: f64| {
            let apart = (expected - found).abs();
            assert!(apart <= TOLERANCE * scale, "{what}: PyTorch {expected}, ours {found}");
        };
        for (place, expected) in self.first.iter().enumerate() {
            let what = format!("{what}[{place}]");
            close(what, *expected, f64::from(values[place]), f64::from(scale));
        }
        for (place, expected) in self.products.iter().enumerate() {
            let vector = formula::tensor(&format!("projection.{place}.bias"), &[values.len()])?;
            let vector = vector.to_vec1::<f32>()?;
            let product: f64 =
                vector.iter().zip(&values).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            let size = f64::from(scale) * (values.len() as f64).sqrt();
            close(format!("{what}, product {place}"), *expected, product, size);
        }
        Ok(())
    }
}

fn picture(height: usize, width: usize) -> Result<Tensor> {
    let mut values = Vec::new();
    for color in 0..3 {
        for y in 0..height {
            for x in 0..width {
                let (c, y, x) = (f64::from(color) + 1.0, y as f64, x as f64);
                let phase = 0.11 * c + 0.137 * y + 0.253 * x + 0.007 * x * y * c;
                values.push((0.5 + 0.5 * phase.sin()) as f32);
            }
        }
    }
    Ok(Tensor::from_vec(values, (1, 3, height, width), &Device::Cpu)?)
}

fn zeros(kind: TinyAutoencoderKind) -> Result<(ParamStore, TinyAutoencoder)> {
    let store = ParamStore::new(1, &Device::Cpu);
    let autoencoder = TinyAutoencoder::new(kind, &store.builder())?;
    Ok((store, autoencoder))
}

#[test]
fn every_sibling_equals_its_authors_module() -> Result<()> {
    let golden: Golden = serde_json::from_str(GOLDEN).expect("golden file");
    assert_eq!(golden.formula.len(), 4);
    for (name, expected) in &golden.formula {
        let kind = serde_json::from_str(&format!("\"{name}\"")).expect("a kind");
        let (store, autoencoder) = zeros(kind)?;
        for (half, of) in HALVES {
            let prefix = format!("{half}.");
            let tensors = store.named().into_iter().filter_map(|(name, var)| {
                let published = name.strip_prefix(&prefix)?.to_string();
                let values = formula::tensor(&name, var.dims()).and_then(|values| {
                    Ok(match name.strip_prefix(LAST) {
                        Some(".weight") => (values * 0.01)?,
                        Some(".bias") => (values + 0.5)?,
                        _ => values,
                    })
                });
                Some((published, values.expect("numbers")))
            });
            kind.load(of, LoadedWeights::from_tensors(tensors, "formula")?, &store, half)?;
        }
        let latents = autoencoder.encode(&picture(16, 24)?)?;
        assert_eq!(latents.dims(), [1, kind.channels(), 2, 3]);
        expected.latents.check(&format!("{name}, latents"), &latents)?;
        expected.picture.check(&format!("{name}, picture"), &autoencoder.decode(&latents)?)?;
    }
    Ok(())
}

#[test]
fn published_weights_equal_pytorch() -> Result<()> {
    let (Some(encoder), Some(decoder)) =
        (shared("weights/taef2_encoder.pth"), shared("weights/taef2_decoder.pth"))
    else {
        return Ok(());
    };
    let kind = TinyAutoencoderKind::Taef2;
    let (store, autoencoder) = zeros(kind)?;
    for ((half, of), file) in HALVES.into_iter().zip([encoder.clone(), decoder]) {
        kind.load(of, LoadedWeights::read(&[file])?, &store, half)?;
    }
    let golden: Golden = serde_json::from_str(GOLDEN).expect("golden file");
    let latents = autoencoder.encode(&picture(64, 48)?)?;
    golden.published.latents.check("latents", &latents)?;
    golden.published.picture.check("picture", &autoencoder.decode(&latents)?)?;
    // One half's weights for the other, and those of a sibling with fewer channels.
    let wrong = [(kind, Half::Decoder), (TinyAutoencoderKind::Taef1, Half::Encoder)];
    for (kind, half) in wrong {
        let (store, _) = zeros(kind)?;
        let weights = LoadedWeights::read(std::slice::from_ref(&encoder))?;
        let refused = kind.load(half, weights, &store, "encoder").err();
        let message = refused.expect("another network").to_string();
        assert!(message.contains("taef2_encoder.pth"), "{message}");
        assert!(message.contains("not those of this network"), "{message}");
    }
    Ok(())
}

#[test]
fn a_picture_that_is_not_halved_three_times_is_refused() -> Result<()> {
    let (_, autoencoder) = zeros(TinyAutoencoderKind::Taesd)?;
    let refused = autoencoder.encode(&picture(16, 20)?).err();
    assert!(matches!(refused, Some(Error::Config(message)) if message.contains("16 x 20")));
    Ok(())
}
