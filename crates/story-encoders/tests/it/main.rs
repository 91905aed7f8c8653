//! Integration tests: every registered encoder through the conformance suite, comparison with
//! PyTorch, and learning.

mod dinov2;
mod features;
mod gguf;
mod golden;
mod image;
mod image_names;
mod image_published;
mod image_real;
mod learning;
mod published;
mod text;
mod text_published;
mod text_published_rules;
mod tiny_autoencoder;
mod weights;
mod weights_resolved;

use serde::Serialize;
use serde::de::DeserializeOwned;
use story_core::conformance;

/// A config survives the round trip, refuses unknown keys, and lacks no key silently.
fn config_is_strict<C>(what: &str, config: &C)
where
    C: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    conformance::config_round_trip(what, config, serde_json::to_string, |text| {
        serde_json::from_str(text)
    });
    let value = serde_json::to_value(config).expect("a config can be written");
    let keys = value.as_object().expect("a table").keys();
    for key in keys {
        let mut without = value.clone();
        without.as_object_mut().expect("a table").remove(key);
        assert!(
            serde_json::from_value::<C>(without).is_err(),
            "{what}: `{key}` has a hidden value"
        );
    }
}
