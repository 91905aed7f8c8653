//! The arguments of `story detect`.

use super::Common;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct DetectArguments {
    #[command(flatten)]
    pub common: Common,
    /// JPEG, PNG or WebP files.
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<PathBuf>,
    /// yolox-nano, yolox-tiny, yolox-s, yolox-m, yolox-l or yolox-x.
    #[arg(long, default_value = "yolox-nano", value_name = "NAME")]
    pub detector: String,
    /// The detector's published weights: .pth, .safetensors or .onnx.
    #[arg(long, value_name = "FILE")]
    pub weights: PathBuf,
    /// Least score of a box, 0 to 1: objectness times the category's probability.
    #[arg(long, default_value_t = 0.3, value_name = "SCORE")]
    pub threshold: f32,
    /// Overlap, 0 to 1, above which the lesser of two boxes of one category is dropped.
    #[arg(long, default_value_t = 0.45, value_name = "IOU")]
    pub max_iou: f32,
    /// Write the pictures, with boxes drawn, into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub draw: Option<PathBuf>,
}
