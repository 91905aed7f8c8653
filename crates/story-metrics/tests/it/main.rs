//! Equality with the Python originals on golden files (made by `tools/golden/metrics.py` and
//! `tools/golden/coco_captions.py`), and
//! properties on arbitrary input.

mod golden;
mod golden_bootstrap;
mod golden_coco;
mod golden_picture;
mod golden_text;
mod properties;
mod properties_coco;
