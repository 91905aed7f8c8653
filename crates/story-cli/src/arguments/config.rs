//! The arguments of `story config`.

use super::common::{Common, Values};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Args)]
pub struct ConfigArguments {
    #[command(subcommand)]
    pub action: ConfigAction,
}

#[derive(Subcommand)]
pub enum ConfigAction {
    /// Print a config with every value explicit, its bases and changes in it.
    #[command(
        after_help = "Examples:\n  story config show african-storybook > mine.toml\n  story config show quickstart --set train.epochs=2"
    )]
    Show(ShowConfigArguments),
    /// Print the reference of all keys: what each means, its kind of value, its kinds.
    Keys,
}

#[derive(Args)]
pub struct ShowConfigArguments {
    #[command(flatten)]
    pub common: Common,
    /// The name of a built-in config (`story list configs`), or a file.
    #[arg(value_name = "NAME|FILE")]
    pub name: PathBuf,
    #[command(flatten)]
    pub values: Values,
}
