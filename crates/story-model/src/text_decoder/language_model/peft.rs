//! Low-rank parts as a file for PEFT (Hugging Face): `adapter_model.safetensors` with transformers'
//! names behind `base_model.model.`, and `adapter_config.json` beside it.

use super::LoraConfig;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use story_core::{Error, ParamStore, Result};

/// What PEFT puts before the names of the model that it wraps.
const PREFIX: &str = "base_model.model.";
/// The file of the parts.
const TENSORS: &str = "adapter_model.safetensors";
/// The file of their config.
const CONFIG: &str = "adapter_config.json";

/// The model that low-rank parts belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeftBase<'a> {
    /// A path, or a name on the Hub.
    pub name: &'a str,
    /// Its revision there, where one is named.
    pub revision: Option<&'a str>,
}

impl LoraConfig {
    /// What `adapter_config.json` says of these parts of the model `base`.
    pub fn peft_config(&self, base: PeftBase) -> Value {
        json!({
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": base.name,
            "revision": base.revision,
            "r": self.rank,
            "lora_alpha": self.alpha,
            "lora_dropout": self.dropout,
            "target_modules": self.names(),
            "bias": "none",
            "fan_in_fan_out": false,
            "use_rslora": false,
            "use_dora": false,
            "inference_mode": true,
        })
    }

    /// Writes both files into `folder`, which is made: the low-rank parts among `parameters` that
    /// lie under `under` (`text_decoder`, where a story model has them), of the model `base`.
    ///
    /// # Errors
    /// [`Error::Config`] where there are none; [`Error::Io`].
    pub fn export_peft(
        &self,
        parameters: &ParamStore,
        under: &str,
        base: PeftBase,
        folder: &Path,
    ) -> Result<()> {
        let mut tensors = HashMap::new();
        for (name, var) in parameters.named() {
            let inner = name.strip_prefix(under).and_then(|name| name.strip_prefix('.'));
            let part = inner.filter(|name| {
                name.ends_with(".lora_A.weight") || name.ends_with(".lora_B.weight")
            });
            if let Some(name) = part {
                tensors.insert(format!("{PREFIX}{name}"), var.as_tensor().detach());
            }
        }
        if tensors.is_empty() {
            return Err(Error::Config(format!(
                "there are no low-rank parts under {under} to write; train with text_decoder.trains.kind = \"lora\""
            )));
        }
        std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
        candle_core::safetensors::save(&tensors, folder.join(TENSORS))?;
        let config = folder.join(CONFIG);
        let text = format!("{:#}\n", self.peft_config(base));
        std::fs::write(&config, text).map_err(Error::io(&config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Tensor};

    #[test]
    fn names_shapes_and_config_are_those_that_peft_reads() -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        let part = "model.layers.0.self_attn.q_proj";
        let numbers = Tensor::new(&[[1f32, 2.0, 3.0]], &Device::Cpu)?;
        store.insert(&format!("text_decoder.{part}.lora_A.weight"), &numbers)?;
        store.insert(&format!("text_decoder.{part}.lora_B.weight"), &numbers.t()?)?;
        store.insert("text_decoder.gate.weight", &numbers)?;
        store.insert("other.lora_A.weight", &numbers)?;
        let folder = tempfile::tempdir().expect("a folder");
        let (lora, into) = (LoraConfig::default(), folder.path().join("adapter"));
        let base = PeftBase { name: "owner/name", revision: Some("v1") };
        lora.export_peft(&store, "text_decoder", base, &into)?;
        let read = candle_core::safetensors::load(into.join(TENSORS), &Device::Cpu)?;
        let mut names: Vec<&String> = read.keys().collect();
        names.sort();
        let expected =
            ["lora_A", "lora_B"].map(|ab| format!("base_model.model.{part}.{ab}.weight"));
        assert_eq!(names, expected.iter().collect::<Vec<_>>());
        assert_eq!(read[&expected[0]].to_vec2::<f32>()?, [[1.0, 2.0, 3.0]]);
        assert_eq!(read[&expected[1]].to_vec2::<f32>()?, [[1.0], [2.0], [3.0]]);
        let text = std::fs::read_to_string(into.join(CONFIG)).expect("written");
        let config: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&config["r"], &config["lora_alpha"]), (&json!(16), &json!(32.0)));
        assert_eq!(config["target_modules"].as_array().map(Vec::len), Some(7));
        assert_eq!(config["base_model_name_or_path"], "owner/name");
        assert_eq!(config["revision"], "v1");
        let nothing = lora.export_peft(&store, "nowhere", base, &into);
        assert!(matches!(nothing, Err(Error::Config(m)) if m.contains("nowhere")));
        Ok(())
    }
}
