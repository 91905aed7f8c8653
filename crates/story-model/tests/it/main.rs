//! Integration tests of the model crate; what they share is in `support`.

mod conformance;
mod copying;
mod decoding;
mod generation;
mod golden;
mod golden_decoders;
mod golden_llama;
mod language_model;
mod lora;
mod model;
mod pictures;
mod resume;
mod runs;
mod storage;
mod support;
mod text_decoders;
mod told;
mod training;
