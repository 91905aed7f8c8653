//! Equality with the Python originals on golden files (made by `tools/golden/metrics.py`), and
//! properties on arbitrary input.

mod golden;
mod golden_bootstrap;
mod golden_decisions;
mod golden_grounding;
mod golden_picture;
mod golden_tags;
mod golden_tests;
mod golden_text;
mod golden_vectors;
mod properties;
mod properties_decisions;
