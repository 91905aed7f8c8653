//! Equality with the originals on golden files, made by the scripts in `tools/golden`, and
//! properties on arbitrary input.

mod golden;
mod golden_bootstrap;
mod golden_chrf;
mod golden_coco;
mod golden_decisions;
mod golden_detection;
mod golden_grounding;
mod golden_meteor;
mod golden_meteor_15;
mod golden_picture;
mod golden_tags;
mod golden_tests;
mod golden_text;
mod golden_vectors;
mod meteor;
mod meteor_properties;
mod properties;
mod properties_coco;
mod properties_decisions;
mod resources;
mod wordnet;
