//! Pictures before a language model: they begin at the model itself, each text sees those of the steps
//! before it and no other, and all that is theirs learns.

use crate::conformance::{context, rows};
use crate::lora::{assert_close, frozen, network, weights};
use crate::support::numbers;
use crate::text_decoders::texts;
use candle_core::{DType, Device, Tensor};
use serde_json::Value;
use std::sync::Arc;
use story_core::conformance::{
    batch_equals_singles, every_parameter_gets_a_gradient, padding_changes_nothing,
    parameter_names_are_stable, same_numbers, same_seed_same_numbers, weighted_sum,
};
use story_core::{Context, Error, ParamStore, Pass, Prompt, PromptPictures, Result, TextDecoder};
use story_encoders::weights::LlamaConfig;
use story_encoders::weights::formula;
use story_encoders::weights::llama::{Architecture, OutputMatrix};
use story_model::{LanguageModel, LanguageModelDecoder, LoraConfig, PicturesConfig};

const TRAIN: Pass = Pass::Train { seed: 3 };
/// Steps of a story, and numbers of a picture's vector.
const STEPS: usize = 4;
const VECTOR: usize = 3;
/// Steps before the tokens of the prompt, and before those of the texts: of a window in the first row
/// and the last, of a whole story between them.
const BEFORE: [[u32; 4]; 3] = [[0, 1, 1, 2], [0, 0, 0, 1], [0, 0, 2, 3]];
const TOLD: [[u32; 5]; 3] = [[3; 5], [2, 2, 3, 3, 4], [4; 5]];
const MASK: [[f32; STEPS]; 3] = [[1.0; STEPS], [1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0]];

fn config() -> PicturesConfig {
    PicturesConfig { tokens: 2, whole: 1, hidden_width: 5, dropout: 0.0, reach: 2, gate_scale: 1.0 }
}

fn plain() -> LlamaConfig {
    network(Architecture::Llama, OutputMatrix::Own)
}

fn pictures() -> Result<PromptPictures> {
    let vectors = formula::tensor("vectors", &[3, STEPS, VECTOR])?;
    let cpu = &Device::Cpu;
    let (before, told) = (Tensor::new(&BEFORE, cpu)?, Tensor::new(&TOLD, cpu)?);
    PromptPictures::new(vectors, Tensor::new(&MASK, cpu)?, before, told)
}

fn showing(pictures: PromptPictures) -> Result<Context> {
    let context = context();
    let prompt = context.prompt.clone().expect("a prompt").with_pictures(pictures)?;
    Ok(Context { prompt: Some(prompt), ..context })
}

fn seeing(config: &PicturesConfig) -> Result<(LanguageModelDecoder, ParamStore)> {
    seeing_with(&plain(), config)
}

fn seeing_with(
    network: &LlamaConfig,
    config: &PicturesConfig,
) -> Result<(LanguageModelDecoder, ParamStore)> {
    let store = ParamStore::new(1, &Device::Cpu);
    let model = LanguageModel::frozen(network, &weights(network)?, &Device::Cpu)?;
    let model = model.with_pictures(config, VECTOR, &store.builder().pp("text_decoder"))?;
    Ok((LanguageModelDecoder::new(Arc::new(model)), store))
}

/// As if it had learned: gates are open.
fn learned(store: &ParamStore) -> Result<()> {
    for (name, var) in store.named() {
        if name.ends_with("gate") {
            var.set(&formula::tensor(&name, var.dims())?)?;
        }
    }
    Ok(())
}

fn open(config: &PicturesConfig) -> Result<(LanguageModelDecoder, ParamStore)> {
    let (decoder, store) = seeing(config)?;
    learned(&store)?;
    Ok((decoder, store))
}

fn logits(decoder: &dyn TextDecoder, context: &Context, pass: &Pass) -> Result<Tensor> {
    decoder.logits(context, &texts(3)?, pass)
}

fn told(decoder: &dyn TextDecoder, pictures: PromptPictures) -> Result<Tensor> {
    logits(decoder, &showing(pictures)?, &Pass::Eval)
}

fn flat(x: &Tensor) -> Result<Vec<f32>> {
    Ok(x.flatten_all()?.to_vec1()?)
}

/// The same pictures with another vector at step `step` of window `window`.
fn changed(window: usize, step: usize) -> Result<PromptPictures> {
    let mut vectors = pictures()?.vectors.to_vec3::<f32>()?;
    vectors[window][step] = vec![7.0, -5.0, 3.0];
    Ok(PromptPictures { vectors: Tensor::new(vectors, &Device::Cpu)?, ..pictures()? })
}

#[test]
fn at_first_pictures_change_nothing_to_the_last_bit() -> Result<()> {
    for architecture in [Architecture::Llama, Architecture::Qwen2, Architecture::Qwen3] {
        let network = network(architecture, OutputMatrix::Own);
        let expected = logits(&frozen(&network)?, &context(), &Pass::Eval)?;
        let (decoder, store) = seeing_with(&network, &PicturesConfig { dropout: 0.3, ..config() })?;
        let shown = showing(pictures()?)?;
        assert_eq!(flat(&logits(&decoder, &shown, &Pass::Eval)?)?, flat(&expected)?);
        assert_eq!(flat(&logits(&decoder, &shown, &TRAIN)?)?, flat(&expected)?);
        // What is found is not nothing: the gates learn, and then the rest does.
        let loss = weighted_sum(&logits(&decoder, &shown, &TRAIN)?)?.backward()?;
        for (name, var) in store.named() {
            let gradient = loss.get(&var).map(|g| g.abs()?.max_all()?.to_scalar::<f32>());
            let learns = gradient.transpose()?.is_some_and(|largest| largest > 1e-6);
            assert_eq!(learns, name.ends_with("gate"), "{name}");
        }
    }
    Ok(())
}

#[test]
fn all_that_is_theirs_learns_and_has_its_name() -> Result<()> {
    let (decoder, store) = open(&config())?;
    let shown = showing(pictures()?)?;
    let loss = weighted_sum(&logits(&decoder, &shown, &TRAIN)?)?;
    every_parameter_gets_a_gradient("pictures", &store, &loss);
    assert!(loss.backward()?.get(&decoder.output().weight()?).is_none());
    let net = |name: &str| {
        ["hidden.bias", "hidden.weight", "norm.bias", "norm.weight", "output.bias", "output.weight"]
            .map(|part| format!("text_decoder.pictures.{name}.{part}"))
    };
    let gates = [0, 1].map(|layer| format!("text_decoder.pictures.layers.{layer}.gate"));
    let names = [&net("each")[..], &gates, &net("whole")].concat();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    parameter_names_are_stable("pictures", &store, &names);
    let (_, without) = seeing(&PicturesConfig { whole: 0, ..config() })?;
    assert_eq!(without.named().len(), names.len() - 6);
    assert!(!logits(&decoder, &shown, &Pass::Eval)?.track_op(), "evaluation keeps no graph");
    Ok(())
}

#[test]
fn gradients_are_slopes() -> Result<()> {
    const STEP: f32 = 1e-2;
    let (decoder, store) = open(&config())?;
    let shown = showing(pictures()?)?;
    let loss = || weighted_sum(&logits(&decoder, &shown, &TRAIN)?);
    let gradients = loss()?.backward()?;
    for (name, var) in store.named() {
        let (values, gradient) = (flat(&var)?, flat(gradients.get(&var).expect("it learns"))?);
        for at in [0, values.len() / 2, values.len() - 1] {
            let moved = |by: f32| -> Result<f32> {
                let mut values = values.clone();
                values[at] += by;
                var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu)?)?;
                Ok(loss()?.to_scalar::<f32>()?)
            };
            let slope = (moved(STEP)? - moved(-STEP)?) / (2.0 * STEP);
            let close = (slope - gradient[at]).abs() <= 2e-3 + 2e-2 * slope.abs();
            assert!(close, "{name} {at}: {} and {slope}", gradient[at]);
        }
        var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu)?)?;
    }
    Ok(())
}

#[test]
fn low_rank_parts_learn_beside_them_and_reach_their_keys() -> Result<()> {
    let (network, store) = (plain(), ParamStore::new(1, &Device::Cpu));
    let vb = store.builder().pp("text_decoder");
    let lora = LoraConfig { rank: 3, ..LoraConfig::default() };
    let model = LanguageModel::adapted(&network, &weights(&network)?, &Device::Cpu, &lora, &vb)?;
    let model = model.with_pictures(&config(), VECTOR, &vb)?;
    let decoder = LanguageModelDecoder::new(Arc::new(model));
    let shown = showing(pictures()?)?;
    let base = logits(&frozen(&network)?, &context(), &Pass::Eval)?;
    assert_eq!(flat(&logits(&decoder, &shown, &TRAIN)?)?, flat(&base)?);
    learned(&store)?;
    for (i, (name, var)) in store.named().into_iter().enumerate() {
        if name.ends_with("lora_B.weight") {
            var.set(&(numbers(var.dims(), i) * 0.5)?)?;
        }
    }
    let loss = weighted_sum(&logits(&decoder, &shown, &TRAIN)?)?;
    every_parameter_gets_a_gradient("both", &store, &loss);
    Ok(())
}

#[test]
fn a_batch_is_its_rows_and_padding_changes_nothing() -> Result<()> {
    let (decoder, _) = open(&config())?;
    let shown = showing(pictures()?)?;
    batch_equals_singles("pictures", 3, |range| {
        let texts = texts(3)?.narrow(0, range.start, range.len())?;
        decoder.logits(&rows(&shown, range)?, &texts, &Pass::Eval)
    });
    let plain = logits(&decoder, &shown, &Pass::Eval)?;
    let padded = padded(7)?;
    padding_changes_nothing("left", &plain, &logits(&decoder, &padded, &Pass::Eval)?);
    // Two more steps that no story has, whatever stands there.
    let own = pictures()?;
    let longer = PromptPictures {
        vectors: Tensor::cat(&[&own.vectors, &numbers(&[3, 2, VECTOR], 5)], 1)?,
        mask: Tensor::cat(&[&own.mask, &Tensor::zeros((3, 2), DType::F32, &Device::Cpu)?], 1)?,
        ..own
    };
    padding_changes_nothing("steps", &plain, &told(&decoder, longer)?);
    Ok(())
}

/// The windows with `more` places of padding before their prompts.
fn padded(more: usize) -> Result<Context> {
    let (prompt, pictures) = (context().prompt.expect("a prompt"), pictures()?);
    let zeros = Tensor::zeros((3, more), DType::U32, &Device::Cpu)?;
    let tokens = Tensor::cat(&[&(&zeros + 11.0)?, &prompt.tokens], 1)?;
    let mask = Tensor::cat(&[&zeros.to_dtype(DType::F32)?, &prompt.mask], 1)?;
    let before = Tensor::cat(&[&zeros, &pictures.before], 1)?;
    let prompt = Prompt::new(tokens, mask)?;
    let prompt = prompt.with_pictures(PromptPictures { before, ..pictures })?;
    Ok(Context { prompt: Some(prompt), ..context() })
}

/// The windows as they are told: from one place a row.
fn one_place() -> Result<PromptPictures> {
    let told = Tensor::new(&[[3u32; 5], [2; 5], [4; 5]], &Device::Cpu)?;
    Ok(PromptPictures { before_told: told, ..pictures()? })
}

#[test]
fn token_by_token_is_the_same_for_all_rows_of_a_window() -> Result<()> {
    let (decoder, _) = open(&config())?;
    let shown = showing(one_place()?)?;
    let whole = logits(&decoder, &shown, &Pass::Eval)?;
    // The second window twice, the third, the first, and the third again.
    let order = Tensor::new(&[1u32, 1, 2, 0, 2], &Device::Cpu)?;
    let start = decoder.start(&shown)?;
    let mut state = start.index_select(&order)?;
    let sizes = |shared: &[Tensor]| shared.iter().map(|t| t.dims().to_vec()).collect::<Vec<_>>();
    assert_eq!(sizes(&state.shared), sizes(&start.shared), "of windows, and not of rows");
    for position in 0..5 {
        let token = texts(3)?.narrow(1, position, 1)?.squeeze(1)?.contiguous()?;
        let scores = decoder.step(&token.index_select(&order, 0)?, &mut state)?;
        let expected = whole.narrow(1, position, 1)?.squeeze(1)?.contiguous()?;
        padding_changes_nothing("a step", &expected.index_select(&order, 0)?, &scores);
        assert!(!scores.track_op());
    }
    // A text that is longer than its window's row goes on as that ends.
    let short =
        PromptPictures { before_told: one_place()?.before_told.narrow(1, 0, 2)?, ..one_place()? };
    same_numbers("a longer text", &whole, &told(&decoder, short)?);
    Ok(())
}

#[test]
fn a_text_sees_the_pictures_before_it_within_reach_and_no_other() -> Result<()> {
    let (decoder, _) = open(&config())?;
    let plain = flat(&told(&decoder, pictures()?)?.get(0)?)?;
    // Before the first window's text are three steps; the fourth is its own.
    assert_eq!(flat(&told(&decoder, changed(0, 3)?)?.get(0)?)?, plain, "its own");
    for step in 0..3 {
        assert_ne!(flat(&told(&decoder, changed(0, step)?)?.get(0)?)?, plain, "step {step}");
    }
    // With a prompt that sees nothing, the first of three is out of reach.
    let blind = |pictures: PromptPictures| {
        let before = pictures.before.zeros_like()?;
        told(&decoder, PromptPictures { before, ..pictures })?.get(0).map_err(Error::from)
    };
    let plain = flat(&blind(pictures()?)?)?;
    assert_eq!(flat(&blind(changed(0, 0)?)?)?, plain, "out of reach");
    assert_ne!(flat(&blind(changed(0, 1)?)?)?, plain);
    // In a whole story each text sees those before it: the third is seen from the third token on.
    let (plain, other) = (told(&decoder, pictures()?)?, told(&decoder, changed(1, 2)?)?);
    let (plain, other) = (plain.get(1)?.to_vec2::<f32>()?, other.get(1)?.to_vec2::<f32>()?);
    for (place, before) in TOLD[1].iter().enumerate() {
        assert_eq!(plain[place] == other[place], *before < 3, "token {place}");
    }
    // And no other window moves.
    let other = told(&decoder, changed(1, 0)?)?;
    assert_eq!(flat(&other.get(2)?)?, flat(&told(&decoder, pictures()?)?.get(2)?)?);
    Ok(())
}

#[test]
fn where_no_picture_is_the_language_model_speaks_alone() -> Result<()> {
    let (decoder, store) = open(&config())?;
    let none = pictures()?.withheld()?;
    let base = logits(&frozen(&plain())?, &context(), &Pass::Eval)?;
    assert_eq!(flat(&told(&decoder, none.clone())?)?, flat(&base)?);
    let gradients = weighted_sum(&logits(&decoder, &showing(none)?, &TRAIN)?)?.backward()?;
    for (name, var) in store.named() {
        let zero = gradients.get(&var).map(flat).transpose()?.unwrap_or_default();
        assert!(zero.iter().all(|gradient| *gradient == 0.0), "{name}");
    }
    // One that is missing is not looked at, nor in the mean.
    let plain = flat(&told(&decoder, pictures()?)?)?;
    assert_eq!(flat(&told(&decoder, changed(1, 1)?)?)?, plain);
    Ok(())
}

#[test]
fn pictures_are_withheld_by_the_seed_of_the_pass() -> Result<()> {
    let (decoder, _) = open(&PicturesConfig { dropout: 0.5, ..config() })?;
    let shown = showing(pictures()?)?;
    same_seed_same_numbers("dropout", |seed| logits(&decoder, &shown, &Pass::Train { seed }));
    let (all, _) = open(&config())?;
    same_numbers(
        "evaluation",
        &logits(&all, &shown, &Pass::Eval)?,
        &logits(&decoder, &shown, &Pass::Eval)?,
    );
    same_numbers("no dropout", &logits(&all, &shown, &Pass::Eval)?, &logits(&all, &shown, &TRAIN)?);
    Ok(())
}

#[test]
fn what_does_not_fit_is_named() -> Result<()> {
    let (decoder, _) = seeing(&config())?;
    let refused = |context: &Context| {
        let error = logits(&decoder, context, &Pass::Eval).expect_err("refused").to_string();
        let started = decoder.start(context).expect_err("refused").to_string();
        (error, started)
    };
    for message in <[String; 2]>::from(refused(&context())) {
        assert!(message.contains("text_decoder.pictures"), "{message}");
    }
    let before_told = Tensor::full(5u32, (3, 5), &Device::Cpu)?;
    let beyond = showing(PromptPictures { before_told, ..pictures()? })?;
    for message in <[String; 2]>::from(refused(&beyond)) {
        assert!(message.contains("5 steps"), "{message}");
    }
    let wide = PromptPictures { vectors: numbers(&[3, STEPS, VECTOR + 1], 2), ..pictures()? };
    assert!(told(&decoder, wide).is_err());
    // A model that looks at none is not disturbed by them.
    let (base, shown) = (frozen(&plain())?, showing(pictures()?)?);
    let plain = logits(&base, &context(), &Pass::Eval)?;
    same_numbers("not looked at", &plain, &logits(&base, &shown, &Pass::Eval)?);
    Ok(())
}

#[test]
fn outputs_and_gradients_are_those_of_the_formula_in_pytorch() -> Result<()> {
    let golden: Value = serde_json::from_str(include_str!("../golden/picture_prefix.json"))
        .expect("the script writes JSON");
    let like = |numbers: &Value, shape: &[usize]| -> Result<Tensor> {
        let numbers = numbers.as_array().expect("numbers").iter().filter_map(Value::as_f64);
        let numbers: Vec<f32> = numbers.map(|number| number as f32).collect();
        Ok(Tensor::from_vec(numbers, shape, &Device::Cpu)?)
    };
    let (decoder, store) = seeing(&config())?;
    let published = |name: &str| name.trim_start_matches("text_decoder.").to_string();
    for (name, var) in store.named() {
        var.set(&formula::tensor(&published(&name), var.dims())?)?;
    }
    let shown = showing(pictures()?)?;
    let found = logits(&decoder, &shown, &Pass::Eval)?;
    assert_close("scores", &found, &like(&golden["output"], found.dims())?);
    let mask = [[1f32; 5], [1.0, 1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 1.0, 1.0]];
    let mask = Tensor::new(&mask, &Device::Cpu)?;
    let loss = decoder.token_loss(&shown, &texts(3)?, &mask, &TRAIN)?;
    let expected = golden["loss"].as_f64().expect("a number");
    assert!((f64::from(loss.to_scalar::<f32>()?) - expected).abs() < 1e-5);
    let gradients = loss.backward()?;
    let expected = golden["gradients"].as_object().expect("by name");
    assert_eq!(expected.len(), store.named().len());
    for (name, var) in store.named() {
        let expected = like(&expected[&published(&name)], var.dims())?;
        assert_close(&name, gradients.get(&var).expect("it learns"), &expected);
    }
    Ok(())
}
