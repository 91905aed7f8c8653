//! A frozen matrix that stays in the quantised blocks of its file, and its product y = x W^T.
//!
//! | kind | 32 numbers are | bytes | a number |
//! |---|---|---:|---|
//! | Q4_0 | a scale d, numbers q of 4 bits | 18 | d (q - 8) |
//! | Q4_1 | a scale d, a least m, numbers q of 4 bits | 20 | d q + m |
//! | Q8_0 | a scale d, numbers q of 8 bits | 34 | d q |
//!
//! (<https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h>; d and m have 16 bits.) `x` is not
//! quantised, as llama.cpp does it: results are those of the dequantised matrix but for the order of
//! sums. A product with few rows, as a generation has them, takes its time from the bytes that are
//! read and is computed from the blocks; for one of many rows the matrix is made f32, a tile at a
//! time. The gradient of `x`, dx = dy W, is too.
//!
//! `x` (..., K), W (N, K), result (..., N).

mod kernel;
mod units;

use crate::linear::{linear, with_last};
use crate::matmul::{Matrix, MatrixMut, Threads, Write, matmul};
use crate::storage::{check_not_empty, f32_slice, fused, gradient, with_f32};
use candle_core::quantized::GgmlDType;
use candle_core::{CpuStorage, CustomOp1, DType, Device, Layout, Result, Shape, Tensor, bail};
use kernel::Few;
use rayon::prelude::*;
use std::fmt;
use std::sync::Arc;

/// Numbers of a block.
const BLOCK: usize = 32;
/// The most rows of `x` that are multiplied from the blocks: 15 take .75 of the time of a product with
/// tiles in f32. A generation whose texts end keeps 16 rows, which are to stay on one side.
const FEW_ROWS: usize = 15;
/// Numbers of a tile, 4 MiB: it stays in a usual third-level cache.
const TILE_FLOATS: usize = 1 << 20;
/// Pieces of a product a thread: few, for each is handed over; more than one, for cores are unlike.
const PIECES: usize = 2;
/// Numbers of a matrix below which a product is not worth a second thread.
const LEAST_PIECE: usize = 1 << 15;

/// How a matrix is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Q4_0,
    Q4_1,
    Q8_0,
}

impl Kind {
    fn of(dtype: GgmlDType) -> Option<Self> {
        match dtype {
            GgmlDType::Q4_0 => Some(Self::Q4_0),
            GgmlDType::Q4_1 => Some(Self::Q4_1),
            GgmlDType::Q8_0 => Some(Self::Q8_0),
            _ => None,
        }
    }

    /// Bytes of a block.
    #[inline(always)]
    const fn bytes(self) -> usize {
        match self {
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q8_0 => 34,
        }
    }

    /// Numbers of 16 bits with which a block begins.
    fn halves(self) -> usize {
        match self {
            Self::Q4_0 | Self::Q8_0 => 1,
            Self::Q4_1 => 2,
        }
    }
}

/// A matrix (N, K) in blocks. Clones share them.
#[derive(Clone)]
pub struct BlockMatrix {
    kind: Kind,
    rows: usize,
    columns: usize,
    bytes: Arc<[u8]>,
}

impl BlockMatrix {
    /// Whether a matrix (.., `columns`) of this kind can stay as it is.
    pub fn holds(dtype: GgmlDType, columns: usize) -> bool {
        Kind::of(dtype).is_some() && columns.is_multiple_of(BLOCK)
    }

    /// The matrix (`rows`, `columns`) of a file's `bytes`.
    ///
    /// # Errors
    /// What [`holds`](Self::holds) denies, another count of bytes, an empty matrix, a scale that is
    /// not finite.
    pub fn new(dtype: GgmlDType, bytes: &[u8], rows: usize, columns: usize) -> Result<Self> {
        let Some(kind) = Kind::of(dtype).filter(|_| columns.is_multiple_of(BLOCK)) else {
            bail!("a matrix ({rows}, {columns}) in {dtype:?} cannot stay in its blocks");
        };
        let expected = (columns / BLOCK * kind.bytes()).checked_mul(rows);
        if bytes.is_empty() || Some(bytes.len()) != expected {
            bail!("a matrix ({rows}, {columns}) in {dtype:?} has {} bytes", bytes.len());
        }
        /// The exponent of infinity and of what is no number.
        const NOT_FINITE: u16 = 0x7c00;
        let is_finite = |half: &[u8; 2]| u16::from_le_bytes(*half) & NOT_FINITE != NOT_FINITE;
        let blocks = bytes.par_chunks_exact(kind.bytes());
        if !blocks.all(|block| block.as_chunks().0[..kind.halves()].iter().all(is_finite)) {
            bail!("a matrix ({rows}, {columns}) in {dtype:?} has a scale that is not finite");
        }
        Ok(Self { kind, rows, columns, bytes: bytes.into() })
    }

    /// Rows N and columns K.
    pub fn dims(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Memory that the blocks take.
    pub fn size_in_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The whole matrix in f32, (N, K).
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn dequantize(&self) -> Result<Tensor> {
        let mut out = vec![0f32; self.rows * self.columns];
        self.decode(0, &mut out);
        Tensor::from_vec(out, self.dims(), &Device::Cpu)
    }

    /// Its rows `ids` (M,) u32 in f32, (M, K).
    ///
    /// # Errors
    /// An id that is not below N.
    pub fn select(&self, ids: &Tensor) -> Result<Tensor> {
        let chosen = ids.to_vec1::<u32>()?;
        let mut out = vec![0f32; chosen.len() * self.columns];
        for (&id, out) in chosen.iter().zip(out.chunks_exact_mut(self.columns)) {
            if id as usize >= self.rows {
                bail!("row {id} is asked for, the matrix has {}", self.rows);
            }
            kernel::decode(self.kind, self.rows_from(id as usize, 1), out);
        }
        Tensor::from_vec(out, (chosen.len(), self.columns), ids.device())
    }

    fn row_bytes(&self) -> usize {
        self.columns / BLOCK * self.kind.bytes()
    }

    fn rows_from(&self, first: usize, count: usize) -> &[u8] {
        &self.bytes[first * self.row_bytes()..][..count * self.row_bytes()]
    }

    /// The rows from `first` on that fill `out`, in f32.
    fn decode(&self, first: usize, out: &mut [f32]) {
        let bytes = self.rows_from(first, out.len() / self.columns);
        let pieces = out.par_chunks_mut(self.columns).zip(bytes.par_chunks(self.row_bytes()));
        pieces.for_each(|(out, bytes)| kernel::decode(self.kind, bytes, out));
    }

    /// Calls `f` with runs of rows in f32: the first row, how many, and their numbers.
    fn tiles(&self, mut f: impl FnMut(usize, usize, Matrix<'_>)) {
        let rows = (TILE_FLOATS / self.columns).clamp(1, self.rows);
        let mut scratch = vec![0f32; rows * self.columns];
        for first in (0..self.rows).step_by(rows) {
            let count = rows.min(self.rows - first);
            let tile = &mut scratch[..count * self.columns];
            self.decode(first, tile);
            f(first, count, Matrix::new(tile, count, self.columns));
        }
    }

    /// x W^T of `x` (M, K), (M, N).
    fn product(&self, x: &[f32]) -> Vec<f32> {
        let m = x.len() / self.columns;
        if m <= FEW_ROWS {
            return self.product_of_few(Few { x, rows: m, width: self.columns });
        }
        let mut out = vec![0f32; m * self.rows];
        let x = Matrix::new(x, m, self.columns);
        self.tiles(|first, count, tile| {
            let out = MatrixMut::strided(&mut out[first..], m, count, self.rows);
            matmul(out, Write::Set, 1.0, x, tile.t(), Threads::All);
        });
        out
    }

    fn product_of_few(&self, few: Few<'_>) -> Vec<f32> {
        let pieces = PIECES * rayon::current_num_threads();
        let rows = self.rows.div_ceil(pieces).max(LEAST_PIECE.div_ceil(self.columns));
        let mut out = vec![0f32; self.rows * few.rows]; // (N, M)
        let pieces = out.par_chunks_mut(rows * few.rows);
        pieces.zip(self.bytes.par_chunks(rows * self.row_bytes())).for_each(|(out, bytes)| {
            kernel::product(self.kind, bytes, few, out);
        });
        if few.rows == 1 {
            return out;
        }
        let mut turned = vec![0f32; out.len()]; // (M, N)
        for (m, row) in turned.chunks_exact_mut(self.rows).enumerate() {
            for (value, column) in row.iter_mut().zip(out.chunks_exact(few.rows)) {
                *value = column[m];
            }
        }
        turned
    }

    /// dy W of `dy` (M, N), (M, K).
    fn back(&self, dy: &[f32]) -> Vec<f32> {
        let m = dy.len() / self.rows;
        let mut out = vec![0f32; m * self.columns];
        self.tiles(|first, count, tile| {
            let dy = Matrix::strided(&dy[first..], m, count, self.rows);
            let out = MatrixMut::new(&mut out, m, self.columns);
            matmul(out, Write::Add, 1.0, dy, tile, Threads::All);
        });
        out
    }
}

impl fmt::Debug for BlockMatrix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "BlockMatrix({}, {}; {:?})", self.rows, self.columns, self.kind)
    }
}

/// x W^T: `x` (..., K) and `matrix` (N, K) give (..., N). Differentiable in `x`.
///
/// # Errors
/// Shapes that do not fit, or an empty `x`.
pub fn block_linear(x: &Tensor, matrix: &BlockMatrix) -> Result<Tensor> {
    check_not_empty("block_linear", "x", x)?;
    if x.dims().last() != Some(&matrix.columns) {
        let (x, matrix) = (x.dims(), matrix.dims());
        bail!("block_linear: expected x (..., K) and a matrix (N, K), found {x:?} and {matrix:?}");
    }
    if !fused(&[x]) {
        return reference(x, matrix);
    }
    x.contiguous()?.apply_op1(BlockLinear(matrix.clone()))
}

/// The same with the whole matrix in f32.
///
/// # Errors
/// As [`block_linear`].
pub fn reference(x: &Tensor, matrix: &BlockMatrix) -> Result<Tensor> {
    let weight = matrix.dequantize()?.to_device(x.device())?.to_dtype(x.dtype())?;
    linear(x, &weight)
}

struct BlockLinear(BlockMatrix);

impl CustomOp1 for BlockLinear {
    fn name(&self) -> &'static str {
        "block-linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let output = self.0.product(f32_slice(storage, layout)?);
        Ok((CpuStorage::F32(output), with_last(layout.dims(), self.0.rows).into()))
    }

    fn bwd(&self, x: &Tensor, _output: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        with_f32(&grad.to_dtype(DType::F32)?, |grad| gradient(self.0.back(grad), x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_close, wave};
    use candle_core::quantized::QTensor;

    const KINDS: [GgmlDType; 3] = [GgmlDType::Q4_0, GgmlDType::Q4_1, GgmlDType::Q8_0];

    /// Numbers of the formula, quantised by candle, and what candle makes of them.
    fn quantized(dtype: GgmlDType, n: usize, k: usize) -> Result<(BlockMatrix, Tensor)> {
        let stored = QTensor::quantize(&(wave(&[n, k], 0.7) * 0.05)?, dtype)?;
        let matrix = BlockMatrix::new(dtype, &stored.data()?, n, k)?;
        Ok((matrix, stored.dequantize(&Device::Cpu)?))
    }

    #[test]
    fn numbers_are_candles_to_the_last_bit() -> Result<()> {
        for dtype in KINDS {
            let (matrix, expected) = quantized(dtype, 7, 96)?;
            let expected = expected.to_vec2::<f32>()?;
            assert_eq!(matrix.dequantize()?.to_vec2::<f32>()?, expected, "{dtype:?}");
            let chosen = matrix.select(&Tensor::new(&[6u32, 0, 6], &Device::Cpu)?)?;
            let chosen = chosen.to_vec2::<f32>()?;
            assert_eq!(
                [&chosen[0], &chosen[1], &chosen[2]],
                [&expected[6], &expected[0], &expected[6]]
            );
            assert!(matrix.select(&Tensor::new(&[7u32], &Device::Cpu)?).is_err());
        }
        Ok(())
    }

    #[test]
    fn products_of_few_and_of_many_rows_are_those_in_f32() -> Result<()> {
        for dtype in KINDS {
            // Rows that no group divides, and pieces of unlike lengths.
            let (matrix, weight) = quantized(dtype, 2051, 64)?;
            for rows in [1, 2, 3, 4, 5, 7, 8, 13, FEW_ROWS, FEW_ROWS + 1, 40] {
                let x = wave(&[rows, 64], 0.1);
                let expected = linear(&x, &weight)?;
                let what = format!("{dtype:?}, {rows} rows");
                assert_close(&what, &block_linear(&x, &matrix)?, &expected, 1e-6);
            }
        }
        Ok(())
    }

    #[test]
    fn every_vector_unit_gives_the_same() -> Result<()> {
        for dtype in KINDS {
            let (matrix, weight) = quantized(dtype, 6, 64)?;
            for rows in [1, 3, 13] {
                let x = wave(&[rows, 64], 0.1);
                let (numbers, expected) = (x.flatten_all()?.to_vec1()?, linear(&x, &weight)?.t()?);
                let few = Few { x: &numbers, rows, width: 64 };
                for out in kernel::by_each_unit(matrix.kind, &matrix.bytes, few) {
                    let out = Tensor::from_vec(out, (6, rows), &Device::Cpu)?;
                    assert_close(&format!("{dtype:?}"), &out, &expected, 1e-6);
                }
            }
        }
        Ok(())
    }

    #[test]
    fn values_and_gradients_of_every_rank() -> Result<()> {
        let (matrix, _) = quantized(GgmlDType::Q4_1, 5, 32)?;
        for shape in [&[32][..], &[3, 32], &[2, 3, 32]] {
            Check {
                fused: |t: &[Tensor]| block_linear(&t[0], &matrix),
                reference: |t: &[Tensor]| reference(&t[0], &matrix),
            }
            .run(&[wave(shape, 0.1)]);
        }
        // Several tiles.
        let (matrix, weight) = quantized(GgmlDType::Q8_0, 40, 32)?;
        let (x, dy) = (wave(&[20, 32], 0.1), wave(&[20, 40], 0.4));
        let back = matrix.back(&dy.flatten_all()?.to_vec1()?);
        assert_close(
            "dx",
            &Tensor::from_vec(back, (20, 32), &Device::Cpu)?,
            &dy.matmul(&weight)?,
            1e-5,
        );
        assert_close("y", &block_linear(&x, &matrix)?, &linear(&x, &weight)?, 1e-5);
        Ok(())
    }

    #[test]
    fn what_is_no_such_matrix_is_refused() -> Result<()> {
        let bytes = vec![0u8; 4 * 20];
        let made = |dtype, bytes: &[u8], n, k| BlockMatrix::new(dtype, bytes, n, k);
        assert!(made(GgmlDType::Q4_1, &bytes, 2, 64).is_ok());
        assert!(made(GgmlDType::Q4_1, &bytes, 2, 60).is_err());
        assert!(made(GgmlDType::Q4_1, &bytes, 3, 64).is_err());
        assert!(made(GgmlDType::Q4_1, &[], 0, 64).is_err());
        assert!(made(GgmlDType::Q4K, &bytes, 2, 64).is_err());
        let mut infinite = bytes.clone();
        infinite[3] = 0x7c; // the second block's would be at 23
        let message = made(GgmlDType::Q4_1, &infinite, 2, 64).expect_err("infinite").to_string();
        assert!(message.contains("not finite"), "{message}");
        let (matrix, _) = quantized(GgmlDType::Q4_1, 2, 64)?;
        let error = block_linear(&wave(&[2, 32], 0.0), &matrix).expect_err("a misfit").to_string();
        assert!(error.contains("[2, 32] and (2, 64)"), "{error}");
        Ok(())
    }
}
