//! A GRU over a whole sequence (Cho et al. 2014) with PyTorch's gate order r, z, n and equations:
//!
//! r = sigmoid(x_r + W_r h + b_r); z = sigmoid(x_z + W_z h + b_z);
//! n = tanh(x_n + r * (W_n h + b_n)); h' = n + z * (h - n)
//!
//! x (B, T, 3 H) is the input's projection W_ih x + b_ih, which the caller makes for all steps in
//! one product. A masked step hands the state on as it is. Backward runs the steps in reverse and
//! makes the weights' gradient in one product over all of them.

use crate::activation::sigmoid_reference as sigmoid;
use crate::math;
use crate::scan::{Scan, Sizes, carry};
use crate::storage::{f32_slice, fused, gradient, with_f32};
use candle_core::{CpuStorage, CustomOp3, D, Layout, Result, Shape, Tensor, bail};
use std::sync::OnceLock;

const OP: &str = "gru";
const GATES: usize = 3;

/// All hidden states (B, T, H) of a GRU; differentiable in all tensors but the mask.
///
/// `x_proj` (B, T, 3 H) with `b_ih` in it, `h0` (B, H), `w_hh` (3 H, H), `b_hh` (3 H), `mask`
/// (B, T) of any dtype, not 0 = a real step; padding repeats the state before it.
///
/// # Errors
/// Shapes that do not fit each other, or an empty input.
pub fn gru(
    x_proj: &Tensor,
    h0: &Tensor,
    w_hh: &Tensor,
    b_hh: &Tensor,
    mask: Option<&Tensor>,
) -> Result<Tensor> {
    let states = [h0];
    let scan = scan(x_proj, &states, w_hh, b_hh, mask);
    let sizes = scan.sizes()?;
    if !fused(&[x_proj, h0, w_hh, b_hh]) {
        return reference(x_proj, h0, w_hh, b_hh, mask);
    }
    let op = Gru { sizes, keep: scan.keep()?, saved: OnceLock::new() };
    let weights = scan.weights()?;
    x_proj.contiguous()?.apply_op3(&h0.contiguous()?, &weights, op)
}

/// The same in candle's own ops, step by step.
///
/// # Errors
/// As [`gru`].
pub fn reference(
    x_proj: &Tensor,
    h0: &Tensor,
    w_hh: &Tensor,
    b_hh: &Tensor,
    mask: Option<&Tensor>,
) -> Result<Tensor> {
    let states = [h0];
    let Sizes { steps, width, .. } = scan(x_proj, &states, w_hh, b_hh, mask).sizes()?;
    let gate = |t: &Tensor, i: usize| t.narrow(D::Minus1, i * width, width);
    let mut h = h0.clone();
    let mut all = Vec::with_capacity(steps);
    for t in 0..steps {
        let x = x_proj.narrow(1, t, 1)?.squeeze(1)?; // (B, 3 H)
        let g = h.matmul(&w_hh.t()?)?.broadcast_add(b_hh)?; // (B, 3 H)
        let r = sigmoid(&(gate(&x, 0)? + gate(&g, 0)?)?)?; // (B, H)
        let z = sigmoid(&(gate(&x, 1)? + gate(&g, 1)?)?)?;
        let n = (gate(&x, 2)? + (r * gate(&g, 2)?)?)?.tanh()?;
        let next = (&n + (z * (&h - &n)?)?)?;
        h = carry(mask, t, next, &h)?;
        all.push(h.clone());
    }
    Tensor::stack(&all, 1) // (B, T, H)
}

fn scan<'a>(
    x_proj: &'a Tensor,
    states: &'a [&'a Tensor],
    w_hh: &'a Tensor,
    b_hh: &'a Tensor,
    mask: Option<&'a Tensor>,
) -> Scan<'a> {
    Scan { op: OP, gates: GATES, x_proj, states, w_hh, b_hh, mask }
}

struct Gru {
    sizes: Sizes,
    keep: Option<Vec<bool>>,
    /// r, z, n and W_n h + b_n of each step: (T, B, 4 H).
    saved: OnceLock<Vec<f32>>,
}

/// Gates a step saves for the backward.
const SAVED: usize = 4;

impl CustomOp3 for Gru {
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
        let (x, h0, weights) = (f32_slice(s1, l1)?, f32_slice(s2, l2)?, f32_slice(s3, l3)?);
        let s = self.sizes;
        let (keep, h) = (self.keep.as_deref(), s.width);
        let mut all = vec![0f32; s.steps * s.state_len()];
        let mut saved = vec![0f32; s.steps * s.state_len() * SAVED];
        let mut gates = vec![0f32; s.gates_len()];
        let mut state = h0.to_vec();
        for t in 0..s.steps {
            s.recur(&state, weights, &mut gates);
            let saved = &mut saved[t * s.state_len() * SAVED..][..s.state_len() * SAVED];
            let rows = state.chunks_exact_mut(h).zip(gates.chunks_exact(s.gates));
            for (b, ((state, gates), saved)) in
                rows.zip(saved.chunks_exact_mut(SAVED * h)).enumerate()
            {
                if s.kept(keep, b, t) {
                    step(&x[s.at(b, t, s.gates)], gates, state, saved);
                }
                all[s.at(b, t, h)].copy_from_slice(state);
            }
        }
        if self.saved.set(saved).is_err() {
            bail!("{OP}: one op runs forward once");
        }
        Ok((CpuStorage::F32(all), (s.batch, s.steps, h).into()))
    }

    fn bwd(
        &self,
        x_proj: &Tensor,
        h0: &Tensor,
        weights: &Tensor,
        states: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(saved) = self.saved.get() else { bail!("{OP}: backward before forward") };
        let s = self.sizes;
        let (keep, h) = (self.keep.as_deref(), s.width);
        let mut gx = vec![0f32; s.steps * s.gates_len()];
        let mut gate_grad = vec![0f32; s.steps * s.gates_len()]; // (T, B, 3 H)
        let mut before = vec![0f32; s.steps * s.state_len()]; // (T, B, H)
        let mut gh = vec![0f32; s.state_len()];
        with_f32(h0, |h0| {
            with_f32(weights, |weights| {
                with_f32(states, |states| {
                    with_f32(grad, |grad| {
                        for t in (0..s.steps).rev() {
                            let gates = &mut gate_grad[t * s.gates_len()..][..s.gates_len()];
                            for b in 0..s.batch {
                                let gh = &mut gh[b * h..][..h];
                                math::add_assign(gh, &grad[s.at(b, t, h)]);
                                let row = t * s.batch + b;
                                let previous = match t {
                                    0 => &h0[b * h..][..h],
                                    _ => &states[s.at(b, t - 1, h)],
                                };
                                before[row * h..][..h].copy_from_slice(previous);
                                if s.kept(keep, b, t) {
                                    let saved = &saved[row * SAVED * h..][..SAVED * h];
                                    let gates = &mut gates[b * s.gates..][..s.gates];
                                    let gx = &mut gx[s.at(b, t, s.gates)];
                                    step_back(saved, previous, gh, gx, gates);
                                }
                            }
                            s.recur_back(gates, weights, &mut gh);
                        }
                        Ok(())
                    })
                })
            })
        })?;
        let gw = s.weight_gradient(&gate_grad, &before);
        Ok((gradient(gx, x_proj)?, gradient(gh, h0)?, gradient(gw, weights)?))
    }
}

/// One step of one row: `state` moves on, `saved` takes r, z, n and the recurrent part of n.
fn step(x: &[f32], gates: &[f32], state: &mut [f32], saved: &mut [f32]) {
    let h = state.len();
    let (x_r, x_z, x_n) = (&x[..h], &x[h..2 * h], &x[2 * h..3 * h]);
    let (g_r, g_z, g_n) = (&gates[..h], &gates[h..2 * h], &gates[2 * h..3 * h]);
    let (s_r, rest) = saved.split_at_mut(h);
    let (s_z, rest) = rest.split_at_mut(h);
    let (s_n, s_g) = rest.split_at_mut(h);
    let s_g = &mut s_g[..h];
    for j in 0..h {
        let r = math::sigmoid(x_r[j] + g_r[j]);
        let z = math::sigmoid(x_z[j] + g_z[j]);
        let n = math::tanh(x_n[j] + r * g_n[j]);
        (s_r[j], s_z[j], s_n[j], s_g[j]) = (r, z, n, g_n[j]);
        state[j] = n + z * (state[j] - n);
    }
}

/// One step of one row backwards: `gh` comes in as the state's gradient after the step and goes
/// out as the part that bypasses the gates; `gx` and `gates` take the gradients at the gates'
/// input and recurrent sums.
fn step_back(saved: &[f32], previous: &[f32], gh: &mut [f32], gx: &mut [f32], gates: &mut [f32]) {
    let h = gh.len();
    let (r, z) = (&saved[..h], &saved[h..2 * h]);
    let (n, g_n) = (&saved[2 * h..3 * h], &saved[3 * h..4 * h]);
    for j in 0..h {
        let d_n = gh[j] * (1.0 - z[j]) * (1.0 - n[j] * n[j]);
        let d_z = gh[j] * (previous[j] - n[j]) * z[j] * (1.0 - z[j]);
        let d_r = d_n * g_n[j] * r[j] * (1.0 - r[j]);
        (gx[j], gx[h + j], gx[2 * h + j]) = (d_r, d_z, d_n);
        (gates[j], gates[h + j], gates[2 * h + j]) = (d_r, d_z, d_n * r[j]);
        gh[j] *= z[j];
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
            wave(&[GATES * h, h], 1.3),
            wave(&[GATES * h], 1.9),
        ]
    }

    #[test]
    fn states_and_gradients() {
        for (b, t, h) in [(1, 1, 1), (2, 4, 3), (3, 2, 5)] {
            Check {
                fused: |t: &[Tensor]| gru(&t[0], &t[1], &t[2], &t[3], None),
                reference: |t: &[Tensor]| reference(&t[0], &t[1], &t[2], &t[3], None),
            }
            .run(&inputs(b, t, h));
        }
    }

    #[test]
    fn with_padding_at_the_end_and_in_the_middle() -> Result<()> {
        let mask = Tensor::new(&[[1u8, 1, 0, 0], [1, 0, 1, 1], [0, 0, 0, 0]], &Device::Cpu)?;
        Check {
            fused: |t: &[Tensor]| gru(&t[0], &t[1], &t[2], &t[3], Some(&mask)),
            reference: |t: &[Tensor]| reference(&t[0], &t[1], &t[2], &t[3], Some(&mask)),
        }
        .run(&inputs(3, 4, 2));
        Ok(())
    }

    #[test]
    fn padding_changes_nothing() -> Result<()> {
        let t = inputs(1, 3, 4);
        let short = gru(&t[0], &t[1], &t[2], &t[3], None)?;
        let padded = Tensor::cat(&[&t[0], &(wave(&[1, 2, 12], 5.0) * 9.0)?], 1)?;
        let mask = Tensor::new(&[[1f32, 1., 1., 0., 0.]], &Device::Cpu)?;
        let long = gru(&padded, &t[1], &t[2], &t[3], Some(&mask))?;
        assert_eq!(numbers(&long.narrow(1, 0, 3)?), numbers(&short));
        assert_close("carried", &long.narrow(1, 4, 1)?, &short.narrow(1, 2, 1)?, 0.0);
        Ok(())
    }

    #[test]
    fn a_wider_case_equals_the_reference() -> Result<()> {
        let t = inputs(8, 6, 64);
        let small = [t[0].clone(), t[1].clone(), (&t[2] * 0.1)?, t[3].clone()];
        assert_same_gradients(
            |t| gru(&t[0], &t[1], &t[2], &t[3], None),
            |t| reference(&t[0], &t[1], &t[2], &t[3], None),
            &small,
            2e-5,
        );
        Ok(())
    }

    #[test]
    fn misfits_are_errors_that_name_both_shapes() -> Result<()> {
        let t = inputs(2, 3, 4);
        let error = gru(&t[0], &t[1], &wave(&[15, 5], 0.0), &t[3], None).expect_err("width");
        let error = error.to_string();
        assert!(error.contains("[2, 3, 12]") && error.contains("[15, 5]"), "{error}");
        assert!(gru(&t[0], &wave(&[3, 4], 0.0), &t[2], &t[3], None).is_err());
        assert!(gru(&t[0], &t[1], &t[2], &wave(&[4], 0.0), None).is_err());
        assert!(gru(&t[0], &t[1], &t[2], &t[3], Some(&wave(&[3, 2], 0.0))).is_err());
        assert!(gru(&t[0].narrow(1, 0, 0)?, &t[1], &t[2], &t[3], None).is_err());
        Ok(())
    }
}
