//! Reading golden files, and the distance that counts as equal.

use serde::de::DeserializeOwned;

/// Largest difference that counts as equal.
pub const TOLERANCE: f64 = 1e-6;

/// Reads a golden file of `tests/golden`.
pub fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails unless two numbers are equal up to [`TOLERANCE`].
#[track_caller]
pub fn assert_close(found: f64, expected: f64, context: impl std::fmt::Debug) {
    let difference = (found - expected).abs();
    assert!(difference <= TOLERANCE, "{context:?}: found {found}, expected {expected}");
}

/// Fails unless both numbers are undefined, or equal up to [`TOLERANCE`].
#[track_caller]
pub fn assert_close_or_none(
    found: Option<f64>,
    expected: Option<f64>,
    context: impl std::fmt::Debug,
) {
    match (found, expected) {
        (Some(found), Some(expected)) => assert_close(found, expected, context),
        _ => assert_eq!(found, expected, "{context:?}"),
    }
}
