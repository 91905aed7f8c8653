//! The reading of real captions.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

mod labelled;
mod photographs;
