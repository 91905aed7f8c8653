//! Project tasks: `cargo xtask check | fetch-data | fetch-models | keys | report | wheel`.
//!
//! Never depends on candle, so that it compiles in seconds and can check a tree that does not build.
#![allow(clippy::print_stdout, clippy::print_stderr)] // A command-line tool speaks to its user.

mod check;
mod dependency_table;
mod fetch;
mod keys;
mod wheel;

use anyhow::Context;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Tasks of the StoryReasoning workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// All that CI does: format, dependency table, clippy, tests, doc tests, docs.
    Check(check::Options),
    /// Downloads a corpus, after saying its size and licence.
    FetchData(fetch::DataOptions),
    /// Brings published weights into the Hub cache, after saying their size and licence.
    FetchModels(fetch::ModelOptions),
    /// Writes docs/config.md, the reference of a config's keys, anew.
    Keys,
    /// Renders tables, figures and report.html of a run folder anew from its records.
    Report {
        /// The run folder; by default the newest under results/runs.
        run: Option<PathBuf>,
    },
    /// Builds the Python package, installs it into a fresh environment and tests it there.
    Wheel(wheel::Options),
}

fn main() -> ExitCode {
    /// A check did not pass.
    const FAILED: u8 = 1;
    /// Usage or environment, as the binary `story` has it.
    const ENVIRONMENT: u8 = 2;
    let outcome = match Arguments::parse().task {
        Task::Check(options) => check::run(&root(), &options),
        Task::FetchData(options) => fetch::data(&root(), &options),
        Task::FetchModels(options) => fetch::models(&options),
        Task::Keys => keys::write(&root()),
        Task::Report { run } => report(run),
        Task::Wheel(options) => wheel::run(&root(), &options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            let failed = error.chain().any(|cause| cause.is::<check::Failed>());
            ExitCode::from(if failed { FAILED } else { ENVIRONMENT })
        }
    }
}

/// Renders a run's report from its records, and copies its figures and tables to `results/`.
fn report(run: Option<PathBuf>) -> anyhow::Result<()> {
    let results = root().join("results");
    let run = match run {
        Some(run) => run,
        None => newest_run(&results.join("runs"))?,
    };
    let rendered = story_report::render(&run)?;
    story_report::publish(&run, &results)?;
    for flag in &rendered.flags {
        println!("{flag}");
    }
    for line in &rendered.left_out {
        println!("left out: {line}");
    }
    for line in &rendered.notes {
        println!("note: {line}");
    }
    println!("{}", rendered.report.display());
    Ok(())
}

/// The run folder that was changed last and has records.
fn newest_run(runs: &Path) -> anyhow::Result<PathBuf> {
    let entries = std::fs::read_dir(runs)
        .with_context(|| format!("{}: no runs; `story train` makes one", runs.display()))?;
    entries
        .filter_map(Result::ok)
        .filter(|entry| {
            let finished = ["summary.json", "verification.json"];
            finished.iter().any(|name| entry.path().join(name).is_file())
        })
        .max_by_key(|entry| entry.metadata().and_then(|metadata| metadata.modified()).ok())
        .map(|entry| entry.path())
        .with_context(|| format!("{}: no finished run; `story train` makes one", runs.display()))
}

/// The workspace's root folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("invariant: xtask lies in the workspace's root")
        .to_path_buf()
}
