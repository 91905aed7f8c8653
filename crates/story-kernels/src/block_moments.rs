//! Means and mean products of two pictures over blocks of pixels: what structural similarity by blocks
//! is made of, in one pass. In candle's own ops it is six results of the pictures' size.
//!
//! ```text
//! out[0] = mean of x    out[1] = mean of y    out[2] = mean of x^2 + y^2    out[3] = mean of x y
//! ```
//!
//! `x` and `y` (B, C, H, W), result (4, B, C, H / k, W / k) for blocks of k x k pixels side by side; rows
//! and columns that fill no block are left out. Differentiable in both.

use crate::storage::{check_not_empty, f32_slice, fused, with_f32};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

const OP: &str = "block_moments";
/// Kinds of means.
const MOMENTS: usize = 4;

/// The four means of each block of `side` x `side` pixels.
///
/// # Errors
/// Shapes that differ or are not (B, C, H, W), a side of 0 or above the picture's.
pub fn block_moments(x: &Tensor, y: &Tensor, side: usize) -> Result<Tensor> {
    let blocks = Blocks::of(x, y, side)?;
    if !fused(&[x, y]) {
        return composed(x, y, side);
    }
    x.contiguous()?.apply_op2(&y.contiguous()?, blocks)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`block_moments`].
pub fn reference(x: &Tensor, y: &Tensor, side: usize) -> Result<Tensor> {
    Blocks::of(x, y, side)?;
    composed(x, y, side)
}

fn composed(x: &Tensor, y: &Tensor, side: usize) -> Result<Tensor> {
    let squares = (x.sqr()? + y.sqr()?)?;
    let of = [x, y, &squares, &(x * y)?].map(|it| it.avg_pool2d(side));
    Tensor::stack(&of.into_iter().collect::<Result<Vec<_>>>()?, 0)
}

#[derive(Debug, Clone, Copy)]
struct Blocks {
    /// Pictures times colours.
    planes: usize,
    height: usize,
    width: usize,
    side: usize,
}

impl Blocks {
    fn of(x: &Tensor, y: &Tensor, side: usize) -> Result<Self> {
        check_not_empty(OP, "x", x)?;
        let fits = x.dims() == y.dims() && x.rank() == 4;
        let &[batch, colors, height, width] = x.dims() else {
            bail!("{OP}: expected x (B, C, H, W), found {:?}", x.dims());
        };
        if !fits || side == 0 || side > height.min(width) {
            bail!(
                "{OP}: expected two tensors (B, C, H, W) of one shape and blocks that fit into it, found {:?}, {:?} and blocks of {side} x {side}",
                x.dims(),
                y.dims()
            );
        }
        Ok(Self { planes: batch * colors, height, width, side })
    }

    fn plane(&self) -> usize {
        self.height * self.width
    }

    /// Blocks of a row.
    fn across(&self) -> usize {
        self.width / self.side
    }

    /// Blocks of a plane.
    fn per_plane(&self) -> usize {
        self.height / self.side * self.across()
    }

    /// One over the pixels of a block.
    fn scale(&self) -> f32 {
        1.0 / (self.side * self.side) as f32
    }

    fn means(&self, x: &[f32], y: &[f32]) -> Vec<f32> {
        let count = self.per_plane();
        let mut out = vec![0.0; MOMENTS * self.planes * count];
        let (mut of_x, rest) = out.split_at_mut(self.planes * count);
        let (mut of_y, rest) = rest.split_at_mut(self.planes * count);
        let (mut of_squares, mut of_products) = rest.split_at_mut(self.planes * count);
        let moments = [&mut of_x, &mut of_y, &mut of_squares, &mut of_products];
        let [x_means, y_means, squares, products] = moments.map(|it| it.par_chunks_mut(count));
        let planes = x.par_chunks(self.plane()).zip(y.par_chunks(self.plane()));
        let outputs = x_means.zip(y_means).zip(squares.zip(products));
        planes.zip(outputs).for_each(|((x, y), ((x_means, y_means), (squares, products)))| {
            for block in 0..count {
                let [a, b, c, d] = self.block(x, y, block);
                (x_means[block], y_means[block]) = (a, b);
                (squares[block], products[block]) = (c, d);
            }
        });
        out
    }

    /// The means of one block, its pixels added row by row.
    fn block(&self, x: &[f32], y: &[f32], block: usize) -> [f32; MOMENTS] {
        let (top, left) = (block / self.across() * self.side, block % self.across() * self.side);
        let mut sums = [0f32; MOMENTS];
        for row in top..top + self.side {
            let from = row * self.width + left;
            let pixels = x[from..][..self.side].iter().zip(&y[from..][..self.side]);
            for (x, y) in pixels {
                sums[0] += x;
                sums[1] += y;
                sums[2] += x * x + y * y;
                sums[3] += x * y;
            }
        }
        sums.map(|sum| sum * self.scale())
    }

    /// The gradient of `x` where `own` says which of the means is its own; of `y` by changing places.
    fn gradient(&self, x: &[f32], y: &[f32], grad: &[f32], own: usize) -> Vec<f32> {
        let (count, scale) = (self.per_plane(), self.scale());
        let mut out = vec![0.0; x.len()];
        let planes = x.par_chunks(self.plane()).zip(y.par_chunks(self.plane()));
        out.par_chunks_mut(self.plane()).zip(planes).enumerate().for_each(
            |(plane, (out, (x, y)))| {
                let of = |moment: usize| &grad[(moment * self.planes + plane) * count..][..count];
                let (means, squares, products) = (of(own), of(2), of(3));
                for (at, out) in out.chunks_mut(self.width).enumerate() {
                    let row = at / self.side;
                    if row * self.side + self.side > self.height {
                        break; // fills no block
                    }
                    let (x, y) = (&x[at * self.width..], &y[at * self.width..]);
                    for column in 0..self.across() {
                        let block = row * self.across() + column;
                        let [mean, square, product] =
                            [means[block], squares[block], products[block]].map(|it| it * scale);
                        let at = column * self.side..(column + 1) * self.side;
                        let pixels = x[at.clone()].iter().zip(&y[at.clone()]);
                        for (out, (x, y)) in out[at].iter_mut().zip(pixels) {
                            *out = x * square * 2.0 + product * y + mean;
                        }
                    }
                }
            },
        );
        out
    }
}

impl CustomOp2 for Blocks {
    fn name(&self) -> &'static str {
        OP
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, colors, ..) = l1.shape().dims4()?;
        let shape = [MOMENTS, batch, colors, self.height / self.side, self.across()];
        let means = self.means(f32_slice(s1, l1)?, f32_slice(s2, l2)?);
        Ok((CpuStorage::F32(means), Shape::from(&shape[..])))
    }

    fn bwd(
        &self,
        x: &Tensor,
        y: &Tensor,
        _output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let of = |one: &Tensor, other: &Tensor, own: usize| -> Result<Option<Tensor>> {
            if !one.track_op() {
                return Ok(None);
            }
            let values = with_f32(one, |one| {
                with_f32(other, |other| {
                    with_f32(grad, |grad| Ok(self.gradient(one, other, grad, own)))
                })
            })?;
            Ok(Some(Tensor::from_vec(values, one.shape(), one.device())?))
        };
        Ok((of(x, y, 0)?, of(y, x, 1)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, wave};

    #[test]
    fn values_and_gradients() {
        let inputs = [wave(&[2, 3, 4, 6], 0.3), wave(&[2, 3, 4, 6], 1.4)];
        for side in [1, 2] {
            let of = |t: &[Tensor]| block_moments(&t[0], &t[1], side);
            let plain = |t: &[Tensor]| reference(&t[0], &t[1], side);
            Check { fused: of, reference: plain }.run(&inputs);
        }
    }

    #[test]
    fn what_fills_no_block_is_left_out() {
        let inputs = [wave(&[1, 2, 5, 7], 0.3), wave(&[1, 2, 5, 7], 1.4)];
        let of = |t: &[Tensor]| block_moments(&t[0], &t[1], 3);
        let found = crate::testing::gradients(of, &inputs);
        assert_eq!(found.0.dims(), [4, 1, 2, 1, 2]);
        let rim = |it: &Tensor| -> Result<f32> {
            let below = it.narrow(2, 3, 2)?.abs()?.sum_all()?.to_scalar::<f32>()?;
            Ok(below + it.narrow(3, 6, 1)?.abs()?.sum_all()?.to_scalar::<f32>()?)
        };
        assert_eq!(rim(&found.1[0]).expect("a gradient"), 0.0);
        let inside = found.1[0].narrow(2, 0, 3).and_then(|it| it.abs()?.min_all());
        assert!(inside.and_then(|it| it.to_scalar::<f32>()).expect("a gradient") >= 0.0);
        // The same blocks of a picture without the rim.
        let cut = |it: &Tensor| it.narrow(2, 0, 3).and_then(|it| it.narrow(3, 0, 6));
        let cut = [cut(&inputs[0]).expect("rows"), cut(&inputs[1]).expect("rows")];
        let plain = |t: &[Tensor]| reference(&t[0], &t[1], 3);
        let expected = crate::testing::gradients(plain, &cut);
        crate::testing::assert_close("means", &found.0, &expected.0, 1e-6);
        let inner = found.1[0].narrow(2, 0, 3).and_then(|it| it.narrow(3, 0, 6));
        crate::testing::assert_close("gradient", &inner.expect("rows"), &expected.1[0], 1e-6);
    }

    #[test]
    fn misfits_are_errors() {
        let x = wave(&[1, 2, 4, 4], 0.3);
        for (y, side) in [(wave(&[1, 2, 4, 2], 0.3), 2), (x.clone(), 0), (x.clone(), 5)] {
            let error = block_moments(&x, &y, side).expect_err("does not fit").to_string();
            assert!(error.contains("blocks of"), "{error}");
        }
        let flat = x.flatten_all().expect("flat");
        assert!(block_moments(&flat, &flat, 2).is_err());
    }
}
