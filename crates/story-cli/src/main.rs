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

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    story_kernels::tune_allocator();
    story_kernels::tune_threads();
    say_nothing_of_caught_panics();
    let arguments = arguments::Arguments::parse();
    match commands::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", console::shown(&failure::message(&error)));
            ExitCode::from(failure::exit_code(&error))
        }
    }
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
