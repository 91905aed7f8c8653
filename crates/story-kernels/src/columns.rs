//! Windows of an image laid out as matrix columns, and the products that convolution and
//! transposed convolution share.
//!
//! Both ops join an *image* (C, H, W) and a *grid* (G, h, w) by the same weights (G, C * kh * kw):
//! grid position (gy, gx) sees image pixels y = gy * stride - padding + ky, x likewise.
//!
//! | product | convolution | transposed convolution |
//! |---|---|---|
//! | image to grid: weights x gather(image) | forward | gradient of the input |
//! | grid to image: scatter(weights^T x grid) | gradient of the input | forward |
//! | grid x gather(image)^T | gradient of the weights | gradient of the weights |
//!
//! `gather` is im2col, `scatter` col2im (Chellapilla et al. 2006). Columns are made for a few grid
//! rows at a time, so that they stay in the cache between the copy and the product.

use crate::geometry::Geometry;
use crate::math;
use crate::matmul::{Matrix, MatrixMut, Threads, Write, matmul};
use std::ops::Range;

/// Columns held at once: 128 Ki f32, half of a usual 1 MiB second-level cache.
const TILE_FLOATS: usize = 128 << 10;
/// A tile has at least this many columns, or the matrix product wastes its registers.
const MIN_TILE_COLUMNS: usize = 256;

impl Geometry {
    /// Numbers in one image.
    pub(crate) fn image_len(&self) -> usize {
        self.channels * self.image.0 * self.image.1
    }

    /// Numbers in one grid.
    pub(crate) fn grid_len(&self) -> usize {
        self.grid_channels * self.grid_area()
    }

    /// Weights times windows: writes `product.1`, a grid, from `product.0`, the weights; and adds
    /// `gradient.0`, a grid, times windows^T to `gradient.1`, the weights' gradient. The windows
    /// are gathered once for both.
    pub(crate) fn image_to_grid(
        &self,
        image: &[f32],
        product: Option<(&[f32], &mut [f32])>,
        gradient: Option<(&[f32], &mut [f32])>,
        scratch: &mut Vec<f32>,
        threads: Threads,
    ) {
        let (g, k, area) = (self.grid_channels, self.window_len(), self.grid_area());
        if self.is_pointwise() {
            let columns = Matrix::new(image, k, area);
            if let Some((weights, grid)) = product {
                let weights = Matrix::new(weights, g, k);
                let out = MatrixMut::new(grid, g, area);
                matmul(out, Write::Set, 1.0, weights, columns, threads);
            }
            if let Some((grid, weight_gradient)) = gradient {
                let out = MatrixMut::new(weight_gradient, g, k);
                let grid = Matrix::new(grid, g, area);
                matmul(out, Write::Add, 1.0, grid, columns.t(), threads);
            }
            return;
        }
        let (mut product, mut gradient) = (product, gradient);
        for rows in self.tiles() {
            let (start, n) = (rows.start * self.grid.1, rows.len() * self.grid.1);
            scratch.resize(k * n, 0.0);
            self.gather(image, scratch, rows);
            let columns = Matrix::new(scratch, k, n);
            if let Some((weights, grid)) = &mut product {
                let out = MatrixMut::strided(&mut grid[start..], g, n, area);
                let weights = Matrix::new(weights, g, k);
                matmul(out, Write::Set, 1.0, weights, columns, threads);
            }
            if let Some((grid, weight_gradient)) = &mut gradient {
                let out = MatrixMut::new(weight_gradient, g, k);
                let grid = Matrix::strided(&grid[start..], g, n, area);
                matmul(out, Write::Add, 1.0, grid, columns.t(), threads);
            }
        }
    }

    /// Weights^T times grid, each column added to the image at its window.
    pub(crate) fn grid_to_image(
        &self,
        grid: &[f32],
        weights: &[f32],
        image: &mut [f32],
        scratch: &mut Vec<f32>,
        threads: Threads,
    ) {
        let (g, k, area) = (self.grid_channels, self.window_len(), self.grid_area());
        if self.is_pointwise() {
            let weights = Matrix::new(weights, g, k).t();
            let out = MatrixMut::new(image, k, area);
            let grid = Matrix::new(grid, g, area);
            return matmul(out, Write::Add, 1.0, weights, grid, threads);
        }
        for rows in self.tiles() {
            let (start, n) = (rows.start * self.grid.1, rows.len() * self.grid.1);
            scratch.resize(k * n, 0.0);
            let out = MatrixMut::new(scratch, k, n);
            let grid = Matrix::strided(&grid[start..], g, n, area);
            matmul(out, Write::Set, 1.0, Matrix::new(weights, g, k).t(), grid, threads);
            self.scatter_add(scratch, image, rows);
        }
    }

    /// Whether an image is its own columns: a kernel of 1 that moves by 1.
    fn is_pointwise(&self) -> bool {
        (self.kernel, self.stride, self.padding) == ((1, 1), 1, 0)
    }

    fn grid_area(&self) -> usize {
        self.grid.0 * self.grid.1
    }

    fn window_len(&self) -> usize {
        self.channels * self.kernel.0 * self.kernel.1
    }

    /// Runs of grid rows whose columns fit the cache.
    fn tiles(&self) -> impl Iterator<Item = Range<usize>> {
        let (h, w) = self.grid;
        let columns = (TILE_FLOATS / self.window_len()).max(MIN_TILE_COLUMNS);
        let rows = (columns / w).clamp(1, h);
        (0..h).step_by(rows).map(move |start| start..(start + rows).min(h))
    }

    /// im2col: row (c, ky, kx), column (gy, gx) of `columns` is the pixel that grid position sees
    /// there, or 0 in the padding.
    fn gather(&self, image: &[f32], columns: &mut [f32], rows: Range<usize>) {
        let ((height, width), w) = (self.image, self.grid.1);
        let taps = self.taps().zip(columns.chunks_exact_mut(rows.len() * w));
        for ((c, ky, kx), block) in taps {
            let inside = self.inside(kx);
            for (gy, out) in rows.clone().zip(block.chunks_exact_mut(w)) {
                let y = (gy * self.stride + ky).wrapping_sub(self.padding);
                if y >= height || inside.is_empty() {
                    out.fill(0.0);
                    continue;
                }
                let first = inside.start * self.stride + kx - self.padding;
                let row = &image[(c * height + y) * width..][first..width];
                out[..inside.start].fill(0.0);
                out[inside.end..].fill(0.0);
                copy_strided(row, &mut out[inside.clone()], self.stride);
            }
        }
    }

    /// col2im: adds each column to the pixels that its grid position sees.
    fn scatter_add(&self, columns: &[f32], image: &mut [f32], rows: Range<usize>) {
        let doubles = self.image == (2 * self.grid.0, 2 * self.grid.1);
        if doubles && (self.kernel, self.stride, self.padding) == ((4, 4), 2, 1) {
            return self.scatter_add_doubling(columns, image, rows);
        }
        let ((height, width), w) = (self.image, self.grid.1);
        let taps = self.taps().zip(columns.chunks_exact(rows.len() * w));
        for ((c, ky, kx), block) in taps {
            let inside = self.inside(kx);
            for (gy, column) in rows.clone().zip(block.chunks_exact(w)) {
                let y = (gy * self.stride + ky).wrapping_sub(self.padding);
                if y >= height || inside.is_empty() {
                    continue;
                }
                let first = inside.start * self.stride + kx - self.padding;
                let row = &mut image[(c * height + y) * width..][first..width];
                add_strided(row, &column[inside.clone()], self.stride);
            }
        }
    }

    /// `scatter_add` for kernel 4, stride 2, padding 1, which doubles the size: pixel 2 j takes
    /// tap 1 of position j and tap 3 of j - 1, pixel 2 j + 1 tap 2 of j and tap 0 of j + 1.
    fn scatter_add_doubling(&self, columns: &[f32], image: &mut [f32], rows: Range<usize>) {
        let ((height, width), w) = (self.image, self.grid.1);
        let n = rows.len() * w;
        let planes = image.chunks_exact_mut(height * width);
        for (plane, block) in planes.zip(columns.chunks_exact(16 * n)) {
            let first = (2 * rows.start).saturating_sub(1);
            let last = (2 * rows.end + 1).min(height);
            for y in first..last {
                // y + 1 = 2 gy + ky: two grid rows reach each image row.
                for ky in [(y + 1) % 2, (y + 1) % 2 + 2] {
                    let Some(gy) = (y + 1).checked_sub(ky).map(|twice| twice / 2) else {
                        continue;
                    };
                    if !rows.contains(&gy) {
                        continue;
                    }
                    let tap = |kx: usize| &block[(ky * 4 + kx) * n + (gy - rows.start) * w..][..w];
                    let (t0, t1, t2, t3) = (tap(0), tap(1), tap(2), tap(3));
                    let (pairs, _) = plane[y * width..][..width].as_chunks_mut::<2>();
                    for ((pair, a), b) in pairs.iter_mut().zip(t1).zip(t2) {
                        pair[0] += a;
                        pair[1] += b;
                    }
                    for (pair, a) in pairs[1..].iter_mut().zip(t3) {
                        pair[0] += a;
                    }
                    for (pair, b) in pairs.iter_mut().zip(&t0[1..]) {
                        pair[1] += b;
                    }
                }
            }
        }
    }

    fn taps(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let (kh, kw) = self.kernel;
        (0..self.channels * kh * kw).map(move |i| (i / (kh * kw), i / kw % kh, i % kw))
    }

    /// The grid columns that see the image, and not the padding, through tap `kx`.
    fn inside(&self, kx: usize) -> Range<usize> {
        let start = self.padding.saturating_sub(kx).div_ceil(self.stride);
        let end =
            (self.image.1 + self.padding).saturating_sub(kx).div_ceil(self.stride).min(self.grid.1);
        start.min(end)..end
    }
}

/// out[i] = row[i * stride]
fn copy_strided(row: &[f32], out: &mut [f32], stride: usize) {
    match stride {
        1 => out.copy_from_slice(&row[..out.len()]),
        2 => {
            let (pairs, odd) = row.as_chunks::<2>();
            for (value, pair) in out.iter_mut().zip(pairs) {
                *value = pair[0];
            }
            if let (Some(last), Some(&value)) = (out.get_mut(pairs.len()), odd.first()) {
                *last = value;
            }
        }
        _ => {
            for (value, &pixel) in out.iter_mut().zip(row.iter().step_by(stride)) {
                *value = pixel;
            }
        }
    }
}

/// row[i * stride] += values[i]
fn add_strided(row: &mut [f32], values: &[f32], stride: usize) {
    if stride == 1 {
        return math::add_assign(row, values);
    }
    for (pixel, value) in row.iter_mut().step_by(stride).zip(values) {
        *pixel += value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{ConvConfig, grid_length};

    fn geometry(length: usize, kernel: usize, stride: usize, padding: usize) -> Option<Geometry> {
        let config = ConvConfig { stride, padding, ..ConvConfig::default() };
        let grid = grid_length(length, kernel, config)?;
        Some(Geometry {
            channels: 2,
            image: (length, length + 1),
            grid_channels: 3,
            grid: (grid, grid_length(length + 1, kernel, config)?),
            kernel: (kernel, kernel),
            stride,
            padding,
        })
    }

    /// Every pixel a window sees, by the definition in the module's head.
    fn each_pixel(g: &Geometry, mut visit: impl FnMut(usize, Option<usize>)) {
        let area = g.grid.0 * g.grid.1;
        for (row, (c, ky, kx)) in g.taps().enumerate() {
            for (gy, gx) in (0..area).map(|i| (i / g.grid.1, i % g.grid.1)) {
                let y = (gy * g.stride + ky) as isize - g.padding as isize;
                let x = (gx * g.stride + kx) as isize - g.padding as isize;
                let seen =
                    (0..g.image.0 as isize).contains(&y) && (0..g.image.1 as isize).contains(&x);
                let pixel = || (c * g.image.0 + y as usize) * g.image.1 + x as usize;
                let pixel = seen.then(pixel);
                visit(row * area + gy * g.grid.1 + gx, pixel);
            }
        }
    }

    #[test]
    fn gather_and_scatter_follow_the_definition_in_any_tiling() {
        let mut seen = 0;
        for (length, kernel, stride, padding) in
            (0..5 * 5 * 4 * 4).map(|i| (2 * (i % 5) + 2, i / 5 % 5 + 1, i / 25 % 4 + 1, i / 100))
        {
            let Some(g) = geometry(length, kernel, stride, padding) else {
                continue;
            };
            seen += 1;
            let image: Vec<f32> = (0..g.image_len()).map(|i| (i + 1) as f32).collect();
            let len = g.window_len() * g.grid_area();
            let source: Vec<f32> = (0..len).map(|i| (i % 17) as f32).collect();
            let (mut columns, mut sums) = (vec![0f32; len], vec![0f32; image.len()]);
            each_pixel(&g, |i, pixel| {
                columns[i] = pixel.map_or(0.0, |p| image[p]);
                if let Some(p) = pixel {
                    sums[p] += source[i];
                }
            });
            let mut scattered = vec![0f32; image.len()];
            for rows in [0..1, 1..g.grid.0] {
                let (n, area) = (rows.len() * g.grid.1, g.grid_area());
                if n == 0 {
                    continue;
                }
                let tile = |all: &[f32]| -> Vec<f32> {
                    let start = rows.start * g.grid.1;
                    all.chunks(area).flat_map(|r| r[start..start + n].to_vec()).collect()
                };
                let mut gathered = vec![f32::NAN; g.window_len() * n];
                g.gather(&image, &mut gathered, rows.clone());
                assert_eq!(gathered, tile(&columns), "{g:?} {rows:?}");
                g.scatter_add(&tile(&source), &mut scattered, rows.clone());
            }
            assert_eq!(scattered, sums, "{g:?}");
        }
        assert!(seen > 300, "{seen}");
    }

    #[test]
    fn tiles_cover_the_grid_in_order() {
        for length in [1, 7, 40, 300] {
            let g = geometry(length, 1, 1, 0).expect("a kernel of 1 fits");
            let rows: Vec<usize> = g.tiles().flatten().collect();
            assert_eq!(rows, (0..g.grid.0).collect::<Vec<_>>());
        }
    }
}
