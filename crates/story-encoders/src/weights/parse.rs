//! Bytes to tensors: which format they are in, and what is said of those that are no weights.

use super::{safetensors, torch};
use candle_core::{DType, Device, Storage, Tensor};
use std::path::Path;
use story_core::Error;
use story_files::guard::guarded;

/// A tensor as it was found, in f32.
pub(super) struct Raw {
    pub name: String,
    pub tensor: Tensor,
}

impl Raw {
    /// Widens `bytes`, the values of `shape` in row-major order.
    pub fn new(name: String, bytes: &[u8], dtype: DType, shape: &[usize]) -> Result<Self, Problem> {
        let tensor = Tensor::from_raw_buffer(bytes, dtype, shape, &Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(DType::F32))
            .map_err(|error| Problem::damaged(format!("`{name}` cannot be read ({error})")))?;
        if is_finite(&tensor) { Ok(Self { name, tensor }) } else { Err(Problem::not_finite(&name)) }
    }
}

/// Why bytes are no weights, and what to do about it.
#[derive(Debug)]
pub(super) struct Problem {
    pub found: String,
    remedy: String,
}

impl Problem {
    pub fn new(found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { found: found.into(), remedy: remedy.into() }
    }

    pub fn damaged(found: impl Into<String>) -> Self {
        Self::new(found, "the file is damaged or cut short; fetch it again")
    }

    pub fn dtype(name: &str, dtype: &str) -> Self {
        let found = format!("`{name}` is stored as {dtype}; expected f32, f16, bf16 or f64");
        Self::new(found, "use weights that are not quantised")
    }

    pub fn not_finite(name: &str) -> Self {
        let found = format!("`{name}` holds values that are not finite in f32");
        Self::new(found, "fetch the file again, or use other weights")
    }

    /// The error about the file at `path`.
    pub fn of(self, path: &Path) -> Error {
        let Self { found, remedy } = self;
        Error::Data(format!("{}: {found}; {remedy}", path.display()))
    }
}

/// Reads the format that the content shows, under the guard.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Raw>, Problem> {
    guarded(|| parsed(bytes)).unwrap_or_else(|gave_up| Err(Problem::damaged(gave_up.to_string())))
}

fn parsed(bytes: &[u8]) -> Result<Vec<Raw>, Problem> {
    if safetensors::is_it(bytes) {
        return safetensors::read(bytes);
    }
    if torch::is_zip(bytes) {
        return torch::read_zip(bytes);
    }
    if torch::is_legacy(bytes) {
        return torch::read_legacy(bytes);
    }
    const READABLE: &str = "expected safetensors or a state dict of torch.save";
    let (found, remedy) = match bytes {
        [] => ("the file is empty", "fetch it again"),
        _ if bytes.starts_with(b"version https://git-lfs") => {
            ("a pointer of git-lfs, not the weights", "run `git lfs pull` in its repository")
        }
        [b'<', ..] => ("a web page, not weights", "fetch the file again"),
        _ if bytes.starts_with(b"\x89HDF") => {
            ("HDF5 weights of Keras", "take model.safetensors or pytorch_model.bin")
        }
        _ if bytes.starts_with(b"GGUF") => ("GGUF weights", "take model.safetensors"),
        [0x80, ..] => (
            "a pickle, but not of torch.save",
            "save the state dict with torch.save, best as safetensors",
        ),
        _ => ("neither safetensors nor a file of torch.save", "name another file"),
    };
    Err(Problem::new(format!("{READABLE}, found {found}"), remedy))
}

pub(super) fn is_finite(tensor: &Tensor) -> bool {
    let (storage, _) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => storage
            .as_slice::<f32>()
            .is_ok_and(|values| values.iter().all(|value| value.is_finite())),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_content_is_named() {
        for (bytes, expected) in [
            (&b""[..], "empty"),
            (b"<!doctype html>", "web page"),
            (b"version https://git-lfs.github.com/spec/v1", "git-lfs"),
            (b"\x89HDF\r\n", "Keras"),
            (b"GGUF....", "GGUF"),
            (b"\x80\x04\x95....", "pickle"),
            (b"{\"a\": 1}", "neither"),
        ] {
            let problem = parse(bytes).err().expect("foreign bytes");
            assert!(problem.found.contains(expected), "{}", problem.found);
        }
    }
}
