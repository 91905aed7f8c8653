//! The arguments of `story train`.

use super::common::{Common, Configured};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct TrainArguments {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub configured: Configured,
    /// Your own stories in place of the config's: a folder with numbered pictures and texts, one
    /// with stories.jsonl, such a file, a parquet file, or a folder or glob of them. The split fits
    /// their number; without --config the config is `own-stories`.
    #[arg(long, value_name = "PATH", visible_aliases = ["parquet", "stories"])]
    pub folder: Option<PathBuf>,
    /// Start from a trained run, whose weights are kept and tuned: its config, with --folder its
    /// model on your own stories.
    #[arg(long, value_name = "RUN", conflicts_with = "config")]
    pub from: Option<PathBuf>,
    /// Go on with an interrupted run, from its last checkpoint, bit for bit.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["config", "patches", "seed", "device", "folder", "from"])]
    pub resume: Option<PathBuf>,
    /// Where run folders, tables and figures go; by default where the run named lies, or `results`.
    #[arg(long, value_name = "FOLDER")]
    pub results: Option<PathBuf>,
    /// Print every score table too, not only the summary.
    #[arg(long)]
    pub tables: bool,
    /// Exit 1 where the result must not be believed or shows nothing: METEOR above .5, every token
    /// foreseen, shuffled references nearly as good, no better than copying, a target that stands
    /// in the context.
    #[arg(long)]
    pub strict: bool,
}
