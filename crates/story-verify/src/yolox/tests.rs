//! The network with weights of the formula: sizes, names, and what a picture becomes.

use super::*;
use std::collections::HashMap;
use story_encoders::weights::formula;

fn network(variant: YoloxVariant) -> Result<Network> {
    Network::new(variant, COCO_CATEGORIES.len(), &formula::builder())
}

#[test]
fn every_variant_has_its_published_number_of_parameters() -> Result<()> {
    // The published tables, in millions, rounded as there.
    for (variant, millions) in [
        (YoloxVariant::Nano, "0.91"),
        (YoloxVariant::Tiny, "5.06"),
        (YoloxVariant::S, "9.0"),
    ] {
        let store = ParamStore::new(1, &Device::Cpu);
        Network::new(variant, COCO_CATEGORIES.len(), &store.builder())?;
        let count: usize = store.named().iter().map(|(_, var)| var.elem_count()).sum();
        let digits = millions.len() - 2;
        assert_eq!(
            format!("{:.digits$}", count as f64 / 1e6),
            millions,
            "{variant:?}"
        );
    }
    Ok(())
}

#[test]
fn a_row_of_each_place_and_a_batch_as_its_pictures() -> Result<()> {
    let network = network(YoloxVariant::Nano)?;
    let images = (formula::tensor("images", &[2, 3, 64, 96])? * 255.0)?;
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
    assert!(Keep::DEMO.check().is_ok() && Keep::EVALUATION.check().is_ok());
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
            tensors.insert(name.clone(), formula::tensor(&name, var.dims())?);
        }
    }
    assert!(tensors.contains_key("backbone.backbone.dark5.1.conv2.conv.weight"));
    assert!(tensors.contains_key("head.cls_convs.2.1.dconv.bn.running_var"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("yolox_nano.safetensors");
    candle_core::safetensors::save(&tensors, &path)?;
    let open = |variant| {
        let decode = |_: &[u8]| Err(Error::Data("no pictures here".into()));
        Yolox::open(variant, &path, Keep::DEMO, &Device::Cpu, Box::new(decode))
    };
    let images = (formula::tensor("images", &[1, 3, 64, 64])? * 255.0)?;
    let found = open(YoloxVariant::Nano)?.network.forward(&images)?;
    let expected = network(YoloxVariant::Nano)?.forward(&images)?;
    story_core::conformance::same_numbers("opened", &expected, &found);
    let error = open(YoloxVariant::Tiny).err().expect("another network");
    assert!(
        error
            .to_string()
            .contains("backbone.backbone.stem.conv.conv.weight")
    );
    Ok(())
}
