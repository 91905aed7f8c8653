//! `cargo xtask check`: every step that a change must pass, in the order of their cost.

use crate::{dependency_table, keys};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Which steps to run.
#[derive(clap::Args)]
pub struct Options {
    /// Run only this step: format, table, keys, clippy, test or docs.
    #[arg(long)]
    only: Option<String>,
}

/// A step that did not pass: what was to be found out, and no fault of usage or environment.
#[derive(Debug)]
pub struct Failed(pub String);

impl std::fmt::Display for Failed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

/// A step's name and the cargo call behind it; `None` marks the dependency table and the keys, which are ours.
type Step = (&'static str, Option<&'static [&'static str]>);

const STEPS: [Step; 6] = [
    ("format", Some(&["fmt", "--all", "--check"])),
    ("table", None),
    ("keys", None),
    (
        "clippy",
        Some(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]),
    ),
    // Without --all-targets: doc tests run too, and benchmarks do not.
    ("test", Some(&["test", "--workspace", "--locked"])),
    ("docs", Some(&["doc", "--workspace", "--no-deps", "--locked"])),
];

/// Runs the steps and stops at the first that fails.
pub fn run(root: &Path, options: &Options) -> Result<()> {
    let chosen: Vec<&Step> = STEPS
        .iter()
        .filter(|(name, _)| options.only.as_deref().is_none_or(|only| only == *name))
        .collect();
    if chosen.is_empty() {
        let names = STEPS.map(|(name, _)| name).join(", ");
        bail!(
            "there is no step `{}`; expected one of {names}",
            options.only.as_deref().unwrap_or("")
        );
    }
    for (name, arguments) in chosen {
        let start = Instant::now();
        println!("== {name}");
        match arguments {
            None if *name == "keys" => keys::check(root)?,
            None => dependency_table::check(root)?,
            Some(arguments) => cargo(root, arguments).with_context(|| format!("step `{name}`"))?,
        }
        println!("== {name}: passed in {:.0} s", start.elapsed().as_secs_f64());
    }
    println!("check: all steps passed");
    Ok(())
}

/// Runs cargo in the root with documentation warnings denied.
fn cargo(root: &Path, arguments: &[&str]) -> Result<()> {
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root)
        .env("RUSTDOCFLAGS", "-D warnings")
        .status()
        .context("cargo does not start")?;
    if !status.success() {
        return Err(Failed(format!("`cargo {}` failed ({status})", arguments.join(" "))).into());
    }
    Ok(())
}
