//! The Python package: its wheel is built, installed into a fresh environment, and tested there.

use crate::check::Failed;
use anyhow::{Context, anyhow};
use clap::Args;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// How the wheel is made and tested.
#[derive(Debug, Args)]
pub struct Options {
    /// The interpreter that makes the environment.
    #[arg(long, default_value = "python3")]
    python: String,
    /// What else is installed to test against: the originals.
    #[arg(long, value_delimiter = ',', default_value = "pytest,numpy")]
    with: Vec<String>,
    /// Build and install, and test nothing.
    #[arg(long)]
    untested: bool,
}

/// Builds, installs and tests; the wheel lies in `python/target/wheels`. Tests of what is not installed
/// skip, saying so.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let place = root.join("python");
    let environment = place.join("target/environment");
    if environment.exists() {
        std::fs::remove_dir_all(&environment)
            .with_context(|| format!("{}: an environment of before", environment.display()))?;
    }
    let environment = environment.to_string_lossy().into_owned();
    given(&place, &options.python, &["-m", "venv", &environment])?;
    let python = format!("{environment}/bin/python");
    given(&place, &python, &["-m", "pip", "install", "--quiet", "maturin>=1.7,<2"])?;
    let maturin = format!("{environment}/bin/maturin");
    step(&place, &maturin, &["build", "--release", "--locked", "--interpreter", &python])?;
    let wheel = newest_wheel(&place.join("target/wheels"))?;
    let mut others = vec!["-m", "pip", "install", "--quiet"];
    others.extend(options.with.iter().map(String::as_str));
    given(&place, &python, &others)?;
    step(&place, &python, &["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", &wheel])?;
    println!("{wheel}");
    if options.untested {
        return Ok(());
    }
    // From the tests' folder the sources beside them are not in the way of what was installed.
    step(&place.join("tests"), &python, &["-m", "pytest", "-q", "-rs", "."])
}

/// What the machine must give: an interpreter, and packages.
fn given(folder: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    match run_in(folder, program, arguments)? {
        status if status.success() => Ok(()),
        status => Err(anyhow!("{program} {}: {status}", arguments.join(" "))),
    }
}

/// What must go well.
fn step(folder: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    match run_in(folder, program, arguments)? {
        status if status.success() => Ok(()),
        status => Err(Failed(format!("{program} {}: {status}", arguments.join(" "))).into()),
    }
}

fn run_in(folder: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<ExitStatus> {
    println!("{program} {}", arguments.join(" "));
    let status = Command::new(program).args(arguments).current_dir(folder).status();
    status.with_context(|| {
        format!("{program}: cannot be run; Python 3.9 or newer with venv makes the wheel")
    })
}

fn newest_wheel(folder: &Path) -> anyhow::Result<String> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("{}: no wheel was built", folder.display()))?;
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|ending| ending == "whl"))
        .max_by_key(|entry| entry.metadata().and_then(|metadata| metadata.modified()).ok())
        .map(|entry| entry.path().to_string_lossy().into_owned())
        .with_context(|| format!("{}: no wheel was built", folder.display()))
}
