//! Checks of config values that several parts share.

use story_core::{Error, Result};

/// The largest size a config may give: beyond any use, and small enough that the product of three
/// does not overflow.
const LARGEST_SIZE: usize = 1 << 20;
/// The most layers a config may stack.
const MOST_LAYERS: usize = 64;

/// Refuses a size of 0 or beyond any use.
pub(crate) fn size(key: &str, value: usize) -> Result<()> {
    within(key, value, LARGEST_SIZE)
}

/// Refuses no layers or too many.
pub(crate) fn layers(key: &str, value: usize) -> Result<()> {
    within(key, value, MOST_LAYERS)
}

/// Refuses a dropout rate outside 0..1.
pub(crate) fn rate(key: &str, rate: f32) -> Result<()> {
    if (0.0..1.0).contains(&rate) {
        return Ok(());
    }
    Err(Error::Config(format!("{key} is {rate}; expected 0 (off) to below 1")))
}

/// Refuses a number that is negative, infinite or not a number.
pub(crate) fn at_least_zero(key: &str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::Config(format!("{key} is {value}; expected a number of at least 0")))
}

/// Refuses 0 and what is above `most`.
pub(crate) fn within(key: &str, value: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::Config(format!("{key} is {value}; expected 1 to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_are_config_errors_that_name_the_key() {
        let refused = [
            size("key", 0),
            size("key", usize::MAX),
            layers("key", 65),
            rate("key", 1.0),
            rate("key", f32::NAN),
            at_least_zero("key", -0.1),
            at_least_zero("key", f64::INFINITY),
        ];
        for result in refused {
            assert!(matches!(result, Err(Error::Config(m)) if m.starts_with("key is")));
        }
        assert!(size("key", 1).is_ok() && rate("key", 0.0).is_ok());
        assert!(layers("key", 64).is_ok() && at_least_zero("key", 0.0).is_ok());
    }
}
