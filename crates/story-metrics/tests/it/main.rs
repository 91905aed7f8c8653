//! Equality with the Python originals on golden files (made by `tools/golden/metrics.py`), and
//! properties on arbitrary input.

mod golden;
mod golden_bootstrap;
mod golden_meteor;
mod golden_meteor_15;
mod golden_picture;
mod golden_text;
mod meteor;
mod meteor_properties;
mod properties;
mod resources;
mod wordnet;
