//! What of the conformance suite applies to a loss, over all alignments.

use crate::{WINDOWS, frames, frames_with_other_padding, rows};
use candle_core::{Device, Tensor};
use story_align::{Alignment, AlignmentConfig};
use story_core::conformance;
use story_core::{Error, FrameEmbeddings, ParamStore, Result};

const STORIES: [u64; WINDOWS] = [4, 9, u64::MAX];

fn built(config: &AlignmentConfig) -> Result<(ParamStore, Box<dyn Alignment>)> {
    let store = ParamStore::new(1, &Device::Cpu);
    let alignment = config.build(&(), store.builder())?;
    Ok((store, alignment))
}

#[test]
fn every_alignment_conforms() -> Result<()> {
    for config in AlignmentConfig::all() {
        let kind = config.kind();
        crate::config_is_strict(kind, &config);
        let (store, alignment) = built(&config)?;
        let loss = alignment.loss(&frames()?, &STORIES)?.loss;
        conformance::shape_is(kind, &loss, &[]);
        conformance::all_finite(kind, &loss);
        conformance::every_parameter_gets_a_gradient(kind, &store, &loss);
        let padded = alignment.loss(&frames_with_other_padding()?, &STORIES)?.loss;
        conformance::padding_changes_nothing(kind, &loss, &padded);
        alignment.clamp_after_step(&store)?;
        let order = Tensor::new(&[2u32, 0, 1], &Device::Cpu)?;
        let moved = FrameEmbeddings::new(
            frames()?.image.index_select(&order, 0)?,
            frames()?.text.index_select(&order, 0)?,
            frames()?.image_mask.index_select(&order, 0)?,
            frames()?.text_mask.index_select(&order, 0)?,
        )?;
        let moved = alignment.loss(&moved, &[STORIES[2], STORIES[0], STORIES[1]])?;
        conformance::same_numbers("another order of windows", &loss, &moved.loss);
    }
    Ok(())
}

#[test]
fn names_of_parameters_are_stable() -> Result<()> {
    for config in AlignmentConfig::all() {
        let expected: &[&str] = match config {
            AlignmentConfig::InfoNce(_) => &["log_scale"],
            AlignmentConfig::None(_) => &[],
        };
        conformance::parameter_names_are_stable(config.kind(), &built(&config)?.0, expected);
    }
    Ok(())
}

#[test]
fn one_story_or_nothing_real_is_a_loss_of_zero_with_finite_gradients() -> Result<()> {
    for config in AlignmentConfig::all() {
        let (store, alignment) = built(&config)?;
        let blank = frames()?.image_mask.zeros_like()?;
        let nothing = FrameEmbeddings { image_mask: blank, ..frames()? };
        let one_window = rows(&frames()?, 0, 1)?;
        for (frames, stories) in
            [(nothing, &STORIES[..]), (frames()?, &[3; WINDOWS][..]), (one_window, &[3][..])]
        {
            let result = alignment.loss(&frames, stories)?;
            assert_eq!(result.loss.to_scalar::<f32>()?, 0.0, "{}", config.kind());
            let gradients = result.loss.backward()?;
            for (name, var) in store.named() {
                let gradient = gradients.get(&var).expect("the graph is whole");
                conformance::all_finite(&name, gradient);
            }
            if let Some(diagnostics) = result.diagnostics {
                assert_eq!(diagnostics.matching_accuracy()?, None);
            }
        }
    }
    Ok(())
}

#[test]
fn info_nce_reports_what_it_compared() -> Result<()> {
    for config in AlignmentConfig::all() {
        let (_, alignment) = built(&config)?;
        let frames = frames()?;
        let perfect = FrameEmbeddings { text: frames.image.clone(), ..frames };
        let diagnostics = alignment.loss(&perfect, &STORIES)?.diagnostics;
        let AlignmentConfig::InfoNce(_) = config else {
            assert!(diagnostics.is_none());
            continue;
        };
        let diagnostics = diagnostics.expect("pairs were compared");
        assert_eq!(diagnostics.matching_accuracy()?, Some(1.0));
        // Pairs are window by window; both real are 0 and 3 and 4.
        let compared = diagnostics.compared.sum(1)?.to_vec1::<f32>()?;
        assert_eq!(compared, [3.0, 0.0, 0.0, 3.0, 3.0, 0.0]);
        let own = diagnostics.similarity.get(0)?.get(0)?.to_scalar::<f32>()?;
        assert!((own - 1.0).abs() < 1e-5);
    }
    Ok(())
}

#[test]
fn a_story_for_each_window_is_expected() -> Result<()> {
    let config = AlignmentConfig::InfoNce(Default::default());
    let result = built(&config)?.1.loss(&frames()?, &[1]);
    assert!(matches!(result, Err(Error::Shape { .. })));
    Ok(())
}
