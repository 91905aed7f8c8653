//! `story`: trains, evaluates and asks next-step story models.
//!
//! This crate alone reads arguments and the environment, listens to Ctrl-C and prints; what it does
//! is called in `story-run`. One JSON document goes to stdout with `--json`; everything else goes to
//! stderr.
#![allow(clippy::print_stdout, clippy::print_stderr)] // The crate that speaks to the user.

mod arguments;
mod boxes;
mod commands;
mod console;
mod environment;
mod failure;
mod options;
mod signals;

use clap::{CommandFactory, FromArgMatches};
use std::process::ExitCode;

fn main() -> ExitCode {
    story_kernels::tune_allocator();
    story_kernels::tune_threads();
    story_kernels::let_large_writes_fail();
    say_nothing_of_caught_panics();
    match commands::run(arguments()) {
        Ok(()) if console::stdout_is_lost() => ExitCode::from(failure::USAGE_OR_ENVIRONMENT),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::tell(&format!("error: {}", failure::message(&error)));
            ExitCode::from(failure::exit_code(&error))
        }
    }
}

/// The command line, with help as wide as the terminal, or as `COLUMNS` says where it is set.
fn arguments() -> arguments::Arguments {
    let mut command = arguments::Arguments::command();
    let columns = environment::lookup("COLUMNS").and_then(|columns| columns.parse().ok());
    if let Some(columns) = columns {
        command = command.term_width(columns);
    }
    let given = command.get_matches();
    arguments::Arguments::from_arg_matches(&given).unwrap_or_else(|error| error.exit())
}

/// A damaged file that a decoder panics over is an error that names the file, and no panic.
fn say_nothing_of_caught_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !story_files::guard::panic_is_caught() {
            report(panic);
        }
    }));
}
