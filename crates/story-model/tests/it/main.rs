//! Integration tests of the model crate; what they share is in `support`.

mod conformance;
mod generation;
mod golden;
mod model;
mod resume;
mod runs;
mod support;
mod training;
