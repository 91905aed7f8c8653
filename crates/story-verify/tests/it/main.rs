//! Detectors against their published originals.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

mod yolox_real;
