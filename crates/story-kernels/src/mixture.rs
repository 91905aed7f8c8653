//! A picture mixed from others: at each place shares of what was shown, moved a little or not, of one
//! picture that is remembered, and of one that was painted. In one op, for the mixture of seven
//! pictures of 224 pixels would be seven intermediate results.
//!
//! ```text
//! out[b, c, y, x] = sum over s of  shares[b, s, y / k, x / k] * source_s[b, c, y, x]
//! source_s: shown[t] moved by moves[m] for s = t M + m;  then `remembered`;  then `painted`
//! ```
//!
//! `shares` (B, T M + 2, H / k, W / k), `remembered` and `painted` (B, 3, H, W), `shown` (B, T, 3, H,
//! W), result (B, 3, H, W). What a move leaves bare shows the picture's edge.

mod composed;

use crate::storage::{check_not_empty, f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use composed::{composed, source};
use rayon::prelude::*;

const OP: &str = "mixture";

/// How far a picture is moved, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Downwards; upwards where it is below 0.
    pub down: i32,
    /// To the right; to the left where it is below 0.
    pub right: i32,
}

/// The mixture. Differentiable in `shares`, `remembered` and `painted`; what was `shown` is given.
///
/// # Errors
/// Shapes that do not fit, an empty tensor, `shown` that learns.
pub fn mixture(
    shares: &Tensor,
    remembered: &Tensor,
    painted: &Tensor,
    shown: &Tensor,
    moves: &[Move],
) -> Result<Tensor> {
    let sizes = Sizes::of(shares, remembered, painted, shown, moves)?;
    if !fused(&[shares, remembered, painted, shown]) {
        return composed(shares, remembered, painted, shown, moves, sizes);
    }
    let op = Mixture { shown: shown.contiguous()?, moves: moves.to_vec(), sizes };
    shares.contiguous()?.apply_op3(&remembered.contiguous()?, &painted.contiguous()?, op)
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`mixture`].
pub fn reference(
    shares: &Tensor,
    remembered: &Tensor,
    painted: &Tensor,
    shown: &Tensor,
    moves: &[Move],
) -> Result<Tensor> {
    let sizes = Sizes::of(shares, remembered, painted, shown, moves)?;
    composed(shares, remembered, painted, shown, moves, sizes)
}

#[derive(Debug, Clone, Copy)]
struct Sizes {
    batch: usize,
    steps: usize,
    colors: usize,
    height: usize,
    width: usize,
    /// Pixels of a place's side.
    side: usize,
    sources: usize,
}

impl Sizes {
    fn of(
        shares: &Tensor,
        remembered: &Tensor,
        painted: &Tensor,
        shown: &Tensor,
        moves: &[Move],
    ) -> Result<Self> {
        let named = [
            ("shares", shares),
            ("remembered", remembered),
            ("painted", painted),
            ("shown", shown),
        ];
        for (name, tensor) in named {
            check_not_empty(OP, name, tensor)?;
        }
        let found = || format!("{:?}", named.map(|(_, tensor)| tensor.dims()));
        let (&[batch, steps, colors, height, width], &[_, sources, rows, columns]) =
            (shown.dims(), shares.dims())
        else {
            bail!(
                "{OP}: expected shown (B, T, 3, H, W) and shares (B, S, h, w), found {}",
                found()
            );
        };
        let side = height / rows;
        let fits = painted.dims() == [batch, colors, height, width]
            && remembered.dims() == painted.dims()
            && shares.dim(0)? == batch
            && sources == steps * moves.len() + 2
            && (side * rows, side * columns) == (height, width);
        if !fits {
            bail!(
                "{OP}: expected painted and remembered (B, 3, H, W), shown (B, T, 3, H, W) and shares (B, {} T + 2, H / k, W / k), found {}",
                moves.len(),
                found()
            );
        }
        if shown.track_op() {
            bail!("{OP}: what was shown learns; give it detached");
        }
        Ok(Self { batch, steps, colors, height, width, side, sources })
    }

    fn plane(&self) -> usize {
        self.height * self.width
    }

    /// Places of a share's plane.
    fn places(&self) -> usize {
        self.plane() / (self.side * self.side)
    }
}

struct Mixture {
    shown: Tensor,
    moves: Vec<Move>,
    sizes: Sizes,
}

/// All that is mixed, as numbers.
#[derive(Clone, Copy)]
struct Sources<'a> {
    of: &'a Mixture,
    shown: &'a [f32],
    remembered: &'a [f32],
    painted: &'a [f32],
}

impl Sources<'_> {
    /// Row `y` of color `color` of source `place` for window `b`; `buffer` holds what is moved.
    fn row<'r>(
        &'r self,
        place: usize,
        [b, color, y]: [usize; 3],
        buffer: &'r mut [f32],
    ) -> &'r [f32] {
        let Sizes { steps, colors, height, width, sources, .. } = self.of.sizes;
        let row = |of: &'r [f32], picture: usize, y: usize| {
            &of[((picture * colors + color) * height + y) * width..][..width]
        };
        if place + 1 == sources {
            return row(self.painted, b, y);
        }
        if place + 2 == sources {
            return row(self.remembered, b, y);
        }
        let (step, by) = (place / self.of.moves.len(), self.of.moves[place % self.of.moves.len()]);
        let still = row(self.shown, b * steps + step, source(y, by.down, height));
        if by.right == 0 {
            return still;
        }
        for (x, pixel) in buffer.iter_mut().enumerate() {
            *pixel = still[source(x, by.right, width)];
        }
        buffer
    }
}

impl Mixture {
    fn with_shown<R>(&self, f: impl FnOnce(&[f32]) -> Result<R>) -> Result<R> {
        with_f32(&self.shown, f)
    }

    fn mix(&self, shares: &[f32], sources: Sources<'_>) -> Vec<f32> {
        let Sizes { colors, width, side, .. } = self.sizes;
        let (plane, places) = (self.sizes.plane(), self.sizes.places());
        let mut out = vec![0.0; self.sizes.batch * colors * plane];
        out.par_chunks_mut(plane).enumerate().for_each(|(at, out)| {
            let (b, color) = (at / colors, at % colors);
            let mut buffer = vec![0.0; width];
            for (y, out) in out.chunks_mut(width).enumerate() {
                for source in 0..self.sizes.sources {
                    let share = &shares[(b * self.sizes.sources + source) * places..][..places];
                    let share = &share[y / side * (width / side)..][..width / side];
                    let row = sources.row(source, [b, color, y], &mut buffer);
                    let cells = out.chunks_mut(side).zip(row.chunks(side)).zip(share);
                    for ((out, row), share) in cells {
                        out.iter_mut().zip(row).for_each(|(out, pixel)| *out += share * pixel);
                    }
                }
            }
        });
        out
    }

    fn grad_shares(&self, sources: Sources<'_>, grad: &[f32]) -> Vec<f32> {
        let Sizes { colors, height, width, side, .. } = self.sizes;
        let places = self.sizes.places();
        let mut out = vec![0.0; self.sizes.batch * self.sizes.sources * places];
        out.par_chunks_mut(places).enumerate().for_each(|(at, out)| {
            let (b, source) = (at / self.sizes.sources, at % self.sizes.sources);
            let mut buffer = vec![0.0; width];
            for color in 0..colors {
                for y in 0..height {
                    let row = sources.row(source, [b, color, y], &mut buffer);
                    let grad = &grad[((b * colors + color) * height + y) * width..][..width];
                    let out = &mut out[y / side * (width / side)..][..width / side];
                    let cells = out.iter_mut().zip(row.chunks(side)).zip(grad.chunks(side));
                    for ((out, row), grad) in cells {
                        *out += row.iter().zip(grad).map(|(a, b)| a * b).sum::<f32>();
                    }
                }
            }
        });
        out
    }

    /// The gradient times the share of source `source`, for each window: (B, 3, H, W).
    fn grad_source(&self, source: usize, shares: &[f32], grad: &[f32]) -> Vec<f32> {
        let Sizes { colors, width, side, sources, .. } = self.sizes;
        let (plane, places) = (self.sizes.plane(), self.sizes.places());
        let mut out = grad.to_vec();
        out.par_chunks_mut(plane).enumerate().for_each(|(at, out)| {
            let share = &shares[(at / colors * sources + source) * places..][..places];
            for (y, out) in out.chunks_mut(width).enumerate() {
                let share = &share[y / side * (width / side)..][..width / side];
                for (out, share) in out.chunks_mut(side).zip(share) {
                    out.iter_mut().for_each(|grad| *grad *= share);
                }
            }
        });
        out
    }
}

impl CustomOp3 for Mixture {
    fn name(&self) -> &'static str {
        OP
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (shares, remembered, painted) =
            (f32_slice(s1, l1)?, f32_slice(s2, l2)?, f32_slice(s3, l3)?);
        let out = self.with_shown(|shown| {
            Ok(self.mix(shares, Sources { of: self, shown, remembered, painted }))
        })?;
        Ok((CpuStorage::F32(out), l3.shape().clone()))
    }

    fn bwd(
        &self,
        shares: &Tensor,
        remembered: &Tensor,
        painted: &Tensor,
        _output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let last = self.sizes.sources - 1;
        let of_shares = match shares.track_op() {
            true => self.with_shown(|shown| {
                with_f32(remembered, |remembered| {
                    with_f32(painted, |painted| {
                        let sources = Sources { of: self, shown, remembered, painted };
                        with_f32(grad, |grad| gradient(self.grad_shares(sources, grad), shares))
                    })
                })
            })?,
            false => None,
        };
        let of_source = |source: usize| {
            with_f32(shares, |shares| {
                with_f32(grad, |grad| Ok(self.grad_source(source, shares, grad)))
            })
        };
        let of_remembered = match remembered.track_op() {
            true => gradient(of_source(last - 1)?, remembered)?,
            false => None,
        };
        let of_painted = match painted.track_op() {
            true => gradient(of_source(last)?, painted)?,
            false => None,
        };
        Ok((of_shares, of_remembered, of_painted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, wave};

    const MOVES: [Move; 3] =
        [Move { down: 0, right: 0 }, Move { down: 2, right: -1 }, Move { down: -9, right: 3 }];

    /// Two windows of two steps, 4 x 6 pixels, places of 2 x 2.
    fn inputs() -> ([Tensor; 3], Tensor) {
        let shares = wave(&[2, 2 * MOVES.len() + 2, 2, 3], 0.3);
        let inputs = [shares, wave(&[2, 3, 4, 6], 0.9), wave(&[2, 3, 4, 6], 1.7)];
        (inputs, wave(&[2, 2, 3, 4, 6], 0.2))
    }

    #[test]
    fn values_and_gradients_of_moved_and_still_pictures() {
        let (inputs, shown) = inputs();
        for moves in [&MOVES[..], &MOVES[..1]] {
            let sources = 2 * moves.len() + 2;
            let shares = inputs[0].narrow(1, 0, sources).and_then(|it| it.contiguous());
            let inputs = [shares.expect("fewer"), inputs[1].clone(), inputs[2].clone()];
            let of = |t: &[Tensor]| mixture(&t[0], &t[1], &t[2], &shown, moves);
            let plain = |t: &[Tensor]| {
                let shown = shown.to_dtype(t[0].dtype())?;
                reference(&t[0], &t[1], &t[2], &shown, moves)
            };
            Check { fused: of, reference: plain }.run(&inputs);
        }
    }

    #[test]
    fn a_share_of_one_is_the_picture_itself_where_it_was_moved() -> Result<()> {
        let (inputs, shown) = inputs();
        let only = |source: usize| -> Result<Tensor> {
            let shares: Vec<f32> =
                (0..2 * 8 * 6).map(|at| f32::from(u8::from(at / 6 % 8 == source))).collect();
            let shares = Tensor::from_vec(shares, inputs[0].dims(), shown.device())?;
            mixture(&shares, &inputs[1], &inputs[2], &shown, &MOVES)
        };
        let numbers = |it: &Tensor| it.flatten_all()?.to_vec1::<f32>();
        assert_eq!(numbers(&only(7)?)?, numbers(&inputs[2])?);
        let second = shown.narrow(1, 1, 1)?.squeeze(1)?;
        assert_eq!(numbers(&only(3)?)?, numbers(&second)?);
        // Two down and one to the left: what was at (0, 1) is at (2, 0), and the edge above it too.
        let moved = only(1)?.get(0)?.get(0)?.to_vec2::<f32>()?;
        let still = shown.get(0)?.get(0)?.get(0)?.to_vec2::<f32>()?;
        assert_eq!(
            (moved[2][0], moved[3][4], moved[0][0]),
            (still[0][1], still[1][5], still[0][1])
        );
        // Further than the picture is high: its last row.
        let far = only(2)?.get(0)?.get(0)?.to_vec2::<f32>()?;
        assert_eq!((far[0][3], far[2][0]), (still[3][0], still[3][0]));
        Ok(())
    }

    #[test]
    fn misfits_and_pictures_that_learn_are_errors() -> Result<()> {
        let ([shares, remembered, painted], shown) = inputs();
        assert!(mixture(&shares, &remembered, &painted, &shown, &MOVES).is_ok());
        let error = mixture(&shares, &remembered, &painted, &shown, &MOVES[..2])
            .expect_err("a source more");
        assert!(error.to_string().contains("2 T + 2"), "{error}");
        let one = painted.get(0)?;
        assert!(mixture(&shares, &one, &painted, &shown, &MOVES).is_err());
        let learns = candle_core::Var::from_tensor(&shown)?;
        assert!(mixture(&shares, &remembered, &painted, &learns, &MOVES).is_err());
        let odd = wave(&[2, 8, 3, 3], 0.1);
        assert!(mixture(&odd, &remembered, &painted, &shown, &MOVES).is_err());
        Ok(())
    }
}
