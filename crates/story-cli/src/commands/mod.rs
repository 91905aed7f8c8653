//! The commands, one file each.

mod ablate;
mod compare;
mod data;
mod detect;
mod encode;
pub mod evaluate;
mod fetch;
mod list;
pub mod predict;
mod score;
pub mod train;
pub mod verify;

use crate::arguments::{Arguments, Command, Common};
use crate::config::Config;
use anyhow::{Result, bail};

/// Runs the command asked for.
pub fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Train(arguments) => train::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Ablate(arguments) => ablate::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Predict(arguments) => predict::run(&arguments),
        Command::Score(arguments) => score::run(&arguments),
        Command::Detect(arguments) => detect::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Encode(arguments) => encode::run(&arguments),
        Command::Fetch(arguments) => fetch::run(&arguments),
        Command::Data(arguments) => data::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
    }
}

/// An option that every command takes and not every one reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    Config,
    Patches,
    Seed,
    Device,
}

/// Refuses the common options that a command would ignore: who gives one expects it to count.
///
/// # Errors
/// Names each option given that is not among those read.
fn refuse_ignored(common: &Common, command: &str, read: &[Reads]) -> Result<()> {
    let given = [
        (Reads::Config, "--config", common.config.is_some()),
        (Reads::Patches, "--set", !common.patches.is_empty()),
        (Reads::Seed, "--seed", common.seed.is_some()),
        (Reads::Device, "--device", common.device.is_some()),
    ];
    let ignored = given.iter().filter(|(option, _, given)| *given && !read.contains(option));
    let ignored: Vec<&str> = ignored.map(|(_, name, _)| *name).collect();
    if ignored.is_empty() {
        return Ok(());
    }
    bail!(
        "{}: `story {command}` does not read it; leave it out (`story {command} --help` says what it reads)",
        ignored.join(", ")
    )
}

/// The config that the common options name, patched.
fn config(common: &Common) -> Result<Config> {
    Config::read(common.config.as_deref(), &patches(common))
}

/// The patches for a config that a checkpoint brings.
///
/// # Errors
/// Where another config is named.
fn patches_of_checkpoint(common: &Common) -> Result<Vec<String>> {
    match &common.config {
        None => Ok(patches(common)),
        Some(path) => bail!(
            "--config {}: a trained model brings its own config; change single values of it with --set",
            path.display()
        ),
    }
}

/// `--set`, `--seed` and `--device` as patches, in this order.
fn patches(common: &Common) -> Vec<String> {
    let mut patches = common.patches.clone();
    patches.extend(common.seed.map(|seed| format!("seed={seed}")));
    patches.extend(common.device.as_ref().map(|device| format!("device=\"{device}\"")));
    patches
}
