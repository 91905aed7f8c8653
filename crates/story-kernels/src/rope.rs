//! Rotary position embedding (Su et al. 2021) in the half-split form of GPT-NeoX and transformers:
//! numbers j and j + d/2 of a head are one point, turned by the angle of its position:
//!
//! y_j = x_j cos - x_{j+d/2} sin; y_{j+d/2} = x_{j+d/2} cos + x_j sin.
//!
//! A rotation's transpose turns the other way: the backward is the same with -sin.
//!
//! Axes: `B` rows, `L` positions, `h` heads, `d` width of a head, even.

use crate::storage::{check_not_empty, f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp1, D, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

/// Positions a thread takes at a time.
const BLOCK_POSITIONS: usize = 16;

/// Turns `x` (B, L, h, d) by angles given as `cos` and `sin`, (B, L, d/2) each and of x's dtype;
/// differentiable in `x`.
///
/// # Errors
/// Shapes that do not fit, an odd width of a head, an empty tensor.
pub fn rope(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    check(x, cos, sin)?;
    if !fused(&[x, cos, sin]) {
        return reference(x, cos, sin);
    }
    let (cos, sin) = (cos.detach().contiguous()?, sin.detach().contiguous()?);
    x.contiguous()?.apply_op1(Rope { cos, sin, turn: Turn::Forward })
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`rope`].
pub fn reference(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    check(x, cos, sin)?;
    let half = x.dim(D::Minus1)? / 2;
    let (first, second) = (x.narrow(3, 0, half)?, x.narrow(3, half, half)?); // (B, L, h, d/2)
    let (cos, sin) = (cos.detach().unsqueeze(2)?, sin.detach().unsqueeze(2)?); // (B, L, 1, d/2)
    let turned = [
        (first.broadcast_mul(&cos)? - second.broadcast_mul(&sin)?)?,
        (second.broadcast_mul(&cos)? + first.broadcast_mul(&sin)?)?,
    ];
    Tensor::cat(&turned, 3) // (B, L, h, d)
}

fn check(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<()> {
    check_not_empty("rope", "x", x)?;
    let (shape, cos, sin) = (x.dims(), cos.dims(), sin.dims());
    let fits = match shape {
        [b, l, _, d] => d % 2 == 0 && cos == [*b, *l, d / 2] && sin == cos,
        _ => false,
    };
    if !fits {
        bail!(
            "rope: expected x (B, L, h, d) with even d, cos and sin (B, L, d/2), found {shape:?}, {cos:?}, {sin:?}"
        );
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Turn {
    Forward,
    Back,
}

struct Rope {
    cos: Tensor,
    sin: Tensor,
    turn: Turn,
}

impl Rope {
    fn turned(&self, x: &[f32], heads: usize, width: usize) -> Result<Vec<f32>> {
        let (half, row) = (width / 2, heads * width);
        let sign = match self.turn {
            Turn::Forward => 1.0,
            Turn::Back => -1.0,
        };
        let mut output = vec![0f32; x.len()];
        with_f32(&self.cos, |cos| {
            with_f32(&self.sin, |sin| {
                let block = BLOCK_POSITIONS * row;
                let angles = BLOCK_POSITIONS * half;
                let tables = cos.par_chunks(angles).zip(sin.par_chunks(angles));
                let blocks = output.par_chunks_mut(block).zip(x.par_chunks(block));
                blocks.zip(tables).for_each(|((output, x), (cos, sin))| {
                    let rows = output.chunks_exact_mut(row).zip(x.chunks_exact(row));
                    let tables = cos.chunks_exact(half).zip(sin.chunks_exact(half));
                    for ((output, x), (cos, sin)) in rows.zip(tables) {
                        let heads = output.chunks_exact_mut(width).zip(x.chunks_exact(width));
                        for (output, x) in heads {
                            let (y0, y1) = output.split_at_mut(half);
                            let (x0, x1) = x.split_at(half);
                            let inputs = x0.iter().zip(x1).zip(cos.iter().zip(sin));
                            let outputs = y0.iter_mut().zip(y1);
                            for ((y0, y1), ((x0, x1), (c, s))) in outputs.zip(inputs) {
                                let s = sign * s;
                                *y0 = x0 * c - x1 * s;
                                *y1 = x1 * c + x0 * s;
                            }
                        }
                    }
                });
                Ok(())
            })
        })?;
        Ok(output)
    }
}

impl CustomOp1 for Rope {
    fn name(&self) -> &'static str {
        "rope"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let shape = layout.shape();
        let (_, _, heads, width) = shape.dims4()?;
        let output = self.turned(f32_slice(storage, layout)?, heads, width)?;
        Ok((CpuStorage::F32(output), shape.clone()))
    }

    fn bwd(&self, x: &Tensor, _output: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (_, _, heads, width) = x.dims4()?;
        let back = Self { cos: self.cos.clone(), sin: self.sin.clone(), turn: Turn::Back };
        let gx = with_f32(grad, |grad| back.turned(grad, heads, width))?;
        gradient(gx, x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_close, assert_same_gradients, wave};
    use candle_core::DType;

    /// cos and sin of angles from the formula, in the dtype of `like`.
    fn angles(b: usize, l: usize, half: usize, like: &Tensor) -> [Tensor; 2] {
        let angles = (wave(&[b, l, half], 0.4) * 3.0).and_then(|a| a.to_dtype(DType::F64));
        let angles = angles.expect("angles");
        [angles.cos(), angles.sin()].map(|t| t.and_then(|t| t.to_dtype(like.dtype())).expect("f32"))
    }

    #[test]
    fn values_and_gradients() {
        for [b, l, h, d] in [[1, 1, 1, 2], [2, 3, 2, 4], [1, 5, 3, 6]] {
            let table = |x: &Tensor| angles(b, l, d / 2, x);
            let fused = |t: &[Tensor]| rope(&t[0], &table(&t[0])[0], &table(&t[0])[1]);
            let reference = |t: &[Tensor]| reference(&t[0], &table(&t[0])[0], &table(&t[0])[1]);
            Check { fused, reference }.run(&[wave(&[b, l, h, d], 0.1)]);
        }
        let (b, l) = (2, BLOCK_POSITIONS + 3);
        let [cos, sin] = angles(b, l, 4, &wave(&[1], 0.0));
        let fused = |t: &[Tensor]| rope(&t[0], &cos, &sin);
        let plain = |t: &[Tensor]| reference(&t[0], &cos, &sin);
        assert_same_gradients(fused, plain, &[wave(&[b, l, 3, 8], 0.1)], 1e-6);
    }

    #[test]
    fn turning_back_gives_the_input() -> Result<()> {
        let x = wave(&[2, 3, 2, 8], 0.1);
        let [cos, sin] = angles(2, 3, 4, &x);
        let back = rope(&rope(&x, &cos, &sin)?, &cos, &sin.neg()?)?;
        assert_close("x", &back, &x, 1e-6);
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_the_shapes() {
        let table = wave(&[2, 3, 2], 0.0);
        for shape in [&[2, 3, 4][..], &[2, 3, 1, 5], &[2, 4, 1, 4], &[3, 3, 1, 4]] {
            let error = rope(&wave(shape, 0.0), &table, &table).expect_err("a misfit").to_string();
            assert!(error.contains(&format!("{shape:?}")), "{error}");
        }
    }
}
