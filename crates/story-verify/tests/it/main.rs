//! Detectors against their published originals.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

mod yolox_real;

use std::io::Write;
use std::path::{Path, PathBuf};

/// A file of the shared folder beside the workspace; says so where it is absent.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name);
    if path.exists() {
        return Some(path);
    }
    let line = format!("\nskipped: {} is not there\n", path.display());
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    None
}
