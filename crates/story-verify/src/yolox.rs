//! YOLOX (Ge et al. 2021, "YOLOX: Exceeding YOLO Series in 2021", arXiv 2107.08430), trained on
//! COCO's 80 categories by its authors: a detector that runs on a laptop.
//!
//! Weights are the published ones: a state dict (`yolox_nano.pth`), safetensors of the same names,
//! or the published ONNX (`yolox_nano.onnx`). A picture is put into a square, goes through the
//! network, and its numbers become boxes; nothing of it trains.

mod boxes;
mod formula;
mod layers;
mod letterbox;
mod network;
mod onnx;

pub(crate) use formula::stages as formula_stages;

use crate::{Detection, Detector, Sight};
use boxes::{Found, best_scores, decode, places, suppress};
use candle_core::{Device, Tensor};
use letterbox::Letterbox;
use network::Network;
use std::path::Path;
use story_core::{Error, ParamStore, Result};
use story_encoders::weights::{LoadedWeights, WeightsBuilder};
use story_language::COCO_CATEGORIES;
use story_pictures::Picture;

/// Numbers of a place before its categories: centre, size, objectness.
const PLACE: usize = 5;

/// The published sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YoloxVariant {
    /// 0.9 M parameters, depthwise, 416 pixels.
    Nano,
    /// 5 M, 416 pixels.
    Tiny,
    /// 9 M, 640 pixels.
    S,
    /// 25 M, 640 pixels.
    M,
    /// 54 M, 640 pixels.
    L,
    /// 99 M, 640 pixels.
    X,
}

impl YoloxVariant {
    /// All of them, the smallest first.
    pub const ALL: [Self; 6] = [Self::Nano, Self::Tiny, Self::S, Self::M, Self::L, Self::X];

    /// The name on the command line: `yolox-nano` to `yolox-x`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nano => "yolox-nano",
            Self::Tiny => "yolox-tiny",
            Self::S => "yolox-s",
            Self::M => "yolox-m",
            Self::L => "yolox-l",
            Self::X => "yolox-x",
        }
    }

    /// The variant called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// The side of the square that the network sees, pixels.
    pub fn side(self) -> usize {
        match self {
            Self::Nano | Self::Tiny => 416,
            _ => 640,
        }
    }

    /// Factors of depth and width, from the published experiment files.
    fn multipliers(self) -> (f64, f64) {
        match self {
            Self::Nano => (0.33, 0.25),
            Self::Tiny => (0.33, 0.375),
            Self::S => (0.33, 0.5),
            Self::M => (0.67, 0.75),
            Self::L => (1.0, 1.0),
            Self::X => (1.33, 1.25),
        }
    }
}

/// Which boxes are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keep {
    /// Least score, 0..1.
    pub min_score: f32,
    /// Overlap (intersection over union, 0..1) above which the lesser of two boxes of one category
    /// is dropped.
    pub max_iou: f32,
}

impl Keep {
    /// As the published demonstration.
    pub const DEMO: Self = Self { min_score: 0.3, max_iou: 0.45 };

    pub(crate) fn check(self) -> Result<()> {
        let inside = |value: f32| (0.0..=1.0).contains(&value);
        if inside(self.min_score) && inside(self.max_iou) {
            return Ok(());
        }
        Err(Error::Config(format!(
            "least score and largest overlap: expected 0 to 1, found {} and {}",
            self.min_score, self.max_iou
        )))
    }
}

/// YOLOX with its weights.
pub struct Yolox {
    network: Network,
    variant: YoloxVariant,
    keep: Keep,
    device: Device,
}

impl Yolox {
    /// Reads the variant's weights from `path`: ONNX where the name ends in `.onnx`, else a state
    /// dict or safetensors.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Data`] where the file cannot be read; [`Error::Config`] naming
    /// what does not fit where it holds another network, or where `keep` is out of range.
    pub fn open(variant: YoloxVariant, path: &Path, keep: Keep, device: &Device) -> Result<Self> {
        keep.check()?;
        let is_onnx = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"));
        let classes = COCO_CATEGORIES.len();
        let network = if is_onnx {
            onnx::build(path, device, |vb| Network::new(variant, classes, vb))?
        } else {
            let weights = LoadedWeights::read(&[path.to_path_buf()])?;
            let store = ParamStore::new(0, device);
            WeightsBuilder::frozen(&store, "", weights)
                .build(&["num_batches_tracked"], |vb| Network::new(variant, classes, &vb))?
        };
        Ok(Self { network, variant, keep, device: device.clone() })
    }

    /// What the network says of a picture: `(A, 5 + 80)`, for each place of its grids centre and
    /// logarithm of the size in units of the grid, objectness, and the categories' probabilities.
    ///
    /// # Errors
    /// [`Error::Tensor`] where the device fails.
    pub fn output(&self, picture: &Picture) -> Result<Tensor> {
        let square = Letterbox::new(picture, self.variant.side());
        let output = self.network.forward(&square.tensor(&self.device)?)?;
        Ok(output.squeeze(0)?) // (A, 5 + 80)
    }

    /// The square that the network sees of a picture: `(side, side, 3)` bytes, red first.
    pub fn square(&self, picture: &Picture) -> Vec<u8> {
        Letterbox::new(picture, self.variant.side()).rgb
    }
}

impl Detector for Yolox {
    fn look(&self, picture: &Picture) -> Result<Sight> {
        let side = self.variant.side();
        let classes = COCO_CATEGORIES.len();
        let square = Letterbox::new(picture, side);
        let output = self.network.forward(&square.tensor(&self.device)?)?;
        let expected = (1, places(side), PLACE + classes);
        if output.dims3()? != expected {
            return Err(Error::shape("YOLOX's output", format!("{expected:?}"), &output));
        }
        let output = output.flatten_all()?.to_vec1::<f32>()?;
        let found = decode(&output, classes, side, self.keep.min_score);
        let found = suppress(found, self.keep.max_iou);
        let (width, height) = picture.dimensions();
        let scale = square.scale as f32;
        let detection = |Found { category, score, place }: Found| {
            let mut place = place;
            for edge in [&mut place.x1, &mut place.y1, &mut place.x2, &mut place.y2] {
                *edge /= scale;
            }
            let bounding_box = place.clamp(width, height);
            // Grey beside the picture holds nothing.
            (bounding_box.area() > 0.0).then(|| Detection {
                label: COCO_CATEGORIES[category].into(),
                id: None,
                score,
                bounding_box,
            })
        };
        Ok(Sight {
            detections: found.into_iter().filter_map(detection).collect(),
            best: best_scores(&output, classes),
        })
    }
}

#[cfg(test)]
mod tests;
