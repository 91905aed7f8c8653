//! Tensors of a safetensors file: checkpoints, judges, whatever this project writes itself and may get
//! back from somebody else.

use crate::{Error, Result};
use candle_core::{Device, Tensor, safetensors};
use std::collections::HashMap;
use std::path::Path;
use story_files::MOST_WEIGHT_BYTES;
use story_files::guard::guarded;

/// Every tensor of the file at `path` by name, on `device`, as it is stored.
///
/// # Errors
/// [`Error::Io`] where it cannot be read; [`Error::Data`] naming it where it is no whole safetensors.
pub fn read_tensors(path: &Path, device: &Device) -> Result<HashMap<String, Tensor>> {
    let bytes = story_files::read(path, MOST_WEIGHT_BYTES).map_err(Error::io(path))?;
    let damaged = |found: String| {
        Error::Data(format!("{}: not a whole safetensors file: {found}", path.display()))
    };
    tensors_of(&bytes, device).map_err(damaged)
}

/// The same of `bytes` that were read; the error says what was found, for who knows their file.
///
/// # Errors
/// Where they are no whole safetensors.
pub fn tensors_of(
    bytes: &[u8],
    device: &Device,
) -> std::result::Result<HashMap<String, Tensor>, String> {
    match guarded(|| safetensors::load_buffer(bytes, device)) {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(gave_up) => Err(gave_up.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.safetensors");
        let tensor = Tensor::new(&[1f32, 2.0], &Device::Cpu).expect("a tensor");
        safetensors::save(&HashMap::from([("x", tensor)]), &path).expect("room");
        let read = || read_tensors(&path, &Device::Cpu);
        assert_eq!(read().expect("whole")["x"].dims(), [2]);
        let whole = std::fs::read(&path).expect("a file");
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).expect("room");
            let error = read().expect_err("cut");
            assert!(
                matches!(&error, Error::Data(text) if text.contains("a.safetensors")),
                "{error}"
            );
        }
    }
}
