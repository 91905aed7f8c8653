//! What flows between the parts of a model. A constructor checks shapes once; later code trusts.

use crate::context_pictures::{ContextPictures, ShownPictures};
use crate::{Error, Prompt, Result};
use candle_core::{DType, Device, Tensor};

/// Embeddings of the context's pictures and texts in one space.
#[derive(Debug, Clone)]
pub struct FrameEmbeddings {
    /// Pictures, `(B, T, D)`, L2-normalised along `D`.
    pub image: Tensor,
    /// Texts, `(B, T, D)`, L2-normalised along `D`.
    pub text: Tensor,
    /// 1 where a frame has a picture, `(B, T)`.
    pub image_mask: Tensor,
    /// 1 where a frame has a text, `(B, T)`.
    pub text_mask: Tensor,
}

impl FrameEmbeddings {
    /// Checks that both are `(B, T, D)` and both masks `(B, T)`.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(image: Tensor, text: Tensor, image_mask: Tensor, text_mask: Tensor) -> Result<Self> {
        let (b, t, d) =
            image.dims3().map_err(|_| Error::shape("picture embeddings", "(B, T, D)", &image))?;
        if text.dims() != [b, t, d] {
            return Err(Error::shape("text embeddings", format!("[{b}, {t}, {d}]"), &text));
        }
        for (what, mask) in [("picture mask", &image_mask), ("text mask", &text_mask)] {
            if mask.dims() != [b, t] {
                return Err(Error::shape(what, format!("[{b}, {t}]"), mask));
            }
        }
        Ok(Self { image, text, image_mask, text_mask })
    }

    /// 1 where a frame has a picture or a text, `(B, T)`: the frames a sequence model reads.
    pub fn frame_mask(&self) -> Result<Tensor> {
        Ok(self.image_mask.maximum(&self.text_mask)?) // (B, T)
    }

    /// The pictures of the last frames, `(B, D)`.
    pub fn last_pictures(&self) -> Result<Tensor> {
        let last = self.image.dim(1)?.saturating_sub(1);
        Ok(self.image.narrow(1, last, 1)?.squeeze(1)?) // (B, D)
    }
}

/// What a sequence model has understood of the context, and what decoders may look back at.
#[derive(Debug, Clone)]
pub struct Context {
    /// One state a frame, `(B, T, D)`.
    pub states: Tensor,
    /// The story so far in one vector, `(B, D)`.
    pub summary: Tensor,
    /// 1 where a state belongs to a real frame, `(B, T)`.
    pub mask: Tensor,
    /// The words of the context's texts; `None` where the model may not see them.
    pub words: Option<ContextWords>,
    /// The pictures of the context as the embedding head knows them; `None` where nobody gave them.
    pub pictures: Option<ContextPictures>,
    /// The story so far as a language model reads it; `None` for other decoders.
    pub prompt: Option<Prompt>,
    /// The pictures of the context as pixels; `None` where no decoder takes from them.
    pub shown: Option<ShownPictures>,
}

impl Context {
    /// Checks that states, summary and mask agree. There are no words and no pictures.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(states: Tensor, summary: Tensor, mask: Tensor) -> Result<Self> {
        let (b, t, d) =
            states.dims3().map_err(|_| Error::shape("context states", "(B, T, D)", &states))?;
        if summary.dims() != [b, d] {
            return Err(Error::shape("context summary", format!("[{b}, {d}]"), &summary));
        }
        if mask.dims() != [b, t] {
            return Err(Error::shape("context mask", format!("[{b}, {t}]"), &mask));
        }
        Ok(Self { states, summary, mask, words: None, pictures: None, prompt: None, shown: None })
    }

    /// The same context with the words of its texts.
    ///
    /// # Errors
    /// [`Error::Shape`] where they are of another number of windows.
    pub fn with_words(self, words: ContextWords) -> Result<Self> {
        let b = self.mask.dim(0)?;
        if words.tokens.dim(0)? != b {
            return Err(Error::shape("context words", format!("({b}, W)"), &words.tokens));
        }
        Ok(Self { words: Some(words), ..self })
    }

    /// The same context with the story so far as a language model reads it.
    ///
    /// # Errors
    /// [`Error::Shape`] where it is of another number of windows.
    pub fn with_prompt(self, prompt: Prompt) -> Result<Self> {
        let b = self.mask.dim(0)?;
        if prompt.tokens.dim(0)? != b {
            return Err(Error::shape("context prompt", format!("({b}, P)"), &prompt.tokens));
        }
        Ok(Self { prompt: Some(prompt), ..self })
    }

    /// The same context with the pictures of its frames.
    ///
    /// # Errors
    /// [`Error::Shape`] where they are not one a frame.
    pub fn with_pictures(self, pictures: ContextPictures) -> Result<Self> {
        if pictures.mask.dims() != self.mask.dims() {
            let expected = format!("{:?}", self.mask.dims());
            return Err(Error::shape("context pictures", expected, &pictures.mask));
        }
        Ok(Self { pictures: Some(pictures), ..self })
    }

    /// The same context with the pixels of its pictures.
    ///
    /// # Errors
    /// [`Error::Shape`] where they are not one a frame.
    pub fn with_shown(self, shown: ShownPictures) -> Result<Self> {
        if shown.mask.dims() != self.mask.dims() {
            let expected = format!("{:?}", self.mask.dims());
            return Err(Error::shape("shown pictures", expected, &shown.mask));
        }
        Ok(Self { shown: Some(shown), ..self })
    }

    /// Embedding of the last real frame's picture, `(B, E)`; 0 where that frame has none or the
    /// model may not see it, `None` where the context has no pictures.
    pub fn last_picture(&self) -> Result<Option<Tensor>> {
        let Some(ContextPictures { vectors, mask }) = &self.pictures else {
            return Ok(None);
        };
        let seen = vectors.broadcast_mul(&mask.unsqueeze(2)?)?; // (B, T, E)
        last_real(&seen, &self.mask).map(Some)
    }

    /// For each frame how many real frames come after it, `(B, T)` u32 ([`frames_after`]).
    pub fn frames_after(&self) -> Result<Tensor> {
        frames_after(&self.mask)
    }

    /// The context's words; one masked word a window where there are none.
    pub fn words_or_none(&self) -> Result<ContextWords> {
        match &self.words {
            Some(words) => Ok(words.clone()),
            None => ContextWords::none(self.mask.dim(0)?, self.mask.device()),
        }
    }

    /// The context of the rows named by `rows`, `(N,)` of u32; for beams and sub-batches.
    pub fn index_select(&self, rows: &Tensor) -> Result<Self> {
        let pick = |tensor: &Tensor| tensor.contiguous()?.index_select(rows, 0);
        let words = self.words.as_ref().map(|words| words.index_select(rows));
        let pictures = self.pictures.as_ref().map(|p| p.index_select(rows));
        let prompt = self.prompt.as_ref().map(|prompt| prompt.index_select(rows));
        let shown = self.shown.as_ref().map(|shown| shown.index_select(rows));
        Ok(Self {
            states: pick(&self.states)?,   // (N, T, D)
            summary: pick(&self.summary)?, // (N, D)
            mask: pick(&self.mask)?,       // (N, T)
            words: words.transpose()?,
            pictures: pictures.transpose()?,
            prompt: prompt.transpose()?,
            shown: shown.transpose()?,
        })
    }
}

/// For each frame how many real frames come after it, `mask (B, T)` to `(B, T)` u32: 0 for the last
/// real one. A place in the story that padding does not move.
pub fn frames_after(mask: &Tensor) -> Result<Tensor> {
    let t = mask.dim(1)?;
    let later: Vec<f32> = (0..t * t).map(|at| f32::from(u8::from(at / t > at % t))).collect();
    let later = Tensor::from_vec(later, (t, t), mask.device())?; // (from, to)
    let after = mask.ne(0f32)?.to_dtype(DType::F32)?.matmul(&later)?; // (B, T)
    Ok(after.to_dtype(DType::U32)?)
}

/// What stands at the last real frame: `x (B, T, D)` with `mask (B, T)` to `(B, D)`; 0 where no
/// frame is real.
pub fn last_real(x: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let last = frames_after(mask)?.eq(0u32)?.to_dtype(x.dtype())?; // (B, T)
    let last = (last * mask.ne(0f32)?.to_dtype(x.dtype())?)?;
    Ok(last.unsqueeze(1)?.matmul(&x.contiguous()?)?.squeeze(1)?) // (B, D)
}

/// The words of the context's texts, for decoders that look back at them: `W` places a window, the
/// tokens of one frame after those of the other.
#[derive(Debug, Clone)]
pub struct ContextWords {
    /// Token ids, `(B, W)` u32.
    pub tokens: Tensor,
    /// 1 where a token is of a real text and not padding, `(B, W)`.
    pub mask: Tensor,
    /// How many real frames come after the word's own, `(B, W)` u32
    /// ([`frames_after`]): 0 is the last frame.
    pub frames: Tensor,
}

impl ContextWords {
    /// Checks that the three are `(B, W)`, ids and frames u32, with at least one place.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(tokens: Tensor, mask: Tensor, frames: Tensor) -> Result<Self> {
        let expected = "(B, W) of u32 with W at least 1";
        if tokens.rank() != 2 || tokens.dim(1)? == 0 || tokens.dtype() != DType::U32 {
            return Err(Error::shape("tokens of the context", expected, &tokens));
        }
        if mask.dims() != tokens.dims() {
            return Err(Error::shape(
                "mask of the context's tokens",
                format!("{:?}", tokens.dims()),
                &mask,
            ));
        }
        if frames.dims() != tokens.dims() || frames.dtype() != DType::U32 {
            return Err(Error::shape(
                "frames of the context's tokens",
                format!("{:?} of u32", tokens.dims()),
                &frames,
            ));
        }
        Ok(Self { tokens, mask, frames })
    }

    /// The words of `tokens (B, T, L)` with `token_mask (B, T, L)`, in frames of which `after (B, T)`
    /// says how many follow. Frames whose `text_mask (B, T)` is 0 contribute none: padding frames
    /// repeat a text.
    ///
    /// # Errors
    /// [`Error::Shape`] where they do not fit each other.
    pub fn of_texts(
        tokens: &Tensor,
        token_mask: &Tensor,
        text_mask: &Tensor,
        after: &Tensor,
    ) -> Result<Self> {
        let shape = tokens.shape();
        let each = |per_frame: &Tensor| per_frame.unsqueeze(2)?.broadcast_as(shape);
        let mask = (token_mask * each(text_mask)?)?; // (B, T, L)
        Self::new(
            tokens.flatten_from(1)?,       // (B, T L)
            mask.flatten_from(1)?,         // (B, T L)
            each(after)?.flatten_from(1)?, // (B, T L)
        )
    }

    /// One masked word for each of `rows` windows.
    pub fn none(rows: usize, device: &Device) -> Result<Self> {
        let tokens = Tensor::zeros((rows, 1), DType::U32, device)?;
        let mask = Tensor::zeros((rows, 1), DType::F32, device)?;
        Self::new(tokens.clone(), mask, tokens)
    }

    /// The words of the rows named by `rows`, `(N,)` of u32.
    pub fn index_select(&self, rows: &Tensor) -> Result<Self> {
        let pick = |tensor: &Tensor| tensor.contiguous()?.index_select(rows, 0);
        Ok(Self {
            tokens: pick(&self.tokens)?, // (N, W)
            mask: pick(&self.mask)?,     // (N, W)
            frames: pick(&self.frames)?, // (N, W)
        })
    }
}

/// What a model says of the fifth step under teacher forcing.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// Scores of the next token at each position, `(B, L, V)`, before softmax.
    pub text_logits: Tensor,
    /// The next picture, `(B, 3, H, W)`, 0..1.
    pub image: Tensor,
    /// The next picture's embedding, `(B, D)`, L2-normalised.
    pub embedding: Tensor,
}

/// What a model makes of one context when nothing of the target is given to it.
#[derive(Debug, Clone)]
pub struct Generated {
    /// Token ids without start, end and padding.
    pub tokens: Vec<u32>,
    /// Sum of the natural-log probabilities of the tokens chosen, the end included.
    pub log_probability: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(mask: &[[f32; 4]]) -> Result<Context> {
        let b = mask.len();
        let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu);
        let mask = Tensor::from_vec(mask.concat(), (b, 4), &Device::Cpu)?;
        Context::new(zeros(&[b, 4, 2])?, zeros(&[b, 2])?, mask)
    }

    #[test]
    fn places_are_counted_from_the_last_real_frame() -> Result<()> {
        let context = context(&[[1.0; 4], [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 0.0, 0.0]])?;
        let after = context.frames_after()?.to_vec2::<u32>()?;
        assert_eq!(after, [[3, 2, 1, 0], [2, 1, 1, 0], [1, 0, 0, 0]]);
        Ok(())
    }

    #[test]
    fn the_last_real_frame_is_found_and_zero_stands_for_none() -> Result<()> {
        let values = (0..24u8).map(f32::from).collect();
        let x = Tensor::from_vec(values, (3, 4, 2), &Device::Cpu)?;
        let mask = context(&[[1.0; 4], [0.0, 1.0, 0.0, 0.0], [0.0; 4]])?.mask;
        let last = last_real(&x, &mask)?.to_vec2::<f32>()?;
        assert_eq!(last, [[6.0, 7.0], [10.0, 11.0], [0.0, 0.0]]);
        Ok(())
    }

    #[test]
    fn words_and_pictures_go_with_their_rows_and_must_fit() -> Result<()> {
        let cpu = &Device::Cpu;
        let tokens = Tensor::new(&[[5u32, 6, 0], [7, 8, 9]], cpu)?;
        let mask = Tensor::new(&[[1f32, 1.0, 0.0], [1.0, 1.0, 1.0]], cpu)?;
        let words = ContextWords::new(tokens.clone(), mask.clone(), tokens.zeros_like()?)?;
        let context = context(&[[1.0; 4], [1.0; 4]])?;
        assert_eq!(context.words_or_none()?.mask.to_vec2::<f32>()?, [[0.0]; 2]);
        let frames = context.mask.dim(1)?;
        let pictures = Tensor::new(&[[[1f32, 0.0]], [[0.0, 1.0]]], cpu)?; // (B, 1, E)
        let pictures = pictures.repeat((1, frames, 1))?; // (B, T, E)
        let pictures = ContextPictures::new(pictures, context.mask.clone())?;
        let context = context.with_words(words.clone())?.with_pictures(pictures.clone())?;
        let swapped = context.index_select(&Tensor::new(&[1u32, 0], cpu)?)?;
        let found = swapped.words_or_none()?.tokens.to_vec2::<u32>()?;
        assert_eq!(found, [[7, 8, 9], [5, 6, 0]]);
        let last = swapped.last_picture()?.expect("carried");
        assert_eq!(last.to_vec2::<f32>()?, [[0.0, 1.0], [1.0, 0.0]]);

        let single = words.index_select(&Tensor::new(&[0u32], cpu)?)?;
        assert!(context.clone().with_words(single).is_err());
        let single = pictures.index_select(&Tensor::new(&[0u32], cpu)?)?;
        assert!(context.with_pictures(single).is_err());
        assert!(ContextPictures::new(pictures.vectors, mask.clone()).is_err());
        assert!(ContextWords::new(tokens.clone(), mask.clone(), mask).is_err());
        assert!(ContextWords::new(tokens.narrow(1, 0, 0)?, tokens.clone(), tokens).is_err());
        Ok(())
    }
}
