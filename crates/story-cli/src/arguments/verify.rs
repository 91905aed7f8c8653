//! The arguments of `story verify`.

use super::common::{Common, Configured};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct VerifyArguments {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub configured: Configured,
    /// JPEG, PNG or WebP files.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub images: Vec<PathBuf>,
    /// What is told: one text a picture, or one for all of them.
    #[arg(long = "text", visible_alias = "texts", num_args = 1.., value_name = "TEXT")]
    pub texts: Vec<String>,
    /// Instead of --images and --text: a folder with numbered pictures and texts.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["images", "texts"])]
    pub folder: Option<PathBuf>,
    /// Instead: a JSONL file of labelled examples, {"picture": "a.jpg", "text": "A dog.", "label":
    /// true} a line and perhaps "kind": tables of what the judge is worth on them.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["images", "texts", "folder", "page"])]
    pub labels: Option<PathBuf>,
    /// Which story of --folder, by its id, where it holds several.
    #[arg(long, value_name = "ID")]
    pub story: Option<String>,
    /// A judge of your own: a run of `story train --config configs/verify-photos.toml` or alike, or
    /// the `judge/coefficients.json` that it left. By default the one that comes with the program,
    /// for photographs and yolox-nano.
    #[arg(long, visible_alias = "run", value_name = "RUN|FILE")]
    pub judge: Option<PathBuf>,
    /// Where run folders lie, for a similarity that a run has learned.
    #[arg(long, default_value = "results", value_name = "FOLDER")]
    pub results: PathBuf,
    /// Another detector than the judge's, which takes its verdict away: yolox-nano to yolox-x, fasterrcnn-resnet50-fpn.
    #[arg(long, value_name = "NAME")]
    pub detector: Option<String>,
    /// The detector's published weights: .pth, .safetensors or .onnx; by default those that `story fetch models NAME` has brought.
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Write a page that shows each phrase with the box it rests on.
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
}
