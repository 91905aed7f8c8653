//! The command `story` from end to end: each test runs the built binary in a folder of its own.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

mod ablate;
mod audit;
mod bad_data;
mod bad_usage;
mod built_from;
mod compare;
mod data;
mod detect;
#[cfg(unix)]
mod disk;
mod evaluate;
mod fetch;
mod frozen;
mod hub;
mod json;
mod language_model;
mod latent;
mod own;
mod predict;
mod resume;
mod score;
mod score_forms;
#[cfg(unix)]
mod stop;
mod support;
mod tiny_language_model;
mod train;
mod verify;
