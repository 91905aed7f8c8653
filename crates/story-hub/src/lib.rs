//! The Hugging Face Hub, and what else is fetched: without a tensor library, so that every crate
//! and the project's tasks ask it the same way.
//!
//! ```text
//! Hub (environment, patience, progress)
//!   └ Client ── one request: redirects by hand, token to the endpoint's origin, retries, least rate
//!       ├ Repository ── revision to commit, tree listing, addresses      (streams read by range)
//!       └ Snapshot ──── a commit's files with their digests, into the cache (weights, corpora)
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`models`] | from the words of a command line to weights in the cache |
//! | [`corpora`] | the corpora that can be fetched by name |
//! | [`detectors`] | published weights of detectors, which lie outside of the Hub |
//! | [`published`] | the published networks: one name, one repository |
//! | [`configs`] | the configs that are built in, by name |
//! | [`base`] | `base = "other.toml"` of a run's config, which [`models`] reads |
//!
//! Nothing is printed and no environment is read here: variables come through a lookup function,
//! and what goes on is told to a [`Progress`].

pub mod base;
mod cache;
mod client;
pub mod configs;
pub mod corpora;
pub mod detectors;
mod digest;
mod environment;
mod error;
mod hub;
pub mod models;
mod progress;
pub mod published;
mod repository;
mod retry;
mod snapshot;
#[cfg(feature = "testing")]
pub mod testing;

pub use cache::Cache;
pub use client::{Client, Traffic};
pub use environment::{HubEnvironment, Token};
pub use error::{Error, Result};
pub use hub::Hub;
pub use progress::{Event, Progress};
pub use repository::{Entry, Kind, Repository, is_plain};
pub use retry::RetryPolicy;
pub use snapshot::Snapshot;
