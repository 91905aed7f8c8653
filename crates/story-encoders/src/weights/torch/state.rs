//! From an unpickled state dict to tensors: finding the dict, and reading strided storages.

use super::super::parse::{Problem, Raw};
use super::unpickle::{Id, Value, Values};
use candle_core::DType;

/// Under these keys training programs keep the state dict beside other things.
const WRAPPERS: [&str; 3] = ["state_dict", "model_state_dict", "model"];
/// The most that tensors may hold for each byte of the file: what widening to f32 (four times at
/// most) and tied tensors need, and a file made to exhaust memory does not keep.
const MOST_GROWTH: usize = 16;

/// A run of numbers that tensors are views of.
#[derive(Debug, Clone)]
pub(super) struct StorageInfo {
    /// PyTorch's name of its type, such as `FloatStorage`.
    pub kind: String,
    /// Its name in the file.
    pub key: String,
    /// Numbers.
    pub count: usize,
}

impl StorageInfo {
    /// What the numbers are, for a tensor called `name`.
    pub fn dtype(&self, name: &str) -> Result<DType, Problem> {
        Ok(match self.kind.as_str() {
            "FloatStorage" => DType::F32,
            "HalfStorage" => DType::F16,
            "BFloat16Storage" => DType::BF16,
            "DoubleStorage" => DType::F64,
            "LongStorage" => DType::I64,
            "IntStorage" => DType::I32,
            "ShortStorage" => DType::I16,
            "ByteStorage" | "BoolStorage" => DType::U8,
            other => return Err(Problem::dtype(name, other)),
        })
    }
}

/// A view of a storage, in numbers.
#[derive(Debug, Clone)]
pub(super) struct TensorInfo {
    pub storage: StorageInfo,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// Where the numbers of storages are read.
pub(super) trait Storages {
    /// The bytes of the storage `key`.
    fn bytes(&mut self, key: &str) -> Result<Vec<u8>, Problem>;
}

/// Every tensor of the state dict that `values` hold; `file` is the file's size in bytes.
pub(super) fn tensors(
    values: &Values,
    storages: &mut impl Storages,
    file: usize,
) -> Result<Vec<Raw>, Problem> {
    let mut out = Vec::new();
    let mut left = file.saturating_mul(MOST_GROWTH);
    for (name, tensor) in state_dict(values)? {
        let count = tensor.count(name)?;
        left = left.checked_sub(count.saturating_mul(4)).ok_or_else(|| {
            Problem::damaged(format!("`{name}`: the tensors are larger than the file"))
        })?;
        let dtype = tensor.storage.dtype(name)?;
        let bytes = storages.bytes(&tensor.storage.key)?;
        let bytes = tensor.gather(name, &bytes, dtype.size_in_bytes(), count)?;
        out.push(Raw::new(name.to_string(), &bytes, dtype, &tensor.shape)?);
    }
    Ok(out)
}

/// The dict that names tensors: the pickle itself, or what lies under a usual key of it.
fn state_dict(values: &Values) -> Result<Vec<(&str, &TensorInfo)>, Problem> {
    let none = || {
        Problem::new(
            "a pickle of torch.save without a state dict (names to tensors)",
            "save `model.state_dict()`, best as safetensors",
        )
    };
    let Value::Dict(root) = values.root() else {
        return Err(none());
    };
    let direct = named_tensors(values, root);
    if !direct.is_empty() {
        return Ok(direct);
    }
    let wrapped = WRAPPERS.iter().find_map(|wrapper| {
        let entry = root
            .iter()
            .rev()
            .find(|(key, _)| matches!(values.get(*key), Value::Text(key) if key == wrapper));
        match values.get(entry?.1) {
            Value::Dict(inner) => Some(named_tensors(values, inner)),
            _ => None,
        }
    });
    wrapped.filter(|found| !found.is_empty()).ok_or_else(none)
}

/// The entries that name a tensor; of two with one name the later counts, as in Python.
fn named_tensors<'a>(values: &'a Values, dict: &[(Id, Id)]) -> Vec<(&'a str, &'a TensorInfo)> {
    let entries =
        dict.iter().filter_map(|(key, value)| match (values.get(*key), values.get(*value)) {
            (Value::Text(name), Value::Tensor(tensor)) => Some((name.as_str(), tensor)),
            _ => None,
        });
    let by_name: std::collections::BTreeMap<_, _> = entries.collect();
    by_name.into_iter().collect()
}

impl TensorInfo {
    /// How many numbers it has, after checking that all lie in the storage.
    fn count(&self, name: &str) -> Result<usize, Problem> {
        let outside = || {
            Problem::damaged(format!(
                "`{name}` of shape {:?} does not fit its storage of {} numbers",
                self.shape, self.storage.count
            ))
        };
        if self.shape.len() != self.strides.len() {
            return Err(outside());
        }
        let mut count = 1usize;
        let mut last = self.offset;
        for (&side, &stride) in self.shape.iter().zip(&self.strides) {
            count = count.checked_mul(side).ok_or_else(outside)?;
            let reach = side.saturating_sub(1).checked_mul(stride);
            last = reach.and_then(|reach| last.checked_add(reach)).ok_or_else(outside)?;
        }
        if count > self.storage.count || (count > 0 && last >= self.storage.count) {
            return Err(outside());
        }
        Ok(count)
    }

    /// The values in row-major order, `size` bytes each.
    fn gather(
        &self,
        name: &str,
        storage: &[u8],
        size: usize,
        count: usize,
    ) -> Result<Vec<u8>, Problem> {
        let expected = self.storage.count.checked_mul(size);
        if expected.is_none_or(|expected| storage.len() < expected) {
            return Err(Problem::damaged(format!(
                "`{name}`: its storage has {} bytes, {} numbers of {size} bytes were announced",
                storage.len(),
                self.storage.count
            )));
        }
        if count == 0 {
            return Ok(Vec::new());
        }
        if self.is_contiguous() {
            return Ok(storage[self.offset * size..][..count * size].to_vec());
        }
        let mut out = Vec::with_capacity(count * size);
        let mut index = vec![0usize; self.shape.len()];
        for _ in 0..count {
            let steps = index.iter().zip(&self.strides).map(|(i, stride)| i * stride);
            let place = self.offset + steps.sum::<usize>();
            out.extend_from_slice(&storage[place * size..][..size]);
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < self.shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        Ok(out)
    }

    fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        let axes = self.shape.iter().zip(&self.strides).rev();
        axes.filter(|(side, _)| **side != 1).all(|(side, stride)| {
            let fits = *stride == expected;
            expected *= side;
            fits
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(offset: usize, shape: &[usize], strides: &[usize], count: usize) -> TensorInfo {
        TensorInfo {
            storage: StorageInfo { kind: "ByteStorage".into(), key: "0".into(), count },
            offset,
            shape: shape.to_vec(),
            strides: strides.to_vec(),
        }
    }

    #[test]
    fn strided_views_come_in_row_major_order() {
        let storage: Vec<u8> = (0..12).collect();
        for (tensor, expected) in [
            (view(2, &[2, 3], &[3, 1], 12), vec![2, 3, 4, 5, 6, 7]),
            (view(0, &[3, 2], &[1, 3], 12), vec![0, 3, 1, 4, 2, 5]),
            (view(1, &[2, 2], &[6, 2], 12), vec![1, 3, 7, 9]),
            (view(5, &[], &[], 12), vec![5]),
            (view(12, &[0, 3], &[3, 1], 12), vec![]),
        ] {
            let count = tensor.count("x").expect("inside");
            let found = tensor.gather("x", &storage, 1, count).expect("gathered");
            assert_eq!(found, expected, "{tensor:?}");
        }
    }

    #[test]
    fn views_beyond_their_storage_are_refused() {
        for tensor in [
            view(7, &[2, 3], &[3, 1], 12),
            view(0, &[13], &[0], 12),
            view(0, &[usize::MAX, 2], &[1, 1], 12),
            view(0, &[2, 2], &[usize::MAX, 1], 12),
            view(usize::MAX, &[2], &[1], 12),
            view(0, &[2], &[1, 1], 12),
        ] {
            assert!(tensor.count("x").is_err(), "{tensor:?}");
        }
        let tensor = view(0, &[4], &[1], 12);
        assert!(tensor.gather("x", &[0; 11], 1, 4).is_err());
    }
}
