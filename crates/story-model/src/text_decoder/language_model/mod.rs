//! A pretrained language model tells the next text: it reads the story so far as a prompt
//! ([`story_core::Prompt`]) and goes on.
//!
//! The prompt and the tokens of a text are one sequence; a text's first token is the end of the
//! separator that the prompt begins. What was read of a prompt is kept once a window, however many
//! texts are told after it. Where it sees pictures, each token looks at those of the steps before its
//! text ([`PicturesConfig`]).
//!
//! Axes: `B` windows, `P` tokens of a prompt, `L` tokens of a text, `N` rows of a generation, `D`
//! width.

mod block;
mod config;
mod lora;
mod memory;
mod network;
mod peft;
mod pictures;
mod prefix;
mod sequences;
mod weights;

pub use config::{LanguageModelConfig, PromptBoundary};
pub use lora::{LoraConfig, LoraMatrix, Trains};
pub use memory::TrainingMemory;
pub use network::{LanguageModel, Past};
pub use peft::PeftBase;
pub use pictures::PicturesConfig;
pub use weights::{DrawnWeights, LanguageModelSizes, LanguageModelWeights};

use candle_core::{DType, Tensor};
use prefix::lists_of;
use sequences::Sequences;
use std::sync::Arc;
use story_core::layers::matrix::Output;
use story_core::{
    Context, DecoderState, Error, Pass, Prompt, Result, TextDecoder, TextStates, losses,
};

/// The decoder.
#[derive(Debug, Clone)]
pub struct LanguageModelDecoder {
    model: Arc<LanguageModel>,
    leading_ends: usize,
}

impl LanguageModelDecoder {
    /// A decoder that tells what `model` does.
    pub fn new(model: Arc<LanguageModel>) -> Self {
        Self { model, leading_ends: 0 }
    }

    /// The same, which passes over so many ends before a text's first token
    /// ([`TextDecoder::leading_ends`]).
    pub fn passing_over(self, leading_ends: usize) -> Self {
        Self { leading_ends, ..self }
    }

    /// The network.
    pub fn model(&self) -> &LanguageModel {
        &self.model
    }
}

impl LanguageModelDecoder {
    /// States of those of `tokens (B, L)` whose `keep` is not 0, window after window, `(1, K, D)`.
    fn told(
        &self,
        prompt: &Prompt,
        tokens: &Tensor,
        keep: &[Vec<f32>],
        pass: &Pass,
    ) -> Result<Tensor> {
        let device = tokens.device();
        let sequences = Sequences::of_texts(prompt, tokens, keep)?;
        let prefix = self.model.prefix(prompt.pictures.as_ref(), pass)?;
        let seen = prefix.as_ref().map(|prefix| sequences.seen(prefix)).transpose()?;
        let prefix = prefix.as_ref().zip(seen.as_ref());
        let Sequences { tokens, lengths, told, .. } = sequences;
        let x = self.model.embed(&Tensor::new(tokens, device)?.unsqueeze(0)?)?; // (1, T, D)
        self.model.states_with(&x, &lengths, prefix, &Tensor::new(told, device)?, pass) // (1, K, D)
    }
}

impl TextDecoder for LanguageModelDecoder {
    fn states(&self, context: &Context, tokens: &Tensor, pass: &Pass) -> Result<TextStates> {
        let (b, l) = tokens.dims2()?;
        let keep = vec![vec![1.0; l]; b];
        let hidden = self.told(prompt_of(context)?, tokens, &keep, pass)?; // (1, B L, D)
        Ok(TextStates { hidden: hidden.reshape((b, l, ()))?, copy: None })
    }

    /// As the trait says; nothing is computed for what no predicted token sees.
    fn token_loss(
        &self,
        context: &Context,
        tokens: &Tensor,
        mask: &Tensor,
        pass: &Pass,
    ) -> Result<Tensor> {
        let next = tokens.dim(1)?.saturating_sub(1);
        let keep = mask.narrow(1, 1.min(next), next)?.to_vec2::<f32>()?; // (B, L-1)
        let places = keep.iter().flatten().zip(0..).filter(|(keep, _)| **keep != 0.0);
        let places: Vec<u32> = places.map(|(_, place)| place).collect();
        if places.is_empty() {
            return Ok(Tensor::zeros((), DType::F32, mask.device())?);
        }
        let given = tokens.narrow(1, 0, next)?.contiguous()?; // (B, L-1)
        let hidden = self.told(prompt_of(context)?, &given, &keep, pass)?; // (1, K, D)
        let places = Tensor::new(places, mask.device())?; // (K,)
        let targets = tokens.narrow(1, 1, next)?.flatten_all()?.contiguous()?; // (B (L-1),)
        let targets = targets.index_select(&places, 0)?.unsqueeze(0)?; // (1, K)
        let keep = targets.ones_like()?.to_dtype(DType::F32)?; // (1, K)
        losses::next_token_loss(&TextStates { hidden, copy: None }, self.output(), &targets, &keep)
    }

    fn output(&self) -> &Output {
        self.model.output()
    }

    /// Tensors: each row's window, and from the first token on keys and values of the tokens so
    /// far, block after block. Shared: how many tokens each window's prompt has; keys and values of
    /// the prompts, one behind the other, and of their pictures; and last what a text sees of
    /// these, `(B, M)`.
    fn start(&self, context: &Context) -> Result<DecoderState> {
        let prompt = prompt_of(context)?;
        let sequences = Sequences::of_prompts(prompt)?;
        let prefix = self.model.prefix(prompt.pictures.as_ref(), &Pass::Eval)?;
        let seen = prefix.as_ref().map(|prefix| sequences.seen(prefix)).transpose()?;
        let both = prefix.as_ref().zip(seen.as_ref());
        let Sequences { tokens, lengths, .. } = sequences;
        let (windows, device) = (lengths.len(), prompt.tokens.device());
        let ids = Tensor::new(tokens, device)?.unsqueeze(0)?; // (1, T)
        let read = self.model.read(&self.model.embed(&ids)?, &lengths, both)?;
        let lengths = lengths.iter().map(|&length| length as u32).collect();
        let mut shared = vec![Tensor::from_vec(lengths, windows, device)?]; // (B,)
        shared.extend(read); // (T, c, d) each
        if let (Some(prefix), Some(pictures)) = (&prefix, &prompt.pictures) {
            // A text is told from one place: all of its tokens see what the first does.
            let before = pictures.before_told.narrow(1, 0, 1)?.flatten_all()?.to_vec1::<u32>()?;
            shared.push(prefix.seen_once(&before)?); // (B, M)
        }
        let each = Tensor::arange(0, windows as u32, device)?; // (B,)
        Ok(DecoderState { tensors: vec![each], shared, position: 0 })
    }

    fn step_states(&self, tokens: &Tensor, state: &mut DecoderState) -> Result<TextStates> {
        let (lengths, read) = state.shared.split_first().ok_or_else(foreign)?;
        let (windows, told) = state.tensors.split_first().ok_or_else(foreign)?;
        let lengths: Vec<usize> =
            lengths.to_vec1::<u32>()?.into_iter().map(|length| length as usize).collect();
        let (windows_of, mut told) = (windows.to_vec1::<u32>()?, told.to_vec());
        let seen = match self.model.sees_pictures() {
            true => Some(lists_of(read.last().ok_or_else(foreign)?, &windows_of)?),
            false => None,
        };
        let past =
            Past { tensors: read, seen: seen.as_ref(), windows: &windows_of, lengths: &lengths };
        let x = self.model.embed(&tokens.unsqueeze(1)?)?; // (N, 1, D)
        // On a thread of the pool: from outside each of some hundred products would wait to be handed
        // over, for as long as it takes itself where there are few rows.
        let hidden = rayon::scope(|_| self.model.step(&x, &past, &mut told))?; // (N, 1, D)
        told.insert(0, windows.clone());
        state.tensors = told;
        state.position += 1;
        Ok(TextStates { hidden, copy: None })
    }

    fn leading_ends(&self) -> usize {
        self.leading_ends
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
