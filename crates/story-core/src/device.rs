//! Choice of the device by its name.

use crate::{Error, Result};
use candle_core::{Device, utils};

/// The device called `name`: `cpu`, `cuda`, `cuda:N` or `metal`.
///
/// # Errors
/// An unknown name is a config error; a device that this build or machine lacks is an
/// environment error that says which of the two it is.
pub fn device(name: &str) -> Result<Device> {
    let ordinal = |text: &str| {
        text.parse::<usize>()
            .map_err(|_| Error::Config(format!("device `{name}`: `{text}` is no device number")))
    };
    let missing = |error: candle_core::Error, in_build: bool| {
        let reason = match in_build {
            true => format!("the machine does not give it: {error}"),
            false => "this program was built without support for it".into(),
        };
        Error::Environment(format!(
            "device `{name}` cannot be used: {reason}; take `--device cpu`, or device = \"cpu\" in the config"
        ))
    };
    let cuda = |n| Device::new_cuda(n).map_err(|e| missing(e, utils::cuda_is_available()));
    match name.split_once(':') {
        None if name == "cpu" => Ok(Device::Cpu),
        None if name == "cuda" => cuda(0),
        None if name == "metal" => {
            Device::new_metal(0).map_err(|e| missing(e, utils::metal_is_available()))
        }
        Some(("cuda", n)) => cuda(ordinal(n)?),
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

    #[test]
    fn a_device_that_the_build_lacks_is_said_to_be_so_and_no_feature_is_advised() {
        let in_build = [utils::cuda_is_available(), utils::metal_is_available()];
        for (name, in_build) in ["cuda:7", "metal"].into_iter().zip(in_build) {
            let message = match device(name) {
                Err(Error::Environment(message)) => message,
                Err(other) => panic!("{name}: {other}"),
                Ok(_) => continue,
            };
            assert!(message.contains(name) && message.contains("--device cpu"), "{message}");
            assert_eq!(message.contains("built without"), !in_build, "{message}");
            assert!(!message.contains("--features"), "no crate has one: {message}");
        }
    }
}
