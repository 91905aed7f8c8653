//! A tiny language model in a file, made here: weights by formula, and SmolLM2's kind of tokenizer with
//! all bytes, a few merges and three special tokens.

use candle_core::quantized::gguf_file::{Value, write};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use story_data::tokenizer::{BpeParts, BpeTokenizer};
use story_encoders::weights::formula;

const WIDTH: usize = 32;
const FEED_FORWARD: usize = 64;
const LAYERS: usize = 2;
const HEADS: usize = 4;
const KEY_VALUE_HEADS: usize = 2;
/// The most tokens that it reads.
pub const WINDOW: usize = 512;

const SPECIAL: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
const MERGES: [&str; 7] = ["Ġ t", "h e", "Ġt he", "Ġ a", "i n", "Ġa n", "Ċ Ċ"];

/// What is in the file.
pub struct TinyLanguageModel {
    /// What the file says that it is.
    pub architecture: &'static str,
    /// Begins the names that the formula makes numbers of: another one, other weights.
    pub numbers: &'static str,
    /// Tokens without a row in the table of embeddings.
    pub rows_missing: usize,
    /// What its tokens are.
    pub tokenizer: Pieces,
    /// llama.cpp's name of a tensor whose first number is no number.
    pub not_a_number: Option<&'static str>,
}

/// What its tokens are.
#[derive(Clone, Copy, PartialEq)]
pub enum Pieces {
    /// Bytes and a few merges, as SmolLM2 has them.
    Bytes,
    /// A letter each, as Llama 2 has them, and the bytes of all others.
    Letters,
}

impl Default for TinyLanguageModel {
    fn default() -> Self {
        let (architecture, numbers, tokenizer) = ("llama", "", Pieces::Bytes);
        Self { architecture, numbers, tokenizer, rows_missing: 0, not_a_number: None }
    }
}

impl TinyLanguageModel {
    /// Writes a GGUF.
    pub fn write(&self, path: &Path) {
        let parts = match self.tokenizer {
            Pieces::Bytes => parts(),
            Pieces::Letters => letter_parts(),
        };
        let size = |number: usize| Value::U32(u32::try_from(number).unwrap());
        let texts =
            |list: &[String]| Value::Array(list.iter().cloned().map(Value::String).collect());
        let types = parts.token_types.iter().copied().map(Value::I32).collect();
        let scores = parts.scores.iter().copied().map(Value::F32).collect();
        let mut metadata = vec![
            ("general.architecture", Value::String(self.architecture.into())),
            ("llama.embedding_length", size(WIDTH)),
            ("llama.feed_forward_length", size(FEED_FORWARD)),
            ("llama.block_count", size(LAYERS)),
            ("llama.attention.head_count", size(HEADS)),
            ("llama.attention.head_count_kv", size(KEY_VALUE_HEADS)),
            ("llama.context_length", size(WINDOW)),
            ("llama.attention.layer_norm_rms_epsilon", Value::F32(1e-5)),
            ("tokenizer.ggml.tokens", texts(&parts.tokens)),
            ("tokenizer.ggml.token_type", Value::Array(types)),
            ("tokenizer.ggml.eos_token_id", Value::U32(2)),
        ];
        metadata.extend(match self.tokenizer {
            Pieces::Bytes => [
                ("tokenizer.ggml.model", Value::String("gpt2".into())),
                ("tokenizer.ggml.pre", Value::String(parts.pre_tokenizer.clone())),
                ("tokenizer.ggml.merges", texts(&parts.merges)),
            ],
            Pieces::Letters => [
                ("tokenizer.ggml.model", Value::String("llama".into())),
                ("tokenizer.ggml.scores", Value::Array(scores)),
                ("tokenizer.ggml.unknown_token_id", Value::U32(0)),
            ],
        });
        let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(key, it)| (*key, it)).collect();
        let tensors = self.tensors(parts.tokens.len() - self.rows_missing);
        let tensors: Vec<(&str, &QTensor)> =
            tensors.iter().map(|(name, it)| (&**name, it)).collect();
        write(&mut File::create(path).unwrap(), &metadata, &tensors).unwrap();
    }

    /// llama.cpp's names; the feed-forward parts are quantised.
    fn tensors(&self, rows: usize) -> Vec<(String, QTensor)> {
        let keys = WIDTH / HEADS * KEY_VALUE_HEADS;
        let mut shapes = vec![
            ("token_embd".to_string(), vec![rows, WIDTH]),
            ("output_norm".to_string(), vec![WIDTH]),
        ];
        for layer in 0..LAYERS {
            let block: [(&str, &[usize]); 9] = [
                ("attn_norm", &[WIDTH]),
                ("attn_q", &[WIDTH, WIDTH]),
                ("attn_k", &[keys, WIDTH]),
                ("attn_v", &[keys, WIDTH]),
                ("attn_output", &[WIDTH, WIDTH]),
                ("ffn_norm", &[WIDTH]),
                ("ffn_gate", &[FEED_FORWARD, WIDTH]),
                ("ffn_up", &[FEED_FORWARD, WIDTH]),
                ("ffn_down", &[WIDTH, FEED_FORWARD]),
            ];
            let named =
                |(name, shape): (&str, &[usize])| (format!("blk.{layer}.{name}"), shape.to_vec());
            shapes.extend(block.map(named));
        }
        let tensor = |(name, shape): (String, Vec<usize>)| {
            let name = format!("{name}.weight");
            let mut values = formula::tensor(&format!("{}{name}", self.numbers), &shape).unwrap();
            if self.not_a_number == Some(&name) {
                let mut numbers: Vec<f32> = values.flatten_all().unwrap().to_vec1().unwrap();
                numbers[0] = f32::NAN;
                values = Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap();
            }
            let quantised = shape_is_matrix(&values) && name.contains("ffn");
            let kind = if quantised { GgmlDType::Q4_1 } else { GgmlDType::F32 };
            (name, QTensor::quantize(&values, kind).unwrap())
        };
        shapes.into_iter().map(tensor).collect()
    }
}

fn shape_is_matrix(tensor: &Tensor) -> bool {
    tensor.dims().len() == 2
}

/// Writes the same kind of network as a folder of transformers' files, its weights in two shards.
pub fn write_folder(folder: &Path) {
    std::fs::create_dir(folder).unwrap();
    let tokenizer = BpeTokenizer::from_parts(&parts(), "tiny").unwrap();
    tokenizer.save(&folder.join("tokenizer.json")).unwrap();
    let (vocabulary, keys) = (tokenizer.size(), WIDTH / HEADS * KEY_VALUE_HEADS);
    let config = serde_json::json!({
        "architectures": ["LlamaForCausalLM"], "vocab_size": vocabulary, "hidden_size": WIDTH,
        "intermediate_size": FEED_FORWARD, "num_hidden_layers": 1, "num_attention_heads": HEADS,
        "num_key_value_heads": KEY_VALUE_HEADS, "max_position_embeddings": WINDOW,
        "rms_norm_eps": 1e-5, "tie_word_embeddings": true,
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let layer = |name: &str| format!("model.layers.0.{name}.weight");
    let shards = [
        vec![
            ("model.embed_tokens.weight".to_string(), vec![vocabulary, WIDTH]),
            ("model.norm.weight".to_string(), vec![WIDTH]),
        ],
        vec![
            (layer("input_layernorm"), vec![WIDTH]),
            (layer("self_attn.q_proj"), vec![WIDTH, WIDTH]),
            (layer("self_attn.k_proj"), vec![keys, WIDTH]),
            (layer("self_attn.v_proj"), vec![keys, WIDTH]),
            (layer("self_attn.o_proj"), vec![WIDTH, WIDTH]),
            (layer("post_attention_layernorm"), vec![WIDTH]),
            (layer("mlp.gate_proj"), vec![FEED_FORWARD, WIDTH]),
            (layer("mlp.up_proj"), vec![FEED_FORWARD, WIDTH]),
            (layer("mlp.down_proj"), vec![WIDTH, FEED_FORWARD]),
        ],
    ];
    let mut index = serde_json::Map::new();
    for (number, shapes) in shards.into_iter().enumerate() {
        let file = format!("model-{number}.safetensors");
        let mut tensors = HashMap::new();
        for (name, shape) in shapes {
            index.insert(name.clone(), file.clone().into());
            tensors.insert(name.clone(), formula::tensor(&name, &shape).unwrap());
        }
        candle_core::safetensors::save(&tensors, folder.join(file)).unwrap();
    }
    let index = serde_json::json!({ "weight_map": index }).to_string();
    std::fs::write(folder.join("model.safetensors.index.json"), index).unwrap();
}

fn parts() -> BpeParts {
    let mut tokens: Vec<String> = SPECIAL.map(String::from).into();
    tokens.extend(letters());
    tokens.extend(MERGES.map(|pair| pair.replace(' ', "")));
    let kind = |place: usize| if place < SPECIAL.len() { 3 } else { 1 };
    BpeParts {
        token_types: (0..tokens.len()).map(kind).collect(),
        tokens,
        merges: MERGES.map(String::from).into(),
        pre_tokenizer: "smollm".into(),
        eos: Some(2),
        ..BpeParts::default()
    }
}

/// As llama2.c's converter writes them: unknown, begin, end, all bytes, and letters.
fn letter_parts() -> BpeParts {
    let mut tokens: Vec<String> = ["<unk>", "<s>", "</s>"].map(String::from).into();
    tokens.extend((0..=255u8).map(|byte| format!("<0x{byte:02X}>")));
    tokens.extend(["th", "▁th", "▁the"].map(String::from));
    tokens.extend("▁etaoinshrdlcumwfgypbvk.,".chars().map(String::from));
    let kind = |place: usize| match place {
        0 => 2,
        1 | 2 => 3,
        3..=258 => 6,
        _ => 1,
    };
    BpeParts {
        token_types: (0..tokens.len()).map(kind).collect(),
        scores: (0..tokens.len()).map(|place| -(place as f32)).collect(),
        tokens,
        ..BpeParts::default()
    }
}

/// GPT-2's letters for bytes: those that can be printed stand for themselves.
fn letters() -> impl Iterator<Item = String> {
    let mut others = 0;
    (0..=255u8).map(move |byte| {
        let printable = matches!(byte, 33..=126 | 161..=172 | 174..=255);
        if !printable {
            others += 1;
        }
        let code = if printable { u32::from(byte) } else { 255 + others };
        char::from_u32(code).unwrap().to_string()
    })
}
