//! Encoders with published weights as a run needs them: what of them learns, what their files call
//! things, how they open.

use crate::weights::{Weights, WeightsBuilder};
use candle_nn::VarBuilder;
use std::sync::Arc;
use story_core::{ParamStore, Result};
use story_pictures::Preprocessing;

/// Whether an encoder learns in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learning {
    /// It has no published weights; all of it learns.
    FromScratch,
    /// It stays as published: what it makes of a picture or text is made once.
    Frozen,
    /// Its top learns, so that its outputs change with every step and cannot be kept.
    Tuned,
}

impl Learning {
    /// Of an encoder whose config has this `train`; `None` where it has no published weights.
    pub(crate) fn of(train: Option<usize>) -> Self {
        match train {
            None => Self::FromScratch,
            Some(0) => Self::Frozen,
            Some(_) => Self::Tuned,
        }
    }
}

/// What the config of a published network says of it, beside its values.
pub trait Pretrained: Send + Sync {
    /// `D` of the encoder's vectors.
    fn width(&self) -> usize;

    /// How many parts can train, from the top: the most that `train` may be.
    fn stages(&self) -> usize;

    /// What a picture encoder wants to see; `None` for texts.
    fn preprocessing(&self) -> Option<&Preprocessing> {
        None
    }

    /// The most tokens that a text encoder reads, special ones included; `None` for pictures.
    fn most_tokens(&self) -> Option<usize> {
        None
    }

    /// Whether the tensor with the published name `name` trains.
    fn is_trainable(&self, name: &str) -> bool;

    /// What a published file may hold and this encoder does not read, as
    /// [`WeightsBuilder::build`] takes it: beginnings of names or of parts of them.
    fn ignored_names(&self) -> Vec<String>;

    /// The name under which a published tensor is asked for; names of other publishers become
    /// those that the encoder uses.
    fn rename(&self, name: &str) -> String {
        name.to_string()
    }
}

/// Builds a published network with `weights`: what learns is put into `store` under `prefix`.
///
/// # Errors
/// Those of `build`, or weights of another network, with all names that do not fit.
pub(crate) fn open<T>(
    network: Arc<dyn Pretrained>,
    weights: Weights,
    store: &ParamStore,
    prefix: &str,
    build: impl FnOnce(VarBuilder<'static>) -> Result<T>,
) -> Result<T> {
    let weights = match weights {
        Weights::Loaded(weights) => {
            Weights::Loaded(weights.rename(|name| Some(network.rename(name)))?)
        }
        other => other,
    };
    let ignored = network.ignored_names();
    let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
    let trainable = move |name: &str| network.is_trainable(name);
    WeightsBuilder::partly(store, prefix, weights, trainable).build(&ignored, build)
}
