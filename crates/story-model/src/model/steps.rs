//! What a summary reads of each step by itself: a place that one step names, or shows in a corner, is
//! lost in what a sequence model makes of the steps, and is all that the next picture needs.

use candle_core::{DType, Module, Tensor};
use candle_nn::{Embedding, Linear, VarBuilder};
use story_core::{Context, Result, layers};

/// Steps that are told apart, counted from the last; what is further back is read with the furthest.
const STEPS: usize = 8;

/// Reads the words of each step, and its picture's vector, side by side:
///
/// `summary + W_w [sum of e(word) / sqrt(words) of each step] + W_p [picture of each step]`
pub(super) struct StepReader {
    words: Option<(Embedding, Linear)>,
    pictures: Option<Linear>,
}

/// What a reader of steps is built for.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepDims {
    /// Width of the context's summary.
    pub context: usize,
    /// Ids that words can have; `None` where the model may not see them.
    pub vocabulary: Option<usize>,
    /// Width of the vectors of pictures; `None` likewise.
    pub pictures: Option<usize>,
}

impl StepReader {
    /// With words of `width`.
    pub fn new(width: usize, dims: &StepDims, vb: VarBuilder) -> Result<Self> {
        let StepDims { context, vocabulary, pictures } = *dims;
        let read = |input, name| layers::linear(STEPS * input, context, vb.pp(name));
        let words = |vocabulary| -> Result<_> {
            let words = layers::embedding(vocabulary, width, vb.pp("words"))?;
            Ok((words, read(width, "of_words")?))
        };
        Ok(Self {
            words: vocabulary.map(words).transpose()?,
            pictures: pictures.map(|width| read(width, "of_pictures")).transpose()?,
        })
    }

    /// The context with what was read in its summary.
    pub fn read(&self, context: Context) -> Result<Context> {
        let mut all = context.summary.clone();
        if let (Some((embedding, read)), Some(words)) = (&self.words, &context.words) {
            let steps = by_step(&words.frames, &words.mask)?; // (B, S, W)
            let counts = steps.sum_keepdim(2)?.maximum(1f64)?.sqrt()?; // (B, S, 1)
            let sums = steps.matmul(&embedding.forward(&words.tokens)?)?; // (B, S, E)
            let sums = sums.broadcast_div(&counts)?.flatten_from(1)?; // (B, S E)
            all = (all + read.forward(&sums)?)?;
        }
        if let (Some(read), Some(pictures)) = (&self.pictures, &context.pictures) {
            let steps = by_step(&context.frames_after()?, &pictures.mask)?; // (B, S, T)
            let vectors = steps.matmul(&pictures.vectors.contiguous()?)?; // (B, S, E)
            all = (all + read.forward(&vectors.flatten_from(1)?)?)?;
        }
        Ok(Context { summary: all, ..context })
    }
}

/// `after (B, N)` u32 and `mask (B, N)` to `(B, S, N)`: 1 where an entry is of the step, and real.
fn by_step(after: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let after = after.minimum((STEPS - 1) as u32)?.unsqueeze(1)?; // (B, 1, N)
    let steps = Tensor::arange(0, STEPS as u32, after.device())?.reshape((1, STEPS, 1))?;
    let own = after.broadcast_eq(&steps)?.to_dtype(DType::F32)?; // (B, S, N)
    Ok(own.broadcast_mul(&mask.unsqueeze(1)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use story_core::{ContextPictures, ContextWords, ParamStore};

    #[test]
    fn each_step_is_read_by_itself_whatever_pads_the_story() -> Result<()> {
        let device = &Device::Cpu;
        let store = ParamStore::new(1, device);
        let dims = StepDims { context: 3, vocabulary: Some(9), pictures: Some(2) };
        let reader = StepReader::new(4, &dims, store.builder())?;
        // Steps of two words, and one picture each; a mask of 0 is padding.
        let read = |mask: &[f32], words: &[u32]| -> Result<Vec<f32>> {
            let t = mask.len();
            let mask = Tensor::new(mask, device)?.unsqueeze(0)?;
            let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, device);
            let context = Context::new(zeros(&[1, t, 3])?, zeros(&[1, 3])?, mask.clone())?;
            let tokens = Tensor::new(words, device)?.reshape((1, t, 2))?;
            let all = Tensor::ones((1, t, 2), DType::F32, device)?;
            let after = context.frames_after()?;
            let words = ContextWords::of_texts(&tokens, &all, &mask, &after)?;
            let vectors = tokens.to_dtype(DType::F32)?; // (1, T, 2)
            let context = context.with_pictures(ContextPictures::new(vectors, mask)?)?;
            let read = reader.read(context.with_words(words)?)?;
            Ok(read.summary.squeeze(0)?.to_vec1()?)
        };
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        let plain = read(&[1.0, 1.0], &[1, 2, 3, 4])?;
        // Words within a step have no order; steps have.
        let mut swapped = read(&[1.0, 1.0], &[1, 2, 3, 4])?;
        assert!(close(&plain, &swapped));
        swapped = read(&[1.0, 1.0], &[3, 4, 1, 2])?;
        assert!(!close(&plain, &swapped));
        assert!(close(&plain, &read(&[1.0, 1.0, 0.0], &[1, 2, 3, 4, 7, 8])?));
        assert!(!close(&plain, &read(&[1.0, 1.0], &[1, 2, 3, 5])?));
        let nothing = read(&[0.0, 0.0], &[1, 2, 3, 4])?;
        assert!(nothing.iter().all(|value| value.is_finite()));
        Ok(())
    }
}
