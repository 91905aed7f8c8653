//! Every stage against torchvision's, on weights and a picture from formulas:
//! `tools/golden/fasterrcnn.py` is the twin of this file.

use super::{Network, PUBLISHED_KEEP, Sides, boxes, head, proposals, regions, transform};
use crate::Detection;
use crate::self_test::{Comparison, Summary, formula_picture, largest};
use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::{Init, VarBuilder, var_builder::SimpleBackend};
use serde::Deserialize;
use story_core::{BoundingBox, Error, Result};
use story_encoders::weights::formula;
use story_language::COCO_CATEGORIES;

/// What the formula's weights are multiplied by, so that values do not grow from block to block and
/// several classes are found. One norm has a small variance and a scale to match, so that what is
/// added to variances shows.
const FACTORS: [(&str, f64); 7] = [
    ("layer1.0.bn1.running_var", 1e-4),
    ("layer1.0.bn1.weight", 1e-2),
    ("bn3.weight", 0.25),
    ("cls_logits.weight", 0.2),
    ("rpn.head.bbox_pred.weight", 0.02),
    ("cls_score.weight", 0.6),
    ("box_predictor.bbox_pred.weight", 0.3),
];
/// Largest difference of a box's edges, relative to the picture's longer side.
const SAME_PLACE: f64 = 5e-5;
/// Largest difference of a score, 0..1.
const SAME_SCORE: f64 = 5e-5;
/// Largest difference of the numbers of proposals: an overlap within rounding of the limit may fall
/// on either side.
const SAME_COUNT: f64 = 2.0;

/// What torchvision gave.
#[derive(Deserialize)]
pub(super) struct Stages {
    height: u32,
    width: u32,
    resized: (usize, usize),
    prepared: Summary,
    maps: Vec<Summary>,
    objectness: Vec<Summary>,
    shifts: Vec<Summary>,
    anchors: Summary,
    proposals: Proposals,
    /// Of the proposals that are written down, as the two below.
    pooled: Summary,
    scores: Summary,
    box_shifts: Summary,
    found: Found,
}

#[derive(Deserialize)]
struct Proposals {
    count: usize,
    first: Vec<[f32; 4]>,
}

#[derive(Deserialize)]
struct Found {
    boxes: Vec<[f32; 4]>,
    scores: Vec<f32>,
    labels: Vec<usize>,
}

impl Stages {
    /// # Errors
    /// [`Error::Data`] where the text is damaged.
    pub(super) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| Error::Data(format!("golden numbers: {error}")))
    }

    /// Runs `network` over the formula's picture.
    pub(super) fn compare(&self, network: &Network, sides: Sides) -> Result<Vec<Comparison>> {
        let picture = formula_picture(self.height, self.width)?;
        let (images, size) = transform::prepared(&picture, sides, &Device::Cpu)?;
        let mut all = vec![self.prepared.compare("resized picture", &images)?];
        let same_size = if size == self.resized { 0.0 } else { f64::INFINITY };
        all.push(comparison("size of the resized picture", same_size, 0.0));
        let maps = network.pyramid.maps(&images)?;
        let (_, _, rows, columns) = images.dims4()?;
        let mut anchors = Vec::new();
        let levels = self.maps.iter().zip(&self.objectness).zip(&self.shifts);
        for (level, (map, ((expected, scores), shifts))) in maps.iter().zip(levels).enumerate() {
            all.push(expected.compare(&format!("map {level}"), map)?);
            let raw = network.proposer.raw(map)?;
            all.push(scores.compare_values(&format!("objectness {level}"), &raw.scores)?);
            all.push(shifts.compare_values(&format!("shifts {level}"), &raw.shifts)?);
            let (_, _, h, w) = map.dims4()?;
            anchors.extend(boxes::anchors(
                proposals::SIZES[level],
                (h, w),
                (rows / h, columns / w),
            ));
        }
        let flat: Vec<f32> = anchors.iter().flat_map(corners).collect();
        all.push(self.anchors.compare_values("anchors", &flat)?);

        let found_at = network.proposer.propose(&maps, (rows, columns), size)?;
        let longer = size.0.max(size.1) as f64;
        let counts = found_at.len() as f64 - self.proposals.count as f64;
        all.push(comparison("number of proposals", counts.abs(), SAME_COUNT));
        // Neighbours in the order of scores may change places.
        let near = |other: &[f32; 4]| {
            let apart = found_at.iter().map(|own| apart(own, other) / longer);
            apart.fold(f64::INFINITY, f64::min)
        };
        let places = largest(self.proposals.first.iter().map(near));
        all.push(comparison("proposals", places, SAME_PLACE));

        let first: Vec<BoundingBox> = self.proposals.first.iter().map(placed).collect();
        let pooled = regions::rows(&maps, &first)?;
        all.push(self.pooled.compare_values("pooled regions", &numbers(&pooled)?)?);
        let raw = network.head.raw(&pooled)?;
        all.push(self.scores.compare_values("class scores", &raw.scores)?);
        all.push(self.box_shifts.compare_values("class shifts", &raw.shifts)?);

        let found = network.find(&picture, sides, PUBLISHED_KEEP, &Device::Cpu)?.detections;
        all.extend(self.found.compare(found, f64::from(self.height.max(self.width))));
        Ok(all)
    }
}

impl Found {
    /// Each thing that torchvision found has a partner of its own here: the same label, nearly the
    /// same box and score. Classes that COCO never used have no name here.
    fn compare(&self, mut found: Vec<Detection>, longer: f64) -> [Comparison; 3] {
        let (mut counted, mut places, mut scores) = (0usize, Vec::new(), Vec::new());
        let own = found.len();
        for ((class, score), place) in self.labels.iter().zip(&self.scores).zip(&self.boxes) {
            let Some(category) = head::category(*class) else {
                continue;
            };
            counted += 1;
            let named = found.iter().enumerate();
            let named = named.filter(|(_, it)| it.label == COCO_CATEGORIES[category]);
            let near = named.map(|(at, it)| (at, apart(&it.bounding_box, place) / longer));
            match near.min_by(|a, b| a.1.total_cmp(&b.1)) {
                Some((at, apart)) => {
                    let partner = found.swap_remove(at);
                    places.push(apart);
                    scores.push(f64::from(partner.score - score));
                }
                None => places.push(f64::INFINITY),
            }
        }
        let more = own.abs_diff(counted) as f64;
        [
            comparison("number of things found", more, 0.0),
            comparison("boxes by label", largest(places), SAME_PLACE),
            comparison("scores", largest(scores), SAME_SCORE),
        ]
    }
}

fn comparison(stage: &str, difference: f64, tolerance: f64) -> Comparison {
    Comparison { stage: stage.to_string(), difference, tolerance }
}

fn corners(place: &BoundingBox) -> [f32; 4] {
    [place.x1, place.y1, place.x2, place.y2]
}

fn placed([x1, y1, x2, y2]: &[f32; 4]) -> BoundingBox {
    BoundingBox::new(*x1, *y1, *x2, *y2)
}

/// The largest distance between two boxes' edges, pixels.
fn apart(own: &BoundingBox, other: &[f32; 4]) -> f64 {
    let pairs = corners(own).into_iter().zip(other);
    largest(pairs.map(|(a, b)| f64::from(a - b)))
}

fn numbers(x: &Tensor) -> Result<Vec<f32>> {
    Ok(x.flatten_all()?.to_vec1()?)
}

/// The network on the formula's weights.
pub(super) fn network() -> Result<Network> {
    let backend = Box::new(Scaled);
    Network::new(&VarBuilder::from_backend(backend, DType::F32, Device::Cpu))
}

/// The tensor called `name`: the formula's times its factor.
pub(super) fn tensor(name: &str, shape: &[usize]) -> Result<Tensor> {
    let own = FACTORS.iter().find(|(end, _)| name.ends_with(end));
    let factor = own.map_or(1.0, |(_, factor)| *factor);
    Ok((formula::tensor(name, shape)? * factor)?)
}

struct Scaled;

impl SimpleBackend for Scaled {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let tensor = tensor(name, shape.dims()).map_err(candle_core::Error::wrap)?;
        tensor.to_dtype(dtype)?.to_device(device)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        candle_core::bail!("`{name}`: the formula needs a shape; ask with one")
    }

    fn contains_tensor(&self, _: &str) -> bool {
        true
    }
}
