//! The options that every command has.

use clap::Args;
use std::path::PathBuf;

/// Options that every command has.
#[derive(Args, Clone)]
pub struct Common {
    /// The config file; by default the quickstart that is built in.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Change one value of the config, such as train.learning_rate=3e-4; may be given again.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub patches: Vec<String>,
    /// The seed of every random number.
    // TOML, which keeps it, has no larger integers.
    #[arg(long, global = true, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// cpu, cuda, cuda:N or metal.
    #[arg(long, global = true)]
    pub device: Option<String>,
    /// Print one JSON document to stdout.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress on stderr; errors and warnings only.
    #[arg(long, global = true)]
    pub quiet: bool,
}
