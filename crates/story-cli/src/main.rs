//! `story`: trains, evaluates and asks next-step story models.
//!
//! This crate alone reads arguments and the environment, listens to Ctrl-C and prints; what it does
//! is called in `story-run`. Answers go to stdout, with `--json` as one JSON document; progress,
//! warnings and errors go to stderr.
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
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(refused) => return refuse(&refused),
    };
    match commands::run(arguments) {
        Ok(()) if console::stdout_is_lost() => ExitCode::from(failure::USAGE_OR_ENVIRONMENT),
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let (message, code) = (failure::message(&error), failure::exit_code(&error));
            console::tell(&format!("error: {message}"));
            if environment::asks_for_json() {
                console::print_json_error(&message, code);
            }
            ExitCode::from(code)
        }
    }
}

/// The command line, with help as wide as the terminal, or as `COLUMNS` says where it is set.
fn arguments() -> Result<arguments::Arguments, clap::Error> {
    let mut command = arguments::Arguments::command();
    let columns = environment::lookup("COLUMNS").and_then(|columns| columns.parse().ok());
    if let Some(columns) = columns {
        command = command.term_width(columns);
    }
    arguments::Arguments::from_arg_matches(&command.try_get_matches()?)
}

/// What clap answers in the place of a command: help and version, or why the words cannot be read.
fn refuse(refused: &clap::Error) -> ExitCode {
    // A stream that is closed hears nothing, whatever is printed.
    let _ = refused.print();
    let code = u8::try_from(refused.exit_code()).unwrap_or(failure::USAGE_OR_ENVIRONMENT);
    if refused.use_stderr() && environment::asks_for_json() {
        let message = refused.to_string();
        console::print_json_error(message.trim_start_matches("error: ").trim_end(), code);
    }
    ExitCode::from(code)
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
