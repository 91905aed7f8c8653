//! The matrix product: a checked, safe face on the `gemm` crate, which picks its vector
//! instructions at run time.
//!
//! out = scale * a b (+ out), with a (m, k), b (k, n), out (m, n), each a strided view of a slice.
#![allow(unsafe_code)]

use gemm::Parallelism;

/// A read-only matrix: element (r, c) is `data[r * row_stride + c * column_stride]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// A row-major matrix without gaps.
    pub(crate) fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// A matrix whose rows begin `row_stride` elements apart.
    pub(crate) fn strided(data: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        check_extent(data.len(), rows, columns, row_stride);
        Self { data, rows, columns, row_stride, column_stride: 1 }
    }

    /// The transposed view.
    pub(crate) fn t(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// A writable row-major matrix whose rows may be apart.
pub(crate) struct MatrixMut<'a> {
    data: &'a mut [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
}

impl<'a> MatrixMut<'a> {
    /// A row-major matrix without gaps.
    pub(crate) fn new(data: &'a mut [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// A matrix whose rows begin `row_stride >= columns` elements apart.
    pub(crate) fn strided(
        data: &'a mut [f32],
        rows: usize,
        columns: usize,
        row_stride: usize,
    ) -> Self {
        check_extent(data.len(), rows, columns, row_stride);
        Self { data, rows, columns, row_stride }
    }
}

/// What happens to the values already in the output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    /// They are replaced.
    Set,
    /// The product is added to them.
    Add,
}

/// How many threads one product may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    /// The calling one: the caller runs several products side by side.
    One,
    /// All of the current rayon pool.
    All,
}

/// out = scale * a b, or out += scale * a b. Each output element is one sum over k in ascending
/// order, so the result does not depend on which thread computed it.
pub(crate) fn matmul(
    out: MatrixMut<'_>,
    write: Write,
    scale: f32,
    a: Matrix<'_>,
    b: Matrix<'_>,
    threads: Threads,
) {
    assert_eq!(a.columns, b.rows, "invariant: inner sizes agree");
    assert_eq!((out.rows, out.columns), (a.rows, b.columns), "invariant: output size");
    let parallelism = match threads {
        Threads::One => Parallelism::None,
        Threads::All => Parallelism::Rayon(0),
    };
    // SAFETY: `check_extent` showed for each of the three views that its last element lies in its
    // slice, and strides are not negative, so every access is in bounds. Rows of `out` do not
    // overlap, and `out` is borrowed mutably, so it aliases neither input. All elements are
    // initialised f32.
    unsafe {
        gemm::gemm(
            out.rows,
            out.columns,
            a.columns,
            out.data.as_mut_ptr(),
            1,
            out.row_stride as isize,
            write == Write::Add,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            scale,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// scale * a b without gaps, by all threads. The memory is not written before the product is, which
/// saves a pass of one thread over it.
pub(crate) fn product(scale: f32, a: Matrix<'_>, b: Matrix<'_>) -> Vec<f32> {
    let (rows, columns) = (a.rows, b.columns);
    if rows == 0 || columns == 0 || a.columns == 0 {
        return vec![0.0; rows * columns];
    }
    assert_eq!(a.columns, b.rows, "invariant: inner sizes agree");
    let mut output = Vec::with_capacity(rows * columns);
    // SAFETY: as in `matmul` for the inputs. The output has room for `rows * columns` numbers without
    // gaps; `gemm` does not read them (`read_dst` is false) and writes each of them, since no size is
    // 0, so that all are initialised when the length is set.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            a.columns,
            output.as_mut_ptr(),
            1,
            columns as isize,
            false,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0f32,
            scale,
            false,
            false,
            false,
            Parallelism::Rayon(0),
        );
        output.set_len(rows * columns);
    }
    output
}

fn check_extent(len: usize, rows: usize, columns: usize, row_stride: usize) {
    assert!(row_stride >= columns, "invariant: rows do not overlap");
    if rows > 0 && columns > 0 {
        let needed =
            (rows - 1).checked_mul(row_stride).and_then(|start| start.checked_add(columns));
        assert!(needed.is_some_and(|n| n <= len), "invariant: the matrix lies in its slice");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_transposes_and_accumulation() {
        let a = [1., 2., 9., 3., 4., 9., 5., 6.]; // (3, 2), rows 3 apart
        let b = [1., 0., 2., 1.]; // (2, 2)
        let mut out = vec![1f32; 3 * 4];
        let view = MatrixMut::strided(&mut out, 3, 2, 4);
        let (left, right) = (Matrix::strided(&a, 3, 2, 3), Matrix::new(&b, 2, 2));
        matmul(view, Write::Add, 2.0, left, right, Threads::One);
        assert_eq!(out, [11., 5., 1., 1., 23., 9., 1., 1., 35., 13., 1., 1.]);
        let mut out = vec![f32::NAN; 4];
        let view = MatrixMut::new(&mut out, 2, 2);
        matmul(view, Write::Set, 1.0, left.t(), left, Threads::All);
        assert_eq!(out, [35., 44., 44., 56.]);
    }

    #[test]
    fn a_product_of_its_own_is_the_one_written_into_zeros() {
        let values: Vec<f32> = (0..600).map(|i| (i as f32 * 0.37).sin()).collect();
        for (m, k, n) in [(1, 20, 1), (3, 7, 5), (20, 30, 20), (0, 3, 2), (2, 0, 3), (2, 3, 0)] {
            let (a, b) = (Matrix::new(&values, m, k), Matrix::new(&values, n, k));
            let mut expected = vec![0f32; m * n];
            let out = MatrixMut::new(&mut expected, m, n);
            matmul(out, Write::Set, 0.5, a, b.t(), Threads::All);
            assert_eq!(product(0.5, a, b.t()), expected, "{m} {k} {n}");
        }
    }

    #[test]
    #[should_panic(expected = "lies in its slice")]
    fn a_view_past_its_slice_is_refused() {
        Matrix::strided(&[0.0; 5], 2, 2, 4);
    }
}
