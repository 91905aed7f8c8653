//! What the options mean that commands share.

use crate::arguments::{Common, Configured};
use crate::console::Console;
use crate::environment;
use anyhow::Result;
use std::sync::Arc;
use story_run::{Config, Host, Stop};

/// The commit that this program was built from, as the build script or whoever packages it says.
const COMMIT: Option<&str> = option_env!("STORY_COMMIT");

/// What the library asks of this program: progress as the options say, the environment, and `stop`.
pub fn host(common: &Common, stop: Stop) -> Host {
    let console = Console::new(common.quiet);
    let host = Host::new(Arc::new(console), stop, Arc::new(environment::lookup));
    match COMMIT {
        Some(commit) => host.built_from(commit),
        None => host,
    }
}

/// The same for commands without options in common.
pub fn told_host() -> Host {
    Host::new(Arc::new(Console::Normal), Stop::default(), Arc::new(environment::lookup))
}

/// The same for commands that end at once when they are stopped.
pub fn brief_host(common: &Common) -> Host {
    host(common, Stop::default())
}

/// The config that the options name, patched.
pub fn config(configured: &Configured) -> Result<Config> {
    Ok(Config::read(configured.path(), &configured.values.patches())?)
}
