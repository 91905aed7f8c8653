//! One AdamW update in place (Loshchilov and Hutter 2019, "Decoupled Weight Decay
//! Regularization"), equal to PyTorch's `torch.optim.AdamW`:
//!
//! g = scale * grad; p = p (1 - lr * decay); m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
//! p = p - lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)
//!
//! The kernel reads and writes each number once and makes no temporaries.

use crate::storage::{fused, with_f32, with_f32_mut};
use candle_core::{Result, Tensor, Var, bail};
use rayon::prelude::*;

/// Numbers a thread updates at a time: four streams of it fit a second-level cache.
const CHUNK: usize = 32 << 10;

/// The settings of one update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamWStep {
    /// Learning rate; at least 0.
    pub lr: f64,
    /// Decay of the first moment, in 0..1.
    pub beta1: f64,
    /// Decay of the second moment, in 0..1.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Decoupled weight decay; 0 for biases and norms.
    pub weight_decay: f64,
    /// The update's number, from 1.
    pub step: u64,
    /// Multiplies the gradient: 1, or the factor of gradient clipping or accumulation.
    pub grad_scale: f64,
}

/// Updates a parameter and its two moments in place from a gradient of the same shape.
///
/// # Errors
/// Shapes that differ, one variable given twice, settings out of range, or a step of 0; nothing
/// has changed then.
pub fn adamw_(param: &Var, grad: &Tensor, m: &Var, v: &Var, step: &AdamWStep) -> Result<()> {
    check(param, grad, m, v, step)?;
    if !fused(&[param, grad, m, v]) {
        return reference(param, grad, m, v, step);
    }
    let step = Coefficients::new(step);
    with_f32(grad, |grad| {
        with_f32_mut(param, |param| {
            with_f32_mut(m, |m| {
                with_f32_mut(v, |v| {
                    param
                        .par_chunks_mut(CHUNK)
                        .zip(grad.par_chunks(CHUNK))
                        .zip(m.par_chunks_mut(CHUNK).zip(v.par_chunks_mut(CHUNK)))
                        .for_each(|((p, g), (m, v))| step.update(p, g, m, v));
                    Ok(())
                })
            })
        })
    })
}

/// The same in candle's own ops.
///
/// # Errors
/// As [`adamw_`].
pub fn reference(param: &Var, grad: &Tensor, m: &Var, v: &Var, step: &AdamWStep) -> Result<()> {
    check(param, grad, m, v, step)?;
    let (correction1, correction2) = corrections(step);
    let grad = (grad.to_dtype(param.dtype())?.detach() * step.grad_scale)?;
    let next_m = ((m.as_tensor() * step.beta1)? + (&grad * (1.0 - step.beta1))?)?;
    let next_v = ((v.as_tensor() * step.beta2)? + (grad.sqr()? * (1.0 - step.beta2))?)?;
    let denominator = ((next_v.sqrt()? / correction2.sqrt())? + step.eps)?;
    let change = ((&next_m / denominator)? * (step.lr / correction1))?;
    let kept = (param.as_tensor() * (1.0 - step.lr * step.weight_decay))?;
    m.set(&next_m.detach())?;
    v.set(&next_v.detach())?;
    param.set(&(kept - change)?.detach())
}

fn check(param: &Var, grad: &Tensor, m: &Var, v: &Var, step: &AdamWStep) -> Result<()> {
    for (name, tensor) in [("gradient", grad), ("first moment", m), ("second moment", v)] {
        if tensor.dims() != param.dims() {
            let (found, expected) = (tensor.dims(), param.dims());
            bail!("adamw: {name} of shape {found:?}, parameter of shape {expected:?}");
        }
    }
    let ids = [param.id(), grad.id(), m.id(), v.id()];
    if (1..ids.len()).any(|i| ids[..i].contains(&ids[i])) {
        bail!("adamw: parameter, gradient and moments must be four tensors");
    }
    let in_range = step.step > 0
        && (0.0..1.0).contains(&step.beta1)
        && (0.0..1.0).contains(&step.beta2)
        && [step.lr, step.eps, step.weight_decay].iter().all(|x| x.is_finite() && *x >= 0.0);
    if !in_range {
        bail!("adamw: betas in 0..1, step from 1, the rest at least 0; found {step:?}");
    }
    Ok(())
}

/// 1 - beta^t for both moments.
fn corrections(step: &AdamWStep) -> (f64, f64) {
    let t = step.step as f64;
    (1.0 - step.beta1.powf(t), 1.0 - step.beta2.powf(t))
}

/// The settings as the inner loop needs them.
struct Coefficients {
    keep: f32,
    beta1: f32,
    rest1: f32,
    beta2: f32,
    rest2: f32,
    rate: f32,
    root_scale: f32,
    eps: f32,
    grad_scale: f32,
}

impl Coefficients {
    fn new(step: &AdamWStep) -> Self {
        let (correction1, correction2) = corrections(step);
        Self {
            keep: (1.0 - step.lr * step.weight_decay) as f32,
            beta1: step.beta1 as f32,
            rest1: (1.0 - step.beta1) as f32,
            beta2: step.beta2 as f32,
            rest2: (1.0 - step.beta2) as f32,
            rate: (step.lr / correction1) as f32,
            root_scale: (1.0 / correction2.sqrt()) as f32,
            eps: step.eps as f32,
            grad_scale: step.grad_scale as f32,
        }
    }

    fn update(&self, param: &mut [f32], grad: &[f32], m: &mut [f32], v: &mut [f32]) {
        for (((p, g), m), v) in param.iter_mut().zip(grad).zip(m).zip(v) {
            let g = g * self.grad_scale;
            *m = self.beta1 * *m + self.rest1 * g;
            *v = self.beta2 * *v + self.rest2 * g * g;
            *p = *p * self.keep - self.rate * *m / (v.sqrt() * self.root_scale + self.eps);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, numbers, wave};
    use candle_core::{DType, Device};
    use rand::{Rng, SeedableRng};

    fn step(number: u64) -> AdamWStep {
        AdamWStep {
            lr: 1e-2,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.1,
            step: number,
            grad_scale: 0.5,
        }
    }

    /// Runs some updates with gradients that change, on `n` numbers, and returns p, m, v.
    fn run(
        update: impl Fn(&Var, &Tensor, &Var, &Var, &AdamWStep) -> Result<()>,
        dtype: DType,
        n: usize,
    ) -> [Tensor; 3] {
        let var = |t: Tensor| Var::from_tensor(&t.to_dtype(dtype).expect("cast")).expect("var");
        let zeros = || Var::zeros(n, dtype, &Device::Cpu).expect("zeros");
        let (p, m, v) = (var(wave(&[n], 0.4)), zeros(), zeros());
        for number in 1..=20 {
            let grad = wave(&[n], number as f64).to_dtype(dtype).expect("cast");
            update(&p, &grad, &m, &v, &step(number)).expect("fits");
        }
        [p, m, v].map(|t| t.as_tensor().copy().expect("copy"))
    }

    #[test]
    fn twenty_steps_equal_a_plain_f64_loop() {
        let n = 2 * CHUNK + 77;
        let fused = run(adamw_, DType::F32, n);
        let (mut p, mut m, mut v) = (numbers(&wave(&[n], 0.4)), vec![0.0; n], vec![0.0; n]);
        for number in 1..=20u64 {
            let s = step(number);
            let grad = numbers(&wave(&[n], number as f64));
            for i in 0..n {
                let g = grad[i] * s.grad_scale;
                p[i] -= s.lr * s.weight_decay * p[i];
                m[i] = s.beta1 * m[i] + (1.0 - s.beta1) * g;
                v[i] = s.beta2 * v[i] + (1.0 - s.beta2) * g * g;
                let m_hat = m[i] / (1.0 - s.beta1.powi(number as i32));
                let v_hat: f64 = v[i] / (1.0 - s.beta2.powi(number as i32));
                p[i] -= s.lr * m_hat / (v_hat.sqrt() + s.eps);
            }
        }
        for (name, fused, plain) in [("p", &fused[0], p), ("m", &fused[1], m), ("v", &fused[2], v)]
        {
            let plain = Tensor::from_vec(plain, n, &Device::Cpu).expect("count");
            assert_close(name, fused, &plain, 1e-6);
        }
    }

    #[test]
    fn the_fallback_equals_the_kernel() {
        let (fused, plain) = (run(adamw_, DType::F32, 100), run(reference, DType::F32, 100));
        let wide = run(adamw_, DType::F64, 100);
        for i in 0..3 {
            assert_close("f32 reference", &fused[i], &plain[i], 1e-6);
            assert_close("f64", &fused[i], &wide[i], 1e-6);
        }
    }

    #[test]
    fn the_same_bits_on_any_number_of_threads() {
        let n = 5 * CHUNK + 3;
        let bits = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("threads").install(|| run(adamw_, DType::F32, n).map(|t| numbers(&t)))
        };
        assert_eq!(bits(1), bits(3));
    }

    #[test]
    fn strided_gradients_and_random_clipping_factors() -> Result<()> {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        for _ in 0..10 {
            let settings = AdamWStep { grad_scale: rng.random_range(0.01..2.0), ..step(3) };
            let var = |phase| Var::from_tensor(&wave(&[4, 5], phase).sqr()?);
            let (p, m, v) = (var(0.1)?, var(0.2)?, var(0.3)?);
            let (p2, m2, v2) = (var(0.1)?, var(0.2)?, var(0.3)?);
            let grad = wave(&[5, 4], 0.9).t()?;
            adamw_(&p, &grad, &m, &v, &settings)?;
            let scaled = (grad * settings.grad_scale)?;
            adamw_(&p2, &scaled, &m2, &v2, &AdamWStep { grad_scale: 1.0, ..settings })?;
            assert_close("p", &p, &p2, 1e-6);
            assert_close("v", &v, &v2, 1e-6);
        }
        Ok(())
    }

    #[test]
    fn misuse_is_an_error_and_changes_nothing() -> Result<()> {
        let var = |shape: &[usize]| Var::from_tensor(&wave(shape, 0.2).sqr()?);
        let (p, m, v, g) = (var(&[3])?, var(&[3])?, var(&[3])?, wave(&[3], 1.0));
        let before = numbers(&p);
        let error = adamw_(&p, &wave(&[4], 0.0), &m, &v, &step(1)).expect_err("shape").to_string();
        assert!(error.contains("[4]") && error.contains("[3]"), "{error}");
        assert!(adamw_(&p, &g, &p, &v, &step(1)).is_err());
        assert!(adamw_(&p, &g, &m, &m, &step(1)).is_err());
        assert!(adamw_(&p, &g, &m, &v, &step(0)).is_err());
        assert!(adamw_(&p, &g, &m, &v, &AdamWStep { beta1: 1.0, ..step(1) }).is_err());
        assert!(adamw_(&p, &g, &m, &v, &AdamWStep { lr: f64::NAN, ..step(1) }).is_err());
        assert_eq!(numbers(&p), before);
        Ok(())
    }
}
