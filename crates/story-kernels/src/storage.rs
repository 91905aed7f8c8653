//! Access to the numbers behind candle tensors on the CPU.

use crate::matmul::Matrix;
use candle_core::{CpuStorage, DType, InplaceOp1, Layout, Result, Storage, Tensor, bail};
use std::cell::Cell;

/// Whether the fused kernels apply: every tensor on the CPU and in f32.
pub(crate) fn fused(tensors: &[&Tensor]) -> bool {
    tensors.iter().all(|t| t.device().is_cpu() && t.dtype() == DType::F32)
}

/// The numbers of a contiguous f32 storage.
pub(crate) fn f32_slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("expected a contiguous tensor, found {layout:?}")
    };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// Runs `f` on the numbers of a CPU f32 tensor, copying them first if they are strided.
pub(crate) fn with_f32<R>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> Result<R>) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => f(f32_slice(storage, layout)?),
        _ => bail!("expected a tensor on the CPU, found {:?}", tensor.device()),
    }
}

/// A matrix without gaps, by rows or by columns; anything else is copied by rows. Products take both,
/// and one that is stored by columns is cheaper where few rows are multiplied with its transpose.
pub(crate) fn packed(matrix: &Tensor) -> Result<Tensor> {
    if matrix.rank() == 2 && matrix.t()?.is_contiguous() {
        return Ok(matrix.clone());
    }
    matrix.contiguous()
}

/// The view of a storage that [`packed`] made.
pub(crate) fn matrix_of<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<Matrix<'a>> {
    let (rows, columns) = layout.shape().dims2()?;
    if layout.is_contiguous() {
        return Ok(Matrix::new(f32_slice(storage, layout)?, rows, columns));
    }
    let columns_first = layout.transpose(0, 1)?;
    Ok(Matrix::new(f32_slice(storage, &columns_first)?, columns, rows).t())
}

/// Runs `f` on a CPU f32 matrix as it is stored.
pub(crate) fn with_matrix<R>(
    matrix: &Tensor,
    f: impl FnOnce(Matrix<'_>) -> Result<R>,
) -> Result<R> {
    let matrix = packed(matrix)?;
    let (storage, layout) = matrix.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => f(matrix_of(storage, layout)?),
        _ => bail!("expected a matrix on the CPU, found {:?}", matrix.device()),
    }
}

/// Runs `f` on the numbers of a contiguous CPU f32 tensor, in place.
pub(crate) fn with_f32_mut(
    tensor: &Tensor,
    f: impl FnOnce(&mut [f32]) -> Result<()>,
) -> Result<()> {
    tensor.inplace_op1(&Once(Cell::new(Some(f))))
}

/// The gradient of an op's argument as candle wants it: `None` if nothing asks for it.
pub(crate) fn gradient(values: Vec<f32>, of: &Tensor) -> Result<Option<Tensor>> {
    let tensor = || Tensor::from_vec(values, of.shape(), of.device());
    of.track_op().then(tensor).transpose()
}

/// Refuses a tensor without elements, naming it.
pub(crate) fn check_not_empty(op: &str, name: &str, tensor: &Tensor) -> Result<()> {
    if tensor.elem_count() == 0 {
        bail!("{op}: {name} of shape {:?} is empty", tensor.dims());
    }
    Ok(())
}

/// candle hands out mutable storage only to in-place ops, by shared reference to the op: the
/// closure waits in a cell.
struct Once<F>(Cell<Option<F>>);

impl<F: FnOnce(&mut [f32]) -> Result<()>> InplaceOp1 for Once<F> {
    fn name(&self) -> &'static str {
        "in-place-f32"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let Some((start, end)) = layout.contiguous_offsets() else {
            bail!("an in-place update needs a contiguous tensor, found {layout:?}")
        };
        let CpuStorage::F32(values) = storage else {
            bail!("an in-place update needs an f32 tensor")
        };
        match self.0.take() {
            Some(f) => f(&mut values[start..end]),
            None => bail!("an in-place update runs once"),
        }
    }
}
