//! The network with weights of the formula: sizes, names, and what a picture becomes.

use super::*;
use crate::self_test::Comparison;
use std::collections::HashMap;
use story_encoders::weights::formula as weights_formula;

fn network(variant: YoloxVariant) -> Result<Network> {
    Network::new(variant, COCO_CATEGORIES.len(), &weights_formula::builder())
}

#[test]
fn every_variant_has_its_published_number_of_parameters() -> Result<()> {
    // The published tables, in millions, rounded as there.
    for (variant, millions) in [
        (YoloxVariant::Nano, "0.91"),
        (YoloxVariant::Tiny, "5.06"),
        (YoloxVariant::S, "9.0"),
        (YoloxVariant::M, "25.3"),
        (YoloxVariant::L, "54.2"),
        (YoloxVariant::X, "99.1"),
    ] {
        let store = ParamStore::new(1, &Device::Cpu);
        Network::new(variant, COCO_CATEGORIES.len(), &store.builder())?;
        let count: usize = store.named().iter().map(|(_, var)| var.elem_count()).sum();
        assert_eq!(count, formula::golden(variant)?.parameters, "{variant:?}");
        let digits = millions.split_once('.').map_or(0, |(_, part)| part.len());
        assert_eq!(format!("{:.digits$}", count as f64 / 1e6), millions, "{variant:?}");
    }
    Ok(())
}

#[test]
fn every_stage_is_megvii_s() -> Result<()> {
    // The largest is run by `story detect --self-test --detector yolox-x`.
    for variant in [YoloxVariant::Nano, YoloxVariant::S, YoloxVariant::M] {
        let stages = formula_stages(variant)?;
        assert_eq!(stages.len(), 3);
        for stage in &stages {
            println!("{variant:?} {:20} {:.1e}", stage.stage, stage.difference);
        }
        assert!(stages.iter().all(Comparison::passes), "{stages:#?}");
    }
    Ok(())
}

#[test]
fn a_row_of_each_place_and_a_batch_as_its_pictures() -> Result<()> {
    let network = network(YoloxVariant::Nano)?;
    let images = (weights_formula::tensor("images", &[2, 3, 64, 96])? * 255.0)?;
    let both = network.forward(&images)?;
    assert_eq!(both.dims(), [2, 96 + 24 + 6, 85]);
    let second = network.forward(&images.narrow(0, 1, 1)?.contiguous()?)?;
    story_core::conformance::same_numbers("second", &second, &both.narrow(0, 1, 1)?);
    Ok(())
}

#[test]
fn names_are_found_again_and_ranges_checked() {
    for variant in YoloxVariant::ALL {
        assert_eq!(YoloxVariant::named(variant.name()), Some(variant));
    }
    assert_eq!(YoloxVariant::named("yolox"), None);
    // The published demonstration's and evaluation's.
    let evaluation = Keep { min_score: 0.01, max_iou: 0.65 };
    assert!(Keep::DEMO.check().is_ok() && evaluation.check().is_ok());
    for (min_score, max_iou) in [(-0.1, 0.5), (0.5, 1.1), (f32::NAN, 0.5)] {
        assert!(Keep { min_score, max_iou }.check().is_err());
    }
}

#[test]
fn a_state_dict_with_the_published_names_gives_its_network() -> Result<()> {
    let classes = COCO_CATEGORIES.len();
    let store = ParamStore::new(1, &Device::Cpu);
    Network::new(YoloxVariant::Nano, classes, &store.builder())?;
    let mut tensors = HashMap::new();
    for (name, var) in store.named() {
        let mut names = vec![name.clone()];
        if let Some(norm) = name.strip_suffix("bn.bias") {
            let leaves = ["running_mean", "running_var", "num_batches_tracked"];
            names.extend(leaves.map(|leaf| format!("{norm}bn.{leaf}")));
        }
        for name in names {
            tensors.insert(name.clone(), weights_formula::tensor(&name, var.dims())?);
        }
    }
    assert!(tensors.contains_key("backbone.backbone.dark5.1.conv2.conv.weight"));
    assert!(tensors.contains_key("head.cls_convs.2.1.dconv.bn.running_var"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("yolox_nano.safetensors");
    candle_core::safetensors::save(&tensors, &path)?;
    let open = |variant| Yolox::open(variant, &path, Keep::DEMO, &Device::Cpu);
    let images = (weights_formula::tensor("images", &[1, 3, 64, 64])? * 255.0)?;
    let found = open(YoloxVariant::Nano)?.network.forward(&images)?;
    let expected = network(YoloxVariant::Nano)?.forward(&images)?;
    story_core::conformance::same_numbers("opened", &expected, &found);
    let error = open(YoloxVariant::Tiny).err().expect("another network");
    let message = error.to_string();
    for part in ["yolox_nano.safetensors", "of another shape", "`backbone.", "expected ["] {
        assert!(message.contains(part), "{part}: {message}");
    }
    Ok(())
}
