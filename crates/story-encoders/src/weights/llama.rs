//! What a language model of the Llama family is: sizes, the tensors that belong to them under
//! transformers' names, and where these are read from.
//!
//! ```text
//! name or path --LanguageModelFile::open--> LlamaConfig, tokenizer --weights--> tensors by name
//! ```
//!
//! A GGUF holds all of it; a folder and a repository of the Hub hold `config.json`,
//! `tokenizer.json` and safetensors.

mod file;
mod json;

pub use file::{LanguageModelFile, MatrixStorage, TokenizerFile};

use super::parse::Problem;
use std::collections::BTreeMap;
use story_core::layers::grouped_attention::GroupedSizes;
use story_core::layers::projection::Bias;

/// Names that a message lists before it counts the rest.
const MOST_LISTED: usize = 10;
/// The largest size and number of layers that a file may claim: beyond any use, and small enough
/// that products of two sizes do not overflow.
const LARGEST_SIZE: usize = 1 << 20;
const MOST_LAYERS: usize = 1 << 10;

/// Members of the family, which differ in little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Llama (Touvron et al. 2023), SmolLM2, TinyStories' llama2.c.
    Llama,
    /// Qwen2 and 2.5: queries, keys and values have a bias.
    Qwen2,
    /// Qwen3: each head's queries and keys are normed.
    Qwen3,
}

/// Where the scores of words come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputMatrix {
    /// A matrix of its own.
    Own,
    /// The table of the embeddings.
    Tied,
}

/// A language model's sizes.
#[derive(Debug, Clone, PartialEq)]
pub struct LlamaConfig {
    /// The member of the family.
    pub architecture: Architecture,
    /// Number of token ids, `V`.
    pub vocabulary: usize,
    /// Width of embeddings and states, `D`.
    pub width: usize,
    /// Width of the feed-forward part's hidden layer.
    pub feed_forward: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values, a divisor of `heads`.
    pub key_value_heads: usize,
    /// Width of a head, even.
    pub head_width: usize,
    /// The most tokens that it was trained to read at once.
    pub context_length: usize,
    /// Inside the norms' roots.
    pub norm_epsilon: f64,
    /// Base of the rotary positions' speeds.
    pub rope_base: f32,
    /// What each pair's speed is divided by; `None` for 1.
    pub rope_factors: Option<Vec<f32>>,
    /// Where the scores of words come from.
    pub output: OutputMatrix,
}

impl LlamaConfig {
    /// The attention's sizes.
    pub fn attention(&self) -> GroupedSizes {
        GroupedSizes {
            width: self.width,
            heads: self.heads,
            key_value_heads: self.key_value_heads,
            head_width: self.head_width,
            bias: match self.architecture {
                Architecture::Qwen2 => Bias::Own,
                Architecture::Llama | Architecture::Qwen3 => Bias::None,
            },
            head_norm: match self.architecture {
                Architecture::Qwen3 => Some(self.norm_epsilon),
                Architecture::Llama | Architecture::Qwen2 => None,
            },
        }
    }

    /// How many numbers the network has.
    pub fn parameters(&self) -> usize {
        self.shapes().values().map(|shape| shape.iter().product::<usize>()).sum()
    }

    /// Every tensor of the network with its shape, under transformers' names.
    pub fn shapes(&self) -> BTreeMap<String, Vec<usize>> {
        let (d, f) = (self.width, self.feed_forward);
        let queries = self.heads * self.head_width;
        let keys = self.key_value_heads * self.head_width;
        let mut all = BTreeMap::from([
            ("model.embed_tokens.weight".to_string(), vec![self.vocabulary, d]),
            ("model.norm.weight".to_string(), vec![d]),
        ]);
        if self.output == OutputMatrix::Own {
            all.insert("lm_head.weight".into(), vec![self.vocabulary, d]);
        }
        for layer in 0..self.layers {
            let mut add = |name: &str, shape: &[usize]| {
                all.insert(format!("model.layers.{layer}.{name}"), shape.to_vec());
            };
            add("input_layernorm.weight", &[d]);
            add("self_attn.q_proj.weight", &[queries, d]);
            add("self_attn.k_proj.weight", &[keys, d]);
            add("self_attn.v_proj.weight", &[keys, d]);
            add("self_attn.o_proj.weight", &[d, queries]);
            add("post_attention_layernorm.weight", &[d]);
            add("mlp.gate_proj.weight", &[f, d]);
            add("mlp.up_proj.weight", &[f, d]);
            add("mlp.down_proj.weight", &[d, f]);
            match self.architecture {
                Architecture::Llama => {}
                Architecture::Qwen2 => {
                    add("self_attn.q_proj.bias", &[queries]);
                    add("self_attn.k_proj.bias", &[keys]);
                    add("self_attn.v_proj.bias", &[keys]);
                }
                Architecture::Qwen3 => {
                    add("self_attn.q_norm.weight", &[self.head_width]);
                    add("self_attn.k_norm.weight", &[self.head_width]);
                }
            }
        }
        all
    }

    /// Refuses sizes that no network has, before anything is made of them.
    pub(super) fn checked(self) -> Result<Self, Problem> {
        let refuse = |what: &str, found: String, expected: &str| {
            let found = format!("{what} is {found}; expected {expected}");
            Err(Problem::new(found, "the file is damaged, or no network of this kind"))
        };
        for (what, size) in [
            ("the vocabulary", self.vocabulary),
            ("the width", self.width),
            ("the feed-forward width", self.feed_forward),
            ("the number of heads", self.heads),
            ("the number of key-value heads", self.key_value_heads),
            ("the width of a head", self.head_width),
            ("the context's length", self.context_length),
        ] {
            if !(1..=LARGEST_SIZE).contains(&size) {
                return refuse(what, size.to_string(), &format!("1 to {LARGEST_SIZE}"));
            }
        }
        if !(1..=MOST_LAYERS).contains(&self.layers) {
            let expected = format!("1 to {MOST_LAYERS}");
            return refuse("the number of layers", self.layers.to_string(), &expected);
        }
        if !self.heads.is_multiple_of(self.key_value_heads) {
            let found = self.key_value_heads.to_string();
            let expected = format!("a divisor of the {} heads", self.heads);
            return refuse("the number of key-value heads", found, &expected);
        }
        if !self.head_width.is_multiple_of(2) {
            return refuse("the width of a head", self.head_width.to_string(), "an even number");
        }
        if !(self.norm_epsilon > 0.0 && self.norm_epsilon < 1.0) {
            return refuse("the norms' epsilon", self.norm_epsilon.to_string(), "above 0, below 1");
        }
        if !(self.rope_base > 1.0 && self.rope_base.is_finite()) {
            return refuse("the rotary base", self.rope_base.to_string(), "a number above 1");
        }
        if let Some(factors) = &self.rope_factors {
            let sound = factors.iter().all(|factor| *factor > 0.0 && factor.is_finite());
            if factors.len() != self.head_width / 2 || !sound {
                let expected = format!("{} numbers above 0", self.head_width / 2);
                return refuse("the list of rotary factors", format!("{factors:?}"), &expected);
            }
        }
        Ok(self)
    }

    /// Compares the tensors that a file has with those of these sizes. `shown` says what the file
    /// calls a tensor.
    pub(super) fn fits(
        &self,
        found: &BTreeMap<String, Vec<usize>>,
        shown: impl Fn(&str) -> String,
    ) -> Result<(), Problem> {
        let expected = self.shapes();
        let mut problems = Vec::new();
        for (name, shape) in &expected {
            match found.get(name) {
                None => problems.push(format!("missing `{}` {shape:?}", shown(name))),
                Some(found) if found != shape => {
                    problems.push(format!("`{}` is {found:?}, expected {shape:?}", shown(name)));
                }
                Some(_) => {}
            }
        }
        let unexpected = found.keys().filter(|name| !expected.contains_key(*name));
        problems.extend(unexpected.map(|name| format!("unexpected `{}`", shown(name))));
        if problems.is_empty() {
            return Ok(());
        }
        let more = problems.len().saturating_sub(MOST_LISTED);
        problems.truncate(MOST_LISTED);
        if more > 0 {
            problems.push(format!("and {more} more"));
        }
        Err(Problem::new(
            format!("the tensors are not those of its own sizes: {}", problems.join(", ")),
            "the file is damaged, or no network of this kind; use another",
        ))
    }
}
