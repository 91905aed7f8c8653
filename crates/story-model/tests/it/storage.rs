//! Matrices that stay in their quantised blocks: a language model with them scores, generates and learns
//! as the same one in f32.

use crate::conformance::context;
use crate::lora::assert_close;
use crate::text_decoders::texts;
use candle_core::{Device, Tensor};
use std::path::Path;
use std::sync::Arc;
use story_core::layers::matrix::Output;
use story_core::{ParamStore, Pass, Result, TextDecoder};
use story_encoders::weights::{Gguf, MatrixStorage};
use story_model::{LanguageModel, LanguageModelDecoder, LoraConfig};

/// One block, whose matrices are Q8_0, Q4_1, Q4_0 and of kinds that become f32.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../story-encoders/tests/golden/tiny.gguf");

/// The model with low-rank parts that have learned something, and its parameters.
fn decoder(storage: MatrixStorage) -> Result<(LanguageModelDecoder, ParamStore)> {
    let gguf = Gguf::open(Path::new(FILE))?;
    let weights = gguf.weights_in(storage)?;
    assert_eq!(weights.matrices().is_empty(), storage == MatrixStorage::F32);
    let store = ParamStore::new(1, &Device::Cpu);
    let lora = LoraConfig { rank: 3, ..LoraConfig::default() };
    let vb = store.builder();
    let model = LanguageModel::adapted(gguf.config(), &weights, &Device::Cpu, &lora, &vb)?;
    for (name, var) in store.named() {
        if name.ends_with("lora_B.weight") {
            var.set(&(var.ones_like()? * 0.01)?)?;
        }
    }
    Ok((LanguageModelDecoder::new(Arc::new(model)), store))
}

#[test]
fn scores_steps_and_gradients_are_those_in_f32() -> Result<()> {
    let (full, parameters) = decoder(MatrixStorage::F32)?;
    let (stored, same) = decoder(MatrixStorage::AsStored)?;
    let (context, tokens) = (context(), texts(3)?);
    let logits = |of: &LanguageModelDecoder| of.logits(&context, &tokens, &Pass::Eval);
    assert_close("scores", &logits(&stored)?, &logits(&full)?);

    let step = |of: &LanguageModelDecoder| -> Result<Tensor> {
        let mut state = of.start(&context)?;
        of.step(&tokens.narrow(1, 0, 1)?.squeeze(1)?, &mut state)?;
        of.step(&tokens.narrow(1, 1, 1)?.squeeze(1)?, &mut state)
    };
    let second = logits(&full)?.narrow(1, 1, 1)?.squeeze(1)?;
    assert_close("a step", &step(&stored)?, &second);

    let gradients = |of: &LanguageModelDecoder| -> Result<_> {
        let keep = Tensor::ones(tokens.dims(), candle_core::DType::F32, &Device::Cpu)?;
        let loss = of.token_loss(&context, &tokens, &keep, &Pass::Train { seed: 3 })?;
        Ok(loss.backward()?)
    };
    let (found, expected) = (gradients(&stored)?, gradients(&full)?);
    for ((name, var), (_, other)) in same.named().into_iter().zip(parameters.named()) {
        let gradient = |store: &candle_core::backprop::GradStore, var: &candle_core::Var| {
            store.get(var).cloned().expect("a gradient")
        };
        assert_close(&name, &gradient(&found, &var), &gradient(&expected, &other));
    }
    Ok(())
}

#[test]
fn an_output_in_blocks_scores_as_its_matrix_in_f32() -> Result<()> {
    let gguf = Gguf::open(Path::new(FILE))?;
    let weights = gguf.weights_in(MatrixStorage::AsStored)?;
    let (_, matrix) = weights.matrices().iter().next().expect("a matrix");
    let (n, k) = matrix.dims();
    let output = Output::Blocks(matrix.clone());
    assert_eq!((output.words()?, output.bias().is_none()), (n, true));
    let hidden = crate::support::numbers(&[2, 1, k], 1);
    let expected = hidden.flatten_to(1)?.matmul(&output.weight()?.t()?)?.unsqueeze(1)?;
    assert_close("scores", &output.forward(&hidden)?, &expected);
    Ok(())
}
