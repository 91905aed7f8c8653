//! Prompts and texts of a batch as sequences without padding, one behind the other.
//!
//! Axes: `B` windows, `P` tokens of the longest prompt, `L` of the longest text.

use super::prefix::Prefix;
use candle_core::{DType, Tensor};
use story_core::{Error, Prompt, Result};
use story_kernels::KeyLists;

/// Sequences of tokens, one a window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sequences {
    /// All tokens, window after window, `(T,)`.
    pub(super) tokens: Vec<u32>,
    /// How many of them are each window's, `(B,)`.
    pub(super) lengths: Vec<usize>,
    /// The places of those that are asked about, `(K,)`.
    pub(super) told: Vec<u32>,
    /// How many steps with pictures stand before each token, `(T,)`; empty where nobody looks at
    /// pictures.
    before: Vec<u32>,
}

/// One window's prompt without its padding, and the steps before each of its tokens.
struct Row {
    tokens: Vec<u32>,
    before: Vec<u32>,
}

impl Sequences {
    /// The prompts alone; nothing is asked.
    ///
    /// # Errors
    /// Prompts that are not padded on the left.
    pub(super) fn of_prompts(prompt: &Prompt) -> Result<Self> {
        let mut all = Self::default();
        for Row { tokens, before } in rows(prompt)? {
            all.lengths.push(tokens.len());
            all.tokens.extend(tokens);
            all.before.extend(before);
        }
        Ok(all)
    }

    /// Each prompt with its row of `tokens (B, L)` as far as a token is asked about, whose `keep`
    /// is not 0.
    ///
    /// # Errors
    /// As [`of_prompts`](Self::of_prompts), and another number of rows.
    pub(super) fn of_texts(prompt: &Prompt, tokens: &Tensor, keep: &[Vec<f32>]) -> Result<Self> {
        let (prompts, texts) = (rows(prompt)?, tokens.to_vec2::<u32>()?);
        if texts.len() != prompts.len() {
            return Err(Error::shape("tokens", format!("({}, L)", prompts.len()), tokens));
        }
        let before_told = match &prompt.pictures {
            Some(pictures) => pictures.before_told.to_vec2::<u32>()?,
            None => Vec::new(),
        };
        let mut all = Self::default();
        for (window, (Row { tokens: prompt, before }, text)) in
            prompts.into_iter().zip(&texts).enumerate()
        {
            let keep = &keep[window];
            let asked = keep.iter().rposition(|keep| *keep != 0.0).map_or(0, |last| last + 1);
            let start = all.tokens.len() + prompt.len();
            let kept = keep.iter().zip(start..).filter(|(keep, _)| **keep != 0.0);
            all.told.extend(kept.map(|(_, place)| place as u32));
            all.lengths.push(prompt.len() + asked);
            all.tokens.extend(prompt);
            all.tokens.extend(&text[..asked]);
            all.before.extend(before);
            if let Some(told) = before_told.get(window) {
                // What is told beyond the row goes on as the row ends.
                let last = told.last().copied().unwrap_or_default();
                all.before.extend((0..asked).map(|i| told.get(i).copied().unwrap_or(last)));
            }
        }
        Ok(all)
    }

    /// What each token sees of `prefix`.
    ///
    /// # Errors
    /// Pictures of other windows.
    pub(super) fn seen(&self, prefix: &Prefix) -> Result<KeyLists> {
        prefix.seen(&self.before, &self.lengths)
    }
}

fn rows(prompt: &Prompt) -> Result<Vec<Row>> {
    let masks = prompt.mask.to_dtype(DType::F32)?.to_vec2::<f32>()?;
    let mut before = match &prompt.pictures {
        Some(pictures) => pictures.before.to_vec2::<u32>()?,
        None => vec![Vec::new(); masks.len()],
    };
    let rows = prompt.tokens.to_vec2::<u32>()?.into_iter().zip(masks).zip(&mut before);
    rows.map(|((mut tokens, mask), before)| {
        let first = mask.iter().take_while(|real| **real == 0.0).count();
        match mask[first..].iter().position(|real| *real == 0.0) {
            None => Ok(Row {
                tokens: tokens.split_off(first),
                before: before.split_off(first.min(before.len())),
            }),
            Some(hole) => Err(Error::Data(format!(
                "the prompt's mask is 0 at {}, after its first token at {first}; pad on the left",
                first + hole
            ))),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn prompt(mask: [[f32; 3]; 2]) -> Result<Prompt> {
        let tokens = Tensor::new(&[[0u32, 1, 2], [3, 4, 5]], &Device::Cpu)?;
        Prompt::new(tokens, Tensor::new(&mask, &Device::Cpu)?)
    }

    #[test]
    fn padding_is_left_out_and_texts_go_as_far_as_they_are_asked_about() -> Result<()> {
        let prompt = prompt([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])?;
        let found = Sequences::of_prompts(&prompt)?;
        assert_eq!((found.tokens, found.lengths), (vec![1, 2, 5], vec![2, 1]));
        let texts = Tensor::new(&[[6u32, 7, 8], [9, 10, 11]], &Device::Cpu)?;
        let found = Sequences::of_texts(&prompt, &texts, &[vec![0.0, 1.0, 0.0], vec![1.0; 3]])?;
        assert_eq!(found.tokens, [1, 2, 6, 7, 5, 9, 10, 11]);
        assert_eq!((found.lengths, found.told), (vec![4, 4], vec![3, 5, 6, 7]));
        let none = Sequences::of_texts(&prompt, &texts, &[vec![0.0; 3], vec![0.0; 3]])?;
        assert_eq!((none.tokens, none.told), (vec![1, 2, 5], vec![]));
        Ok(())
    }

    #[test]
    fn holes_and_other_rows_are_errors() -> Result<()> {
        let holed = prompt([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])?;
        let message = Sequences::of_prompts(&holed).expect_err("a hole").to_string();
        assert!(message.contains("pad on the left"), "{message}");
        let sound = prompt([[1.0; 3]; 2])?;
        let text = Tensor::new(&[[6u32]], &Device::Cpu)?;
        assert!(Sequences::of_texts(&sound, &text, &[vec![1.0]]).is_err());
        Ok(())
    }
}
