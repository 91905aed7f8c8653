//! Integration tests: the client, the cache and the fetching against a server that behaves like the
//! Hub, with injected faults.

mod client;
mod corpora;
mod download;
mod models;
mod support;
