//! Named f32 tensors in the form of a safetensors file, one tensor in memory at a time.
//!
//! The layout is safetensors' own: the header's length (8 bytes, little endian), the header (JSON,
//! padded with blanks to 8 bytes), the numbers. Tensors stand in the order of their names, so that
//! equal tensors give equal files. The crate's own writer is not used: it keeps files from other
//! users (mode 0600) or needs all bytes in memory at once.

use candle_core::{DType, Tensor};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

/// The header's length is a multiple of this.
const ALIGNMENT: usize = 8;

/// Writes `tensors` to `file`.
pub(super) fn write(file: &mut impl Write, tensors: &HashMap<String, Tensor>) -> io::Result<()> {
    let sorted: BTreeMap<&String, &Tensor> = tensors.iter().collect();
    let mut end = 0;
    let infos = sorted.iter().map(|(name, tensor)| {
        let start = end;
        end += tensor.elem_count() * size_of::<f32>();
        let info = TensorInfo {
            dtype: Dtype::F32,
            shape: tensor.dims().to_vec(),
            data_offsets: (start, end),
        };
        (name.to_string(), info)
    });
    let metadata = Metadata::new(None, infos.collect()).map_err(io::Error::other)?;
    let mut header = serde_json::to_vec(&metadata)?;
    header.resize(header.len().next_multiple_of(ALIGNMENT), b' ');

    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(&header)?;
    for tensor in sorted.values() {
        let values = tensor
            .to_dtype(DType::F32)
            .and_then(|tensor| tensor.flatten_all()?.to_vec1::<f32>())
            .map_err(io::Error::other)?;
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        file.write_all(&bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn safetensors_reads_what_was_written() -> candle_core::Result<()> {
        let cpu = &Device::Cpu;
        let tensors = HashMap::from([
            ("b".to_string(), Tensor::new(&[[1f32, -2.5], [f32::MIN, 4.0]], cpu)?),
            ("a".to_string(), Tensor::new(7f32, cpu)?),
            ("c".to_string(), Tensor::new(&[1e-40f32, 0.0, 3.0], cpu)?),
        ]);
        let mut bytes = Vec::new();
        write(&mut bytes, &tensors)?;
        let read = candle_core::safetensors::load_buffer(&bytes, cpu)?;
        assert_eq!(read.len(), tensors.len());
        for (name, tensor) in &tensors {
            assert_eq!(read[name].dims(), tensor.dims());
            let flat = |t: &Tensor| t.flatten_all()?.to_vec1::<f32>();
            assert_eq!(flat(&read[name])?, flat(tensor)?);
        }
        Ok(())
    }
}
