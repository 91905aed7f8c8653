//! One channel of one picture: its copy with padding, and the loops over it.

use super::DepthwiseConfig;
use crate::math;

/// The sizes of one channel of one picture, before and after.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planes {
    pub(super) config: DepthwiseConfig,
    pub(super) image: (usize, usize),
    /// Rows with padding.
    pub(super) height: usize,
    /// Columns with padding of one remainder of the stride; a row of the copy has `stride` such
    /// runs.
    pub(super) phase: usize,
    pub(super) grid: (usize, usize),
    pub(super) kernel: (usize, usize),
    pub(super) channels: usize,
}

impl Planes {
    pub(super) fn image_len(&self) -> usize {
        self.image.0 * self.image.1
    }

    pub(super) fn grid_len(&self) -> usize {
        self.grid.0 * self.grid.1
    }

    pub(super) fn kernel_len(&self) -> usize {
        self.kernel.0 * self.kernel.1
    }

    fn row_len(&self) -> usize {
        self.phase * self.config.stride
    }

    /// Where column `x` of the padded picture stands in a row of the copy.
    fn place(&self, x: usize) -> usize {
        x % self.config.stride * self.phase + x / self.config.stride
    }

    /// Copies a picture's channel into `padded`, whose padding is zero already.
    pub(super) fn spread(&self, image: &[f32], padded: &mut [f32]) {
        let (stride, before) = (self.config.stride, self.config.padding_before);
        let rows = padded.chunks_exact_mut(self.row_len()).skip(before);
        for (row, pixels) in rows.zip(image.chunks_exact(self.image.1)) {
            for first in 0..stride.min(pixels.len()) {
                let out = &mut row[self.place(before + first)..];
                for (out, &pixel) in out.iter_mut().zip(pixels[first..].iter().step_by(stride)) {
                    *out = pixel;
                }
            }
        }
    }

    /// The reverse of `spread`: what stands at the pixels is written to `image`.
    fn collect(&self, padded: &[f32], image: &mut [f32]) {
        let (stride, before) = (self.config.stride, self.config.padding_before);
        let rows = padded.chunks_exact(self.row_len()).skip(before);
        for (row, pixels) in rows.zip(image.chunks_exact_mut(self.image.1)) {
            for first in 0..stride.min(pixels.len()) {
                let values = &row[self.place(before + first)..];
                let pixels = pixels[first..].iter_mut().step_by(stride);
                for (pixel, &value) in pixels.zip(values) {
                    *pixel = value;
                }
            }
        }
    }

    /// Where, in the copy, the numbers begin that tap (ky, kx) sees along grid row `gy`.
    fn tap(&self, gy: usize, ky: usize, kx: usize) -> usize {
        (gy * self.config.stride + ky) * self.row_len() + self.place(kx)
    }

    pub(super) fn forward(&self, padded: &[f32], kernel: &[f32], bias: f32, grid: &mut [f32]) {
        let columns = self.grid.1;
        for (gy, out) in grid.chunks_exact_mut(columns).enumerate() {
            out.fill(bias);
            for (ky, weights) in kernel.chunks_exact(self.kernel.1).enumerate() {
                let seen = |kx: usize| &padded[self.tap(gy, ky, kx)..][..columns];
                // Three taps in one sweep: almost all kernels are three wide.
                let (triples, rest) = weights.as_chunks::<3>();
                for (i, &[u, v, w]) in triples.iter().enumerate() {
                    let taps = seen(3 * i).iter().zip(seen(3 * i + 1)).zip(seen(3 * i + 2));
                    for (out, ((a, b), c)) in out.iter_mut().zip(taps) {
                        *out += u * a + v * b + w * c;
                    }
                }
                for (i, w) in rest.iter().enumerate() {
                    for (out, a) in out.iter_mut().zip(seen(3 * triples.len() + i)) {
                        *out += w * a;
                    }
                }
            }
        }
        self.config.activation.apply(grid);
    }

    /// Adds each window's share to the padded picture's gradient.
    fn input_gradient(&self, grad: &[f32], kernel: &[f32], padded_gradient: &mut [f32]) {
        let columns = self.grid.1;
        for (gy, grads) in grad.chunks_exact(columns).enumerate() {
            for (tap, w) in kernel.iter().enumerate() {
                let start = self.tap(gy, tap / self.kernel.1, tap % self.kernel.1);
                let sums = &mut padded_gradient[start..][..columns];
                for (sum, g) in sums.iter_mut().zip(grads) {
                    *sum += w * g;
                }
            }
        }
    }

    /// The gradient of one channel's kernel from one picture. `products` has room for a row.
    fn kernel_gradient(
        &self,
        padded: &[f32],
        grad: &[f32],
        products: &mut [f32],
        kernel_gradient: &mut [f32],
    ) {
        let columns = self.grid.1;
        for (gy, grads) in grad.chunks_exact(columns).enumerate() {
            for (tap, sum) in kernel_gradient.iter_mut().enumerate() {
                let start = self.tap(gy, tap / self.kernel.1, tap % self.kernel.1);
                let seen = &padded[start..][..columns];
                for ((product, g), a) in products.iter_mut().zip(grads).zip(seen) {
                    *product = g * a;
                }
                *sum += math::sum(products);
            }
        }
    }

    /// The kernel of the plane's channel.
    pub(super) fn kernel_of<'a>(&self, plane: usize, weights: &'a [f32]) -> &'a [f32] {
        &weights[plane % self.channels * self.kernel_len()..][..self.kernel_len()]
    }

    /// One plane's gradients, where they are wanted.
    pub(super) fn backward(&self, plane: Backward<'_>, wanted: Wanted, scratch: &mut Scratch) {
        let Scratch { padded, padded_gradient, before, products } = scratch;
        let activation = self.config.activation;
        activation.backward(plane.output, plane.grad, before);
        if wanted.image {
            padded_gradient.clear();
            padded_gradient.resize(padded.len(), 0.0);
            self.input_gradient(before, plane.kernel, padded_gradient);
            self.collect(padded_gradient, plane.image_gradient);
        }
        if wanted.kernel {
            self.spread(plane.image, padded);
            if let Some((bias, kernel)) = plane.share.split_last_mut() {
                self.kernel_gradient(padded, before, products, kernel);
                *bias = math::sum(before);
            }
        }
    }
}

/// Which gradients of a plane are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) image: bool,
    pub(super) kernel: bool,
}

/// One plane on its way back.
pub(super) struct Backward<'a> {
    pub(super) image: &'a [f32],
    pub(super) kernel: &'a [f32],
    pub(super) output: &'a [f32],
    /// The gradient after the activation.
    pub(super) grad: &'a [f32],
    pub(super) image_gradient: &'a mut [f32],
    /// The kernel's gradient, then the bias's.
    pub(super) share: &'a mut [f32],
}

/// Room for one plane, kept from plane to plane of a thread.
pub(super) struct Scratch {
    /// A picture's channel with its padding, which stays zero.
    pub(super) padded: Vec<f32>,
    padded_gradient: Vec<f32>,
    before: Vec<f32>,
    products: Vec<f32>,
}

impl Scratch {
    pub(super) fn new(planes: &Planes) -> Self {
        Self {
            padded: vec![0f32; planes.height * planes.row_len()],
            padded_gradient: Vec::new(),
            before: vec![0f32; planes.grid_len()],
            products: vec![0f32; planes.grid.1],
        }
    }
}
