//! `story config`: a config as it is read, and the reference of all keys.

use crate::arguments::config::{ConfigAction, ConfigArguments, ShowConfigArguments};
use crate::console::{out, print_json};
use anyhow::Result;
use serde::Serialize;
use story_run::Config;
use story_run::config::{self, VERIFY};
use story_run::judge::config::VerifyConfig;

/// The reference of all keys, made from the types that read them.
const KEYS: &str = include_str!("../../../../docs/config.md");

/// What `story config show --json` prints.
#[derive(Serialize)]
struct Document {
    name: String,
    /// `story`, or `verify` for a judge's.
    task: String,
    /// Every value.
    config: serde_json::Value,
}

/// Shows what is asked for.
pub fn run(arguments: &ConfigArguments) -> Result<()> {
    match &arguments.action {
        ConfigAction::Show(arguments) => show(arguments),
        ConfigAction::Keys => {
            out!("{}", KEYS.trim_end());
            Ok(())
        }
    }
}

/// The config with its bases and changes, every value explicit.
fn show(arguments: &ShowConfigArguments) -> Result<()> {
    let (path, patches) = (Some(arguments.name.as_path()), arguments.values.patches());
    let task = config::task(&arguments.name)?;
    let (name, text, config) = match task.as_str() {
        VERIFY => {
            let config = VerifyConfig::read(path, &patches)?;
            (config.name.clone(), config.to_toml()?, serde_json::to_value(&config)?)
        }
        _ => {
            let config = Config::read(path, &patches)?;
            (config.name.clone(), config.to_toml()?, serde_json::to_value(&config)?)
        }
    };
    if arguments.common.json {
        return print_json("config show", &Document { name, task, config });
    }
    out!("{}", text.trim_end());
    Ok(())
}
