//! A pretrained language model tells the next text: it reads the story so far as a prompt
//! ([`story_core::Prompt`]) and goes on.
//!
//! The prompt and the tokens of a text are one sequence; a text's first token is the end of the
//! separator that the prompt begins. What was read of a prompt is kept once a window, however many
//! texts are told after it.
//!
//! Axes: `B` windows, `P` tokens of a prompt, `L` tokens of a text, `N` rows of a generation, `D`
//! width.

mod block;
mod config;
mod lora;
mod network;
mod peft;

pub use config::{
    DrawnWeights, LanguageModelConfig, LanguageModelSizes, LanguageModelWeights, PromptBoundary,
};
pub use lora::{LoraConfig, LoraMatrix, Trains};
pub use network::{LanguageModel, Past};

use candle_core::{DType, Tensor};
use candle_nn::Linear;
use std::sync::Arc;
use story_core::{Context, DecoderState, Error, Pass, Prompt, Result, TextDecoder, TextStates};

/// The decoder.
#[derive(Debug, Clone)]
pub struct LanguageModelDecoder {
    model: Arc<LanguageModel>,
}

impl LanguageModelDecoder {
    /// A decoder that tells what `model` does.
    pub fn new(model: Arc<LanguageModel>) -> Self {
        Self { model }
    }

    /// The network.
    pub fn model(&self) -> &LanguageModel {
        &self.model
    }
}

impl TextDecoder for LanguageModelDecoder {
    fn states(&self, context: &Context, tokens: &Tensor, pass: &Pass) -> Result<TextStates> {
        let prompt = prompt_of(context)?;
        let all = Tensor::cat(&[&prompt.tokens, tokens], 1)?; // (B, P + L)
        let (x, first) = (self.model.embed(&all)?, first_of(prompt)?); // (B, P + L, D)
        let hidden = self.model.states(&x, &first, tokens.dim(1)?, pass)?; // (B, L, D)
        Ok(TextStates { hidden, copy: None })
    }

    fn output(&self) -> &Linear {
        self.model.output()
    }

    /// Tensors: each row's window, and from the first token on keys and values of the tokens so
    /// far, block after block. Shared: where each window's prompt begins, and keys and values of
    /// the prompts.
    fn start(&self, context: &Context) -> Result<DecoderState> {
        let prompt = prompt_of(context)?;
        let first = first_of(prompt)?;
        let read = self.model.read(&self.model.embed(&prompt.tokens)?, &first)?;
        let (windows, device) = (first.len(), prompt.tokens.device());
        let begins = first.iter().map(|&first| first as u32).collect();
        let mut shared = vec![Tensor::from_vec(begins, windows, device)?]; // (B,)
        shared.extend(read); // (B, P, c, d) each
        let each = Tensor::arange(0, windows as u32, device)?; // (B,)
        Ok(DecoderState { tensors: vec![each], shared, position: 0 })
    }

    fn step(&self, tokens: &Tensor, state: &mut DecoderState) -> Result<Tensor> {
        let (begins, read) = state.shared.split_first().ok_or_else(foreign)?;
        let (windows, told) = state.tensors.split_first().ok_or_else(foreign)?;
        let first: Vec<usize> =
            begins.to_vec1::<u32>()?.into_iter().map(|first| first as usize).collect();
        let (windows_of, mut told) = (windows.to_vec1::<u32>()?, told.to_vec());
        let past = Past { tensors: read, windows: &windows_of, first: &first };
        let x = self.model.embed(&tokens.unsqueeze(1)?)?; // (N, 1, D)
        let hidden = self.model.step(&x, &past, &mut told)?; // (N, 1, D)
        let answer = TextStates { hidden, copy: None };
        let scores = answer.scores(self.output())?.squeeze(1)?; // (N, V)
        told.insert(0, windows.clone());
        state.tensors = told;
        state.position += 1;
        Ok(scores)
    }
}

fn foreign() -> Error {
    Error::Config("the state of a generation is of another text decoder".into())
}

/// The story so far.
fn prompt_of(context: &Context) -> Result<&Prompt> {
    let prompt = context.prompt.as_ref().ok_or_else(|| {
        Error::Config(
            "text_decoder.kind is \"language-model\" and the context has no prompt; collate the windows with the language model's tokenizer".into(),
        )
    })?;
    if prompt.tokens.dim(1)? == 0 {
        return Err(Error::shape("prompt", "(B, P) with P at least 1", &prompt.tokens));
    }
    Ok(prompt)
}

/// Where each window's prompt begins.
fn first_of(prompt: &Prompt) -> Result<Vec<usize>> {
    let rows = prompt.mask.to_dtype(DType::F32)?.to_vec2::<f32>()?;
    rows.iter()
        .map(|row| {
            let first = row.iter().take_while(|real| **real == 0.0).count();
            match row[first..].iter().position(|real| *real == 0.0) {
                None => Ok(first),
                Some(hole) => Err(Error::Data(format!(
                    "the prompt's mask is 0 at {}, after its first token at {first}; pad on the left",
                    first + hole
                ))),
            }
        })
        .collect()
}
