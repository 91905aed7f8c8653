//! One text of 128 tokens, greedy, after a prompt of 149, by a language model of a GGUF:
//!
//! `cargo bench -p story-model --bench generation -- GGUF f32|as-stored [RUNS]`
//!
//! prints for each run the seconds that reading the prompt and telling the text took, then the
//! process's peak memory in bytes and the text's tokens, in JSON.
//! `tools/bench/generation_peers.py` lets llama.cpp do the same.
#![allow(clippy::print_stdout)]

use candle_core::{DType, Device, Tensor};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use story_core::{Context, Error, Prompt, Result, Vocabulary};
use story_encoders::weights::{Gguf, MatrixStorage};
use story_model::generate::{GenerateConfig, Start, Strategy, n_best_from};
use story_model::{LanguageModel, LanguageModelDecoder};

/// Tokens of the prompt; one more is read with the text.
const PROMPT: usize = 149;
/// Tokens of the text.
const TOLD: usize = 128;
/// The token that is read before the text: SmolLM2's `<|im_end|>`, which is also never chosen.
const FIRST: u32 = 2;

#[expect(clippy::disallowed_methods, reason = "a benchmark is a program of its own")]
fn main() -> Result<()> {
    // `cargo test --all-targets` starts benchmarks too; tests never time.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut values = arguments.iter().filter(|argument| !argument.starts_with('-'));
    let (Some(file), Some(storage)) = (values.next(), values.next()) else {
        println!("no GGUF and storage, nothing is measured");
        return Ok(());
    };
    let storage = match storage.as_str() {
        "f32" => MatrixStorage::F32,
        "as-stored" => MatrixStorage::AsStored,
        other => return Err(Error::Config(format!("{other} is neither f32 nor as-stored"))),
    };
    let runs = values.next().and_then(|runs| runs.parse().ok()).unwrap_or(1);
    story_kernels::tune_allocator();
    story_kernels::tune_threads();
    let gguf = Gguf::open(Path::new(file))?;
    let model = LanguageModel::frozen(gguf.config(), &gguf.weights_in(storage)?, &Device::Cpu)?;
    let decoder = LanguageModelDecoder::new(Arc::new(model));
    for _ in 0..runs {
        measure(&decoder, gguf.config().vocabulary)?;
    }
    Ok(())
}

fn measure(decoder: &LanguageModelDecoder, words: usize) -> Result<()> {
    // Any ids do: what is read does not change how long it takes.
    let prompt: Vec<u32> = (0..PROMPT).map(|i| (100 + i * 7919 % (words - 100)) as u32).collect();
    let prompt = Tensor::from_vec(prompt, (1, PROMPT), &Device::Cpu)?;
    let prompt = Prompt::new(prompt.clone(), prompt.ones_like()?.to_dtype(DType::F32)?)?;
    let nothing = Tensor::zeros((1, 1, 1), DType::F32, &Device::Cpu)?;
    let mask = Tensor::ones((1, 1), DType::F32, &Device::Cpu)?;
    let context = Context::new(nothing.clone(), nothing.squeeze(1)?, mask)?.with_prompt(prompt)?;
    let vocabulary = Vocabulary { size: words, pad: FIRST, unknown: 0, start: FIRST, end: FIRST };
    let config = GenerateConfig {
        strategy: Strategy::Greedy,
        min_length: TOLD,
        max_length: TOLD,
        no_repeat_ngram: 0,
        repetition_penalty: 1.0,
        allow_unknown: false,
    };
    let begin = Instant::now();
    let start = Start::new(decoder, &context)?;
    let read = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let texts = n_best_from(decoder, &vocabulary, &start, &["one".into()], &config, 1)?;
    let told = begin.elapsed().as_secs_f64();
    let peak = story_kernels::peak_memory_bytes().unwrap_or(0);
    let tokens = &texts[0][0].tokens;
    println!(r#"{{"read": {read:.4}, "told": {told:.4}, "peak": {peak}, "tokens": {tokens:?}}}"#);
    Ok(())
}
