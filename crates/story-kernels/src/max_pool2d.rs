//! Max pooling:
//!
//! `y[b, c, gy, gx] = max over ky, kx of x[b, c, gy s - p + ky, gx s - p + kx]`, with minus
//! infinity outside x. H' = floor((H + 2 p - k) / s) + 1, W' likewise. Equals PyTorch's
//! `max_pool2d` with dilation 1; candle's has no padding, and its backward needs k = s.
//!
//! The gradient of a window goes to its first largest pixel in reading order, as in PyTorch. A
//! window that holds not-a-number gives not-a-number.

use crate::geometry::{ConvConfig, grid_length};
use crate::storage::{check_not_empty, f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;
use std::ops::Range;

/// Stands outside the picture in the reference, which multiplies: infinity would give not-a-number.
const LOWEST: f64 = -1e30;

/// How the window of a max pooling moves, the same along both axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// Side of the window in pixels; at least 1.
    pub kernel: usize,
    /// Pixels between neighbouring windows; at least 1.
    pub stride: usize,
    /// Rows and columns around the picture that windows may reach into; at most half the kernel,
    /// so that every window sees a pixel.
    pub padding: usize,
}

/// Max pooling, differentiable: `x` (B, C, H, W) gives (B, C, H', W').
///
/// # Errors
/// An `x` that has not four axes or is empty, a kernel or stride of 0, padding beyond half the
/// kernel, or a kernel that leaves no output.
pub fn max_pool2d(x: &Tensor, config: PoolConfig) -> Result<Tensor> {
    let planes = geometry(x, config)?;
    if !fused(&[x]) {
        return reference(x, config);
    }
    x.contiguous()?.apply_op1(MaxPool2d(planes))
}

/// The same in candle's own ops: the running maximum over the shifted pictures.
///
/// # Errors
/// As [`max_pool2d`].
pub fn reference(x: &Tensor, config: PoolConfig) -> Result<Tensor> {
    let planes = geometry(x, config)?;
    let (x, inside) = (padded(x, config)?, padded(&x.ones_like()?, config)?);
    let x = (x + ((inside - 1.0)? * -LOWEST)?)?;
    let mut largest: Option<Tensor> = None;
    for tap in 0..config.kernel * config.kernel {
        let rows = every(&x, 2, tap / config.kernel, planes.grid.0, config.stride)?;
        let seen = every(&rows, D::Minus1, tap % config.kernel, planes.grid.1, config.stride)?;
        largest = Some(match largest {
            // Not `maximum`, which shares the gradient among equals.
            Some(before) => seen.gt(&before)?.where_cond(&seen, &before)?,
            None => seen,
        });
    }
    match largest {
        Some(largest) => Ok(largest),
        None => bail!("max_pool2d: a kernel of 0"),
    }
}

fn padded(x: &Tensor, config: PoolConfig) -> Result<Tensor> {
    x.pad_with_zeros(2, config.padding, config.padding)?.pad_with_zeros(
        3,
        config.padding,
        config.padding,
    )
}

/// `count` slices along `axis` from `first`, `stride` apart.
fn every(
    x: &Tensor,
    axis: impl candle_core::shape::Dim,
    first: usize,
    count: usize,
    stride: usize,
) -> Result<Tensor> {
    let indices: Vec<u32> = (0..count).map(|i| (first + i * stride) as u32).collect();
    x.index_select(&Tensor::new(indices, x.device())?, axis)
}

fn geometry(x: &Tensor, config: PoolConfig) -> Result<Planes> {
    const OP: &str = "max_pool2d";
    let Ok((_, _, height, width)) = x.dims4() else {
        bail!("{OP}: expected x (B, C, H, W), found {:?}", x.dims())
    };
    check_not_empty(OP, "x", x)?;
    let PoolConfig { kernel, stride, padding } = config;
    let window = ConvConfig { stride, padding, ..ConvConfig::default() };
    let lengths = (grid_length(height, kernel, window), grid_length(width, kernel, window));
    match lengths {
        (Some(rows), Some(columns)) if kernel > 0 && padding <= kernel / 2 => {
            Ok(Planes { config, image: (height, width), grid: (rows, columns) })
        }
        _ => bail!("{OP}: {config:?} does not fit x {:?}", x.dims()),
    }
}

/// The sizes of one channel of one picture, before and after.
#[derive(Clone, Copy, Debug)]
struct Planes {
    config: PoolConfig,
    image: (usize, usize),
    grid: (usize, usize),
}

impl Planes {
    fn image_len(&self) -> usize {
        self.image.0 * self.image.1
    }

    fn grid_len(&self) -> usize {
        self.grid.0 * self.grid.1
    }

    /// The pixels along one axis of `length` that position `at` sees.
    fn window(&self, at: usize, length: usize) -> Range<usize> {
        let end = at * self.config.stride + self.config.kernel;
        let start = (at * self.config.stride).saturating_sub(self.config.padding);
        start..end.saturating_sub(self.config.padding).min(length)
    }

    /// First the largest of each column of the window's rows, which vectorises, then of each run
    /// of columns. `line` has room for a row.
    fn forward(&self, image: &[f32], grid: &mut [f32], line: &mut [f32]) {
        let ((height, width), columns) = (self.image, self.grid.1);
        for (gy, out) in grid.chunks_exact_mut(columns).enumerate() {
            let rows = self.window(gy, height);
            line.copy_from_slice(&image[rows.start * width..][..width]);
            for y in rows.skip(1) {
                for (most, &pixel) in line.iter_mut().zip(&image[y * width..]) {
                    *most = larger(*most, pixel);
                }
            }
            for (gx, out) in out.iter_mut().enumerate() {
                let seen = &line[self.window(gx, width)];
                *out = seen[1..].iter().fold(seen[0], |m, &pixel| larger(m, pixel));
            }
        }
    }

    fn backward(&self, image: &[f32], grad: &[f32], image_gradient: &mut [f32]) {
        let ((height, width), columns) = (self.image, self.grid.1);
        for (gy, grads) in grad.chunks_exact(columns).enumerate() {
            for (gx, grad) in grads.iter().enumerate() {
                let seen = self.window(gx, width);
                let first = self.window(gy, height).start * width + seen.start;
                let (mut place, mut largest) = (first, image[first]);
                for y in self.window(gy, height) {
                    for x in seen.clone() {
                        let pixel = image[y * width + x];
                        if pixel > largest || (pixel.is_nan() && !largest.is_nan()) {
                            (place, largest) = (y * width + x, pixel);
                        }
                    }
                }
                image_gradient[place] += grad;
            }
        }
    }
}

/// The larger one; not-a-number stays.
fn larger(a: f32, b: f32) -> f32 {
    if b > a || b.is_nan() { b } else { a }
}

struct MaxPool2d(Planes);

impl CustomOp1 for MaxPool2d {
    fn name(&self) -> &'static str {
        "max-pool2d"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, planes) = (f32_slice(storage, layout)?, &self.0);
        let mut output = vec![0f32; x.len() / planes.image_len() * planes.grid_len()];
        output
            .par_chunks_mut(planes.grid_len())
            .zip(x.par_chunks(planes.image_len()))
            .for_each_init(
                || vec![0f32; planes.image.1],
                |line, (grid, image)| planes.forward(image, grid, line),
            );
        let (b, c) = (layout.dims()[0], layout.dims()[1]);
        let shape = (b, c, planes.grid.0, planes.grid.1);
        Ok((CpuStorage::F32(output), shape.into()))
    }

    fn bwd(&self, x: &Tensor, _output: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let planes = &self.0;
        let mut gx = vec![0f32; x.elem_count()];
        with_f32(x, |x| {
            with_f32(grad, |grad| {
                gx.par_chunks_mut(planes.image_len())
                    .zip(x.par_chunks(planes.image_len()))
                    .zip(grad.par_chunks(planes.grid_len()))
                    .for_each(|((gx, x), grad)| planes.backward(x, grad, gx));
                Ok(())
            })
        })?;
        gradient(gx, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_same_gradients, numbers, wave};
    use candle_core::Device;

    fn config(kernel: usize, stride: usize, padding: usize) -> PoolConfig {
        PoolConfig { kernel, stride, padding }
    }

    #[test]
    fn windows_that_overlap_touch_or_leave_gaps() {
        let sizes = [
            ([1, 1, 1, 1], config(1, 1, 0)),
            ([2, 2, 4, 5], config(2, 2, 0)),
            ([2, 3, 5, 6], config(3, 2, 1)),
            ([1, 2, 6, 4], config(3, 1, 1)),
            ([1, 2, 7, 7], config(2, 3, 1)),
            ([1, 1, 1, 2], config(3, 2, 1)),
        ];
        for (shape, config) in sizes {
            Check {
                fused: |t: &[Tensor]| max_pool2d(&t[0], config),
                reference: |t: &[Tensor]| reference(&t[0], config),
            }
            .run(&[wave(&shape, 0.1)]);
        }
    }

    #[test]
    fn the_first_of_equals_takes_the_gradient() -> Result<()> {
        let x = Tensor::new(&[[[[2f32, 2.0, 1.0], [2.0, 0.0, 1.0]]]], &Device::Cpu)?;
        let config = config(2, 1, 0);
        let pool = |t: &[Tensor]| max_pool2d(&t[0], config);
        let plain = |t: &[Tensor]| reference(&t[0], config);
        assert_same_gradients(pool, plain, std::slice::from_ref(&x), 0.0);
        let (_, gradients) = crate::testing::gradients(pool, &[x]);
        let grad = numbers(&gradients[0]);
        assert!(grad[0] != 0.0 && grad[1] != 0.0 && grad[2..].iter().all(|&g| g == 0.0));
        Ok(())
    }

    #[test]
    fn not_a_number_is_kept() -> Result<()> {
        let x = Tensor::new(&[[[[1f32, f32::NAN, 3.0, 5.0]]]], &Device::Cpu)?;
        let y = numbers(&max_pool2d(&x, config(1, 1, 0))?);
        assert!(y[1].is_nan());
        let x = x.reshape((1, 1, 2, 2))?;
        assert!(numbers(&max_pool2d(&x, config(2, 1, 0))?)[0].is_nan());
        Ok(())
    }

    #[test]
    fn misfits_are_errors() {
        let x = wave(&[1, 2, 4, 4], 0.0);
        for bad in [config(0, 1, 0), config(2, 0, 0), config(2, 1, 2), config(5, 1, 0)] {
            assert!(max_pool2d(&x, bad).is_err(), "{bad:?}");
        }
        let empty = x.narrow(0, 0, 0).expect("an empty batch");
        assert!(max_pool2d(&empty, config(2, 1, 0)).is_err());
        assert!(max_pool2d(&wave(&[4, 4], 0.0), config(2, 1, 0)).is_err());
    }
}
