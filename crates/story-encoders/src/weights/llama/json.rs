//! A language model's sizes from transformers' `config.json`.

use super::super::parse::Problem;
use super::{Architecture, LlamaConfig, OutputMatrix};
use serde::Deserialize;

/// What is read of the file; the rest says nothing of the network that is made.
#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    architectures: Vec<String>,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    max_position_embeddings: usize,
    rms_norm_eps: f64,
    rope_theta: Option<f32>,
    rope_scaling: Option<Rope>,
    /// Where transformers 5 has both of the former.
    rope_parameters: Option<Rope>,
    #[serde(default)]
    tie_word_embeddings: bool,
    hidden_act: Option<String>,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default)]
    use_sliding_window: bool,
}

#[derive(Deserialize)]
struct Rope {
    rope_theta: Option<f32>,
    #[serde(alias = "type")]
    rope_type: Option<String>,
    factor: Option<f32>,
    low_freq_factor: Option<f32>,
    high_freq_factor: Option<f32>,
    original_max_position_embeddings: Option<usize>,
}

/// transformers' base where a config says none.
const DEFAULT_BASE: f32 = 10_000.0;

/// The sizes in the bytes of a `config.json`.
pub(super) fn read(bytes: &[u8]) -> Result<LlamaConfig, Problem> {
    let raw: Raw = serde_json::from_slice(bytes).map_err(|error| {
        let found = format!("no config of a language model of the Llama family ({error})");
        Problem::new(found, "name the folder of a LlamaForCausalLM")
    })?;
    let architecture = match raw.architectures.first().map(String::as_str) {
        Some("LlamaForCausalLM") => Architecture::Llama,
        Some("Qwen2ForCausalLM") => Architecture::Qwen2,
        Some("Qwen3ForCausalLM") => Architecture::Qwen3,
        other => {
            return Err(Problem::new(
                format!("the architecture is {}", other.unwrap_or("not named")),
                "use a LlamaForCausalLM, Qwen2ForCausalLM or Qwen3ForCausalLM",
            ));
        }
    };
    let activation = raw.hidden_act.as_deref().unwrap_or("silu");
    let plain_bias = !raw.attention_bias && !raw.mlp_bias;
    if activation != "silu" || !plain_bias || raw.use_sliding_window {
        return Err(Problem::new(
            format!(
                "hidden_act {activation:?}, attention_bias {}, mlp_bias {}, use_sliding_window {}; expected \"silu\" and three times false",
                raw.attention_bias, raw.mlp_bias, raw.use_sliding_window
            ),
            "use a network without these",
        ));
    }
    let heads = raw.num_attention_heads;
    let head_width = raw.head_dim.unwrap_or(raw.hidden_size.checked_div(heads).unwrap_or(0));
    let rope = raw.rope_parameters.as_ref().or(raw.rope_scaling.as_ref());
    let rope_base = rope.and_then(|rope| rope.rope_theta).or(raw.rope_theta);
    let rope_base = rope_base.unwrap_or(DEFAULT_BASE);
    let sizes = LlamaConfig {
        architecture,
        vocabulary: raw.vocab_size,
        width: raw.hidden_size,
        feed_forward: raw.intermediate_size,
        layers: raw.num_hidden_layers,
        heads,
        key_value_heads: raw.num_key_value_heads.unwrap_or(heads),
        head_width,
        context_length: raw.max_position_embeddings,
        norm_epsilon: raw.rms_norm_eps,
        rope_base,
        rope_factors: None,
        output: if raw.tie_word_embeddings { OutputMatrix::Tied } else { OutputMatrix::Own },
    };
    // Before the factors are made: their number is a size too.
    let sizes = sizes.checked()?;
    let rope_factors = match rope {
        Some(rope) => rope.factors(sizes.head_width, rope_base)?,
        None => None,
    };
    LlamaConfig { rope_factors, ..sizes }.checked()
}

impl Rope {
    /// What each pair's speed is divided by.
    fn factors(&self, head_width: usize, base: f32) -> Result<Option<Vec<f32>>, Problem> {
        let kind = self.rope_type.as_deref().unwrap_or("default");
        let pairs = 0..head_width / 2;
        match (kind, self.factor) {
            ("default", _) => Ok(None),
            ("linear", Some(factor)) => Ok(Some(pairs.map(|_| factor).collect())),
            ("llama3", Some(factor)) => {
                let stretch = Stretch::new(self, factor)?;
                let speed = |pair| base.powf(-((2 * pair) as f32) / head_width as f32);
                Ok(Some(pairs.map(|pair| stretch.factor(speed(pair))).collect()))
            }
            (other, _) => Err(Problem::new(
                format!("rotary positions of type {other:?}"),
                "use a network whose rope_type is default, linear or llama3",
            )),
        }
    }
}

/// Llama 3's stretching (transformers, `_compute_llama3_parameters`): turns that are slow over the
/// original length are slowed by the factor, quick ones stay, those between are blended.
struct Stretch {
    factor: f32,
    low: f32,
    high: f32,
    length: f32,
}

impl Stretch {
    fn new(rope: &Rope, factor: f32) -> Result<Self, Problem> {
        let numbers =
            (rope.low_freq_factor, rope.high_freq_factor, rope.original_max_position_embeddings);
        match numbers {
            (Some(low), Some(high), Some(length)) if high > low => {
                Ok(Self { factor, low, high, length: length as f32 })
            }
            _ => Err(Problem::new(
                "rotary positions of type llama3 without their numbers",
                "fetch config.json again",
            )),
        }
    }

    fn factor(&self, speed: f32) -> f32 {
        // How often the pair goes round within the original length.
        let rounds = self.length * speed / std::f32::consts::TAU;
        if rounds < self.low {
            return self.factor;
        }
        if rounds > self.high {
            return 1.0;
        }
        let smooth = (rounds - self.low) / (self.high - self.low);
        1.0 / ((1.0 - smooth) / self.factor + smooth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(change: &str) -> String {
        let plain = r#"{"architectures": ["LlamaForCausalLM"], "vocab_size": 9, "hidden_size": 8,
            "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
            "rope_theta": 500.0, "tie_word_embeddings": true"#;
        format!("{plain}{change}}}")
    }

    fn message(change: &str) -> String {
        let problem = read(config(change).as_bytes()).expect_err("refused");
        problem.of(std::path::Path::new("config.json")).to_string()
    }

    #[test]
    fn sizes_come_from_the_file_and_a_head_from_the_width() {
        let sizes = read(config("").as_bytes()).expect("a config");
        assert_eq!((sizes.head_width, sizes.key_value_heads, sizes.layers), (2, 2, 2));
        assert_eq!((sizes.rope_base, sizes.output), (500.0, OutputMatrix::Tied));
        assert_eq!(sizes.rope_factors, None);
        let newer = config(r#", "head_dim": 6, "rope_parameters": {"rope_theta": 7.0}"#);
        let sizes = read(newer.as_bytes()).expect("a config");
        assert_eq!((sizes.head_width, sizes.rope_base), (6, 7.0));
    }

    #[test]
    fn slow_pairs_are_stretched_and_quick_ones_are_not() {
        let rope = r#", "head_dim": 8, "rope_scaling": {"rope_type": "llama3", "factor": 4.0,
            "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}"#;
        let sizes = read(config(rope).as_bytes()).expect("a config");
        let factors = sizes.rope_factors.expect("they are stretched");
        assert_eq!(factors.len(), 4);
        assert_eq!((factors[0], factors[3]), (1.0, 4.0));
        assert!(factors[1] > 1.0 && factors[1] <= 4.0, "{factors:?}");
    }

    #[test]
    fn other_networks_are_refused_by_name() {
        for (change, expected) in [
            (r#", "hidden_act": "gelu""#, "gelu"),
            (r#", "attention_bias": true"#, "attention_bias true"),
            (r#", "rope_scaling": {"type": "yarn", "factor": 2.0}"#, "yarn"),
            (r#", "rope_scaling": {"type": "llama3", "factor": 2.0}"#, "llama3"),
            (r#", "head_dim": 3"#, "even"),
            (r#", "head_dim": 4611686018427387904"#, "width of a head"),
        ] {
            let found = message(change);
            assert!(found.contains(expected), "{found}");
        }
        let other = config("").replace("LlamaForCausalLM", "GPT2LMHeadModel");
        let problem = read(other.as_bytes()).expect_err("refused");
        assert!(problem.found.contains("GPT2LMHeadModel"));
        assert!(read(b"{}").is_err());
    }
}
