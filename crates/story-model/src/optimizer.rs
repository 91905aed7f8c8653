//! AdamW (Loshchilov and Hutter 2019) over a parameter store: two groups (matrices and kernels
//! decay, biases, norms and scalars do not), gradient accumulation, clipping by the global norm
//! (Pascanu et al. 2013), and moments that can be saved (`moments.rs`).
//!
//! With G the sum of the gradients of n batches: g = G / n, norm = |g| over all parameters in the
//! order of their names, and the update sees g * min(1, clip / (norm + 1e-6)), as PyTorch's
//! `clip_grad_norm_` does.

mod moments;

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, Storage, Tensor, Var};
use rayon::prelude::*;
use story_core::{Error, ParamStore, Result, params};
use story_kernels::{AdamWStep, adamw_};

/// Added to the norm before dividing by it (PyTorch's value).
const NORM_EPSILON: f64 = 1e-6;
/// Numbers whose squares one task adds; fixed, so that the sum does not depend on the threads.
const NORM_CHUNK: usize = 1 << 15;

/// The settings that stay the same for a whole run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWConfig {
    /// Decay of the first moment, 0 to below 1.
    pub beta1: f64,
    /// Decay of the second moment, 0 to below 1.
    pub beta2: f64,
    /// Added to the root of the second moment; above 0.
    pub epsilon: f64,
    /// Decoupled weight decay of the decaying group, at least 0.
    pub weight_decay: f64,
    /// Largest global norm of a gradient; 0 turns clipping off.
    pub clip_norm: f64,
}

/// What an update has seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// The global norm of the averaged gradient, before clipping.
    pub gradient_norm: f64,
    /// What clipping multiplied it by, 0..=1.
    pub clip_factor: f64,
}

/// The optimizer of a whole parameter store.
pub struct AdamW {
    config: AdamWConfig,
    entries: Vec<Entry>,
    steps: u64,
    batches: usize,
}

/// A parameter and what is remembered of it. Moments come with the first gradient, so that frozen
/// parameters cost nothing.
struct Entry {
    name: String,
    var: Var,
    gradient: Option<Tensor>,
    moments: Option<(Var, Var)>,
}

impl AdamW {
    /// An optimizer over every parameter that `store` holds now.
    pub fn new(store: &ParamStore, config: AdamWConfig) -> Self {
        let entry = |(name, var)| Entry { name, var, gradient: None, moments: None };
        Self {
            config,
            entries: store.named().into_iter().map(entry).collect(),
            steps: 0,
            batches: 0,
        }
    }

    /// Updates made so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Adds the gradients of one more batch to those that the next [`step`](Self::step) averages.
    pub fn accumulate(&mut self, mut gradients: GradStore) -> Result<()> {
        for entry in &mut self.entries {
            if let Some(gradient) = gradients.remove(entry.var.as_tensor()) {
                let gradient = gradient.detach();
                entry.gradient = Some(match entry.gradient.take() {
                    Some(sum) => (sum + gradient)?,
                    None => gradient.contiguous()?,
                });
            }
        }
        self.batches += 1;
        Ok(())
    }

    /// One update from the accumulated gradients, which are gone afterwards. Parameters that have
    /// no gradient stay as they are.
    ///
    /// # Errors
    /// [`Error::Diverged`] naming the parameters whose gradients are not finite; no parameter has
    /// changed then.
    pub fn step(&mut self, learning_rate: f64) -> Result<Update> {
        let batches = std::mem::take(&mut self.batches).max(1) as f64;
        let mut gradients = Vec::with_capacity(self.entries.len());
        let (mut total, mut broken) = (0f64, Vec::new());
        for entry in &mut self.entries {
            let gradient = entry.gradient.take();
            if let Some(gradient) = &gradient {
                let squares = sum_of_squares(gradient)?;
                if !squares.is_finite() {
                    broken.push(format!("`{}`", entry.name));
                }
                total += squares;
            }
            gradients.push(gradient);
        }
        if !broken.is_empty() {
            return Err(Error::Diverged(format!(
                "update {}: the gradient is not finite in {}; lower learning_rate, lengthen warmup_steps or set clip_norm",
                self.steps + 1,
                broken.join(", ")
            )));
        }
        let norm = total.sqrt() / batches;
        let clip_factor = match self.config.clip_norm {
            clip if clip > 0.0 => (clip / (norm + NORM_EPSILON)).min(1.0),
            _ => 1.0,
        };
        self.steps += 1;
        for (entry, gradient) in self.entries.iter_mut().zip(gradients) {
            let Some(gradient) = gradient else { continue };
            if entry.moments.is_none() {
                let zeros = || Var::zeros(entry.var.shape(), entry.var.dtype(), entry.var.device());
                entry.moments = Some((zeros()?, zeros()?));
            }
            let (m, v) = entry.moments.as_ref().expect("invariant: made in the lines above");
            let step = AdamWStep {
                lr: learning_rate,
                beta1: self.config.beta1,
                beta2: self.config.beta2,
                eps: self.config.epsilon,
                weight_decay: if params::decays(&entry.var) {
                    self.config.weight_decay
                } else {
                    0.0
                },
                step: self.steps,
                grad_scale: clip_factor / batches,
            };
            adamw_(&entry.var, &gradient, m, v, &step)?;
        }
        Ok(Update { gradient_norm: norm, clip_factor })
    }
}

/// The sum of the squares in f64, in an order that depends on nothing but the shape.
fn sum_of_squares(tensor: &Tensor) -> Result<f64> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    if let (Storage::Cpu(CpuStorage::F32(values)), Some((start, end))) =
        (&*storage, layout.contiguous_offsets())
    {
        let chunk_sum = |chunk: &[f32]| chunk.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let sums: Vec<f64> = values[start..end].par_chunks(NORM_CHUNK).map(chunk_sum).collect();
        return Ok(sums.iter().sum());
    }
    drop(storage);
    Ok(tensor.to_dtype(DType::F64)?.sqr()?.sum_all()?.to_scalar::<f64>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use candle_nn::Init;

    const CONFIG: AdamWConfig =
        AdamWConfig { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weight_decay: 0.1, clip_norm: 0.5 };

    /// A matrix `a` (decays) and a bias `b` (does not), and a matrix nothing depends on.
    fn store() -> Result<ParamStore> {
        let store = ParamStore::new(5, &Device::Cpu);
        let vb = store.builder();
        let init = Init::Randn { mean: 0.0, stdev: 1.0 };
        vb.get_with_hints((2, 3), "a", init)?;
        vb.get_with_hints(3, "b", init)?;
        vb.get_with_hints((2, 2), "unused", init)?;
        Ok(store)
    }

    fn values(store: &ParamStore, name: &str) -> Vec<f32> {
        let var = store.get(name).expect("a parameter");
        let flat = var.flatten_all().and_then(|t| t.to_vec1());
        flat.expect("numbers")
    }

    /// A loss whose gradient is `coefficient_i * i` for each element i, over both parameters.
    fn gradients(store: &ParamStore, coefficient: f64) -> Result<GradStore> {
        let mut loss = Tensor::zeros((), DType::F32, &Device::Cpu)?;
        for name in ["a", "b"] {
            let var = store.get(name).expect("a parameter");
            let ramp = Tensor::arange(1f32, 1.0 + var.elem_count() as f32, &Device::Cpu)?;
            let weighted = (var.flatten_all()? * (ramp * coefficient)?)?.sum_all()?;
            loss = (loss + weighted)?;
        }
        Ok(loss.backward()?)
    }

    #[test]
    fn both_groups_follow_a_plain_f64_reference_with_clipping_and_accumulation() -> Result<()> {
        let store = store()?;
        let mut optimizer = AdamW::new(&store, CONFIG);
        let mut reference: Vec<(f64, f64, f64)> = ["a", "b"]
            .iter()
            .flat_map(|name| values(&store, name))
            .map(|value| (f64::from(value), 0.0, 0.0))
            .collect();
        let unused = values(&store, "unused");
        for step in 1..=5 {
            // Two batches, so that the average is 0.3 times the ramp.
            optimizer.accumulate(gradients(&store, 0.2)?)?;
            optimizer.accumulate(gradients(&store, 0.4)?)?;
            let update = optimizer.step(0.01)?;
            let ramp = (1..=6).chain(1..=3).map(|i| 0.3 * f64::from(i));
            let norm = ramp.clone().map(|g| g * g).sum::<f64>().sqrt();
            assert!((update.gradient_norm - norm).abs() < 1e-6);
            let clip = (0.5 / (norm + 1e-6)).min(1.0);
            assert!((update.clip_factor - clip).abs() < 1e-6);
            for (i, (g, (p, m, v))) in ramp.zip(&mut reference).enumerate() {
                let g = g * clip;
                let decay = if i < 6 { 0.1 } else { 0.0 };
                *p -= 0.01 * decay * *p;
                *m = 0.9 * *m + 0.1 * g;
                *v = 0.98 * *v + 0.02 * g * g;
                let (m, v) = (*m / (1.0 - 0.9f64.powi(step)), *v / (1.0 - 0.98f64.powi(step)));
                *p -= 0.01 * m / (v.sqrt() + 1e-8);
            }
        }
        let found = [values(&store, "a"), values(&store, "b")].concat();
        for (found, (expected, _, _)) in found.iter().zip(&reference) {
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} {expected}");
        }
        assert_eq!(unused, values(&store, "unused"), "no gradient, no change");
        Ok(())
    }

    #[test]
    fn a_gradient_that_is_not_finite_changes_nothing_and_is_named() -> Result<()> {
        let store = store()?;
        let mut optimizer = AdamW::new(&store, CONFIG);
        let before = values(&store, "a");
        optimizer.accumulate(gradients(&store, f64::NAN)?)?;
        let message = optimizer.step(0.1).expect_err("not finite").to_string();
        assert!(message.contains("`a`, `b`") && message.contains("update 1"), "{message}");
        assert_eq!(before, values(&store, "a"));
        assert_eq!(optimizer.steps(), 0);
        Ok(())
    }

    #[test]
    fn restored_moments_continue_bit_for_bit_and_foreign_ones_are_refused() -> Result<()> {
        let (unbroken, broken) = (store()?, store()?);
        let run = |store: &ParamStore, optimizer: &mut AdamW, from: u32, to: u32| -> Result<()> {
            for step in from..to {
                optimizer.accumulate(gradients(store, f64::from(step).sin())?)?;
                optimizer.step(0.01)?;
            }
            Ok(())
        };
        let mut optimizer = AdamW::new(&unbroken, CONFIG);
        run(&unbroken, &mut optimizer, 0, 6)?;
        let mut first = AdamW::new(&broken, CONFIG);
        run(&broken, &mut first, 0, 3)?;
        let mut second = AdamW::new(&broken, CONFIG);
        second.restore(&first.state(), first.steps(), "memory")?;
        run(&broken, &mut second, 3, 6)?;
        assert_eq!(values(&unbroken, "a"), values(&broken, "a"));
        assert_eq!(values(&unbroken, "b"), values(&broken, "b"));

        let mut state = first.state();
        state.insert("first_moment.c".into(), Tensor::zeros(1, DType::F32, &Device::Cpu)?);
        assert!(matches!(second.restore(&state, 3, "f"), Err(Error::Config(_))));
        state.remove("first_moment.c");
        state.remove("second_moment.a");
        let message = second.restore(&state, 3, "f").expect_err("half").to_string();
        assert!(message.contains("`a`"), "{message}");
        Ok(())
    }

    #[test]
    fn moments_that_no_training_leaves_are_refused() -> Result<()> {
        let store = store()?;
        let mut optimizer = AdamW::new(&store, CONFIG);
        optimizer.accumulate(gradients(&store, 0.5)?)?;
        optimizer.step(0.01)?;
        let whole = optimizer.state();
        optimizer.restore(&whole, 1, "f")?;
        let cases = [
            ("first_moment.a", f32::NAN),
            ("second_moment.b", f32::INFINITY),
            ("second_moment.a", -1.0),
        ];
        for (name, value) in cases {
            let mut damaged = whole.clone();
            damaged.insert(name.into(), Tensor::full(value, whole[name].shape(), &Device::Cpu)?);
            let error = optimizer.restore(&damaged, 1, "f").expect_err(name);
            assert!(matches!(&error, Error::Data(_)), "{error}");
            let of = name.rsplit('.').next().unwrap_or_default();
            assert!(error.to_string().contains(&format!("f: the moments of `{of}`")), "{error}");
        }
        // A first moment may well be below 0.
        let mut other = whole.clone();
        let shape = whole["first_moment.a"].shape();
        other.insert("first_moment.a".into(), Tensor::full(-1f32, shape, &Device::Cpu)?);
        optimizer.restore(&other, 1, "f")
    }
}
