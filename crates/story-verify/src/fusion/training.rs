//! The training loop of small networks with one logit an example: binary cross-entropy with logits,
//! Adam (Kingma and Ba 2015) without weight decay, seeded order and dropout.

use candle_core::{Tensor, Var};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use story_core::losses::bce_with_logits;
use story_core::{Error, ParamStore, Pass, Result, rng};
use story_kernels::{AdamWStep, adamw_};

/// Steps and rates. The default is the original system's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Times that each example is seen.
    pub epochs: usize,
    /// Examples a step.
    pub batch_size: usize,
    /// Adam's.
    pub learning_rate: f64,
    /// Width of the hidden layers.
    pub hidden: usize,
    /// Share of hidden units that a step leaves out, 0 to below 1.
    pub dropout: f32,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self { epochs: 3, batch_size: 32, learning_rate: 1e-3, hidden: 64, dropout: 0.1 }
    }
}

impl TrainConfig {
    /// Whether the values can be.
    ///
    /// # Errors
    /// [`Error::Config`] naming the one that cannot.
    pub fn checked(self) -> Result<Self> {
        let wrong = |key: &str, expected: &str, found: String| {
            let message = format!("fusion.train.{key}: expected {expected}, found {found}");
            Err(Error::Config(message))
        };
        for (key, value, most) in [
            ("epochs", self.epochs, 10_000),
            ("batch_size", self.batch_size, 1 << 16),
            ("hidden", self.hidden, 4096),
        ] {
            if !(1..=most).contains(&value) {
                return wrong(key, &format!("1 to {most}"), value.to_string());
            }
        }
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return wrong("learning_rate", "a number above 0", self.learning_rate.to_string());
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return wrong("dropout", "0 to below 1", self.dropout.to_string());
        }
        Ok(self)
    }
}

/// Which epoch's parameters are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selected {
    /// The last one's, as the original does.
    Last,
    /// The one with the lowest validation loss.
    Best,
}

/// Losses by epoch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// Mean training loss of each epoch, with dropout.
    pub train: Vec<f64>,
    /// Validation loss after each epoch.
    pub validation: Vec<f64>,
}

/// Trains the parameters of `store` for `logits(examples, pass) -> (N,)`; `labels` are 1 where
/// picture and text belong together. `name` keys the random streams.
///
/// # Errors
/// [`Error::Data`] where an example of both classes is missing, [`Error::Config`] where the loss is
/// not finite.
pub fn train(
    store: &ParamStore,
    logits: &dyn Fn(&[usize], &Pass) -> Result<Tensor>,
    labels: &[f32],
    [examples, validation]: [&[usize]; 2],
    (config, selected): (&TrainConfig, Selected),
    (seed, name): (u64, &str),
) -> Result<History> {
    check_classes(examples.iter().map(|&index| labels[index]))?;
    let mut adam = Adam::new(store, config.learning_rate)?;
    let mut history = History::default();
    let mut best: Option<(f64, HashMap<String, Tensor>)> = None;
    for epoch in 0..config.epochs {
        let mut order = examples.to_vec();
        order.shuffle(&mut rng::rng(seed, &format!("{name}/epoch/{epoch}")));
        let mut sum = 0.0;
        for batch in order.chunks(config.batch_size) {
            let stream = rng::hash(&format!("{name}/step/{}", adam.steps));
            let pass = Pass::Train { seed: seed ^ stream };
            let loss = loss(logits, labels, batch, &pass)?;
            let value = f64::from(loss.to_scalar::<f32>()?);
            if !value.is_finite() {
                return Err(Error::Config(format!(
                    "{name}: the loss is {value} in epoch {}; try a smaller learning rate",
                    epoch + 1
                )));
            }
            sum += value * batch.len() as f64;
            adam.step(&loss)?;
        }
        history.train.push(sum / examples.len() as f64);
        if validation.is_empty() {
            continue;
        }
        let mut sum = 0.0;
        for batch in validation.chunks(EVALUATED_AT_ONCE) {
            let loss = loss(logits, labels, batch, &Pass::Eval)?;
            sum += f64::from(loss.to_scalar::<f32>()?) * batch.len() as f64;
        }
        let value = sum / validation.len() as f64;
        history.validation.push(value);
        if selected == Selected::Best && best.as_ref().is_none_or(|(least, _)| value < *least) {
            let copies = store
                .named()
                .into_iter()
                .map(|(name, var)| Ok((name, var.as_tensor().detach().copy()?)));
            best = Some((value, copies.collect::<Result<_>>()?));
        }
    }
    if let Some((_, tensors)) = best {
        store.set_all(&tensors, name)?;
    }
    Ok(history)
}

/// Examples evaluated at once.
const EVALUATED_AT_ONCE: usize = 1024;

fn loss(
    logits: &dyn Fn(&[usize], &Pass) -> Result<Tensor>,
    labels: &[f32],
    batch: &[usize],
    pass: &Pass,
) -> Result<Tensor> {
    let logits = logits(batch, pass)?; // (N,)
    let targets: Vec<f32> = batch.iter().map(|&index| labels[index]).collect();
    let targets = Tensor::from_vec(targets, batch.len(), logits.device())?; // (N,)
    bce_with_logits(&logits, &targets)
}

/// Whether there are examples that match and examples that do not.
pub(super) fn check_classes(labels: impl Iterator<Item = f32>) -> Result<()> {
    let (mut matching, mut others) = (0u64, 0u64);
    for label in labels {
        match label {
            1.0 => matching += 1,
            0.0 => others += 1,
            other => {
                let message = format!("labels: expected 0 or 1, found {other}");
                return Err(Error::Data(message));
            }
        }
    }
    if matching == 0 || others == 0 {
        return Err(Error::Data(format!(
            "examples of both classes are needed; found {matching} that match and {others} that do not"
        )));
    }
    Ok(())
}

/// Adam over all parameters of a store.
pub(super) struct Adam {
    entries: Vec<[Var; 3]>,
    learning_rate: f64,
    pub(super) steps: u64,
}

impl Adam {
    pub(super) fn new(store: &ParamStore, learning_rate: f64) -> Result<Self> {
        let entry = |(_, var): (String, Var)| {
            let zeros = || Ok::<_, Error>(Var::from_tensor(&var.as_tensor().zeros_like()?)?);
            Ok([zeros()?, zeros()?]).map(|[m, v]| [var.clone(), m, v])
        };
        Ok(Self {
            entries: store.named().into_iter().map(entry).collect::<Result<_>>()?,
            learning_rate,
            steps: 0,
        })
    }

    pub(super) fn step(&mut self, loss: &Tensor) -> Result<()> {
        let gradients = loss.backward()?;
        self.steps += 1;
        let step = AdamWStep {
            lr: self.learning_rate,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            step: self.steps,
            grad_scale: 1.0,
        };
        for [var, m, v] in &self.entries {
            if let Some(gradient) = gradients.get(var.as_tensor()) {
                adamw_(var, &gradient.detach().contiguous()?, m, v, &step)?;
            }
        }
        Ok(())
    }
}
