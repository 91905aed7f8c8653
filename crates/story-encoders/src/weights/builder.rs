//! How a part takes its weights: a backend of candle's `VarBuilder` that notes what was asked for.
//!
//! A name that is missing or has another shape is served as zeros until [`WeightsBuilder::finish`],
//! so that one pass over the part finds everything that does not fit.

use super::likeness::likeness;
use super::{LoadedWeights, Weights, formula};
use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::{Init, VarBuilder, var_builder::SimpleBackend};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use story_core::{Error, Misfits, ParamStore, Result};

/// Statistics of batch norm: no parameters, whatever else trains.
const BUFFERS: [&str; 3] = ["running_mean", "running_var", "num_batches_tracked"];

/// Serves a part's weights. Names that train become parameters of the store, under the prefix and
/// with the published values; all others are constants: no gradient, not in the store, not in
/// checkpoints.
///
/// ```
/// # use candle_core::{Device, Tensor};
/// # use story_core::{ParamStore, Result};
/// # use story_encoders::weights::{LoadedWeights, WeightsBuilder};
/// # fn main() -> Result<()> {
/// let tensor = |n: usize| Tensor::ones(n, candle_core::DType::F32, &Device::Cpu);
/// let tensors = [("conv.bias".into(), tensor(2)?), ("fc.bias".into(), tensor(3)?)];
/// let weights = LoadedWeights::from_tensors(tensors, "an example")?;
/// let store = ParamStore::new(1, &Device::Cpu);
/// let builder = WeightsBuilder::partly(&store, "image_encoder", weights, |name| name == "conv.bias");
/// let bias = builder.build(&["fc."], |vb| Ok(vb.get(2, "conv.bias")?))?;
/// assert_eq!(bias.dims(), [2]);
/// assert!(store.get("image_encoder.conv.bias").is_some());
/// # Ok(())
/// # }
/// ```
#[must_use = "a part's weights are checked by `build` or `finish`"]
pub struct WeightsBuilder {
    shared: Arc<Shared>,
}

struct Shared {
    weights: Weights,
    store: ParamStore,
    /// Before each name in the store: empty, or ends with a dot.
    prefix: String,
    trainable: Box<dyn Fn(&str) -> bool + Send + Sync>,
    asked: Mutex<Asked>,
}

/// What was asked for, by the name that parts use.
#[derive(Default)]
struct Asked {
    served: BTreeSet<String>,
    missing: BTreeMap<String, Vec<usize>>,
    /// Found and expected shape.
    misshaped: BTreeMap<String, (Vec<usize>, Vec<usize>)>,
}

impl WeightsBuilder {
    /// Weights of which those train whose published name `trainable` accepts; `prefix` is their
    /// place in the store, such as `image_encoder`. Statistics of batch norm never train.
    pub fn partly(
        store: &ParamStore,
        prefix: &str,
        weights: impl Into<Weights>,
        trainable: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let prefix = match prefix {
            "" => String::new(),
            prefix => format!("{prefix}."),
        };
        Self {
            shared: Arc::new(Shared {
                weights: weights.into(),
                store: store.clone(),
                prefix,
                trainable: Box::new(trainable),
                asked: Mutex::default(),
            }),
        }
    }

    /// Weights of which nothing trains.
    pub fn frozen(store: &ParamStore, prefix: &str, weights: impl Into<Weights>) -> Self {
        Self::partly(store, prefix, weights, |_| false)
    }

    /// Builds a part and accounts for all names; see [`finish`](Self::finish) for `ignore`.
    ///
    /// # Errors
    /// Those of `part` and of [`finish`](Self::finish); where a name is missing, the latter.
    pub fn build<T>(
        &self,
        ignore: &[&str],
        part: impl FnOnce(VarBuilder<'static>) -> Result<T>,
    ) -> Result<T> {
        match part(self.vb()) {
            Ok(part) => self.finish(ignore).map(|()| part),
            // The part stopped early: what it did not ask for yet is not unexpected.
            Err(error) => Err(self.shared.mismatch(|_| true).err().unwrap_or(error)),
        }
    }

    /// The builder to give a part. It stands at the prefix; the part asks for published names.
    pub fn vb(&self) -> VarBuilder<'static> {
        let backend = Backend(Arc::clone(&self.shared));
        let device = self.shared.store.device().clone();
        let vb = VarBuilder::from_backend(Box::new(backend), DType::F32, device);
        match self.shared.prefix.trim_end_matches('.') {
            "" => vb,
            prefix => vb.pp(prefix),
        }
    }

    /// Accounts for all names, once the part is built. A name of the file that was not asked for
    /// is an error unless a pattern of `ignore` begins the name or a part of it: `fc.` fits
    /// `fc.weight` and `head.fc.bias`, `num_batches_tracked` fits it in every layer.
    ///
    /// # Errors
    /// [`Error::Config`] that counts the missing, misshaped and unexpected names, lists the first of
    /// each kind, and says what the file seems to be.
    pub fn finish(&self, ignore: &[&str]) -> Result<()> {
        self.shared.mismatch(|name| {
            let mut starts = std::iter::once(0).chain(name.match_indices('.').map(|(i, _)| i + 1));
            starts.any(|start| ignore.iter().any(|it| name[start..].starts_with(it)))
        })
    }
}

impl Shared {
    /// The error that lists every name that does not fit, if there is one.
    fn mismatch(&self, may_be_left_out: impl Fn(&str) -> bool) -> Result<()> {
        let Weights::Loaded(weights) = &self.weights else {
            return Ok(());
        };
        let asked = self.asked();
        let mut misfits = Misfits::default();
        for (name, shape) in &asked.missing {
            misfits.missing.push(format!("missing `{name}` {shape:?}"));
        }
        for (name, (found, expected)) in &asked.misshaped {
            let name = shown(weights, name);
            misfits.misshaped.push(format!("{name} is {found:?}, expected {expected:?}"));
        }
        for name in weights.names() {
            if !asked.served.contains(name) && !may_be_left_out(name) {
                misfits.unexpected.push(format!("unexpected {}", shown(weights, name)));
            }
        }
        if misfits.is_empty() {
            return Ok(());
        }
        Err(Error::Config(format!(
            "{}: the weights are not those of this network: {}; {misfits}; use weights of the configured architecture",
            weights.source().display(),
            likeness(weights)
        )))
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().expect("invariant: no panic happens while the names are locked")
    }

    /// The name without the prefix of the store.
    fn published<'a>(&self, name: &'a str) -> &'a str {
        name.strip_prefix(self.prefix.as_str()).unwrap_or(name)
    }

    /// The published values, or `None` where the weights do not have them in this shape.
    fn find(&self, weights: &LoadedWeights, name: &str, shape: &Shape) -> Option<Tensor> {
        let mut asked = self.asked();
        asked.served.insert(name.to_string());
        let expected = shape.dims().to_vec();
        match weights.get(name) {
            None => {
                asked.missing.insert(name.to_string(), expected);
                None
            }
            Some(tensor) if tensor.shape() != shape => {
                let found = tensor.dims().to_vec();
                asked.misshaped.insert(name.to_string(), (found, expected));
                None
            }
            Some(tensor) => Some(tensor.clone()),
        }
    }
}

/// A name, and what the file calls it where that differs.
fn shown(weights: &LoadedWeights, name: &str) -> String {
    match weights.published(name) {
        Some(published) if published != name => format!("`{name}` (in the file `{published}`)"),
        _ => format!("`{name}`"),
    }
}

struct Backend(Arc<Shared>);

impl SimpleBackend for Backend {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        init: Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let Self(shared) = self;
        let published = shared.published(name);
        let leaf = published.rsplit('.').next().unwrap_or(published);
        let is_buffer = BUFFERS.contains(&leaf);
        let trains = !is_buffer && (shared.trainable)(published);
        let in_store = format!("{}{published}", shared.prefix);
        let values = match &shared.weights {
            Weights::Loaded(weights) => match shared.find(weights, published, &shape) {
                Some(values) => values,
                None => return Tensor::zeros(shape, dtype, device),
            },
            Weights::Formula => {
                Tensor::from_vec(formula::values(published, shape.dims()), shape, &Device::Cpu)?
            }
            Weights::Random if trains => {
                return SimpleBackend::get(&shared.store, shape, &in_store, init, dtype, device);
            }
            // Batch norm that has seen nothing yet neither moves nor scales.
            Weights::Random if is_buffer => {
                let value = if leaf == "running_var" { 1f32 } else { 0.0 };
                Tensor::full(value, shape, device)?
            }
            Weights::Random => {
                let constant = shared.store.constant(&in_store, &shape, init);
                constant.map_err(candle_core::Error::wrap)?
            }
        };
        if trains {
            let inserted = shared.store.insert(&in_store, &values);
            return inserted.map_err(candle_core::Error::wrap);
        }
        values.to_device(device)?.to_dtype(dtype)
    }

    fn get_unchecked(
        &self,
        name: &str,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let Weights::Loaded(weights) = &self.0.weights else {
            candle_core::bail!("`{name}`: drawn weights need a shape; ask with one");
        };
        match weights.get(self.0.published(name)) {
            Some(tensor) => self.get(tensor.shape().clone(), name, Init::Const(0.0), dtype, device),
            None => candle_core::bail!("{}: there is no `{name}`", weights.source().display()),
        }
    }

    fn contains_tensor(&self, name: &str) -> bool {
        match &self.0.weights {
            Weights::Loaded(weights) => weights.get(self.0.published(name)).is_some(),
            Weights::Random | Weights::Formula => true,
        }
    }
}
