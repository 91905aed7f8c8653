//! `story`: trains, evaluates and asks next-step story models.
//!
//! This crate alone reads arguments and the environment and prints. One JSON document goes to
//! stdout with `--json`; everything else goes to stderr.
#![allow(clippy::print_stdout, clippy::print_stderr)] // The crate that speaks to the user.

mod arguments;
mod commands;
mod config;
mod console;
mod corpus;
mod environment;
mod evaluation;
mod failure;
mod run_folder;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    story_kernels::tune_allocator();
    let arguments = arguments::Arguments::parse();
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(failure::exit_code(&error))
        }
    }
}
