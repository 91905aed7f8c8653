//! What a language model reads and is to tell: one row of tokens a window for the story so far, padded
//! on the left, so that what is told next begins at the same place in every row, and one for that.
//!
//! Axes: `B` windows, `P` tokens of the longest story so far, `L` of the longest target, `S` steps
//! of the longest story, `E` numbers of a picture's vector.

use crate::{Error, Result};
use candle_core::{Device, Tensor};

/// The tokens of the story so far, in the vocabulary of the text decoder.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Token ids, `(B, P)` u32.
    pub tokens: Tensor,
    /// 1 where a token is real, 0 where it pads, `(B, P)` f32; padding comes first.
    pub mask: Tensor,
    /// The pictures of the steps, where the text decoder asks for them.
    pub pictures: Option<PromptPictures>,
}

/// The pictures of a story's steps as a frozen encoder knows them, and which of them stand before
/// each token. Step `i` has picture `i` and text `i`; before text `i` stand the pictures of the
/// steps before `i`, never its own: of the text to tell the task gives no picture, and a text that
/// is learned within its story must not see more than one that is told.
#[derive(Debug, Clone)]
pub struct PromptPictures {
    /// The vectors in the order of the steps, `(B, S, E)` f32.
    pub vectors: Tensor,
    /// 1 where a step has a picture, `(B, S)` f32; 0 after a story's last step.
    pub mask: Tensor,
    /// How many steps stand before each token of the prompt, `(B, P)` u32; 0 in padding.
    pub before: Tensor,
    /// The same of the tokens to tell, `(B, L)` u32; padding, and what is told beyond, goes on as the
    /// row ends.
    pub before_told: Tensor,
}

impl PromptPictures {
    /// Checks that all are of the same windows and steps.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(vectors: Tensor, mask: Tensor, before: Tensor, before_told: Tensor) -> Result<Self> {
        let named = "(B, S, E)";
        let (b, s, _) = vectors.dims3().map_err(|_| Error::shape("pictures", named, &vectors))?;
        if vectors.elem_count() == 0 {
            return Err(Error::shape("pictures", "(B, S, E), none of them 0", &vectors));
        }
        if mask.dims() != [b, s] {
            return Err(Error::shape("mask of pictures", format!("[{b}, {s}]"), &mask));
        }
        for (what, counts) in
            [("steps before a prompt", &before), ("steps before a text", &before_told)]
        {
            if counts.rank() != 2 || counts.dims()[0] != b || counts.elem_count() == 0 {
                return Err(Error::shape(what, format!("({b}, tokens), one at least"), counts));
            }
        }
        Ok(Self { vectors, mask, before, before_told })
    }

    /// The same steps without a picture.
    ///
    /// # Errors
    /// Those of making a tensor.
    pub fn withheld(&self) -> Result<Self> {
        Ok(Self { mask: self.mask.zeros_like()?, ..self.clone() })
    }

    fn each(&self, change: impl Fn(&Tensor) -> candle_core::Result<Tensor>) -> Result<Self> {
        Ok(Self {
            vectors: change(&self.vectors)?,
            mask: change(&self.mask)?,
            before: change(&self.before)?,
            before_told: change(&self.before_told)?,
        })
    }
}

impl Prompt {
    /// Checks that tokens and mask agree. There are no pictures.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(tokens: Tensor, mask: Tensor) -> Result<Self> {
        let (b, p) = tokens.dims2().map_err(|_| Error::shape("prompt", "(B, P)", &tokens))?;
        if mask.dims() != [b, p] {
            return Err(Error::shape("prompt mask", format!("[{b}, {p}]"), &mask));
        }
        Ok(Self { tokens, mask, pictures: None })
    }

    /// The same prompt with the pictures of its steps.
    ///
    /// # Errors
    /// [`Error::Shape`] where they are of other windows or tokens.
    pub fn with_pictures(self, pictures: PromptPictures) -> Result<Self> {
        if pictures.before.dims() != self.tokens.dims() {
            let expected = format!("{:?}", self.tokens.dims());
            return Err(Error::shape("steps before a prompt", expected, &pictures.before));
        }
        Ok(Self { pictures: Some(pictures), ..self })
    }

    /// The rows named by `rows`, `(N,)` of u32.
    pub fn index_select(&self, rows: &Tensor) -> Result<Self> {
        let pick = |tensor: &Tensor| tensor.contiguous()?.index_select(rows, 0);
        Ok(Self {
            tokens: pick(&self.tokens)?, // (N, P)
            mask: pick(&self.mask)?,     // (N, P)
            pictures: self.pictures.as_ref().map(|p| p.each(pick)).transpose()?,
        })
    }

    /// The same rows on another device.
    pub fn to_device(&self, device: &Device) -> Result<Self> {
        let go = |tensor: &Tensor| tensor.to_device(device);
        Ok(Self {
            tokens: go(&self.tokens)?,
            mask: go(&self.mask)?,
            pictures: self.pictures.as_ref().map(|p| p.each(go)).transpose()?,
        })
    }
}

/// The story so far and the text to tell, in the vocabulary of a text decoder that has its own.
#[derive(Debug, Clone)]
pub struct Telling {
    /// The story so far.
    pub prompt: Prompt,
    /// The text to predict, `(B, L)` u32: start, words, end, padding.
    pub target: Tensor,
    /// 1 where a target token is not padding, `(B, L)` f32; all 0 where the target has no text.
    pub target_mask: Tensor,
}

impl Telling {
    /// Checks that prompt, target and mask agree.
    ///
    /// # Errors
    /// [`Error::Shape`] naming the value that does not fit.
    pub fn new(prompt: Prompt, target: Tensor, target_mask: Tensor) -> Result<Self> {
        let b = prompt.tokens.dim(0)?;
        let l = target.dims().last().copied().unwrap_or(0);
        for (what, tensor) in [("told target", &target), ("told target mask", &target_mask)] {
            if tensor.dims() != [b, l] {
                return Err(Error::shape(what, format!("[{b}, {l}]"), tensor));
            }
        }
        if let Some(PromptPictures { before_told, .. }) = &prompt.pictures
            && before_told.dims() != [b, l]
        {
            return Err(Error::shape("steps before a text", format!("[{b}, {l}]"), before_told));
        }
        Ok(Self { prompt, target, target_mask })
    }

    /// The same on another device.
    pub fn to_device(&self, device: &Device) -> Result<Self> {
        Ok(Self {
            prompt: self.prompt.to_device(device)?,
            target: self.target.to_device(device)?,
            target_mask: self.target_mask.to_device(device)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::DType;

    fn zeros(shape: &[usize]) -> Tensor {
        Tensor::zeros(shape, DType::F32, &Device::Cpu).expect("zeros")
    }

    fn pictures(mask: &[usize], before: &[usize], told: &[usize]) -> Result<PromptPictures> {
        PromptPictures::new(zeros(&[2, 3, 4]), zeros(mask), zeros(before), zeros(told))
    }

    #[test]
    fn pictures_that_do_not_fit_are_named() -> Result<()> {
        let prompt = || Prompt::new(zeros(&[2, 5]), zeros(&[2, 5]));
        let refused = |made: Result<PromptPictures>| made.expect_err("refused").to_string();
        assert!(refused(pictures(&[2, 2], &[2, 5], &[2, 6])).contains("mask of pictures"));
        assert!(refused(pictures(&[2, 3], &[1, 5], &[2, 6])).contains("before a prompt"));
        assert!(refused(pictures(&[2, 3], &[2, 5], &[6])).contains("before a text"));
        let none =
            PromptPictures::new(zeros(&[2, 0, 4]), zeros(&[2, 0]), zeros(&[2, 5]), zeros(&[2, 6]));
        assert!(refused(none).contains("none of them 0"));
        assert!(prompt()?.with_pictures(pictures(&[2, 3], &[2, 4], &[2, 6])?).is_err());
        let prompt = prompt()?.with_pictures(pictures(&[2, 3], &[2, 5], &[2, 6])?)?;
        let one = prompt.index_select(&Tensor::new(&[1u32], &Device::Cpu)?)?;
        let one = one.pictures.expect("its pictures");
        assert_eq!((one.vectors.dims(), one.before_told.dims()), (&[1, 3, 4][..], &[1, 6][..]));
        let telling = |l| Telling::new(prompt.clone(), zeros(&[2, l]), zeros(&[2, l]));
        assert!(telling(6).is_ok() && telling(5).is_err());
        Ok(())
    }
}
