//! Choice of the device by its name.

use crate::{Error, Result};
use candle_core::Device;

/// The device called `name`: `cpu`, `cuda`, `cuda:N` or `metal`.
///
/// # Errors
/// An unknown name is a config error; a device that this build or machine lacks is an
/// environment error that says which feature to build with.
pub fn device(name: &str) -> Result<Device> {
    let ordinal = |text: &str| {
        text.parse::<usize>()
            .map_err(|_| Error::Config(format!("device `{name}`: `{text}` is no device number")))
    };
    let missing = |error: candle_core::Error, feature: &str| {
        Error::Environment(format!(
            "device `{name}` cannot be used: {error}; build with `--features {feature}` on a machine that has one, or use `--device cpu`"
        ))
    };
    match name.split_once(':') {
        None if name == "cpu" => Ok(Device::Cpu),
        None if name == "cuda" => Device::new_cuda(0).map_err(|e| missing(e, "cuda")),
        None if name == "metal" => Device::new_metal(0).map_err(|e| missing(e, "metal")),
        Some(("cuda", n)) => Device::new_cuda(ordinal(n)?).map_err(|e| missing(e, "cuda")),
        _ => Err(Error::Config(format!(
            "unknown device `{name}`; expected cpu, cuda, cuda:N or metal"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_devices_are_config_errors() {
        assert!(device("cpu").expect("always there").is_cpu());
        assert!(matches!(device("gpu"), Err(Error::Config(_))));
        assert!(matches!(device("cuda:x"), Err(Error::Config(_))));
    }
}
