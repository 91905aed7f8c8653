//! GGUF against transformers' reader (`tools/golden/llama.py`), and damaged and hostile files;
//! a folder of transformers' files.

use candle_core::quantized::gguf_file::Content;
use candle_core::{DType, Tensor};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use story_core::conformance::weight;
use story_core::{Error, Result};
use story_encoders::weights::llama::{Architecture, OutputMatrix};
use story_encoders::weights::{Gguf, LanguageModelFile, MatrixStorage, TokenizerFile, formula};
use story_hub::{Hub, HubEnvironment};

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny.gguf")
}

fn bytes() -> Vec<u8> {
    std::fs::read(tiny()).expect("the golden file")
}

/// Opens and reads a file of these bytes; what it says is asserted to name the file.
fn read(bytes: &[u8]) -> std::result::Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, bytes).expect("written");
    match Gguf::open(&path).and_then(|gguf| gguf.weights()) {
        Ok(_) => Ok(()),
        Err(Error::Data(message)) => {
            assert!(message.contains("model.gguf"), "{message}");
            Err(message)
        }
        Err(other) => panic!("an error of data, not {other}"),
    }
}

fn refused(bytes: &[u8]) -> String {
    read(bytes).expect_err("it must be refused")
}

/// The place after the only `pattern`.
fn after(bytes: &[u8], pattern: &str) -> usize {
    let places = bytes.windows(pattern.len()).enumerate();
    let mut places = places.filter(|(_, window)| *window == pattern.as_bytes());
    let place = places.next().expect("it is there").0 + pattern.len();
    assert!(places.next().is_none(), "{pattern} is there once");
    place
}

fn with(place: usize, new: &[u8]) -> Vec<u8> {
    let mut bytes = bytes();
    bytes[place..place + new.len()].copy_from_slice(new);
    bytes
}

/// Compares a tensor with what a script found: the first numbers, and two sums over all.
fn assert_tensor(name: &str, tensor: &Tensor, expected: &Value) -> Result<()> {
    let values = tensor.flatten_all()?.to_vec1::<f32>()?;
    let close = |what: &str, found: f64, expected: &Value, size: f64| {
        let expected = expected.as_f64().expect("a number");
        let difference = (found - expected).abs();
        assert!(difference <= 1e-6 * size, "{name}: {what} {found}, expected {expected}");
    };
    for (i, expected) in expected["first"].as_array().expect("numbers").iter().enumerate() {
        close("a number", f64::from(values[i]), expected, 1.0);
    }
    let wide = || values.iter().map(|value| f64::from(*value));
    let squares: f64 = wide().map(|value| value * value).sum();
    close("the squares", squares, &expected["squares"], squares);
    let weighed: f64 = wide().enumerate().map(|(i, v)| v * f64::from(weight(i))).sum();
    close("the weighed sum", weighed, &expected["sum"], squares.max(1.0));
    Ok(())
}

#[test]
fn tensors_in_eight_ways_of_storing_are_transformers() -> Result<()> {
    let gguf = Gguf::open(&tiny())?;
    let weights = gguf.weights()?;
    let golden: Value =
        serde_json::from_str(include_str!("../golden/gguf.json")).expect("the script writes JSON");
    let golden = golden.as_object().expect("tensors");
    let names: Vec<&str> = golden.keys().map(String::as_str).collect();
    assert_eq!(weights.names().collect::<Vec<_>>(), names);
    for (name, expected) in golden {
        let tensor = weights.get(name).expect("it is there");
        let shape: Vec<u64> = tensor.dims().iter().map(|&side| side as u64).collect();
        assert_eq!(expected["shape"], Value::from(shape), "{name}");
        assert_tensor(name, tensor, expected)?;
    }
    assert_eq!(weights.identity().len(), 64);
    Ok(())
}

#[test]
fn matrices_as_they_are_stored_hold_the_same_numbers() -> Result<()> {
    let gguf = Gguf::open(&tiny())?;
    let (full, stored) = (gguf.weights()?, gguf.weights_in(MatrixStorage::AsStored)?);
    let names: Vec<&str> = stored.matrices().keys().map(String::as_str).collect();
    let expected = ["mlp.down_proj", "mlp.gate_proj", "self_attn.k_proj", "self_attn.v_proj"];
    assert_eq!(names, expected.map(|name| format!("model.layers.0.{name}.weight")));
    for (name, matrix) in stored.matrices() {
        assert!(stored.get(name).is_none());
        let expected = full.get(name).expect("it is there").to_vec2::<f32>()?;
        assert_eq!(matrix.dequantize()?.to_vec2::<f32>()?, expected, "{name}");
    }
    assert_eq!(stored.names().count() + names.len(), full.names().count());
    assert_eq!(stored.identity(), full.identity());
    Ok(())
}

#[test]
fn five_rarer_ways_are_those_of_the_package_gguf() -> Result<()> {
    let weights = Gguf::open(&tiny().with_file_name("kinds.gguf"))?.weights()?;
    let golden: Value = serde_json::from_str(include_str!("../golden/gguf_kinds.json"))
        .expect("the script writes JSON");
    let golden = golden.as_object().expect("tensors");
    let mut kinds: Vec<&str> = golden.values().filter_map(|it| it["kind"].as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["Q2_K", "Q3_K", "Q5_0", "Q5_1", "Q5_K"]);
    for (name, expected) in golden {
        assert_tensor(name, weights.get(name).expect("it is there"), expected)?;
    }
    Ok(())
}

#[test]
fn sizes_and_tokenizer_come_from_the_file() -> Result<()> {
    let gguf = Gguf::open(&tiny())?;
    let config = gguf.config();
    assert_eq!((config.architecture, config.output), (Architecture::Llama, OutputMatrix::Tied));
    assert_eq!((config.width, config.heads, config.key_value_heads), (256, 4, 2));
    assert_eq!((config.head_width, config.rope_base, config.vocabulary), (4, 500.0, 13));
    let tokenizer = gguf.tokenizer();
    assert_eq!((tokenizer.model.as_str(), tokenizer.tokens.len()), ("gpt2", 13));
    assert_eq!(tokenizer.pre_tokenizer.as_deref(), Some("smollm"));
    assert_eq!((tokenizer.begin, tokenizer.end), (Some(1), Some(2)));
    assert_eq!((tokenizer.unknown, tokenizer.padding), (Some(0), Some(2)));
    assert_eq!(tokenizer.merges, ["a b"]);
    assert_eq!((tokenizer.token_types[0], tokenizer.token_types[12]), (3, 1));
    assert_eq!(tokenizer.add_begin, Some(false));
    assert_eq!(tokenizer.chat_template.as_deref(), Some("{{ messages }}"));
    Ok(())
}

#[test]
fn files_that_are_cut_short_are_errors_of_data() {
    let whole = bytes();
    for length in (0..whole.len()).step_by(499).chain([whole.len() - 1, 3, 8]) {
        let said = refused(&whole[..length]);
        assert!(said.contains("fetch it again"), "{length}: {said}");
    }
}

#[test]
fn counts_beyond_the_file_take_no_memory() {
    let huge = (1u64 << 60).to_le_bytes();
    // Tensors, keys, the length of the first key.
    for place in [8, 16, 24] {
        refused(&with(place, &huge));
    }
    // The number of tokens: after the key come the type of the list and of its items.
    let tokens = after(&bytes(), "tokenizer.ggml.tokens") + 8;
    refused(&with(tokens, &huge));
    for key in ["block_count", "embedding_length", "feed_forward_length", "context_length"] {
        let place = after(&bytes(), &format!("llama.{key}")) + 4;
        refused(&with(place, &u32::MAX.to_le_bytes()));
        refused(&with(place, &0u32.to_le_bytes()));
    }
    let shape = after(&bytes(), "blk.0.attn_q.weight") + 4;
    assert!(refused(&with(shape, &(1u64 << 62).to_le_bytes())).contains("attn_q"));
    refused(&with(shape, &(1u64 << 36).to_le_bytes()));
}

#[test]
fn what_is_of_another_kind_is_named() {
    let whole = bytes();
    let architecture = after(&whole, "general.architecture") + 12;
    assert!(refused(&with(architecture, b"mamba")).contains("mamba"));
    let dtype = after(&whole, "token_embd.weight") + 4 + 16;
    let said = refused(&with(dtype, &999u32.to_le_bytes()));
    assert!(said.contains("quantised") && said.contains("Q4_K, Q5_K"), "{said}");
    // Q8_1 and Q8_K, which products make of their other side.
    for (kind, name) in [(9u32, "Q8_1"), (15, "Q8K")] {
        let said = refused(&with(dtype, &kind.to_le_bytes()));
        assert!(said.contains(&format!("`token_embd.weight` is {name}")), "{said}");
        assert!(said.contains("use a file in"), "{said}");
    }
    let said = refused(&with(after(&whole, "blk.0.ffn_up.weight") - 9, b"xx"));
    assert!(said.contains("missing `blk.0.ffn_up.weight`"), "{said}");
    assert!(said.contains("unexpected `blk.0.ffn_xx.weight`"), "{said}");
    let said = refused(&with(after(&whole, "blk.0.attn_k.weight") + 12, &4u64.to_le_bytes()));
    assert!(said.contains("`blk.0.attn_k.weight` is [4, 256], expected [8, 256]"), "{said}");
    let said = refused(&with(after(&whole, "token_embd.weight") + 12, &12u64.to_le_bytes()));
    assert!(said.contains("13 tokens and the embedding 12"), "{said}");
    let said =
        refused(&with(after(&whole, "tokenizer.ggml.eos_token_id") + 4, &13u32.to_le_bytes()));
    assert!(said.contains("eos_token_id` is 13"), "{said}");
    let heads = after(&whole, "llama.attention.head_count_kv") + 4;
    assert!(refused(&with(heads, &3u32.to_le_bytes())).contains("a divisor of the 4 heads"));
    assert!(refused(b"PK\x03\x04").contains("fetch it again"));
    let layers = after(&whole, "llama.block_count") + 4;
    let said = refused(&with(layers, &40u32.to_le_bytes()));
    assert!(said.matches("missing").count() == 10 && said.contains("more"), "{said}");
}

#[test]
fn values_that_are_not_finite_are_named() {
    let mut file = std::io::Cursor::new(bytes());
    let content = Content::read(&mut file).expect("it is whole");
    let place = content.tensor_data_offset + content.tensor_infos["output_norm.weight"].offset;
    for value in [f32::NAN, f32::INFINITY] {
        let said = refused(&with(place as usize + 40, &value.to_le_bytes()));
        assert!(said.contains("`output_norm.weight`") && said.contains("not finite"), "{said}");
    }
}

#[test]
fn no_flipped_bit_of_the_header_is_worse_than_an_error() {
    let whole = bytes();
    let end = after(&whole, "blk.0.ffn_norm.weight") + 24;
    for i in 0..600usize {
        let place = i * 7919 % end;
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (i % 8);
        let _ = read(&damaged);
    }
}

fn no_hub() -> Hub {
    let cache = std::env::temp_dir().join("story-no-hub");
    let environment = HubEnvironment::new("https://example.invalid", cache);
    Hub::new(HubEnvironment { offline: true, ..environment })
}

#[test]
fn a_folder_of_transformers_files_is_read_and_what_does_not_fit_is_named() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let config = r#"{"architectures": ["LlamaForCausalLM"], "vocab_size": 9, "hidden_size": 8,
        "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2,
        "num_key_value_heads": 1, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
        "tie_word_embeddings": true}"#;
    std::fs::write(folder.path().join("config.json"), config).expect("written");
    let name = folder.path().to_string_lossy().into_owned();
    let save = |tensors: &HashMap<String, Tensor>| {
        candle_core::safetensors::save(tensors, folder.path().join("model.safetensors"))
    };
    save(&HashMap::new())?;
    let file = LanguageModelFile::open(&name, &no_hub())?;
    let mut tensors = HashMap::new();
    for (name, shape) in file.config().shapes() {
        tensors.insert(name.clone(), formula::tensor(&name, &shape)?.to_dtype(DType::BF16)?);
    }
    // What a tied model and old files hold beside.
    tensors.insert("lm_head.weight".into(), formula::tensor("lm_head.weight", &[9, 8])?);
    let inverse = "model.layers.0.self_attn.rotary_emb.inv_freq";
    tensors.insert(inverse.into(), formula::tensor(inverse, &[2])?);
    save(&tensors)?;
    let weights = LanguageModelFile::open(&name, &no_hub())?.weights()?;
    assert_eq!(weights.names().count(), file.config().shapes().len());
    assert!(
        matches!(file.tokenizer(), TokenizerFile::Json(path) if path.ends_with("tokenizer.json"))
    );
    tensors.remove("model.norm.weight");
    tensors.insert("more".into(), formula::tensor("more", &[2])?);
    save(&tensors)?;
    let error = LanguageModelFile::open(&name, &no_hub())?.weights().expect_err("a misfit");
    let said = error.to_string();
    assert!(said.contains("missing `model.norm.weight`") && said.contains("`more`"), "{said}");
    assert!(matches!(error, Error::Data(_)));
    Ok(())
}

#[test]
fn what_lies_in_the_hubs_cache_is_known_by_its_commit() {
    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
    let cache = tempfile::tempdir().expect("a folder");
    let repository = cache.path().join("models--owner--name");
    let write = |name: &str, text: &str| {
        let path = repository.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write("refs/main", COMMIT);
    let config = r#"{"architectures": ["LlamaForCausalLM"], "vocab_size": 9, "hidden_size": 8,
        "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2,
        "num_key_value_heads": 1, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
        "tie_word_embeddings": true}"#;
    for (file, text) in
        [("config.json", config), ("tokenizer.json", "{}"), ("model.safetensors", "")]
    {
        write(&format!("snapshots/{COMMIT}/{file}"), text);
    }
    let environment = HubEnvironment::new("https://example.invalid", cache.path().to_path_buf());
    let hub = Hub::new(HubEnvironment { offline: true, ..environment });
    let open = |name: &str| LanguageModelFile::open(name, &hub).expect("in the cache");
    assert_eq!(open("owner/name").commit(), Some(COMMIT));
    // The same files by their path are of nobody's revision, unless they lie there.
    let folder = repository.join("snapshots").join(COMMIT);
    assert_eq!(open(&folder.to_string_lossy()).commit(), Some(COMMIT));
    let gguf = LanguageModelFile::open(&tiny().to_string_lossy(), &hub).expect("a file");
    assert_eq!(gguf.commit(), None);
}

#[test]
fn a_gguf_is_opened_by_its_path_and_names_of_nothing_say_what_can_be_named() -> Result<()> {
    let file = LanguageModelFile::open(&tiny().to_string_lossy(), &no_hub())?;
    assert!(matches!(file.tokenizer(), TokenizerFile::Parts(parts) if parts.tokens.len() == 13));
    assert_eq!(file.weights()?.names().count(), 11);
    let missing = LanguageModelFile::open("no/such.gguf", &no_hub()).expect_err("not there");
    assert!(matches!(missing, Error::Config(m) if m.contains("no/such.gguf")));
    let offline = LanguageModelFile::open("owner/name", &no_hub()).expect_err("not there");
    assert!(matches!(offline, Error::Environment(m) if m.contains("owner/name")));
    Ok(())
}
