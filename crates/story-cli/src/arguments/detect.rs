//! The arguments of `story detect`.

use super::common::Common;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct DetectArguments {
    #[command(flatten)]
    pub common: Common,
    /// cpu, cuda, cuda:N or metal.
    #[arg(long, default_value = "cpu")]
    pub device: String,
    /// JPEG, PNG or WebP files.
    #[arg(required_unless_present = "self_test", value_name = "IMAGE")]
    pub images: Vec<PathBuf>,
    /// yolox-nano, yolox-tiny, yolox-s, yolox-m, yolox-l, yolox-x or fasterrcnn-resnet50-fpn.
    #[arg(long, default_value = "yolox-nano", value_name = "NAME")]
    pub detector: String,
    /// The detector's published weights: .pth or .safetensors, YOLOX's .onnx too; by default those
    /// that `story fetch models NAME` has brought.
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Least score of a box, 0 to 1; the published default: .3 for YOLOX (objectness times the
    /// category's probability), .05 for Faster R-CNN.
    #[arg(long, value_name = "SCORE")]
    pub threshold: Option<f32>,
    /// Overlap, 0 to 1, above which the lesser of two boxes of one category is dropped; the
    /// published default: .45 for YOLOX, .5 for Faster R-CNN.
    #[arg(long, value_name = "IOU")]
    pub max_iou: Option<f32>,
    /// Write the pictures, with boxes drawn, into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub draw: Option<PathBuf>,
    /// Compare the detector with numbers of its original, on weights made by a formula; with
    /// --weights, say what is known of that file. Needs no picture and no network.
    #[arg(long, conflicts_with_all = ["images", "draw", "threshold", "max_iou"])]
    pub self_test: bool,
}
