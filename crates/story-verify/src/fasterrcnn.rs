//! Faster R-CNN with ResNet-50 and a feature pyramid, as torchvision publishes it
//! (`fasterrcnn_resnet50_fpn`, trained on COCO).
//!
//! ```text
//! picture ─▶ transform ─▶ pyramid (five maps) ─▶ proposals ─▶ regions (7 x 7) ─▶ head ─▶ detections
//!                              └───────────────────────────────▲
//! ```
//! Weights are the published state dict (`fasterrcnn_resnet50_fpn_coco-258fb6c6.pth`) under its old
//! names (`rpn.head.conv.weight`, `backbone.fpn.inner_blocks.0.weight`) or the names that torchvision
//! writes today (`rpn.head.conv.0.0.weight`, `backbone.fpn.inner_blocks.0.0.weight`), or safetensors
//! of either. Nothing of it trains.

mod boxes;
mod head;
mod proposals;
mod pyramid;
mod regions;
mod stages;
mod transform;

pub use transform::Sides;

use crate::self_test::Comparison;
use crate::yolox::Keep;
use crate::{Detection, Detector, Sight};
use candle_core::Device;
use candle_nn::VarBuilder;
use head::Head;
use proposals::Proposer;
use pyramid::Pyramid;
use stages::Stages;
use std::path::Path;
use story_core::{BoundingBox, ParamStore, Result};
use story_encoders::weights::{LoadedWeights, WeightsBuilder};
use story_language::COCO_CATEGORIES;
use story_pictures::Picture;

/// The name on the command line.
pub const NAME: &str = "fasterrcnn-resnet50-fpn";

/// As torchvision keeps boxes unless asked otherwise: score above .05, overlap .5.
pub const PUBLISHED_KEEP: Keep = Keep { min_score: 0.05, max_iou: 0.5 };

/// The network.
struct Network {
    pyramid: Pyramid,
    proposer: Proposer,
    head: Head,
}

impl Network {
    fn new(vb: &VarBuilder<'static>) -> Result<Self> {
        Ok(Self {
            pyramid: Pyramid::new(&vb.pp("backbone"))?,
            proposer: Proposer::new(&vb.pp("rpn.head"))?,
            head: Head::new(&vb.pp("roi_heads"))?,
        })
    }

    fn find(&self, picture: &Picture, sides: Sides, keep: Keep, device: &Device) -> Result<Sight> {
        let (images, size) = transform::prepared(picture, sides, device)?; // (1, 3, H, W)
        let (_, _, rows, columns) = images.dims4()?;
        let maps = self.pyramid.maps(&images)?;
        let proposals = self.proposer.propose(&maps, (rows, columns), size)?;
        let regions = regions::rows(&maps, &proposals)?; // (count, 256 x 7 x 7)
        let (found, best) = self.head.find(&regions, &proposals, size, keep)?;
        let (width, height) = picture.dimensions();
        let (across, down) = (width as f32 / size.1 as f32, height as f32 / size.0 as f32);
        let detection = |(category, score, place): (usize, f32, BoundingBox)| {
            let (left, right) = (place.x1 * across, place.x2 * across);
            let (top, bottom) = (place.y1 * down, place.y2 * down);
            Detection {
                label: COCO_CATEGORIES[category].into(),
                id: None,
                score,
                // The scale's rounding must not lead out of the picture.
                bounding_box: BoundingBox::new(left, top, right, bottom).clamp(width, height),
            }
        };
        Ok(Sight { detections: found.into_iter().map(detection).collect(), best })
    }
}

/// Faster R-CNN with its weights.
pub struct FasterRcnn {
    network: Network,
    sides: Sides,
    keep: Keep,
    device: Device,
    identity: String,
}

impl FasterRcnn {
    /// Reads the published weights from `path`.
    ///
    /// # Errors
    /// [`Error::Io`](story_core::Error::Io) and [`Error::Data`](story_core::Error::Data) where the
    /// file cannot be read; [`Error::Config`](story_core::Error::Config) listing missing, unexpected
    /// and misshaped names where it holds another network, or where `keep` is out of range.
    pub fn open(path: &Path, keep: Keep, device: &Device) -> Result<Self> {
        let weights = LoadedWeights::read(&[path.to_path_buf()])?;
        Self::with_weights(weights, Sides::PUBLISHED, keep, device)
    }

    /// The same with weights that were read before, and other sides than the published ones.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn with_weights(
        weights: LoadedWeights,
        sides: Sides,
        keep: Keep,
        device: &Device,
    ) -> Result<Self> {
        keep.check()?;
        let identity = weights.identity().to_string();
        let weights = weights.rename(|name| Some(new_name(name)))?;
        let store = ParamStore::new(0, device);
        let network = WeightsBuilder::frozen(&store, "", weights)
            .build(&["num_batches_tracked"], |vb| Network::new(&vb))?;
        Ok(Self { network, sides, keep, device: device.clone(), identity })
    }

    /// The SHA-256 of the file, in hexadecimal digits.
    pub fn identity(&self) -> &str {
        &self.identity
    }
}

impl Detector for FasterRcnn {
    /// 100 things at most.
    fn look(&self, picture: &Picture) -> Result<Sight> {
        self.network.find(picture, self.sides, self.keep, &self.device)
    }
}

/// Today's name of a tensor; the published file is older than them.
fn new_name(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("rpn.head.conv.")
        && !rest.contains("0.")
    {
        return format!("rpn.head.conv.0.0.{rest}");
    }
    for blocks in ["backbone.fpn.inner_blocks.", "backbone.fpn.layer_blocks."] {
        let parts = name.strip_prefix(blocks).map(|rest| rest.split('.').collect::<Vec<_>>());
        if let Some([level, leaf]) = parts.as_deref() {
            return format!("{blocks}{level}.0.{leaf}");
        }
    }
    name.to_string()
}

/// The stages of a small picture against torchvision's, on the formula's weights.
pub(crate) fn small_stages() -> Result<Vec<Comparison>> {
    const SIDES: Sides = Sides { shorter: 96, longer: 160 };
    let golden = include_str!("../tests/golden/fasterrcnn_small.json");
    Stages::parse(golden)?.compare(&stages::network()?, SIDES)
}

#[cfg(test)]
mod tests;
