//! What the options mean that commands share.

use crate::arguments::Common;
use crate::console::Console;
use crate::environment;
use anyhow::{Result, bail};
use std::sync::Arc;
use story_run::{Config, Host, Stop};

/// What the library asks of this program: progress as the options say, the environment, and `stop`.
pub fn host(common: &Common, stop: Stop) -> Host {
    let console = Console::new(common.quiet);
    Host::new(Arc::new(console), stop, Arc::new(environment::lookup))
}

/// The same for commands without options in common.
pub fn told_host() -> Host {
    Host::new(Arc::new(Console::Normal), Stop::default(), Arc::new(environment::lookup))
}

/// The same for commands that end at once when they are stopped.
pub fn brief_host(common: &Common) -> Host {
    host(common, Stop::default())
}

/// An option that every command takes and not every one reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    Config,
    Patches,
    Seed,
    Device,
}

/// Refuses the common options that a command would ignore: who gives one expects it to count.
///
/// # Errors
/// Names each option given that is not among those read.
pub fn refuse_ignored(common: &Common, command: &str, read: &[Reads]) -> Result<()> {
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
pub fn config(common: &Common) -> Result<Config> {
    Ok(Config::read(common.config.as_deref(), &patches(common))?)
}

/// The patches for a config that a checkpoint brings.
///
/// # Errors
/// Where another config is named.
pub fn patches_of_checkpoint(common: &Common) -> Result<Vec<String>> {
    match &common.config {
        None => Ok(patches(common)),
        Some(path) => bail!(
            "--config {}: a trained model brings its own config; change single values of it with --set",
            path.display()
        ),
    }
}

/// `--set`, `--seed` and `--device` as patches, in this order.
pub fn patches(common: &Common) -> Vec<String> {
    let mut patches = common.patches.clone();
    patches.extend(common.seed.map(|seed| format!("seed={seed}")));
    patches.extend(common.device.as_ref().map(|device| format!("device=\"{device}\"")));
    patches
}
