//! Language models of the Llama family against transformers (`tools/golden/llama.py`): outputs
//! under left padding, losses, gradients of the inputs and of every weight; and the real SmolLM2,
//! where its file is at hand.

use crate::conformance::{context, prompt};
use crate::text_decoders::texts;
use candle_core::{DType, Device, Tensor, Var};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use story_core::{Context, ParamStore, Pass, Prompt, Result, TextDecoder};
use story_encoders::weights::llama::{Architecture, OutputMatrix};
use story_encoders::weights::{Gguf, LlamaConfig, formula};
use story_model::score::score_text;
use story_model::{LanguageModel, LanguageModelDecoder};

/// Relative to the largest number of its tensor.
const TOLERANCE: f64 = 1e-5;
/// Of the real model's sums of -ln p.
const REAL_TOLERANCE: f64 = 5e-4;
/// Names the file SmolLM2-135M-Instruct.Q4_1.gguf.
const REAL_MODEL: &str = "STORY_SMOLLM2";

fn config(architecture: Architecture, head_width: usize, output: OutputMatrix) -> LlamaConfig {
    LlamaConfig {
        architecture,
        vocabulary: 13,
        width: 16,
        feed_forward: 12,
        layers: 2,
        heads: 4,
        key_value_heads: 2,
        head_width,
        context_length: 64,
        norm_epsilon: 1e-5,
        rope_base: 500.0,
        rope_factors: None,
        output,
    }
}

fn assert_close(what: &str, found: &Tensor, expected: &Value) {
    let flat = found.flatten_all().and_then(|t| t.to_vec1::<f32>());
    let found = flat.expect("numbers");
    let expected = expected.as_array();
    let expected = expected.unwrap_or_else(|| panic!("{what} is not in the file"));
    let expected: Vec<f64> = expected.iter().filter_map(Value::as_f64).collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(0f64, |size, x| size.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let difference = (f64::from(*found) - expected).abs();
        assert!(
            difference <= TOLERANCE * size,
            "{what}: number {i} is {found}, expected {expected}"
        );
    }
}

fn text_mask() -> Result<Tensor> {
    let mask = [[1f32; 5], [1.0, 1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 1.0, 1.0]];
    Ok(Tensor::new(&mask, &Device::Cpu)?)
}

fn compare(case: &str, config: &LlamaConfig) -> Result<()> {
    let all: Value =
        serde_json::from_str(include_str!("../golden/llama.json")).expect("the script writes JSON");
    let golden = &all[case];
    let store = ParamStore::new(1, &Device::Cpu);
    let model = LanguageModel::new(config, &store.builder())?;
    for (name, var) in store.named() {
        var.set(&formula::tensor(&name, var.dims())?)?;
    }
    let shapes: Vec<String> = config.shapes().into_keys().collect();
    let names: Vec<String> = store.named().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, shapes, "{case}: the file's names are the network's");
    let (context, tokens) = (context(), texts(3)?);
    let decoder = LanguageModelDecoder::new(Arc::new(model.clone()));
    let scores = decoder.logits(&context, &tokens, &Pass::Eval)?;
    assert_close(&format!("{case}: scores"), &scores, &golden["output"]);
    let loss = decoder.token_loss(&context, &tokens, &text_mask()?, &Pass::Eval)?;
    let expected = golden["loss"].as_f64().expect("a loss");
    let found = f64::from(loss.to_scalar::<f32>()?);
    assert!((found - expected).abs() <= TOLERANCE * expected, "{case}: {found}, {expected}");
    let gradients = loss.backward()?;
    for (name, var) in store.named() {
        let gradient = gradients.get(&var).expect("every parameter learns");
        assert_close(&format!("{case}: {name}"), gradient, &golden["gradients"][&name]);
    }
    // The gradient of vectors that stand where tokens do, with weights that do not learn.
    let tensors = store.tensors().into_iter().map(|(name, t)| (name, t.detach())).collect();
    let vb = candle_nn::VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    let frozen = LanguageModel::new(config, &vb)?;
    let ids = Tensor::cat(&[&prompt().tokens, &tokens], 1)?;
    let x = Var::from_tensor(&frozen.embed(&ids)?)?;
    // Without the padding before each row, and of each the tokens behind the prompt.
    let ((rows, all, width), told) = (x.dims3()?, tokens.dim(1)?);
    let first = [0, 2, 1];
    let places = |of: fn(usize, usize, usize) -> std::ops::Range<usize>| -> Result<Tensor> {
        let of = (0..rows).flat_map(|row| of(row * all, first[row], all));
        Ok(Tensor::new(of.map(|place| place as u32).collect::<Vec<_>>(), &Device::Cpu)?)
    };
    let lengths = first.map(|first| all - first);
    let real = places(|start, first, all| start + first..start + all)?; // (T,)
    let packed = x.flatten_to(1)?.index_select(&real, 0)?.unsqueeze(0)?; // (1, T, D)
    let ends = lengths.iter().scan(0, |end, length| {
        *end += length;
        Some(*end)
    });
    let asked = ends.flat_map(|end| (end - told..end).map(|place| place as u32));
    let asked = Tensor::new(asked.collect::<Vec<_>>(), &Device::Cpu)?; // (K,)
    let hidden = frozen.states(&packed, &lengths, &asked, &Pass::Eval)?; // (1, K, D)
    let hidden = hidden.reshape((rows, told, width))?;
    let states = story_core::TextStates { hidden: hidden.narrow(1, 0, 4)?, copy: None };
    let (targets, keep) = (tokens.narrow(1, 1, 4)?, text_mask()?.narrow(1, 1, 4)?);
    let loss = story_core::losses::next_token_loss(&states, frozen.output(), &targets, &keep)?;
    let gradients = loss.backward()?;
    let gradient = gradients.get(&x).expect("the graph is whole");
    assert_close(&format!("{case}: inputs"), gradient, &golden["inputs"]);
    Ok(())
}

#[test]
fn tied_and_own_scores() -> Result<()> {
    compare("tied", &config(Architecture::Llama, 4, OutputMatrix::Tied))?;
    compare("own", &config(Architecture::Llama, 4, OutputMatrix::Own))
}

#[test]
fn positions_stretched_as_llama_3_does() -> Result<()> {
    let config = config(Architecture::Llama, 8, OutputMatrix::Tied);
    // Speeds 500^(-2j/8) over 32 positions make 5.09, 1.08, .23 and .05 rounds.
    let rounds = 32.0 * 500f32.powf(-0.25) / std::f32::consts::TAU;
    let smooth = (rounds - 1.0) / (4.0 - 1.0);
    let blended = 1.0 / ((1.0 - smooth) / 4.0 + smooth);
    compare("llama3", &LlamaConfig { rope_factors: Some(vec![1.0, blended, 4.0, 4.0]), ..config })
}

#[test]
fn qwen_with_biases_and_with_normed_heads() -> Result<()> {
    compare("qwen2", &config(Architecture::Qwen2, 4, OutputMatrix::Tied))?;
    compare("qwen3", &config(Architecture::Qwen3, 6, OutputMatrix::Own))
}

#[test]
fn the_real_smollm2_scores_invented_sentences_as_transformers_does() -> Result<()> {
    #[allow(clippy::disallowed_methods)] // The test asks where a large file is.
    let Ok(path) = std::env::var(REAL_MODEL) else {
        eprintln!("skipped: {REAL_MODEL} names no GGUF of SmolLM2-135M-Instruct");
        return Ok(());
    };
    let gguf = Gguf::open(Path::new(&path))?;
    let model = LanguageModel::frozen(gguf.config(), &gguf.weights()?, &Device::Cpu)?;
    let decoder = LanguageModelDecoder::new(Arc::new(model));
    let golden: Value = serde_json::from_str(include_str!("../golden/smollm2.json"))
        .expect("the script writes JSON");
    let rows = golden["rows"].as_array().expect("rows");
    let ids = |row: &Value, key: &str| -> Vec<u32> {
        let ids = row[key].as_array().expect("ids").iter();
        ids.map(|id| id.as_u64().expect("an id") as u32).collect()
    };
    let longest = |key| rows.iter().map(|row| ids(row, key).len()).max().expect("two rows");
    let (p, l) = (longest("prompt"), longest("text"));
    let (mut prompt, mut prompt_mask, mut texts, mut mask) = (vec![], vec![], vec![], vec![]);
    for row in rows {
        let (given, told) = (ids(row, "prompt"), ids(row, "text"));
        prompt.extend(vec![2u32; p - given.len()].into_iter().chain(given.iter().copied()));
        prompt_mask.extend((0..p).map(|i| f32::from(u8::from(i >= p - given.len()))));
        mask.extend((0..l).map(|i| f32::from(u8::from(i < told.len()))));
        texts.extend(told.iter().copied().chain(vec![2u32; l - told.len()]));
    }
    let n = rows.len();
    let tensor = |values, width| Tensor::from_vec(values, (n, width), &Device::Cpu);
    let prompt =
        Prompt::new(tensor(prompt, p)?, Tensor::from_vec(prompt_mask, (n, p), &Device::Cpu)?)?;
    let nothing = Tensor::zeros((n, 1, 1), DType::F32, &Device::Cpu)?;
    let frames = Tensor::ones((n, 1), DType::F32, &Device::Cpu)?;
    let context =
        Context::new(nothing.clone(), nothing.squeeze(1)?, frames)?.with_prompt(prompt)?;
    let mask = Tensor::from_vec(mask, (n, l), &Device::Cpu)?;
    let scores = score_text(&decoder, &context, &tensor(texts, l)?, &mask)?;
    for (row, score) in rows.iter().zip(scores) {
        let expected = row["nll"].as_f64().expect("a sum");
        let close = (score.nll - expected).abs() <= REAL_TOLERANCE * expected;
        assert!(close, "found {}, transformers has {expected}", score.nll);
        assert_eq!(score.tokens, ids(row, "text").len() - 1);
    }
    Ok(())
}
