//! The files that vectors are written to: NumPy's `.npy`, and safetensors.

use anyhow::{Result, bail};
use candle_core::{DType, Tensor};
use std::collections::HashMap;
use std::path::Path;

/// The tensor's name in a safetensors file.
const EMBEDDINGS: &str = "embeddings";

/// A form of file, told by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One array, as `numpy.load` reads it.
    Npy,
    /// One tensor under the name `embeddings`.
    Safetensors,
}

impl Format {
    /// The form that a file's name asks for.
    ///
    /// # Errors
    /// An ending that is neither: a file must be what its name says.
    pub fn of(path: &Path) -> Result<Self> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("npy") => Ok(Self::Npy),
            Some("safetensors") => Ok(Self::Safetensors),
            _ => bail!(
                "--output {}: expected a name that ends with .npy or .safetensors",
                path.display()
            ),
        }
    }

    /// What the file holds.
    pub fn what(self) -> &'static str {
        match self {
            Self::Npy => "an array",
            Self::Safetensors => EMBEDDINGS,
        }
    }

    /// The file of `embeddings`, (N, D).
    pub fn bytes(self, embeddings: Tensor) -> Result<Vec<u8>> {
        match self {
            Self::Npy => npy(&embeddings),
            Self::Safetensors => {
                let tensors = HashMap::from([(EMBEDDINGS.to_string(), embeddings)]);
                Ok(safetensors::serialize(&tensors, None)?)
            }
        }
    }
}

/// Version 1.0 of `numpy.lib.format`: magic, length of the header, a Python dict padded with blanks
/// to 64 bytes, then the numbers in C order.
fn npy(embeddings: &Tensor) -> Result<Vec<u8>> {
    const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
    const LENGTH: usize = 2;
    const ALIGNMENT: usize = 64;
    let (count, width) = embeddings.dims2()?;
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, {width}), }}");
    let whole = (MAGIC.len() + LENGTH + header.len() + 1).next_multiple_of(ALIGNMENT);
    let blanks = whole - MAGIC.len() - LENGTH - header.len() - 1;
    header.push_str(&" ".repeat(blanks));
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend(u16::try_from(header.len())?.to_le_bytes());
    bytes.extend(header.as_bytes());
    let values = embeddings.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_name_tells_the_form() {
        let of = |name: &str| Format::of(Path::new(name)).ok();
        assert_eq!(of("t.npy"), Some(Format::Npy));
        assert_eq!(of("a/T.SAFETENSORS"), Some(Format::Safetensors));
        for name in ["t", "t.npz", "npy", ".npy"] {
            let message = Format::of(Path::new(name)).expect_err(name).to_string();
            assert!(message.contains(".npy or .safetensors"), "{message}");
        }
    }

    #[test]
    fn numpy_s_array_is_the_tensor() {
        let tensor = Tensor::new(&[[1f32, 2.0, 3.0], [4.0, 5.0, 6.5]], &Device::Cpu);
        let bytes = Format::Npy.bytes(tensor.expect("a tensor")).expect("bytes");
        // As numpy/doc/neps/nep-0001 lays it out: 118, `v`, bytes of header make it 128 in all.
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00v\x00");
        assert_eq!(&bytes[10..10 + text.len()], text.as_bytes());
        assert_eq!((bytes[127], bytes.len()), (b'\n', 128 + 24));
        assert_eq!(&bytes[148..], 6.5f32.to_le_bytes());
    }
}
