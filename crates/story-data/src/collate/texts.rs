//! The texts of a batch: ids and masks for the encoder and of the target, or the vectors of a frozen
//! encoder in the place of the context's.

use super::{Collator, FeatureTable, cpu, features, has_words, mask};
use crate::tokenizer::EncodedText;
use crate::window::StoryWindow;
use crate::{Error, Result};
use candle_core::Tensor;
use story_core::Story;
use story_core::batch::FrameFeatures;

pub(super) struct TextTensors {
    pub(super) context: Tensor,
    pub(super) token_mask: Tensor,
    pub(super) text_mask: Tensor,
    pub(super) target: Tensor,
    pub(super) target_mask: Tensor,
    pub(super) features: Option<FrameFeatures>,
}

/// Encoded texts, one behind the other.
#[derive(Default)]
struct Row {
    ids: Vec<u32>,
    mask: Vec<f32>,
}

impl Row {
    fn push(&mut self, mut text: EncodedText) {
        self.ids.append(&mut text.ids);
        self.mask.append(&mut text.mask);
    }
}

impl Collator {
    pub(super) fn texts(
        &self,
        stories: &[Story],
        windows: &[StoryWindow],
        slots: usize,
    ) -> Result<TextTensors> {
        let l = self.config.max_tokens;
        let mut context = Row::default();
        let mut target = Row::default();
        let mut text_mask = Vec::new();
        for window in windows {
            let frames = &stories[window.story].frames;
            for slot in &window.context {
                let text = frames[slot.frame].text.as_str();
                context.push(self.tokenizer.encode(text, l)?);
                text_mask.push(mask(!slot.padding && has_words(text)));
            }
            let text = frames[window.target].text.as_str();
            let mut encoded = self.tokenizer.encode(text, l)?;
            if !has_words(text) {
                encoded.mask.fill(0.0);
            }
            target.push(encoded);
        }
        let features = match &self.features.text {
            Some(table) => Some(self.text_features(table, stories, windows, slots)?),
            None => None,
        };
        let b = windows.len();
        Ok(TextTensors {
            context: cpu(context.ids, &[b, slots, l])?, // (B, T, L)
            token_mask: cpu(context.mask, &[b, slots, l])?, // (B, T, L)
            text_mask: cpu(text_mask, &[b, slots])?,    // (B, T)
            target: cpu(target.ids, &[b, l])?,          // (B, L)
            target_mask: cpu(target.mask, &[b, l])?,    // (B, L)
            features,
        })
    }

    fn text_features(
        &self,
        table: &FeatureTable,
        stories: &[Story],
        windows: &[StoryWindow],
        slots: usize,
    ) -> Result<FrameFeatures> {
        let row = |story: usize, frame: usize| -> Result<Option<&[f32]>> {
            let text = stories[story].frames[frame].text.as_str();
            if !has_words(text) {
                return Ok(None);
            }
            match table.get(text.as_bytes()) {
                Some(row) => Ok(Some(row)),
                None => Err(Error::Config(format!(
                    "text of frame {frame} of `{}` has no feature; make the table from the stories that are collated",
                    stories[story].id
                ))),
            }
        };
        let (mut context, mut targets) = (Vec::new(), Vec::new());
        for window in windows {
            for slot in &window.context {
                context.push(row(window.story, slot.frame)?);
            }
            targets.push(row(window.story, window.target)?);
        }
        features::tensors(table.width(), slots, &context, &targets)
    }
}
