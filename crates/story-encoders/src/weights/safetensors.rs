//! Safetensors: eight bytes with the length of a JSON header, the header, the raw values.

use super::parse::{Problem, Raw};
use candle_core::DType;
use safetensors::{Dtype, SafeTensors};

/// Whether `bytes` begin like a safetensors file.
pub(super) fn is_it(bytes: &[u8]) -> bool {
    // The largest header that the format allows is 100 MB, so that the upper bytes are 0.
    bytes.len() > 8 && bytes[4..8] == [0; 4] && bytes[8] == b'{'
}

/// Every tensor with its name.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Raw>, Problem> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| {
        Problem::damaged(format!("the header does not fit the bytes ({error:?})"))
    })?;
    let mut out = Vec::with_capacity(file.len());
    for (name, view) in file.tensors() {
        let dtype = match view.dtype() {
            Dtype::BOOL => DType::U8,
            Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F64 => float(view.dtype()),
            Dtype::U8 => DType::U8,
            Dtype::U32 => DType::U32,
            Dtype::I16 => DType::I16,
            Dtype::I32 => DType::I32,
            Dtype::I64 => DType::I64,
            other => return Err(Problem::dtype(&name, &format!("{other:?}"))),
        };
        out.push(Raw::new(name, view.data(), dtype, view.shape())?);
    }
    Ok(out)
}

fn float(dtype: Dtype) -> DType {
    match dtype {
        Dtype::F16 => DType::F16,
        Dtype::BF16 => DType::BF16,
        Dtype::F64 => DType::F64,
        _ => DType::F32,
    }
}
