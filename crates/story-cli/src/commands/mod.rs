//! The commands, one file each.

mod ablate;
mod compare;
mod config;
mod data;
mod detect;
mod encode;
mod evaluate;
mod export;
mod fetch;
mod list;
mod outcome;
mod predict;
mod runs;
mod score;
mod steps;
mod train;
mod verify;

use crate::arguments::{Arguments, Command};
use anyhow::Result;

/// Runs the command asked for.
pub fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Train(arguments) => train::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Ablate(arguments) => ablate::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Predict(arguments) => predict::run(&arguments),
        Command::Score(arguments) => score::run(&arguments),
        Command::Detect(arguments) => detect::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Encode(arguments) => encode::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Fetch(arguments) => fetch::run(&arguments),
        Command::Data(arguments) => data::run(&arguments),
        Command::Runs(arguments) => runs::run(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
    }
}
