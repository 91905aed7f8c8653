//! Published weights, with their tokenizers, from the Hub into its cache, where runs find them,
//! offline too: from the words of a command line to a [`Plan`] that says size and licence before it
//! brings anything.

mod choice;
mod plan;
mod request;

pub use plan::{Plan, PlannedFile};
pub use request::{Request, requests};

/// What a folder or repository may call its weights, the best first; an index stands for its
/// shards.
pub const USUAL_NAMES: [&str; 3] =
    ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"];

/// Whether a file lists shards.
pub fn is_index(name: &str) -> bool {
    name.ends_with(choice::INDEX)
}
