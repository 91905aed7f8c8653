//! Named, seeded, ordered parameters.
//!
//! [`ParamStore`] is the backend of candle's `VarBuilder`: each parameter is drawn from the random
//! stream of its own name, so neither the order of construction nor a new layer elsewhere changes
//! it, and names are kept sorted, so that files, optimizers and norms always see one order.

use crate::{Error, Misfits, Result, rng};
use candle_core::{DType, Device, Shape, Tensor, Var};
use candle_nn::{Init, VarBuilder, var_builder::SimpleBackend};
use rand::Rng;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

/// The most numbers of a model whose room nobody has counted: as many bytes as can be addressed.
const LARGEST: u64 = i64::MAX as u64 / size_of::<f32>() as u64;

/// The parameters of a model, by name in sorted order. Clones share the same parameters.
#[derive(Clone)]
pub struct ParamStore {
    vars: Arc<Mutex<BTreeMap<String, Var>>>,
    seed: u64,
    device: Device,
    /// Numbers that there is room for.
    most: Option<u64>,
}

impl ParamStore {
    /// An empty store; parameters are drawn under `seed` when a part first asks for them.
    pub fn new(seed: u64, device: &Device) -> Self {
        Self { vars: Arc::default(), seed, device: device.clone(), most: None }
    }

    /// The same with room for `most` numbers, `None` for as many as may be: a parameter beyond it is
    /// an error, where taking the memory for it would end the process.
    #[must_use]
    pub fn with_room(self, most: Option<u64>) -> Self {
        Self { most, ..self }
    }

    /// The builder that parts take their parameters from.
    pub fn builder(&self) -> VarBuilder<'static> {
        VarBuilder::from_backend(Box::new(self.clone()), DType::F32, self.device.clone())
    }

    /// Every parameter with its name, sorted by name.
    pub fn named(&self) -> Vec<(String, Var)> {
        self.lock().iter().map(|(name, var)| (name.clone(), var.clone())).collect()
    }

    /// The parameter called `name`.
    pub fn get(&self, name: &str) -> Option<Var> {
        self.lock().get(name).cloned()
    }

    /// Adds the parameter `name` with `values` instead of drawn ones, as published weights that go
    /// on learning. One that is there already stays as it is, as with the builder.
    ///
    /// # Errors
    /// Where the parameter is there in another shape.
    pub fn insert(&self, name: &str, values: &Tensor) -> Result<Tensor> {
        let mut vars = self.lock();
        if let Some(var) = vars.get(name) {
            same_shape(name, var, values.shape())?;
            return Ok(var.as_tensor().clone());
        }
        self.require_room(name, values.shape(), &vars)?;
        let values = values.to_dtype(DType::F32)?.to_device(&self.device)?;
        // A copy: the parameter moves with training, `values` may have other owners.
        let var = Var::from_tensor(&values.detach().copy()?)?;
        let tensor = var.as_tensor().clone();
        vars.insert(name.to_string(), var);
        Ok(tensor)
    }

    /// A constant with the values that the parameter `name` would be drawn with: for what stays
    /// frozen, is in no checkpoint and comes back from the seed alone.
    ///
    /// # Errors
    /// Where the tensor cannot be made.
    pub fn constant(&self, name: &str, shape: &Shape, init: Init) -> Result<Tensor> {
        self.require_room(name, shape, &self.lock())?;
        let values = draw(shape, init, &mut rng::rng(self.seed, &format!("init/{name}")));
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu)?;
        Ok(tensor.to_device(&self.device)?)
    }

    /// Where the parameters lie.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// How many numbers all parameters hold together.
    pub fn element_count(&self) -> usize {
        self.lock().values().map(|var| var.elem_count()).sum()
    }

    /// The parameters as a map for `candle_core::safetensors::save`.
    pub fn tensors(&self) -> HashMap<String, Tensor> {
        self.lock().iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect()
    }

    /// Sets every parameter from `tensors`; `source` names them in messages.
    ///
    /// # Errors
    /// [`Error::Config`] that lists missing, unexpected and misshaped names: such tensors are of
    /// another config. Nothing is changed then. [`Error::Data`] where a value is not finite.
    pub fn set_all(&self, tensors: &HashMap<String, Tensor>, source: &str) -> Result<()> {
        let vars = self.lock();
        let mut misfits = Misfits::default();
        for (name, var) in vars.iter() {
            match tensors.get(name) {
                None => misfits.missing.push(format!("missing `{name}`")),
                Some(found) if found.dims() != var.dims() => misfits.misshaped.push(format!(
                    "`{name}` is {:?}, expected {:?}",
                    found.dims(),
                    var.dims()
                )),
                Some(_) => {}
            }
        }
        let mut unexpected: Vec<&String> =
            tensors.keys().filter(|name| !vars.contains_key(*name)).collect();
        unexpected.sort();
        misfits.unexpected = unexpected.iter().map(|name| format!("unexpected `{name}`")).collect();
        if !misfits.is_empty() {
            return Err(Error::Config(format!(
                "{source}: the parameters are not those of this config: {misfits}; use the config that the file was made with"
            )));
        }
        for name in vars.keys() {
            let sum = tensors[name].to_dtype(DType::F32)?.sum_all()?.to_scalar::<f32>()?;
            if !sum.is_finite() {
                return Err(Error::Data(format!(
                    "{source}: `{name}` holds values that are not finite"
                )));
            }
        }
        for (name, var) in vars.iter() {
            var.set(&tensors[name].to_dtype(var.dtype())?.to_device(&self.device)?)?;
        }
        Ok(())
    }

    /// Refuses a tensor that there is no room for beside `vars`, or whose size no machine can count.
    fn require_room(
        &self,
        name: &str,
        shape: &Shape,
        vars: &BTreeMap<String, Var>,
    ) -> candle_core::Result<()> {
        let product = |total: u64, &size: &usize| total.checked_mul(size as u64);
        let wanted = shape.dims().iter().try_fold(1u64, product).unwrap_or(u64::MAX);
        let there: u64 = vars.values().map(|var| var.elem_count() as u64).sum();
        let most = self.most.unwrap_or(LARGEST);
        if wanted.saturating_add(there) > most {
            candle_core::bail!(
                "parameter `{name}` has the shape {:?}, {wanted} numbers beside {there} that are there, and there is room for {most}; lower the sizes in the config that it comes from",
                shape.dims()
            );
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Var>> {
        self.vars.lock().expect("invariant: no panic happens while the store is locked")
    }
}

/// Whether weight decay applies: matrices and kernels decay; biases, norms and scalars do not.
pub fn decays(var: &Var) -> bool {
    var.dims().len() >= 2
}

impl SimpleBackend for ParamStore {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        init: Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let mut vars = self.lock();
        if let Some(var) = vars.get(name) {
            same_shape(name, var, &shape)?;
            return Ok(var.as_tensor().clone());
        }
        self.require_room(name, &shape, &vars)?;
        let values = draw(&shape, init, &mut rng::rng(self.seed, &format!("init/{name}")));
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu)?;
        let var = Var::from_tensor(&tensor.to_dtype(dtype)?.to_device(device)?)?;
        let tensor = var.as_tensor().clone();
        vars.insert(name.to_string(), var);
        Ok(tensor)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        match self.lock().get(name) {
            Some(var) => Ok(var.as_tensor().clone()),
            None => candle_core::bail!("there is no parameter `{name}`"),
        }
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }
}

/// Two parts that ask for one name in two shapes are wired wrongly.
fn same_shape(name: &str, var: &Var, asked: &Shape) -> candle_core::Result<()> {
    if var.shape() != asked {
        candle_core::bail!(
            "parameter `{name}` was built as {:?} and is asked for as {asked:?}",
            var.shape()
        );
    }
    Ok(())
}

/// Initial values by candle's rules, from a seeded stream.
fn draw(shape: &Shape, init: Init, rng: &mut rng::ChaCha8Rng) -> Vec<f32> {
    use candle_nn::init::NormalOrUniform::{Normal, Uniform};
    let count = shape.elem_count();
    let mut uniform = |low: f64, high: f64| -> Vec<f32> {
        (0..count).map(|_| (low + (high - low) * rng.random::<f64>()) as f32).collect()
    };
    match init {
        Init::Const(value) => vec![value as f32; count],
        Init::Uniform { lo, up } => uniform(lo, up),
        Init::Randn { mean, stdev } => normal(count, mean, stdev, rng),
        Init::Kaiming { dist, fan, non_linearity } => {
            let stdev = non_linearity.gain() / (fan.for_shape(shape).max(1) as f64).sqrt();
            match dist {
                Uniform => uniform(-3f64.sqrt() * stdev, 3f64.sqrt() * stdev),
                Normal => normal(count, 0.0, stdev, rng),
            }
        }
    }
}

/// Normal numbers by Box and Muller's transform (1958).
fn normal(count: usize, mean: f64, stdev: f64, rng: &mut rng::ChaCha8Rng) -> Vec<f32> {
    (0..count)
        .map(|_| {
            // 1 - u lies in (0, 1], where the logarithm is finite.
            let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
            let angle = std::f64::consts::TAU * rng.random::<f64>();
            (mean + stdev * radius * angle.cos()) as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(store: &ParamStore, name: &str) -> Vec<f32> {
        store
            .builder()
            .get_with_hints((4, 3), name, candle_nn::init::DEFAULT_KAIMING_UNIFORM)
            .and_then(|t| t.flatten_all()?.to_vec1())
            .expect("a parameter")
    }

    #[test]
    fn values_do_not_depend_on_the_order_of_construction() {
        let (first, second) = (ParamStore::new(7, &Device::Cpu), ParamStore::new(7, &Device::Cpu));
        let a = weight(&first, "a");
        weight(&second, "b");
        assert_eq!(a, weight(&second, "a"));
        assert_ne!(a, weight(&second, "b"));
        let names: Vec<String> = second.named().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn inserted_values_are_copied_and_found_by_the_builder() -> Result<()> {
        let store = ParamStore::new(7, &Device::Cpu);
        let values = Tensor::new(&[[1f32, 2.0]], &Device::Cpu)?;
        store.insert("a", &values)?;
        let var = store.get("a").expect("it was inserted");
        var.set(&Tensor::new(&[[5f32, 6.0]], &Device::Cpu)?)?;
        assert_eq!(values.to_vec2::<f32>()?, [[1.0, 2.0]]);
        let asked = store.builder().get((1, 2), "a")?;
        assert_eq!(asked.to_vec2::<f32>()?, [[5.0, 6.0]]);
        let again = store.insert("a", &values)?;
        assert_eq!(again.to_vec2::<f32>()?, [[5.0, 6.0]]);
        assert!(store.insert("a", &values.t()?).is_err());
        Ok(())
    }

    #[test]
    fn a_constant_is_what_the_parameter_would_be_and_is_not_in_the_store() -> Result<()> {
        let store = ParamStore::new(7, &Device::Cpu);
        let init = candle_nn::init::DEFAULT_KAIMING_UNIFORM;
        let constant = store.constant("a", &Shape::from((4, 3)), init)?;
        assert!(store.named().is_empty());
        assert_eq!(constant.flatten_all()?.to_vec1::<f32>()?, weight(&store, "a"));
        Ok(())
    }

    #[test]
    fn a_parameter_without_room_is_an_error_and_takes_no_memory() -> Result<()> {
        let init = candle_nn::init::DEFAULT_KAIMING_UNIFORM;
        let asked = |store: &ParamStore, name: &str, shape: (usize, usize)| {
            store.builder().get_with_hints(shape, name, init)
        };
        let store = ParamStore::new(7, &Device::Cpu).with_room(Some(20));
        asked(&store, "a", (4, 3))?;
        let message = asked(&store, "b", (3, 3)).expect_err("21 numbers").to_string();
        for part in ["`b`", "[3, 3]", "9 numbers beside 12", "room for 20"] {
            assert!(message.contains(part), "{message}");
        }
        asked(&store, "c", (4, 2))?;
        assert!(store.insert("d", &Tensor::zeros(1, DType::F32, &Device::Cpu)?).is_err());
        assert!(store.constant("e", &Shape::from((1, 1)), init).is_err());
        // More than can be counted, where nobody has said what room there is.
        let store = ParamStore::new(7, &Device::Cpu);
        for shape in [(usize::MAX, 2), (1 << 40, 1 << 30), (1 << 62, 1)] {
            assert!(asked(&store, "a", shape).is_err(), "{shape:?}");
        }
        Ok(())
    }

    #[test]
    fn loading_lists_what_does_not_fit_and_changes_nothing() {
        let store = ParamStore::new(7, &Device::Cpu);
        let before = weight(&store, "a");
        weight(&store, "b");
        let zeros = |shape: (usize, usize)| Tensor::zeros(shape, DType::F32, &Device::Cpu);
        let tensors = HashMap::from([
            ("a".to_string(), zeros((3, 4)).expect("zeros")),
            ("c".to_string(), zeros((4, 3)).expect("zeros")),
        ]);
        let message = store.set_all(&tensors, "x").expect_err("a foreign file").to_string();
        for part in ["`a` is [3, 4], expected [4, 3]", "missing `b`", "unexpected `c`"] {
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(before, weight(&store, "a"));
    }

    #[test]
    fn normal_numbers_have_the_asked_moments() {
        let values = normal(20_000, 1.0, 2.0, &mut rng::rng(1, "normal"));
        let mean = values.iter().sum::<f32>() / 20_000.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 20_000.0;
        assert!((mean - 1.0).abs() < 0.05 && (variance - 4.0).abs() < 0.15, "{mean} {variance}");
    }
}
