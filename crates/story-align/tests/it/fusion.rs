//! The conformance suite over all fusions, and their blindness where a mask says so.

use crate::{FRAMES, WIDTH, WINDOWS, frames, frames_with_other_padding, rows, vectors};
use candle_core::Device;
use story_align::{FusionConfig, FusionDims};
use story_core::conformance;
use story_core::{Error, FrameEmbeddings, Fusion, ParamStore, Pass, Result};

const DIMS: FusionDims = FusionDims { width: WIDTH };
const TRAIN: Pass = Pass::Train { seed: 5 };

fn built(config: &FusionConfig, seed: u64) -> Result<(ParamStore, Box<dyn Fusion>)> {
    let store = ParamStore::new(seed, &Device::Cpu);
    let fusion = config.build(&DIMS, store.builder())?;
    Ok((store, fusion))
}

#[test]
fn every_fusion_conforms() -> Result<()> {
    for config in FusionConfig::all() {
        let kind = config.kind();
        crate::config_is_strict(kind, &config);
        let (store, fusion) = built(&config, 1)?;
        let output = fusion.fuse(&frames()?, &TRAIN)?;
        conformance::shape_is(kind, &output, &[WINDOWS, FRAMES, fusion.width()]);
        conformance::all_finite(kind, &output);
        let loss = conformance::weighted_sum(&output)?;
        conformance::every_parameter_gets_a_gradient(kind, &store, &loss);
        conformance::batch_equals_singles(kind, WINDOWS, |range| {
            fusion.fuse(&rows(&frames()?, range.start, range.len())?, &Pass::Eval)
        });
        let padded = fusion.fuse(&frames_with_other_padding()?, &TRAIN)?;
        conformance::padding_changes_nothing(kind, &output, &padded);
        conformance::same_seed_same_numbers(kind, |seed| {
            built(&config, seed)?.1.fuse(&frames()?, &TRAIN)
        });
    }
    Ok(())
}

#[test]
fn a_blind_fusion_sees_nothing_of_what_is_masked() -> Result<()> {
    let bits = |fusion: &dyn Fusion, frames: FrameEmbeddings| -> Result<Vec<f32>> {
        let output = fusion.fuse(&frames, &Pass::Eval)?;
        Ok(output.flatten_all()?.to_vec1()?)
    };
    for config in FusionConfig::all() {
        let (_, fusion) = built(&config, 1)?;
        let (a, b, text) = (vectors(1)?, vectors(9)?, vectors(2)?);
        let seen = frames()?.image_mask.ones_like()?;
        let blind = seen.zeros_like()?;
        let not_a_number = (&a * f64::NAN)?;
        let picture_blind = |image| -> Result<Vec<f32>> {
            let frames = FrameEmbeddings::new(image, text.clone(), blind.clone(), seen.clone())?;
            bits(fusion.as_ref(), frames)
        };
        assert_eq!(picture_blind(a.clone())?, picture_blind(b.clone())?);
        assert_eq!(picture_blind(a.clone())?, picture_blind(not_a_number)?);
        let text_blind = |text| -> Result<Vec<f32>> {
            let frames = FrameEmbeddings::new(a.clone(), text, seen.clone(), blind.clone())?;
            bits(fusion.as_ref(), frames)
        };
        assert_eq!(text_blind(text.clone())?, text_blind(b.clone())?);
        assert_ne!(text_blind(text.clone())?, picture_blind(a.clone())?);
    }
    Ok(())
}

#[test]
fn widths_that_do_not_fit_are_errors() -> Result<()> {
    let narrow = FusionDims { width: WIDTH - 1 };
    for config in FusionConfig::all() {
        let store = ParamStore::new(1, &Device::Cpu);
        let fusion = config.build(&narrow, store.builder())?;
        let result = fusion.fuse(&frames()?, &Pass::Eval);
        assert!(matches!(result, Err(Error::Shape { .. })), "{}", config.kind());
        for width in [0, usize::MAX] {
            let result = config.build(&FusionDims { width }, store.builder());
            assert!(matches!(result, Err(Error::Config(_))), "{}", config.kind());
        }
    }
    Ok(())
}

#[test]
fn names_of_parameters_are_stable() -> Result<()> {
    for config in FusionConfig::all() {
        let expected: &[&str] = match config {
            FusionConfig::Concat(_) => &["linear.bias", "linear.weight"],
            FusionConfig::Gated(_) => &["gate.bias", "gate.weight", "image.weight", "text.weight"],
        };
        let (store, _) = built(&config, 1)?;
        conformance::parameter_names_are_stable(config.kind(), &store, expected);
    }
    Ok(())
}
