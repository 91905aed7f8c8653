//! An LSTM over a whole sequence (Hochreiter and Schmidhuber 1997) with PyTorch's gate order
//! i, f, g, o and equations:
//!
//! i, f, o = sigmoid(x + W h + b) each; g = tanh(x_g + W_g h + b_g); c' = f c + i g; h' = o tanh(c')
//!
//! x (B, T, 4 H) is the input's projection W_ih x + b_ih, which the caller makes for all steps in
//! one product. A masked step hands hidden state and cell on as they are. Backward runs the steps
//! in reverse and makes the weights' gradient in one product over all of them.

use crate::activation::sigmoid_reference as sigmoid;
use crate::math;
use crate::scan::{Scan, Sizes, carry};
use crate::storage::{f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp3, D, Layout, Result, Shape, Tensor, bail};
use std::sync::OnceLock;

const OP: &str = "lstm";
const GATES: usize = 4;

/// What an LSTM leaves behind; both parts are differentiable.
#[derive(Clone, Debug)]
pub struct LstmOutput {
    /// All hidden states (B, T, H). The last one is the final hidden state, padding or not.
    pub states: Tensor,
    /// The cell after the last step (B, H).
    pub cell: Tensor,
}

/// The tensors of an LSTM.
#[derive(Clone, Copy, Debug)]
pub struct LstmInput<'a> {
    /// W_ih x + b_ih of all steps (B, T, 4 H).
    pub x_proj: &'a Tensor,
    /// Hidden state before the first step (B, H).
    pub h0: &'a Tensor,
    /// Cell before the first step (B, H).
    pub c0: &'a Tensor,
    /// Recurrent weights (4 H, H).
    pub w_hh: &'a Tensor,
    /// Recurrent bias (4 H).
    pub b_hh: &'a Tensor,
    /// (B, T) of any dtype, not 0 = a real step; padding repeats the state before it.
    pub mask: Option<&'a Tensor>,
}

/// Runs an LSTM; differentiable in all tensors but the mask.
///
/// # Errors
/// Shapes that do not fit each other, or an empty input.
pub fn lstm(input: LstmInput<'_>) -> Result<LstmOutput> {
    let states = [input.h0, input.c0];
    let scan = scan(&input, &states);
    let sizes = scan.sizes()?;
    if !fused(&[input.x_proj, input.h0, input.c0, input.w_hh, input.b_hh]) {
        return reference(input);
    }
    let op = Lstm { sizes, keep: scan.keep()?, saved: OnceLock::new() };
    let weights = scan.weights()?;
    let initial = Tensor::cat(&states, 0)?; // (2 B, H)
    let all = input.x_proj.contiguous()?.apply_op3(&initial, &weights, op)?; // (B T H + B H)
    let hidden = sizes.steps * sizes.state_len();
    let states = all.narrow(0, 0, hidden)?;
    let cell = all.narrow(0, hidden, sizes.state_len())?;
    Ok(LstmOutput {
        states: states.reshape((sizes.batch, sizes.steps, sizes.width))?, // (B, T, H)
        cell: cell.reshape((sizes.batch, sizes.width))?,                  // (B, H)
    })
}

/// The same in candle's own ops, step by step.
///
/// # Errors
/// As [`lstm`].
pub fn reference(input: LstmInput<'_>) -> Result<LstmOutput> {
    let states = [input.h0, input.c0];
    let Sizes { steps, width, .. } = scan(&input, &states).sizes()?;
    let (mut h, mut c) = (input.h0.clone(), input.c0.clone());
    let mut all = Vec::with_capacity(steps);
    for t in 0..steps {
        let x = input.x_proj.narrow(1, t, 1)?.squeeze(1)?; // (B, 4 H)
        let sums = (x + h.matmul(&input.w_hh.t()?)?.broadcast_add(input.b_hh)?)?; // (B, 4 H)
        let gate = |i: usize| sums.narrow(D::Minus1, i * width, width); // (B, H)
        let (i, f) = (sigmoid(&gate(0)?)?, sigmoid(&gate(1)?)?);
        let (g, o) = (gate(2)?.tanh()?, sigmoid(&gate(3)?)?);
        let next = ((f * &c)? + (i * g)?)?;
        let shown = (o * next.tanh()?)?;
        c = carry(input.mask, t, next, &c)?;
        h = carry(input.mask, t, shown, &h)?;
        all.push(h.clone());
    }
    Ok(LstmOutput {
        states: Tensor::stack(&all, 1)?, // (B, T, H)
        cell: c,
    })
}

fn scan<'a>(input: &LstmInput<'a>, states: &'a [&'a Tensor]) -> Scan<'a> {
    Scan {
        op: OP,
        gates: GATES,
        x_proj: input.x_proj,
        states,
        w_hh: input.w_hh,
        b_hh: input.b_hh,
        mask: input.mask,
    }
}

struct Lstm {
    sizes: Sizes,
    keep: Option<Vec<bool>>,
    saved: OnceLock<Saved>,
}

/// What the forward leaves to the backward.
struct Saved {
    /// i, f, g, o of each step (T, B, 4 H).
    gates: Vec<f32>,
    /// The cell before each step and after the last (T + 1, B, H).
    cells: Vec<f32>,
}

impl CustomOp3 for Lstm {
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
        let (x, initial, weights) = (f32_slice(s1, l1)?, f32_slice(s2, l2)?, f32_slice(s3, l3)?);
        let s = self.sizes;
        let (keep, h, len) = (self.keep.as_deref(), s.width, s.state_len());
        let (h0, c0) = initial.split_at(len);
        let mut all = vec![0f32; (s.steps + 1) * len];
        let mut gates = vec![0f32; s.steps * s.gates_len()];
        let mut cells = vec![0f32; (s.steps + 1) * len];
        cells[..len].copy_from_slice(c0);
        let mut state = h0.to_vec();
        for t in 0..s.steps {
            let gates = &mut gates[t * s.gates_len()..][..s.gates_len()];
            s.recur(&state, weights, gates);
            let (before, after) = cells[t * len..][..2 * len].split_at_mut(len);
            after.copy_from_slice(before);
            let rows = state.chunks_exact_mut(h).zip(gates.chunks_exact_mut(s.gates));
            for (b, ((state, gates), cell)) in rows.zip(after.chunks_exact_mut(h)).enumerate() {
                if s.kept(keep, b, t) {
                    step(&x[s.at(b, t, s.gates)], gates, cell, state);
                }
                all[s.at(b, t, h)].copy_from_slice(state);
            }
        }
        all[s.steps * len..].copy_from_slice(&cells[s.steps * len..]);
        if self.saved.set(Saved { gates, cells }).is_err() {
            bail!("{OP}: one op runs forward once");
        }
        let shape = all.len().into();
        Ok((CpuStorage::F32(all), shape))
    }

    fn bwd(
        &self,
        x_proj: &Tensor,
        initial: &Tensor,
        weights: &Tensor,
        output: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(Saved { gates, cells }) = self.saved.get() else {
            bail!("{OP}: backward before forward")
        };
        let s = self.sizes;
        let (keep, h, len) = (self.keep.as_deref(), s.width, s.state_len());
        let mut gx = vec![0f32; s.steps * s.gates_len()];
        let mut gate_grad = vec![0f32; s.steps * s.gates_len()]; // (T, B, 4 H)
        let mut before = vec![0f32; s.steps * len]; // (T, B, H)
        let mut gh = vec![0f32; len];
        let mut gc = vec![0f32; len];
        with_f32(initial, |initial| {
            with_f32(weights, |weights| {
                with_f32(output, |states| {
                    with_f32(grad, |grad| {
                        gc.copy_from_slice(&grad[s.steps * len..]);
                        for t in (0..s.steps).rev() {
                            let step_grad = &mut gate_grad[t * s.gates_len()..][..s.gates_len()];
                            // What a masked row's state gets passes it by; a real row's is spent.
                            let mut passed = vec![0f32; len];
                            for b in 0..s.batch {
                                let state = b * h..(b + 1) * h;
                                let row = t * s.batch + b;
                                math::add_assign(&mut gh[state.clone()], &grad[s.at(b, t, h)]);
                                before[row * h..][..h].copy_from_slice(match t {
                                    0 => &initial[state.clone()],
                                    _ => &states[s.at(b, t - 1, h)],
                                });
                                if !s.kept(keep, b, t) {
                                    passed[state.clone()].copy_from_slice(&gh[state]);
                                    continue;
                                }
                                let cells = Cells {
                                    before: &cells[row * h..][..h],
                                    after: &cells[(row + s.batch) * h..][..h],
                                };
                                let into = &mut step_grad[b * s.gates..][..s.gates];
                                let gates = &gates[row * s.gates..][..s.gates];
                                step_back(gates, cells, &gh[state.clone()], &mut gc[state], into);
                                gx[s.at(b, t, s.gates)].copy_from_slice(into);
                            }
                            gh = passed;
                            s.recur_back(step_grad, weights, &mut gh);
                        }
                        Ok(())
                    })
                })
            })
        })?;
        let gw = s.weight_gradient(&gate_grad, &before);
        gh.extend(gc);
        Ok((gradient(gx, x_proj)?, gradient(gh, initial)?, gradient(gw, weights)?))
    }
}

/// One step of one row: `gates` comes in as W h + b and goes out as i, f, g, o; `cell` and `state`
/// move on.
fn step(x: &[f32], gates: &mut [f32], cell: &mut [f32], state: &mut [f32]) {
    let h = state.len();
    let (x_i, x_f, x_g, x_o) = (&x[..h], &x[h..2 * h], &x[2 * h..3 * h], &x[3 * h..4 * h]);
    let (s_i, rest) = gates.split_at_mut(h);
    let (s_f, rest) = rest.split_at_mut(h);
    let (s_g, s_o) = rest.split_at_mut(h);
    let (s_o, cell) = (&mut s_o[..h], &mut cell[..h]);
    for j in 0..h {
        let i = math::sigmoid(x_i[j] + s_i[j]);
        let f = math::sigmoid(x_f[j] + s_f[j]);
        let g = math::tanh(x_g[j] + s_g[j]);
        let o = math::sigmoid(x_o[j] + s_o[j]);
        (s_i[j], s_f[j], s_g[j], s_o[j]) = (i, f, g, o);
        cell[j] = f * cell[j] + i * g;
        state[j] = o * math::tanh(cell[j]);
    }
}

/// One row's cell on both sides of a step.
struct Cells<'a> {
    before: &'a [f32],
    after: &'a [f32],
}

/// One step of one row backwards: `gc` comes in as the cell's gradient after the step and goes out
/// as the one before it; `into` takes the gradients at the four gates' sums.
fn step_back(gates: &[f32], cells: Cells<'_>, gh: &[f32], gc: &mut [f32], into: &mut [f32]) {
    let h = gh.len();
    let (i, f) = (&gates[..h], &gates[h..2 * h]);
    let (g, o) = (&gates[2 * h..3 * h], &gates[3 * h..4 * h]);
    for j in 0..h {
        let shown = math::tanh(cells.after[j]);
        let d_c = gc[j] + gh[j] * o[j] * (1.0 - shown * shown);
        into[j] = d_c * g[j] * i[j] * (1.0 - i[j]);
        into[h + j] = d_c * cells.before[j] * f[j] * (1.0 - f[j]);
        into[2 * h + j] = d_c * i[j] * (1.0 - g[j] * g[j]);
        into[3 * h + j] = gh[j] * shown * o[j] * (1.0 - o[j]);
        gc[j] = d_c * f[j];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Check, assert_close, assert_same_gradients, numbers, wave};
    use candle_core::Device;

    fn inputs(b: usize, t: usize, h: usize) -> Vec<Tensor> {
        vec![
            wave(&[b, t, GATES * h], 0.1),
            wave(&[b, h], 0.7),
            wave(&[b, h], 2.9),
            wave(&[GATES * h, h], 1.3),
            wave(&[GATES * h], 1.9),
        ]
    }

    fn input<'a>(t: &'a [Tensor], mask: Option<&'a Tensor>) -> LstmInput<'a> {
        LstmInput { x_proj: &t[0], h0: &t[1], c0: &t[2], w_hh: &t[3], b_hh: &t[4], mask }
    }

    /// Hidden states and final cell in one tensor, so that gradients flow from both.
    fn joined(output: Result<LstmOutput>) -> Result<Tensor> {
        let output = output?;
        Tensor::cat(&[output.states, output.cell.unsqueeze(1)?], 1)
    }

    #[test]
    fn states_cell_and_gradients() {
        for (b, t, h) in [(1, 1, 1), (2, 4, 3), (3, 2, 5)] {
            Check {
                fused: |t: &[Tensor]| joined(lstm(input(t, None))),
                reference: |t: &[Tensor]| joined(reference(input(t, None))),
            }
            .run(&inputs(b, t, h));
        }
    }

    #[test]
    fn with_padding_at_the_end_and_in_the_middle() -> Result<()> {
        let mask = Tensor::new(&[[1u8, 1, 0, 0], [1, 0, 1, 1], [0, 0, 0, 0]], &Device::Cpu)?;
        Check {
            fused: |t: &[Tensor]| joined(lstm(input(t, Some(&mask)))),
            reference: |t: &[Tensor]| joined(reference(input(t, Some(&mask)))),
        }
        .run(&inputs(3, 4, 2));
        Ok(())
    }

    #[test]
    fn padding_changes_nothing() -> Result<()> {
        let t = inputs(1, 3, 4);
        let short = lstm(input(&t, None))?;
        let padded = Tensor::cat(&[&t[0], &(wave(&[1, 2, 16], 5.0) * 9.0)?], 1)?;
        let mask = Tensor::new(&[[1f32, 1., 1., 0., 0.]], &Device::Cpu)?;
        let long = lstm(LstmInput { x_proj: &padded, ..input(&t, Some(&mask)) })?;
        assert_eq!(numbers(&long.states.narrow(1, 0, 3)?), numbers(&short.states));
        assert_close("carried", &long.states.narrow(1, 4, 1)?, &short.states.narrow(1, 2, 1)?, 0.0);
        assert_close("cell", &long.cell, &short.cell, 0.0);
        Ok(())
    }

    #[test]
    fn a_wider_case_equals_the_reference() -> Result<()> {
        let mut t = inputs(8, 6, 64);
        t[3] = (&t[3] * 0.1)?;
        assert_same_gradients(
            |t| joined(lstm(input(t, None))),
            |t| joined(reference(input(t, None))),
            &t,
            2e-5,
        );
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_both_shapes() -> Result<()> {
        let t = inputs(2, 3, 4);
        let run = |which: usize, replacement: Tensor| {
            let mut t = t.clone();
            t[which] = replacement;
            lstm(input(&t, None)).expect_err("must be refused").to_string()
        };
        let error = run(3, wave(&[15, 5], 0.0));
        assert!(error.contains("[2, 3, 16]") && error.contains("[15, 5]"), "{error}");
        run(1, wave(&[3, 4], 0.0));
        run(2, wave(&[2, 5], 0.0));
        run(4, wave(&[4], 0.0));
        run(0, t[0].narrow(1, 0, 0)?);
        assert!(lstm(input(&t, Some(&wave(&[3, 2], 0.0)))).is_err());
        Ok(())
    }
}
