//! Published numbers for published inputs: whether the weights at hand are what they claim to be.
//!
//! DistilBERT: rows of the last states for fixed ids, from the tests of `transformers`. ResNet-50:
//! the first class scores of `microsoft/resnet-50` on COCO's picture 000000039769. CLIP: the scores
//! of two captions of that picture. The picture is not part of this program: name it.

use super::named::{self, tokenizer};
use crate::arguments::encode::SelfTestArguments;
use crate::console::{out, print_json};
use crate::failure::CheckFailed;
use crate::options;
use anyhow::{Context, Result, bail};
use candle_core::{Device, Tensor};
use serde::Serialize;
use story_core::{ParamStore, Vocabulary, layers};
use story_encoders::image::{ClipVisionConfig, ResnetConfig};
use story_encoders::text::{DistilBertConfig, SelfTest};
use story_encoders::weights::{Weights, WeightsBuilder};
use story_encoders::{
    ImageEncoderConfig, ImageEncoderDims, Preprocessing, Pretrained, TextEncoderConfig,
    TextEncoderDims,
};
use story_pictures::{Limits, Picture};
use story_run::Host;
use story_run::frozen::{FrozenImage, FrozenText, published_weights};

/// What `story encode self-test --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    encoder: &'a str,
    expected: &'a [f32],
    found: &'a [f32],
    largest_difference: f32,
    tolerance: f32,
    passes: bool,
}

/// Runs the self-test of the encoder that is named.
pub fn run(arguments: &SelfTestArguments) -> Result<()> {
    let host = &options::brief_host(&arguments.common);
    let (name, test, tolerance) = match arguments.encoder.encoder.as_str() {
        "distilbert" => ("distilbert", distilbert(arguments, host)?, SelfTest::TOLERANCE),
        // The scores are a hundred cosines: f32 and another resizing show in the second digit.
        "clip" => ("clip", clip(arguments, host)?, 5e-2),
        "resnet50" => ("resnet50", resnet50(arguments, host)?, 5e-2),
        other => {
            bail!("--encoder {other}: self-tests are known of distilbert, clip and resnet50")
        }
    };
    let passes = test.worst() <= tolerance;
    if arguments.common.json {
        print_json(
            "encode self-test",
            &Document {
                encoder: name,
                expected: &test.expected,
                found: &test.found,
                largest_difference: test.worst(),
                tolerance,
                passes,
            },
        )?;
    } else {
        out!("expected {:?}", test.expected);
        out!("found    {:?}", test.found);
        out!("largest difference {:.2e}, allowed {tolerance:.0e}", test.worst());
    }
    if !passes {
        return Err(CheckFailed(format!(
            "these are not the published weights of {name}, or something is wrong with the network"
        ))
        .into());
    }
    Ok(())
}

fn distilbert(arguments: &SelfTestArguments, host: &Host) -> Result<SelfTest> {
    let TextEncoderConfig::DistilBert(config) = named::text(&arguments.encoder)? else {
        bail!("--encoder distilbert names another encoder");
    };
    let weights = published_weights(&config.weights, host)?;
    let weights = renamed(weights, |name| config.rename(name))?;
    let store = ParamStore::new(0, &Device::Cpu);
    let dims = TextEncoderDims { vocabulary: vocabulary(&config) };
    let ignored = config.ignored_names();
    let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
    let builder = WeightsBuilder::frozen(&store, "", weights);
    let network = builder.build(&ignored, |vb| config.network(&dims, vb))?;
    Ok(SelfTest::distilbert(&network, &Device::Cpu)?)
}

/// The ids that BERT's published vocabulary gives its special tokens.
fn vocabulary(config: &DistilBertConfig) -> Vocabulary {
    Vocabulary { size: config.vocabulary, pad: 0, unknown: 100, start: 101, end: 102 }
}

fn resnet50(arguments: &SelfTestArguments, host: &Host) -> Result<SelfTest> {
    const CLASSES: usize = 1000;
    const EXPECTED: [f32; 3] = [-11.1069, -9.7877, -8.3777];
    let ImageEncoderConfig::Resnet(config) = named::image(&arguments.encoder)? else {
        bail!("--encoder resnet50 names another encoder");
    };
    let config = ResnetConfig {
        preprocessing: Preprocessing::IMAGENET_BICUBIC,
        weights: match arguments.encoder.weights {
            Some(_) => config.weights.clone(),
            None => named::hub("microsoft/resnet-50"),
        },
        ..config
    };
    let planes = config.preprocessing.planes(&picture(arguments)?)?;
    let weights = renamed(published_weights(&config.weights, host)?, |name| config.rename(name))?;
    let store = ParamStore::new(0, &Device::Cpu);
    let side = config.preprocessing.size;
    let dims = ImageEncoderDims { input_size: side };
    let builder = WeightsBuilder::frozen(&store, "", weights);
    let ignored = ["num_batches_tracked"];
    let network = builder.build(&ignored, |vb| config.classifier(CLASSES, &dims, vb))?;
    let images = Tensor::from_vec(planes, (1, 3, side, side), &Device::Cpu)?;
    let scores = network.classify(&images)?; // (1, classes)
    Ok(SelfTest {
        expected: EXPECTED.to_vec(),
        found: scores.narrow(1, 0, EXPECTED.len())?.squeeze(0)?.to_vec1()?,
    })
}

fn clip(arguments: &SelfTestArguments, host: &Host) -> Result<SelfTest> {
    const CAPTIONS: [&str; 2] = ["a photo of a cat", "a photo of a dog"];
    const EXPECTED: [f32; 2] = [24.5701, 19.3049];
    /// The published checkpoint's exp(logit_scale).
    const SCALE: f64 = 100.0;
    let (image, text) = (named::image(&arguments.encoder)?, named::text(&arguments.encoder)?);
    let ImageEncoderConfig::ClipVision(ClipVisionConfig { .. }) = &image else {
        bail!("--encoder clip names another encoder");
    };
    let tokenizer = tokenizer(&text, arguments.tokenizer.as_deref(), host)?;
    let most = named::positions(&text);
    let image = FrozenImage::open(&image, 0, host)?;
    let text = FrozenText::open(&text, tokenizer, most, 0, host)?;
    let picture = image.encode_planes(vec![image.planes(&picture(arguments)?)?])?; // (1, D)
    let captions = text.encode(&CAPTIONS)?; // (2, D)
    let cosines = layers::l2_normalize(&picture)?
        .matmul(&layers::l2_normalize(&captions)?.t()?.contiguous()?)?; // (1, 2)
    Ok(SelfTest { expected: EXPECTED.to_vec(), found: (cosines * SCALE)?.squeeze(0)?.to_vec1()? })
}

fn picture(arguments: &SelfTestArguments) -> Result<Picture> {
    let [path] = arguments.input.as_slice() else {
        bail!("--input: name COCO's picture 000000039769.jpg or .png (val2017)");
    };
    let place = || path.display().to_string();
    let bytes = std::fs::read(path).with_context(place)?;
    Picture::decode(&bytes, Limits::default()).with_context(place)
}

fn renamed(weights: Weights, name: impl Fn(&str) -> String) -> Result<Weights> {
    Ok(match weights {
        Weights::Loaded(weights) => Weights::Loaded(weights.rename(|old| Some(name(old)))?),
        other => other,
    })
}
