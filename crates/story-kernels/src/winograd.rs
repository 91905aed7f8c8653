//! Convolution with a 3 x 3 kernel and stride 1 by Winograd's minimal filtering F(4 x 4, 3 x 3)
//! (Lavin and Gray 2016): a quarter of the multiplications of the direct way.
//!
//! The output is cut into tiles of 4 x 4; each sees 6 x 6 pixels d. With the kernel g:
//!
//! Y = A^T [ (G g G^T) * (B^T d B) ] A, * element by element.
//!
//! Summed over input channels, each of the 36 elements is one matrix product, output channels x
//! input channels times input channels x tiles. Kernels are transformed once ([`Kernels`]). The
//! transforms add numbers of unlike size: a result is off by a few 1e-6 of the largest one.

use crate::activation::Activation;
use crate::matmul::{Matrix, MatrixMut, Threads, Write, matmul};
use rayon::prelude::*;
use std::array::from_fn;

/// Side of a kernel.
const KERNEL: usize = 3;
/// Side of an output tile.
const TILE: usize = 4;
/// Side of what a tile sees.
const SEEN: usize = TILE + KERNEL - 1;
const ELEMENTS: usize = SEEN * SEEN;
/// Tiles that the transforms handle side by side; fits any vector register.
const LANES: usize = 16;
/// Tiles are handled in groups of whole pictures of about so many, so that a group stays in the
/// cache between its three steps.
const GROUP_TILES: usize = 400;
/// A product with fewer rows wastes its registers.
const MIN_ROWS: usize = 32;

/// G of the formula.
const G: [[f64; KERNEL]; SEEN] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

/// The transformed kernels of a convolution.
#[derive(Debug)]
pub(crate) struct Kernels {
    /// (36, Co, Ci)
    values: Vec<f32>,
    input: usize,
    output: usize,
}

impl Kernels {
    /// From weights (Co, Ci, 3, 3).
    pub(crate) fn new(weights: &[f32], output: usize, input: usize) -> Self {
        let mut values = vec![0f32; ELEMENTS * output * input];
        for (place, kernel) in weights.chunks_exact(KERNEL * KERNEL).enumerate() {
            let g: [[f64; KERNEL]; KERNEL] =
                from_fn(|y| from_fn(|x| f64::from(kernel[y * KERNEL + x])));
            let rows: [[f64; KERNEL]; SEEN] =
                from_fn(|a| from_fn(|x| (0..KERNEL).map(|y| G[a][y] * g[y][x]).sum()));
            for element in 0..ELEMENTS {
                let (row, column) = (rows[element / SEEN], G[element % SEEN]);
                let product = row.iter().zip(column).map(|(a, b)| a * b);
                values[element * output * input + place] = product.sum::<f64>() as f32;
            }
        }
        Self { values, input, output }
    }
}

/// The sizes of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maps {
    /// Height and width of the input.
    pub(crate) image: (usize, usize),
    /// Rows and columns of zeros around it, at most 2.
    pub(crate) padding: usize,
    /// Height and width of the output.
    pub(crate) grid: (usize, usize),
}

impl Maps {
    /// Tiles along the two axes.
    fn tiles(&self) -> (usize, usize) {
        (self.grid.0.div_ceil(TILE), self.grid.1.div_ceil(TILE))
    }

    fn tile_count(&self) -> usize {
        self.tiles().0 * self.tiles().1
    }

    fn image_len(&self) -> usize {
        self.image.0 * self.image.1
    }

    fn grid_len(&self) -> usize {
        self.grid.0 * self.grid.1
    }
}

/// `act(kernels * x + bias)`: `x` (B, Ci, H, W) to (B, Co, H', W').
pub(crate) fn forward(
    x: &[f32],
    kernels: &Kernels,
    bias: &[f32],
    maps: &Maps,
    activation: Activation,
) -> Vec<f32> {
    let (image, grid) = (maps.image_len(), maps.grid_len());
    let batch = x.len() / (kernels.input * image);
    let mut output = vec![0f32; batch * kernels.output * grid];
    let pictures = (GROUP_TILES / maps.tile_count()).clamp(1, batch);
    // Room for one group: what each input channel's tiles see, transformed, (Ci, 36, tiles).
    let mut seen = Vec::new();
    let inputs = x.chunks(pictures * kernels.input * image);
    for (x, output) in inputs.zip(output.chunks_mut(pictures * kernels.output * grid)) {
        let tiles = x.len() / (kernels.input * image) * maps.tile_count();
        let columns = tiles.next_multiple_of(LANES);
        seen.resize(kernels.input * ELEMENTS * columns, 0f32);
        seen.par_chunks_mut(ELEMENTS * columns).enumerate().for_each_init(
            Vec::new,
            |row, (channel, seen)| {
                let planes = x.chunks_exact(image).skip(channel);
                maps.gather(planes.step_by(kernels.input), seen, columns, row);
                for first in (0..columns).step_by(LANES) {
                    transform_seen(&mut seen[first..], columns);
                }
            },
        );
        multiply(&seen, columns, output, kernels, bias, maps, activation);
    }
    output
}

/// The products of one group and its output, a block of output channels a thread.
fn multiply(
    seen: &[f32],
    columns: usize,
    output: &mut [f32],
    kernels: &Kernels,
    bias: &[f32],
    maps: &Maps,
    activation: Activation,
) {
    let Kernels { values, input, output: channels } = kernels;
    let threads = rayon::current_num_threads();
    let rows = channels.div_ceil(threads).max(MIN_ROWS).min(*channels);
    let inside = match channels.div_ceil(rows) < threads {
        true => Threads::All,
        false => Threads::One,
    };
    // Each channel's planes, one a picture.
    let mut planes: Vec<Vec<&mut [f32]>> = (0..*channels).map(|_| Vec::new()).collect();
    for (place, plane) in output.chunks_exact_mut(maps.grid_len()).enumerate() {
        planes[place % channels].push(plane);
    }
    planes.par_chunks_mut(rows).enumerate().for_each_init(Vec::new, |products, (block, planes)| {
        let (first, rows) = (block * rows, planes.len());
        // (rows, 36, tiles)
        products.resize(rows * ELEMENTS * columns, 0f32);
        for element in 0..ELEMENTS {
            let kernels = &values[(element * channels + first) * input..];
            let kernels = Matrix::new(kernels, rows, *input);
            let seen = &seen[element * columns..];
            let seen = Matrix::strided(seen, *input, columns, ELEMENTS * columns);
            let out = &mut products[element * columns..];
            let out = MatrixMut::strided(out, rows, columns, ELEMENTS * columns);
            matmul(out, Write::Set, 1.0, kernels, seen, inside);
        }
        let products = products.chunks_exact_mut(ELEMENTS * columns);
        for ((planes, products), bias) in planes.iter_mut().zip(products).zip(&bias[first..]) {
            for first in (0..columns).step_by(LANES) {
                transform_products(&mut products[first..], columns, *bias);
            }
            maps.scatter(products, columns, planes);
            for plane in planes {
                activation.apply(plane);
            }
        }
    });
}

impl Maps {
    /// Writes the pixels that each tile sees: element (r, c) of tile t to
    /// `seen[(6 r + c) columns + t]`. `row` is room for a row of pixels.
    fn gather<'a>(
        &self,
        planes: impl Iterator<Item = &'a [f32]>,
        seen: &mut [f32],
        columns: usize,
        row: &mut Vec<f32>,
    ) {
        let ((height, width), (down, across)) = (self.image, self.tiles());
        // With zeros around; the last tile may see beyond the padding.
        row.clear();
        row.resize((across * TILE + SEEN).max(self.padding + width), 0.0);
        for (picture, plane) in planes.enumerate() {
            for (ty, r) in (0..down).flat_map(|ty| (0..SEEN).map(move |r| (ty, r))) {
                let first = (picture * down + ty) * across;
                let y = (ty * TILE + r).wrapping_sub(self.padding);
                if y < height {
                    row[self.padding..][..width].copy_from_slice(&plane[y * width..][..width]);
                }
                for c in 0..SEEN {
                    let out = &mut seen[(r * SEEN + c) * columns + first..][..across];
                    if y >= height {
                        out.fill(0.0);
                        continue;
                    }
                    for (out, pixel) in out.iter_mut().zip(row[c..].iter().step_by(TILE)) {
                        *out = *pixel;
                    }
                }
            }
        }
    }

    /// Writes the tiles to their places: element (r, c) of tile t comes from
    /// `products[(6 r + c) columns + t]`, r and c below 4.
    fn scatter(&self, products: &[f32], columns: usize, planes: &mut [&mut [f32]]) {
        let ((height, width), (down, across)) = (self.grid, self.tiles());
        for (picture, plane) in planes.iter_mut().enumerate() {
            for (y, row) in plane.chunks_exact_mut(width).enumerate().take(height) {
                let first = (picture * down + y / TILE) * across;
                for c in 0..TILE.min(width) {
                    let values = &products[((y % TILE) * SEEN + c) * columns + first..][..across];
                    for (out, value) in row[c..].iter_mut().step_by(TILE).zip(values) {
                        *out = *value;
                    }
                }
            }
        }
    }
}

/// One number of each of some neighbouring tiles.
type Lanes = [f32; LANES];

/// B^T d B in place, for `LANES` tiles: element e of lane l is `values[e columns + l]`.
fn transform_seen(values: &mut [f32], columns: usize) {
    let mut d = [[[0f32; LANES]; SEEN]; SEEN];
    for (element, out) in d.as_flattened_mut().iter_mut().enumerate() {
        out.copy_from_slice(&values[element * columns..][..LANES]);
    }
    for c in 0..SEEN {
        let column = from_fn(|r| d[r][c]);
        for (r, value) in b_transposed(&column).into_iter().enumerate() {
            d[r][c] = value;
        }
    }
    for (r, row) in d.iter().enumerate() {
        for (c, value) in b_transposed(row).iter().enumerate() {
            values[(r * SEEN + c) * columns..][..LANES].copy_from_slice(value);
        }
    }
}

/// A^T m A + bias in place, for `LANES` tiles; the result's element (r, c) stands where m's stood.
fn transform_products(values: &mut [f32], columns: usize, bias: f32) {
    let mut m = [[[0f32; LANES]; SEEN]; SEEN];
    for (element, out) in m.as_flattened_mut().iter_mut().enumerate() {
        out.copy_from_slice(&values[element * columns..][..LANES]);
    }
    let mut rows = [[[0f32; LANES]; SEEN]; TILE];
    for c in 0..SEEN {
        let column = from_fn(|r| m[r][c]);
        for (r, value) in a_transposed(&column).into_iter().enumerate() {
            rows[r][c] = value;
        }
    }
    for (r, row) in rows.iter().enumerate() {
        for (c, value) in a_transposed(row).iter().enumerate() {
            let out = &mut values[(r * SEEN + c) * columns..][..LANES];
            for (out, value) in out.iter_mut().zip(value) {
                *out = value + bias;
            }
        }
    }
}

/// B^T times a column, lane by lane.
#[inline(always)]
fn b_transposed(d: &[Lanes; SEEN]) -> [Lanes; SEEN] {
    let mut out = [[0f32; LANES]; SEEN];
    for l in 0..LANES {
        let even = d[4][l] - 4.0 * d[2][l];
        let odd = d[3][l] - 4.0 * d[1][l];
        let (difference, twice) = (d[4][l] - d[2][l], 2.0 * (d[3][l] - d[1][l]));
        out[0][l] = 4.0 * d[0][l] - 5.0 * d[2][l] + d[4][l];
        out[1][l] = even + odd;
        out[2][l] = even - odd;
        out[3][l] = difference + twice;
        out[4][l] = difference - twice;
        out[5][l] = 4.0 * d[1][l] - 5.0 * d[3][l] + d[5][l];
    }
    out
}

/// A^T times a column, lane by lane.
#[inline(always)]
fn a_transposed(m: &[Lanes; SEEN]) -> [Lanes; TILE] {
    let mut out = [[0f32; LANES]; TILE];
    for l in 0..LANES {
        let (sum, difference) = (m[1][l] + m[2][l], m[1][l] - m[2][l]);
        let (far_sum, far_difference) = (m[3][l] + m[4][l], m[3][l] - m[4][l]);
        out[0][l] = m[0][l] + sum + far_sum;
        out[1][l] = difference + 2.0 * far_difference;
        out[2][l] = sum + 4.0 * far_sum;
        out[3][l] = difference + 8.0 * far_difference + m[5][l];
    }
    out
}
