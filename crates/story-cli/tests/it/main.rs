//! The command `story` from end to end: each test runs the built binary in a folder of its own.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

mod bad_data;
mod bad_usage;
mod data;
mod evaluate;
mod hub;
#[path = "../../../story-data/tests/it/hub_server.rs"]
mod hub_server;
mod predict;
mod resume;
mod support;
mod train;
