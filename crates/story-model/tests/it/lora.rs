//! Low-rank parts of a language model's matrices (LoRA): they begin at the model itself, are what
//! their merged matrices are, in values and gradients, alone learn, and do learn.

use crate::conformance::context;
use crate::support::numbers;
use crate::text_decoders::{DECODER_DIMS, texts};
use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use story_core::conformance::{
    padding_changes_nothing, parameter_names_are_stable, same_numbers, same_seed_same_numbers,
};
use story_core::{ParamStore, Pass, Result, TextDecoder};
use story_encoders::weights::llama::{Architecture, OutputMatrix};
use story_encoders::weights::{LlamaConfig, LoadedWeights, formula};
use story_model::{
    DrawnWeights, LanguageModel, LanguageModelConfig, LanguageModelDecoder, LanguageModelSizes,
    LanguageModelWeights, LoraConfig, LoraMatrix, OutputWeights, PeftBase, Trains,
};

const TRAIN: Pass = Pass::Train { seed: 3 };
/// Relative to the largest number of its tensor.
const TOLERANCE: f32 = 1e-5;

pub fn network(architecture: Architecture, output: OutputMatrix) -> LlamaConfig {
    LlamaConfig {
        architecture,
        vocabulary: 13,
        width: 16,
        feed_forward: 12,
        layers: 2,
        heads: 4,
        key_value_heads: 2,
        head_width: 4,
        context_length: 64,
        norm_epsilon: 1e-5,
        rope_base: 500.0,
        rope_factors: None,
        output,
    }
}

fn plain() -> LlamaConfig {
    network(Architecture::Llama, OutputMatrix::Tied)
}

fn lora() -> LoraConfig {
    LoraConfig { rank: 3, alpha: 4.5, ..LoraConfig::default() }
}

/// The formula's weights as if they were published.
pub fn weights(config: &LlamaConfig) -> Result<LoadedWeights> {
    let tensors = config.shapes().into_iter().map(|(name, shape)| {
        let tensor = formula::tensor(&name, &shape)?;
        Ok((name, tensor))
    });
    LoadedWeights::from_tensors(tensors.collect::<Result<Vec<_>>>()?, "the formula")
}

pub fn frozen(config: &LlamaConfig) -> Result<LanguageModelDecoder> {
    let model = LanguageModel::frozen(config, &weights(config)?, &Device::Cpu)?;
    Ok(LanguageModelDecoder::new(Arc::new(model)))
}

fn adapted(config: &LlamaConfig, lora: &LoraConfig) -> Result<(LanguageModelDecoder, ParamStore)> {
    let store = ParamStore::new(1, &Device::Cpu);
    let vb = store.builder().pp("text_decoder");
    let model = LanguageModel::adapted(config, &weights(config)?, &Device::Cpu, lora, &vb)?;
    Ok((LanguageModelDecoder::new(Arc::new(model)), store))
}

/// As if it had learned: every B is something.
fn learned(store: &ParamStore) -> Result<()> {
    for (i, (name, var)) in store.named().into_iter().enumerate() {
        if name.ends_with("lora_B.weight") {
            var.set(&(numbers(var.dims(), i) * 0.5)?)?;
        }
    }
    Ok(())
}

fn logits(decoder: &dyn TextDecoder, pass: &Pass) -> Result<Tensor> {
    decoder.logits(&context(), &texts(3)?, pass)
}

fn loss(decoder: &dyn TextDecoder, pass: &Pass) -> Result<Tensor> {
    let mask = [[1f32; 5], [1.0, 1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 1.0, 1.0]];
    decoder.token_loss(&context(), &texts(3)?, &Tensor::new(&mask, &Device::Cpu)?, pass)
}

#[track_caller]
pub fn assert_close(what: &str, found: &Tensor, expected: &Tensor) {
    let largest = |t: &Tensor| t.abs().and_then(|t| t.flatten_all()?.max(0)?.to_scalar::<f32>());
    let difference = (found - expected).and_then(|d| largest(&d)).expect("one shape");
    let size = largest(expected).expect("numbers");
    assert!(difference <= TOLERANCE * size, "{what}: {difference} of {size}");
}

/// The largest absolute number of a parameter's gradient; 0 where there is none.
fn size_of(gradients: &GradStore, var: &candle_core::Var) -> Result<f32> {
    match gradients.get(var) {
        Some(gradient) => Ok(gradient.abs()?.flatten_all()?.max(0)?.to_scalar()?),
        None => Ok(0.0),
    }
}

#[test]
fn at_first_they_change_nothing() -> Result<()> {
    for architecture in [Architecture::Llama, Architecture::Qwen2, Architecture::Qwen3] {
        let config = network(architecture, OutputMatrix::Own);
        let expected = logits(&frozen(&config)?, &Pass::Eval)?;
        let (decoder, _) = adapted(&config, &LoraConfig { dropout: 0.3, ..lora() })?;
        same_numbers("evaluation", &expected, &logits(&decoder, &Pass::Eval)?);
        same_numbers("training", &expected, &logits(&decoder, &TRAIN)?);
    }
    Ok(())
}

#[test]
fn they_alone_are_parameters_and_get_gradients() -> Result<()> {
    for output in [OutputMatrix::Tied, OutputMatrix::Own] {
        let (decoder, store) = adapted(&network(Architecture::Llama, output), &lora())?;
        assert_eq!(store.named().len(), 2 * 7 * 2);
        let first = loss(&decoder, &TRAIN)?.backward()?;
        for (name, var) in store.named() {
            let learns = size_of(&first, &var)? > 1e-6;
            assert_eq!(learns, name.ends_with("lora_B.weight"), "{name} under B = 0");
            if let Some(gradient) = first.get(&var) {
                var.set(&(var.as_tensor() - (gradient * 0.1)?)?)?;
            }
        }
        let second = loss(&decoder, &TRAIN)?.backward()?;
        for (name, var) in store.named() {
            assert!(size_of(&second, &var)? > 1e-7, "{name} after an update");
        }
        // One more than the parameters: candle's sum of the vectors of tokens and what the first
        // attention found. No matrix, no norm and no table is among them.
        for gradients in [&first, &second] {
            assert!(gradients.get_ids().count() <= store.named().len() + 1);
            assert!(gradients.get(&decoder.output().weight()?).is_none());
        }
    }
    Ok(())
}

#[test]
fn names_follow_the_matrices_that_are_chosen() -> Result<()> {
    let matrices = vec![LoraMatrix::VProj, LoraMatrix::DownProj];
    let (decoder, store) =
        adapted(&LlamaConfig { layers: 1, ..plain() }, &LoraConfig { matrices, ..lora() })?;
    parameter_names_are_stable(
        "two matrices",
        &store,
        &[
            "text_decoder.model.layers.0.mlp.down_proj.lora_A.weight",
            "text_decoder.model.layers.0.mlp.down_proj.lora_B.weight",
            "text_decoder.model.layers.0.self_attn.v_proj.lora_A.weight",
            "text_decoder.model.layers.0.self_attn.v_proj.lora_B.weight",
        ],
    );
    let shape = |name: &str| {
        let name = format!("text_decoder.model.layers.0.mlp.down_proj.{name}.weight");
        store.get(&name).map(|var| var.dims().to_vec())
    };
    assert_eq!((shape("lora_A"), shape("lora_B")), (Some(vec![3, 12]), Some(vec![16, 3])));
    learned(&store)?;
    // No matrix before the values has a part, so nothing there is in the graph.
    let gradients = loss(&decoder, &TRAIN)?.backward()?;
    assert!(gradients.get_ids().count() <= 4 + 1);
    Ok(())
}

/// dB = s G A^T and dA = s B^T G, with G the gradient of the merged matrix W + s B A.
#[test]
fn values_and_gradients_are_those_of_the_merged_matrices() -> Result<()> {
    for architecture in [Architecture::Llama, Architecture::Qwen2, Architecture::Qwen3] {
        let config = network(architecture, OutputMatrix::Own);
        let (decoder, store) = adapted(&config, &lora())?;
        learned(&store)?;
        let part = |name: &str, which: &str| {
            let stem = name.trim_end_matches(".weight");
            store.get(&format!("text_decoder.{stem}.{which}.weight"))
        };
        let merged = ParamStore::new(1, &Device::Cpu);
        let model = LanguageModel::new(&config, &merged.builder())?;
        let mut parts = 0;
        for (name, var) in merged.named() {
            let mut value = formula::tensor(&name, var.dims())?;
            if let (Some(a), Some(b)) = (part(&name, "lora_A"), part(&name, "lora_B")) {
                value = (value + (b.matmul(&a)? * 1.5)?)?; // 4.5 / 3
                parts += 1;
            }
            var.set(&value)?;
        }
        assert_eq!(parts, 7 * 2);
        let whole = LanguageModelDecoder::new(Arc::new(model));
        let expected = logits(&whole, &Pass::Eval)?;
        assert_close("evaluation", &logits(&decoder, &Pass::Eval)?, &expected);
        assert_close("training", &logits(&decoder, &TRAIN)?, &expected);
        let (found, expected) = (loss(&decoder, &TRAIN)?, loss(&whole, &TRAIN)?);
        let (found, expected) = (found.backward()?, expected.backward()?);
        for (name, var) in merged.named() {
            let (Some(a), Some(b)) = (part(&name, "lora_A"), part(&name, "lora_B")) else {
                continue;
            };
            let whole = (expected.get(&var).expect("it learns") * 1.5)?;
            let da = b.t()?.matmul(&whole)?;
            let db = whole.matmul(&a.t()?)?;
            assert_close(&format!("{name}: dA"), found.get(&a).expect("dA"), &da);
            assert_close(&format!("{name}: dB"), found.get(&b).expect("dB"), &db);
        }
    }
    Ok(())
}

#[test]
fn token_by_token_is_the_same_and_evaluation_keeps_no_graph() -> Result<()> {
    let (decoder, store) = adapted(&plain(), &LoraConfig { dropout: 0.4, ..lora() })?;
    let before = logits(&decoder, &Pass::Eval)?;
    learned(&store)?;
    let whole = logits(&decoder, &Pass::Eval)?;
    assert_ne!(before.flatten_all()?.to_vec1::<f32>()?, whole.flatten_all()?.to_vec1::<f32>()?);
    assert!(!whole.track_op() && logits(&decoder, &TRAIN)?.track_op());
    let mut state = decoder.start(&context())?;
    for position in 0..5 {
        let token = texts(3)?.narrow(1, position, 1)?.squeeze(1)?.contiguous()?;
        let scores = decoder.step(&token, &mut state)?;
        let row = whole.narrow(1, position, 1)?.squeeze(1)?;
        padding_changes_nothing("a step", &row, &scores);
        assert!(!scores.track_op());
    }
    Ok(())
}

#[test]
fn all_published_weights_learn_and_begin_as_they_were() -> Result<()> {
    for output in [OutputMatrix::Tied, OutputMatrix::Own] {
        let config = network(Architecture::Qwen3, output);
        let store = ParamStore::new(1, &Device::Cpu);
        let model = LanguageModel::learning(&config, weights(&config)?, &store, "text_decoder")?;
        let decoder = LanguageModelDecoder::new(Arc::new(model));
        let expected = logits(&frozen(&config)?, &Pass::Eval)?;
        same_numbers("at first", &expected, &logits(&decoder, &Pass::Eval)?);
        let names = config.shapes().into_keys().map(|name| format!("text_decoder.{name}"));
        let held: Vec<String> = store.named().into_iter().map(|(name, _)| name).collect();
        assert_eq!(held, names.collect::<Vec<_>>());
        let gradients = loss(&decoder, &TRAIN)?.backward()?;
        for (name, var) in store.named() {
            assert!(size_of(&gradients, &var)? > 0.0, "{name} gets no gradient");
        }
    }
    Ok(())
}

#[test]
fn dropout_comes_from_the_seed_of_the_pass() -> Result<()> {
    let (decoder, store) = adapted(&plain(), &LoraConfig { dropout: 0.4, ..lora() })?;
    learned(&store)?;
    same_seed_same_numbers("dropout", |seed| logits(&decoder, &Pass::Train { seed }));
    Ok(())
}

#[test]
fn a_batch_is_learned() -> Result<()> {
    let (decoder, store) = adapted(&plain(), &lora())?;
    let base = decoder.output().weight()?.to_vec2::<f32>()?;
    let value = |pass: &Pass| -> Result<f32> { Ok(loss(&decoder, pass)?.to_scalar()?) };
    let first = value(&Pass::Eval)?;
    for _ in 0..150 {
        let gradients = loss(&decoder, &TRAIN)?.backward()?;
        for (_, var) in store.named() {
            let gradient = gradients.get(&var).expect("every part learns");
            var.set(&(var.as_tensor() - (gradient * 0.1)?)?)?;
        }
    }
    let last = value(&Pass::Eval)?;
    assert!(last < 0.5 * first, "{first} to {last}");
    assert_eq!(decoder.output().weight()?.to_vec2::<f32>()?, base);
    Ok(())
}

#[test]
fn what_does_not_fit_the_network_names_the_key() {
    let refused = |lora: &LoraConfig| adapted(&plain(), lora).err().expect("refused").to_string();
    // Keys and values are 2 heads of 4 wide, the feed-forward part 12.
    let message = refused(&LoraConfig { rank: 9, ..lora() });
    assert!(message.contains("text_decoder.trains.rank is 9"), "{message}");
    assert!(message.contains("1 to 8") && message.contains("k_proj"), "{message}");
    let matrices = vec![LoraMatrix::UpProj];
    assert!(adapted(&plain(), &LoraConfig { rank: 12, matrices, ..lora() }).is_ok());
    let message = refused(&LoraConfig { matrices: Vec::new(), ..lora() });
    assert!(message.contains("text_decoder.trains.matrices"), "{message}");
}

#[test]
fn a_config_asks_for_them() -> Result<()> {
    let sizes = LanguageModelSizes {
        width: 16,
        feed_forward: 12,
        layers: 2,
        heads: 4,
        key_value_heads: 2,
        output_weights: OutputWeights::Tied,
    };
    let build = |weights, trains| {
        let weights = LanguageModelWeights::Drawn(weights);
        let config = LanguageModelConfig { weights, trains, ..LanguageModelConfig::default() };
        let store = ParamStore::new(1, &Device::Cpu);
        let decoder = config.build(&DECODER_DIMS, store.builder().pp("text_decoder"))?;
        Ok::<_, story_core::Error>((decoder, store))
    };
    let formula = || DrawnWeights::Formula(sizes);
    let (_, store) = build(formula(), Trains::default())?;
    assert!(store.named().is_empty());
    let (decoder, store) = build(formula(), Trains::Lora(lora()))?;
    assert_eq!(store.named().len(), 2 * 7 * 2);
    assert!(store.named().iter().all(|(name, _)| name.starts_with("text_decoder.model.layers.")));
    assert!(logits(decoder.as_ref(), &TRAIN)?.track_op());
    let random = build(DrawnWeights::Random(sizes), Trains::Lora(lora())).err().expect("refused");
    assert!(random.to_string().contains("text_decoder.trains.kind"), "{random}");
    let formula_learns = build(formula(), Trains::All {}).err().expect("refused");
    assert!(formula_learns.to_string().contains("\"all\""), "{formula_learns}");
    let (_, store) = build(DrawnWeights::Random(sizes), Trains::All {})?;
    assert_eq!(store.named().len(), 2 * 9 + 2);
    // A config from before the key: nothing learns.
    let old = LanguageModelConfig {
        weights: LanguageModelWeights::Drawn(formula()),
        ..LanguageModelConfig::default()
    };
    let mut value = serde_json::to_value(&old).expect("written");
    value.as_object_mut().expect("a table").remove("trains").expect("the key");
    let read: LanguageModelConfig = serde_json::from_value(value).expect("read");
    assert_eq!(read, old);
    Ok(())
}

#[test]
fn outputs_gradients_and_files_are_those_of_peft() -> Result<()> {
    let golden: Value =
        serde_json::from_str(include_str!("../golden/lora.json")).expect("the script writes JSON");
    let like = |numbers: &Value, shape: &[usize]| -> Result<Tensor> {
        let numbers = numbers.as_array().expect("numbers").iter().filter_map(Value::as_f64);
        let numbers: Vec<f32> = numbers.map(|number| number as f32).collect();
        Ok(Tensor::from_vec(numbers, shape, &Device::Cpu)?)
    };
    let (decoder, store) = adapted(&network(Architecture::Llama, OutputMatrix::Own), &lora())?;
    let published = |name: &str| name.trim_start_matches("text_decoder.").to_string();
    for (name, var) in store.named() {
        var.set(&formula::tensor(&published(&name), var.dims())?)?;
    }
    let found = logits(&decoder, &Pass::Eval)?;
    assert_close("scores", &found, &like(&golden["output"], found.dims())?);
    let found = loss(&decoder, &TRAIN)?;
    assert_close("loss", &found, &like(&serde_json::json!([golden["loss"]]), &[])?);
    let gradients = found.backward()?;
    for (name, var) in store.named() {
        let expected = like(&golden["gradients"][published(&name)], var.dims())?;
        assert_close(&name, gradients.get(&var).expect("it learns"), &expected);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let base = PeftBase { name: "owner/name", revision: None };
    lora().export_peft(&store, "text_decoder", base, folder.path())?;
    let file = folder.path().join("adapter_model.safetensors");
    let written = candle_core::safetensors::load(file, &Device::Cpu)?;
    let shapes: BTreeMap<_, _> = written.iter().map(|(name, t)| (name, t.dims())).collect();
    assert_eq!(serde_json::to_value(shapes).expect("JSON"), golden["names"]);
    let written = lora().peft_config(base);
    for (key, expected) in golden["config"].as_object().expect("a table") {
        assert_eq!(&written[key], expected, "{key}");
    }
    Ok(())
}
