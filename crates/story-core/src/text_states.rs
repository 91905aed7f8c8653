//! What a text decoder says at each position, and how words are scored by it.
//!
//! Without copying, p = softmax(W h + b). With it (pointer-generator networks, See et al. 2017)
//!
//! p(v) = g softmax(W h + b)_v + (1 - g) sum_{w: word_w = v} a_w
//!
//! with the gate g and attention weights a over the context's words, all kept as logarithms: no
//! product underflows and no logarithm of 0 is taken.
//!
//! Axes: `B` windows, `L` positions, `W` words of the context, `V` vocabulary, `D` width.

use crate::Result;
use crate::layers::matrix::Output;
use candle_core::{D, DType, Device, Tensor};
use candle_nn::ops::log_softmax;

/// Stands for the logarithm of 0; its exponential is 0, and it stays finite when numbers are
/// added to it.
pub const NEVER: f64 = -1e9;
/// Smaller sums of attention weights count as this: below f32's normal numbers.
const LEAST_WEIGHT: f64 = 1e-37;

/// A decoder's answer at each position.
#[derive(Debug, Clone)]
pub struct TextStates {
    /// What the output layer projects to the vocabulary, `(B, L, D)`.
    pub hidden: Tensor,
    /// What is copied from the context; `None` for decoders that do not copy.
    pub copy: Option<CopyStates>,
}

/// The copying side of an answer.
#[derive(Debug, Clone)]
pub struct CopyStates {
    /// ln g, `(B, L)`; 0 where there is no word to copy.
    pub log_generate: Tensor,
    /// ln (1 - g), `(B, L)`; [`NEVER`] where there is no word to copy.
    pub log_copy: Tensor,
    /// ln a, `(B, L, W)`; about [`NEVER`] at masked words.
    pub log_weights: Tensor,
    /// The words, `(B, W)` u32.
    pub tokens: Tensor,
}

impl TextStates {
    /// The answers at `places`, each a window and a position, as `N` windows of one position.
    pub fn select(&self, places: &[(usize, usize)]) -> Result<Self> {
        let (_, l, _) = self.hidden.dims3()?;
        let device = self.hidden.device();
        let windows = places.iter().map(|(window, _)| *window as u32);
        let windows = Tensor::from_vec(windows.collect(), places.len(), device)?;
        let rows = places.iter().map(|(window, i)| (window * l + i) as u32);
        let rows = Tensor::from_vec(rows.collect(), places.len(), device)?;
        let pick = |x: &Tensor| -> Result<Tensor> {
            let picked = x.flatten_to(1)?.contiguous()?.index_select(&rows, 0)?; // (N, ...)
            Ok(picked.unsqueeze(1)?) // (N, 1, ...)
        };
        let copy = |copy: &CopyStates| -> Result<CopyStates> {
            Ok(CopyStates {
                log_generate: pick(&copy.log_generate)?, // (N, 1)
                log_copy: pick(&copy.log_copy)?,         // (N, 1)
                log_weights: pick(&copy.log_weights)?,   // (N, 1, W)
                tokens: copy.tokens.contiguous()?.index_select(&windows, 0)?, // (N, W)
            })
        };
        Ok(Self {
            hidden: pick(&self.hidden)?, // (N, 1, D)
            copy: self.copy.as_ref().map(copy).transpose()?,
        })
    }

    /// The same without a graph for gradients.
    pub fn detach(&self) -> Self {
        let copy = |copy: &CopyStates| CopyStates {
            log_generate: copy.log_generate.detach(),
            log_copy: copy.log_copy.detach(),
            log_weights: copy.log_weights.detach(),
            tokens: copy.tokens.clone(),
        };
        Self { hidden: self.hidden.detach(), copy: self.copy.as_ref().map(copy) }
    }

    /// Scores of the next token, `(B, L, V)`, whose softmax is p; with copying they are ln p.
    pub fn scores(&self, output: &Output) -> Result<Tensor> {
        let scores = output.forward(&self.hidden.contiguous()?)?; // (B, L, V)
        match &self.copy {
            Some(copy) => copy.mix(&scores),
            None => Ok(scores),
        }
    }
}

impl CopyStates {
    /// ln p of every token from the scores of those that are generated, `(B, L, V)` both.
    fn mix(&self, scores: &Tensor) -> Result<Tensor> {
        let generated = log_softmax(scores, D::Minus1)?; // (B, L, V)
        let generated = generated.broadcast_add(&self.log_generate.unsqueeze(2)?)?;
        let sums = self.sums(scores)?; // (B, L, V)
        let copied = sums.maximum(LEAST_WEIGHT)?.log()?;
        let copied = copied.broadcast_add(&self.log_copy.unsqueeze(2)?)?;
        let copied = sums.gt(LEAST_WEIGHT)?.where_cond(&copied, &never(&copied)?)?;
        log_add_exp(&generated, &copied)
    }

    /// Sum of the weights of each token's words, in the shape of `scores (B, L, V)`. By places in
    /// one long row: the backward of candle's `scatter_add` is wrong.
    fn sums(&self, scores: &Tensor) -> Result<Tensor> {
        let (b, l, v) = scores.dims3()?;
        let first: Vec<u32> = (0..b * l).map(|row| (row * v) as u32).collect();
        let first = Tensor::from_vec(first, (b, l, 1), scores.device())?;
        let places = first.broadcast_add(&self.tokens.unsqueeze(1)?)?; // (B, L, W)
        let weights = self.log_weights.exp()?.flatten_all()?; // (B L W,)
        let nothing = Tensor::zeros(b * l * v, scores.dtype(), scores.device())?;
        let sums = nothing.index_add(&places.flatten_all()?, &weights, 0)?; // (B L V,)
        Ok(sums.reshape((b, l, v))?)
    }

    /// ln of the probability that `targets (B, L)` u32 are copied, `(B, L)`; about [`NEVER`] where
    /// they are not among the words.
    pub fn log_copied(&self, targets: &Tensor) -> Result<Tensor> {
        let shape = self.log_weights.shape();
        let words = self.tokens.unsqueeze(1)?.broadcast_as(shape)?; // (B, L, W)
        let wanted = targets.unsqueeze(2)?.broadcast_as(shape)?; // (B, L, W)
        let weights =
            words.eq(&wanted)?.where_cond(&self.log_weights, &never(&self.log_weights)?)?; // (B, L, W)
        let highest = weights.max_keepdim(D::Minus1)?.detach(); // (B, L, 1)
        let sum = weights.broadcast_sub(&highest)?.exp()?.sum(D::Minus1)?; // (B, L)
        Ok(((sum.log()? + highest.squeeze(2)?)? + &self.log_copy)?)
    }
}

/// ln (exp a + exp b), of one shape; neither overflows.
pub fn log_add_exp(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    // A constant: it cancels, and so does its gradient.
    let highest = a.detach().maximum(&b.detach())?;
    let sum = ((a - &highest)?.exp()? + (b - &highest)?.exp()?)?;
    Ok((sum.log()? + highest)?)
}

/// [`NEVER`] in the shape of `x`.
fn never(x: &Tensor) -> Result<Tensor> {
    Ok(constant(NEVER as f32, x.device())?.broadcast_as(x.shape())?)
}

fn constant(value: f32, device: &Device) -> Result<Tensor> {
    Ok(Tensor::full(value, (), device)?.to_dtype(DType::F32)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{same_numbers, weight};
    use crate::losses;
    use candle_core::Var;

    const B: usize = 2;
    const L: usize = 3;
    const W: usize = 4;
    const V: usize = 7;

    fn numbers(shape: &[usize], phase: usize) -> Tensor {
        let values = (0..shape.iter().product()).map(|i| 3.0 * weight(i + 91 * phase));
        Tensor::from_vec(values.collect(), shape, &Device::Cpu).expect("one number each")
    }

    /// Inputs that learn: hidden states, gate odds, attention scores, weight, bias.
    fn inputs() -> Result<Vec<Var>> {
        let shapes: [&[usize]; 5] = [&[B, L, 5], &[B, L], &[B, L, W], &[V, 5], &[V]];
        let made = shapes.iter().enumerate();
        made.map(|(i, shape)| Ok(Var::from_tensor(&numbers(shape, i))?)).collect()
    }

    /// Words 2 and 5 stand twice among those of window 0; window 1's last word is masked.
    fn states(vars: &[Var]) -> Result<(TextStates, Output)> {
        let cpu = &Device::Cpu;
        let bias = Tensor::new(&[[[0f32; W]], [[0.0, 0.0, 0.0, NEVER as f32]]], cpu)?;
        let attention = vars[2].broadcast_add(&bias)?; // (B, L, W)
        let odds = vars[1].unsqueeze(2)?;
        let gate = log_softmax(&Tensor::cat(&[&odds, &odds.zeros_like()?], 2)?, 2)?;
        let copy = CopyStates {
            log_generate: gate.narrow(2, 0, 1)?.squeeze(2)?,
            log_copy: gate.narrow(2, 1, 1)?.squeeze(2)?,
            log_weights: log_softmax(&attention, 2)?,
            tokens: Tensor::new(&[[2u32, 5, 2, 5], [1, 6, 0, 3]], cpu)?,
        };
        let output =
            candle_nn::Linear::new(vars[3].as_tensor().clone(), Some(vars[4].as_tensor().clone()));
        let states = TextStates { hidden: vars[0].as_tensor().clone(), copy: Some(copy) };
        Ok((states, output.into()))
    }

    /// p by its formula, in f64.
    fn probabilities(states: &TextStates, output: &Output) -> Result<Vec<Vec<Vec<f64>>>> {
        let wide = |x: &Tensor| x.to_dtype(DType::F64);
        let copy = states.copy.as_ref().expect("it copies");
        let told = candle_nn::ops::softmax(&wide(&output.forward(&states.hidden)?)?, 2)?;
        let gate = wide(&copy.log_generate)?.exp()?.to_vec2::<f64>()?;
        let weights = wide(&copy.log_weights)?.exp()?.to_vec3::<f64>()?;
        let (mut all, words) = (told.to_vec3::<f64>()?, copy.tokens.to_vec2::<u32>()?);
        for b in 0..B {
            for i in 0..L {
                let row = &mut all[b][i];
                row.iter_mut().for_each(|p| *p *= gate[b][i]);
                for w in 0..W {
                    row[words[b][w] as usize] += (1.0 - gate[b][i]) * weights[b][i][w];
                }
            }
        }
        Ok(all)
    }

    #[test]
    fn scores_are_the_logarithms_of_the_mixture() -> Result<()> {
        let (states, output) = states(&inputs()?)?;
        let scores = states.scores(&output)?.to_vec3::<f32>()?;
        let expected = probabilities(&states, &output)?;
        for (found, expected) in scores.iter().flatten().zip(expected.iter().flatten()) {
            let sum: f64 = found.iter().map(|score| f64::from(*score).exp()).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{sum}");
            for (score, p) in found.iter().zip(expected) {
                assert!((f64::from(*score) - p.ln()).abs() < 1e-4, "{score} {p}");
            }
        }
        Ok(())
    }

    #[test]
    fn chosen_places_are_scored_alike() -> Result<()> {
        let (states, output) = states(&inputs()?)?;
        let all = states.scores(&output)?;
        let chosen = states.select(&[(1, 2), (0, 0), (1, 0)])?.scores(&output)?;
        for (row, (b, i)) in [(1, 2), (0, 0), (1, 0)].into_iter().enumerate() {
            let expected = all.get(b)?.get(i)?;
            same_numbers("a place", &expected, &chosen.get(row)?.squeeze(0)?);
        }
        Ok(())
    }

    /// Positions that count, and what should come there: generated, copied once, copied twice.
    fn targets() -> Result<(Tensor, Tensor)> {
        let targets = Tensor::new(&[[2u32, 4, 5], [3, 6, 0]], &Device::Cpu)?;
        let keep = Tensor::new(&[[1f32, 1.0, 1.0], [1.0, 1.0, 0.0]], &Device::Cpu)?;
        Ok((targets, keep))
    }

    #[test]
    fn the_loss_and_its_gradients_are_those_of_the_scores() -> Result<()> {
        let vars = inputs()?;
        let (states, output) = states(&vars)?;
        let (targets, keep) = targets()?;
        let loss = losses::next_token_loss(&states, &output, &targets, &keep)?;
        let right = states.scores(&output)?.gather(&targets.unsqueeze(2)?, 2)?; // (B, L, 1)
        let expected = losses::masked_average(&right.neg()?.flatten_all()?, &keep.flatten_all()?)?;
        same_numbers("loss", &expected, &loss);
        let (found, expected) = (loss.backward()?, expected.backward()?);
        for var in &vars {
            let gradient = |of: &candle_core::backprop::GradStore| of.get(var).cloned();
            let expected = gradient(&expected).expect("every input learns");
            same_numbers("gradient", &expected, &gradient(&found).expect("likewise"));
        }
        Ok(())
    }

    #[test]
    fn gradients_are_slopes() -> Result<()> {
        const STEP: f64 = 1e-2;
        let vars = inputs()?;
        let (targets, keep) = targets()?;
        let run = |vars: &[Var]| -> Result<Tensor> {
            let (states, output) = states(vars)?;
            losses::next_token_loss(&states, &output, &targets, &keep)
        };
        let gradients = run(&vars)?.backward()?;
        for (which, var) in vars.iter().enumerate() {
            let gradient = gradients.get(var).expect("every input learns");
            let gradient = gradient.flatten_all()?.to_vec1::<f32>()?;
            let values = var.flatten_all()?.to_vec1::<f32>()?;
            for (i, gradient) in gradient.iter().enumerate() {
                let at = |shift: f64| -> Result<f64> {
                    let mut moved = values.clone();
                    moved[i] += shift as f32;
                    var.set(&Tensor::from_vec(moved, var.shape(), &Device::Cpu)?)?;
                    Ok(f64::from(run(&vars)?.to_scalar::<f32>()?))
                };
                let slope = (at(STEP)? - at(-STEP)?) / (2.0 * STEP);
                let difference = (slope - f64::from(*gradient)).abs();
                assert!(difference < 2e-4, "input {which}, {i}: {slope} {gradient}");
            }
            var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu)?)?;
        }
        Ok(())
    }

    #[test]
    fn extreme_numbers_stay_finite() -> Result<()> {
        let vars = inputs()?;
        for var in &vars[..3] {
            var.set(&(var.as_tensor() * 500.0)?)?;
        }
        let (states, output) = states(&vars)?;
        let (targets, keep) = targets()?;
        let loss = losses::next_token_loss(&states, &output, &targets, &keep)?;
        assert!(loss.to_scalar::<f32>()?.is_finite());
        let scores = states.scores(&output)?;
        for loss in [loss, scores.sum_all()?] {
            let gradients = loss.backward()?;
            for var in &vars {
                let gradient = gradients.get(var).expect("every input learns");
                let sum = gradient.sum_all()?.to_scalar::<f32>()?;
                assert!(sum.is_finite(), "{sum}");
            }
        }
        Ok(())
    }
}
