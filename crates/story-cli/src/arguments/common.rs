//! Options that several commands have; each command takes the groups that it reads, and no others.

use clap::Args;
use std::path::{Path, PathBuf};

/// Options that every command has.
#[derive(Args, Clone)]
pub struct Common {
    /// Print one JSON document to stdout; of an error, one with the key `error`.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress on stderr; errors and warnings only. The answer is printed all the same.
    #[arg(long, global = true)]
    pub quiet: bool,
}

/// Which config, and what is changed in it.
#[derive(Args, Clone)]
pub struct Configured {
    /// A config file, or the name of a built-in config (`story list configs`); by default
    /// `quickstart`.
    #[arg(long, value_name = "FILE|NAME")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub values: Values,
}

/// Changes of a config's values.
#[derive(Args, Clone, Default)]
pub struct Values {
    /// Change one value of the config, such as train.learning_rate=3e-4; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub patches: Vec<String>,
    /// The seed of every random number.
    // TOML, which keeps it, has no larger integers.
    #[arg(long, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: Option<u64>,
    /// cpu, cuda, cuda:N or metal.
    #[arg(long)]
    pub device: Option<String>,
}

impl Configured {
    /// The config's file or name.
    pub fn path(&self) -> Option<&Path> {
        self.config.as_deref()
    }
}

impl Values {
    /// `--set`, `--seed` and `--device` as patches, in this order.
    pub fn patches(&self) -> Vec<String> {
        let mut patches = self.patches.clone();
        patches.extend(self.seed.map(|seed| format!("seed={seed}")));
        patches.extend(self.device.as_ref().map(|device| format!("device=\"{device}\"")));
        patches
    }
}
