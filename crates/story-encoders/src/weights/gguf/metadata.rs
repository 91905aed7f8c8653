//! The key-value part of a GGUF: the sizes of the network.

use super::super::llama::{Architecture, LlamaConfig, OutputMatrix};
use super::super::parse::Problem;
use super::names::OUTPUT;
use candle_core::quantized::gguf_file::Value;
use std::collections::HashMap;

/// llama.cpp's base where a file says none.
const DEFAULT_BASE: f64 = 10_000.0;

/// Values by key, with errors that name the key.
pub(super) struct Metadata(HashMap<String, Value>);

impl Metadata {
    pub(super) fn of(values: HashMap<String, Value>) -> Self {
        Self(values)
    }

    /// Which network the file holds, with the prefix of its keys.
    pub(super) fn architecture(&self) -> Result<(Architecture, &'static str), Problem> {
        match self.text("general.architecture")? {
            Some("llama") => Ok((Architecture::Llama, "llama")),
            Some("qwen2") => Ok((Architecture::Qwen2, "qwen2")),
            Some("qwen3") => Ok((Architecture::Qwen3, "qwen3")),
            other => Err(Problem::new(
                format!("the architecture is {:?}", other.unwrap_or("not named")),
                "use a model of architecture llama, qwen2 or qwen3",
            )),
        }
    }

    /// The sizes, unchecked; `has` tells whether there is a tensor of a name.
    pub(super) fn config(
        &self,
        (architecture, prefix): (Architecture, &str),
        vocabulary: usize,
        has: impl Fn(&str) -> bool,
    ) -> Result<LlamaConfig, Problem> {
        let key = |name: &str| format!("{prefix}.{name}");
        let size = |name: &str| self.needed(&key(name), Self::size);
        let or = |name: &str, default: usize| -> Result<usize, Problem> {
            Ok(self.size(&key(name))?.unwrap_or(default))
        };
        let (width, heads) = (size("embedding_length")?, size("attention.head_count")?);
        let head_width = or("attention.key_length", width.checked_div(heads).unwrap_or(0))?;
        let turned = or("rope.dimension_count", head_width)?;
        let experts = or("expert_count", 0)?;
        let values = or("attention.value_length", head_width)?;
        if turned != head_width || values != head_width || experts != 0 {
            return Err(Problem::new(
                format!(
                    "heads are {head_width} wide, {turned} of it turned by position, values {values} wide, {experts} experts; expected one width and no experts"
                ),
                "use a network without these",
            ));
        }
        let factor = self.scaling(prefix)?;
        Ok(LlamaConfig {
            architecture,
            vocabulary,
            width,
            feed_forward: size("feed_forward_length")?,
            layers: size("block_count")?,
            heads,
            key_value_heads: or("attention.head_count_kv", heads)?,
            head_width,
            context_length: size("context_length")?,
            norm_epsilon: self.needed(&key("attention.layer_norm_rms_epsilon"), Self::number)?,
            rope_base: self.number(&key("rope.freq_base"))?.unwrap_or(DEFAULT_BASE) as f32,
            // A width that is no width is refused before the list is as long as it says.
            rope_factors: factor.map(|factor| vec![factor; (head_width / 2).min(1 << 16)]),
            output: if has(OUTPUT) { OutputMatrix::Own } else { OutputMatrix::Tied },
        })
    }

    /// What all positions are divided by; `None` for 1.
    fn scaling(&self, prefix: &str) -> Result<Option<f32>, Problem> {
        let kind = self.text(&format!("{prefix}.rope.scaling.type"))?;
        let factor = self.number(&format!("{prefix}.rope.scaling.factor"))?;
        match (kind, factor) {
            (None | Some("none"), _) => Ok(None),
            (Some("linear"), Some(factor)) => Ok(Some(factor as f32)),
            (Some(other), _) => Err(Problem::new(
                format!("rotary positions are scaled in the way {other:?}"),
                "use a network whose positions are not scaled, or linearly",
            )),
        }
    }

    /// The value of a key that must be there.
    pub(super) fn needed<'a, T>(
        &'a self,
        key: &str,
        get: impl Fn(&'a Self, &str) -> Result<Option<T>, Problem>,
    ) -> Result<T, Problem> {
        get(self, key)?.ok_or_else(|| Problem::damaged(format!("there is no key `{key}`")))
    }

    /// A whole number.
    pub(super) fn size(&self, key: &str) -> Result<Option<usize>, Problem> {
        let Some(value) = self.0.get(key) else { return Ok(None) };
        let number = match value {
            Value::U8(n) => Some(u64::from(*n)),
            Value::U16(n) => Some(u64::from(*n)),
            Value::U32(n) => Some(u64::from(*n)),
            Value::U64(n) => Some(*n),
            Value::I32(n) => u64::try_from(*n).ok(),
            Value::I64(n) => u64::try_from(*n).ok(),
            _ => None,
        };
        let size = number.and_then(|number| usize::try_from(number).ok());
        size.map(Some).ok_or_else(|| foreign(key, "a whole number"))
    }

    fn number(&self, key: &str) -> Result<Option<f64>, Problem> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::F32(number)) => Ok(Some(f64::from(*number))),
            Some(Value::F64(number)) => Ok(Some(*number)),
            Some(_) => Err(foreign(key, "a number")),
        }
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<Option<&str>, Problem> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(foreign(key, "a text")),
        }
    }

    /// Whether something is to be done.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, Problem> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(foreign(key, "true or false")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<String>>, Problem> {
        self.list(key, "a list of texts", |value| match value {
            Value::String(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// A list of whole numbers.
    pub(super) fn integers(&self, key: &str) -> Result<Option<Vec<i32>>, Problem> {
        self.list(key, "a list of whole numbers", |value| match value {
            Value::I32(number) => Some(*number),
            Value::U32(number) => i32::try_from(*number).ok(),
            _ => None,
        })
    }

    /// A list of numbers.
    pub(super) fn numbers(&self, key: &str) -> Result<Option<Vec<f32>>, Problem> {
        self.list(key, "a list of numbers", |value| match value {
            Value::F32(number) => Some(*number),
            _ => None,
        })
    }

    fn list<T>(
        &self,
        key: &str,
        expected: &str,
        item: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<Vec<T>>, Problem> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Value::Array(values)) => {
                let items: Option<Vec<T>> = values.iter().map(item).collect();
                items.map(Some).ok_or_else(|| foreign(key, expected))
            }
            Some(_) => Err(foreign(key, expected)),
        }
    }
}

fn foreign(key: &str, expected: &str) -> Problem {
    Problem::damaged(format!("key `{key}`: expected {expected}"))
}
