//! Checks of config values that several encoders share.

use story_core::{Error, Result};

/// The largest size that a config may give: beyond any use, and small enough that products of
/// sizes cannot overflow.
const LARGEST_SIZE: usize = 1 << 16;
/// The largest vocabulary; multilingual ones have a quarter of it.
const LARGEST_VOCABULARY: usize = 1 << 20;

/// `value`, unless it is 0 or beyond [`LARGEST_SIZE`]; `key` names it in the error.
pub(crate) fn size(key: &str, value: usize) -> Result<usize> {
    if value == 0 || value > LARGEST_SIZE {
        return Err(Error::Config(format!("{key}: expected 1 to {LARGEST_SIZE}, found {value}")));
    }
    Ok(value)
}

/// `count`, unless it is no size of a vocabulary.
pub(crate) fn vocabulary(count: usize) -> Result<usize> {
    if count == 0 || count > LARGEST_VOCABULARY {
        return Err(Error::Config(format!(
            "vocabulary: expected 1 to {LARGEST_VOCABULARY} tokens, found {count}"
        )));
    }
    Ok(count)
}

/// `rate`, unless it is no probability below 1; `key` names it in the error.
pub(crate) fn dropout_rate(key: &str, rate: f32) -> Result<f32> {
    if !(0.0..1.0).contains(&rate) {
        return Err(Error::Config(format!(
            "{key}: expected a probability of 0 or more and below 1, found {rate}"
        )));
    }
    Ok(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_rates_outside_their_range_are_config_errors() {
        assert_eq!(size("width", 1).expect("a size"), 1);
        for value in [0, LARGEST_SIZE + 1, usize::MAX] {
            assert!(matches!(size("width", value), Err(Error::Config(m)) if m.contains("width")));
        }
        assert_eq!(vocabulary(250_000).expect("a vocabulary"), 250_000);
        assert!(vocabulary(0).is_err() && vocabulary(usize::MAX).is_err());
        assert_eq!(dropout_rate("dropout", 0.0).expect("a rate"), 0.0);
        for rate in [1.0, -0.1, f32::NAN, f32::INFINITY] {
            assert!(dropout_rate("dropout", rate).is_err());
        }
    }
}
