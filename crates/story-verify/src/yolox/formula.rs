//! YOLOX against its authors' own package, on weights and a picture from formulas:
//! `tools/golden/yolox_formula.py` is the twin of this file.

use super::{Network, YoloxVariant};
use crate::self_test::{Comparison, Summary, formula_picture};
use candle_core::{Device, Tensor};
use serde::Deserialize;
use std::collections::BTreeMap;
use story_core::{Error, Result};
use story_encoders::weights::formula;
use story_language::COCO_CATEGORIES;

/// Height and width of the picture.
const SIZE: (u32, u32) = (64, 96);

/// What the package gave for a variant.
#[derive(Deserialize)]
pub(super) struct Golden {
    /// Numbers that train.
    #[cfg(test)]
    pub parameters: usize,
    places: Summary,
    objectness: Summary,
    categories: Summary,
}

/// # Errors
/// [`Error::Data`] where the numbers are damaged or the variant is not among them.
pub(super) fn golden(variant: YoloxVariant) -> Result<Golden> {
    let text = include_str!("../../tests/golden/yolox_formula.json");
    let damaged = |what: String| Error::Data(format!("golden numbers of YOLOX: {what}"));
    let mut all: BTreeMap<String, Golden> =
        serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
    all.remove(variant.name()).ok_or_else(|| damaged(format!("no {}", variant.name())))
}

/// The network's output against the package's.
pub(crate) fn stages(variant: YoloxVariant) -> Result<Vec<Comparison>> {
    let golden = golden(variant)?;
    let network = Network::new(variant, COCO_CATEGORIES.len(), &formula::builder())?;
    let output = network.forward(&images()?)?; // (1, A, 5 + 80)
    let part = |first, count| output.narrow(2, first, count);
    Ok(vec![
        golden.places.compare("centres and sizes", &part(0, 4)?)?,
        golden.objectness.compare("objectness", &part(4, 1)?)?,
        golden.categories.compare("categories", &part(5, COCO_CATEGORIES.len())?)?,
    ])
}

/// `(1, 3, H, W)`, blue first, in 0..1: with 0..255 the formula's weights would make every
/// probability 0 or 1.
fn images() -> Result<Tensor> {
    let (height, width) = SIZE;
    let picture = formula_picture(height, width)?;
    let plane = |channel: usize| picture.rgb().iter().skip(channel).step_by(3);
    let values: Vec<f32> =
        [2, 1, 0].into_iter().flat_map(plane).map(|value| f32::from(*value) / 255.0).collect();
    let shape = (1, 3, height as usize, width as usize);
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}
