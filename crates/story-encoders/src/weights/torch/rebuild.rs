//! What a pickle's names and calls mean: those that rebuild tensors, and nothing else. A global
//! name stays a name; one that no state dict needs ends the reading.
//!
//! Source: `torch/_utils.py` and the storages of `torch/serialization.py`.

use super::super::parse::Problem;
use super::state::{StorageInfo, TensorInfo};
use super::unpickle::{Id, Machine, Value, broken};

/// Names that rebuild tensors; what they do is in [`Machine::reduce`].
const KNOWN: [&str; 8] = [
    "collections.OrderedDict",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch._tensor._rebuild_from_type_v2",
    "torch.nn.parameter.Parameter",
    "torch.Tensor",
    "torch.Size",
    "torch.device",
];

/// The most axes of a tensor, and bytes of a storage's key: beyond any use, and small enough that
/// copies of them cannot exhaust memory.
const MOST_AXES: usize = 8;
const LONGEST_KEY: usize = 64;

impl Machine<'_> {
    /// A global name, where it is one that state dicts need.
    pub(super) fn global(&mut self, module: &str, name: &str) -> Result<(), Problem> {
        let full = format!("{module}.{name}");
        let is_storage = ["torch", "torch.storage"].contains(&module) && name.ends_with("Storage");
        let is_dtype = module == "torch" && name.starts_with(|c: char| c.is_ascii_lowercase());
        let is_known = KNOWN.contains(&full.as_str()) || is_storage || is_dtype;
        if !is_known {
            return Err(Problem::new(
                format!(
                    "the pickle names `{full}`; only tensors are read, and no code of a file is ever run"
                ),
                "save the state dict alone (`model.state_dict()`) with torch.save, best as safetensors",
            ));
        }
        self.push(Value::Global(full));
        Ok(())
    }

    /// `('storage', type, key, device, count)`, with a view in legacy files.
    pub(super) fn persistent(&mut self) -> Result<(), Problem> {
        let id = self.pop()?;
        let Value::Sequence(items) = &self.values[id] else {
            return Err(broken());
        };
        let item = |index: usize| items.get(index).map(|id| &self.values[*id]);
        let (Some(Value::Global(kind)), Some(Value::Text(key)), Some(Value::Int(count))) =
            (item(1), item(2), item(4))
        else {
            return Err(broken());
        };
        if matches!(item(5), Some(value) if !matches!(value, Value::Opaque)) {
            return Err(Problem::new(
                "a storage that is a view of another",
                "save the state dict again with a newer PyTorch, best as safetensors",
            ));
        }
        if key.len() > LONGEST_KEY || kind.len() > LONGEST_KEY {
            return Err(broken());
        }
        let storage = StorageInfo {
            kind: kind.rsplit('.').next().unwrap_or_default().to_string(),
            key: key.clone(),
            count: usize::try_from(*count).map_err(|_| broken())?,
        };
        self.push(Value::Storage(storage));
        Ok(())
    }

    /// A call: only those that rebuild tensors and dicts mean anything.
    pub(super) fn reduce(&mut self) -> Result<(), Problem> {
        let (arguments, callable) = (self.pop()?, self.pop()?);
        let Value::Global(name) = &self.values[callable] else {
            return Err(broken());
        };
        let Value::Sequence(arguments) = &self.values[arguments] else {
            return Err(broken());
        };
        let value = match name.as_str() {
            "collections.OrderedDict" => Value::Dict(Vec::new()),
            "torch._utils._rebuild_tensor_v2" => self.tensor(arguments)?,
            "torch._utils._rebuild_parameter" => {
                let first = arguments.first().ok_or_else(broken)?;
                self.values[*first].clone()
            }
            "torch._tensor._rebuild_from_type_v2" => match arguments.get(2) {
                Some(inner) => match &self.values[*inner] {
                    Value::Sequence(inner) => self.tensor(inner)?,
                    _ => return Err(broken()),
                },
                None => return Err(broken()),
            },
            "torch.Size" | "torch.device" => Value::Opaque,
            _ => return Err(broken()),
        };
        self.push(value);
        Ok(())
    }

    /// `(storage, offset, size, strides, ...)`
    fn tensor(&self, arguments: &[Id]) -> Result<Value, Problem> {
        let argument = |index: usize| arguments.get(index).map(|id| &self.values[*id]);
        let (Some(Value::Storage(storage)), Some(Value::Int(offset))) = (argument(0), argument(1))
        else {
            return Err(broken());
        };
        let sizes = |value: Option<&Value>| match value {
            Some(Value::Sequence(items)) if items.len() <= MOST_AXES => items
                .iter()
                .map(|id| match &self.values[*id] {
                    Value::Int(value) => usize::try_from(*value).map_err(|_| broken()),
                    _ => Err(broken()),
                })
                .collect::<Result<Vec<usize>, Problem>>(),
            _ => Err(broken()),
        };
        Ok(Value::Tensor(TensorInfo {
            storage: storage.clone(),
            offset: usize::try_from(*offset).map_err(|_| broken())?,
            shape: sizes(argument(2))?,
            strides: sizes(argument(3))?,
        }))
    }
}
