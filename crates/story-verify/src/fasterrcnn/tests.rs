//! Against torchvision, stage by stage, and names old and new: `tools/golden/fasterrcnn.py` made the
//! numbers.

use super::*;
use crate::self_test::formula_picture;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Names {
    /// By COCO's original number.
    categories: Vec<String>,
    /// By today's names.
    shapes: BTreeMap<String, Vec<usize>>,
}

fn names() -> Names {
    serde_json::from_str(include_str!("../../tests/golden/fasterrcnn_names.json"))
        .expect("the golden file")
}

/// The name in the file that torchvision publishes.
fn old_name(name: &str) -> String {
    let renamed = ["rpn.head.conv.0.0.", "backbone.fpn."];
    if !renamed.iter().any(|start| name.starts_with(start)) {
        return name.to_string();
    }
    name.replace("conv.0.0.", "conv.").replace(".0.weight", ".weight").replace(".0.bias", ".bias")
}

fn open(names: &BTreeMap<String, Vec<usize>>) -> Result<FasterRcnn> {
    let tensors: Result<Vec<_>> = names
        .iter()
        .map(|(name, shape)| Ok((old_name(name), stages::tensor(name, shape)?)))
        .collect();
    let weights = LoadedWeights::from_tensors(tensors?, "formula")?;
    let sides = Sides { shorter: 96, longer: 160 };
    FasterRcnn::with_weights(weights, sides, PUBLISHED_KEEP, &Device::Cpu)
}

fn assert_passes(stages: Vec<Comparison>) {
    assert!(stages.len() > 20, "{}", stages.len());
    for stage in &stages {
        println!("{:32} {:.1e}", stage.stage, stage.difference);
    }
    let failed: Vec<_> = stages.iter().filter(|stage| !stage.passes()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_stage_is_torchvision_s() -> Result<()> {
    assert_passes(small_stages()?);
    Ok(())
}

#[test]
#[ignore = "half a minute: the published size"]
fn the_published_size_is_torchvision_s() -> Result<()> {
    let golden = include_str!("../../tests/golden/fasterrcnn_full.json");
    assert_passes(Stages::parse(golden)?.compare(&stages::network()?, Sides::PUBLISHED)?);
    Ok(())
}

#[test]
fn the_published_names_and_number_of_parameters() {
    let names = names().shapes;
    // Norms are buffers in torchvision's frozen form, and not counted.
    let is_norm = |name: &str| name.contains(".bn") || name.contains(".downsample.1.");
    let counted = names.iter().filter(|(name, _)| !is_norm(name));
    let count: usize = counted.map(|(_, shape)| shape.iter().product::<usize>()).sum();
    assert_eq!(count, 41_755_286); // num_params of FasterRCNN_ResNet50_FPN_Weights.COCO_V1
    for name in names.keys() {
        assert_eq!(&new_name(&old_name(name)), name);
        assert_eq!(&new_name(name), name);
    }
    for old in [
        "rpn.head.conv.weight",
        "rpn.head.conv.bias",
        "backbone.fpn.inner_blocks.0.weight",
        "backbone.fpn.layer_blocks.3.bias",
    ] {
        assert!(!names.contains_key(old) && names.contains_key(&new_name(old)), "{old}");
    }
}

#[test]
fn a_state_dict_with_the_published_names_gives_its_network() -> Result<()> {
    let mut names = names().shapes;
    let detector = open(&names)?;
    let picture = formula_picture(40, 60)?;
    let found = detector.detect(&picture)?;
    let network = stages::network()?;
    let expected = network.find(&picture, detector.sides, PUBLISHED_KEEP, &Device::Cpu)?.detections;
    assert!(!found.is_empty());
    assert_eq!(found, expected);
    // Pictures at the ends of what there is.
    for (width, height) in [(1, 1), (300, 1), (1, 300), (9000, 1)] {
        for found in detector.detect(&formula_picture(height, width)?)? {
            let place = found.bounding_box;
            assert_eq!(place, place.clamp(width, height));
        }
    }
    names.remove("roi_heads.box_head.fc7.bias");
    names.insert("roi_heads.mask_head.weight".into(), vec![2, 2]);
    names.insert("roi_heads.box_head.fc6.bias".into(), vec![7]);
    let error = open(&names).err().expect("another network").to_string();
    for part in [
        "missing `roi_heads.box_head.fc7.bias` [1024]",
        "unexpected `roi_heads.mask_head.weight`",
        "`roi_heads.box_head.fc6.bias` is [7], expected [1024]",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    Ok(())
}

#[test]
fn categories_are_torchvision_s() {
    let names = names().categories;
    assert_eq!(names.len(), head::CLASSES);
    for (class, name) in names.iter().enumerate() {
        let unused = ["__background__", "N/A"].contains(&name.as_str());
        let expected = (!unused).then_some(name.as_str());
        let own = head::category(class).map(|at| COCO_CATEGORIES[at]);
        assert_eq!(own, expected, "class {class}");
    }
}
