//! Judging whether pictures and texts belong together: from a config to a trained judge.

mod asked;
mod bound;
pub mod config;
pub mod embedder;
pub mod evidence;
pub mod eyes;
pub mod judge;
mod outcome;
pub mod parts;
pub mod records;
pub mod session;
pub mod trained;
