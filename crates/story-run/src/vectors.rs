//! A network's vectors of pictures and texts that are in no batch, in the space that both share.
//!
//! Axes: `N` pictures or texts, `M` windows, `L` tokens, `E` an encoder's width, `D` the common width.

use crate::batches::evaluation_batches;
use crate::error::Result;
use crate::frozen::preprocessing;
use crate::host::Host;
use crate::network::Network;
use candle_core::{Device, Tensor};
use std::sync::Arc;
use story_core::{Pass, Story};
use story_data::collate::Collator;
use story_data::window::StoryWindow;
use story_pictures::Picture;

impl Network {
    /// The target pictures of `windows` in the embedding head's space, `(M, E)` on the CPU, and whether
    /// each has one.
    ///
    /// # Errors
    /// Those of the model and the data; and soon after somebody asked to stop.
    pub(crate) fn placed_targets(
        &self,
        stories: &Arc<[Story]>,
        collator: &Arc<Collator>,
        windows: &[StoryWindow],
        host: &Host,
    ) -> Result<(Tensor, Vec<bool>)> {
        let (mut rows, mut known) = (Vec::new(), Vec::new());
        let bar = host.bar("embed frames", windows.len() as u64);
        let size = self.config.evaluate.batch_size;
        for batch in evaluation_batches(stories, collator, windows, size)? {
            host.stop().go_on()?;
            let batch = batch?.to_device(&self.device)?;
            let placed = self.model.place_target_pictures(&batch)?.detach(); // (B, E)
            rows.push(placed.to_device(&Device::Cpu)?);
            known.extend(batch.target_image_mask.to_vec1::<f32>()?.iter().map(|mask| *mask > 0.0));
            bar.step(batch.len() as u64);
        }
        Ok((Tensor::cat(&rows, 0)?.contiguous()?, known))
    }

    /// `(N, D)` of length 1.
    pub(crate) fn text_vectors(&self, texts: &[&str]) -> Result<Tensor> {
        match self.frozen.text() {
            Some(encoder) => {
                let vectors = encoder.encode(texts)?.to_device(&self.device)?; // (N, E)
                let words: Vec<f32> =
                    texts.iter().map(|text| f32::from(u8::from(has_words(text)))).collect();
                let words = Tensor::from_vec(words, (texts.len(), 1), &self.device)?; // (N, 1)
                // A text without words has no vector of its own.
                let vectors = vectors.broadcast_mul(&words)?;
                Ok(self.model.project_texts(&vectors)?.detach())
            }
            None => {
                let length = self.config.data.max_tokens;
                let (mut ids, mut mask) = (Vec::new(), Vec::new());
                for text in texts {
                    let mut row = self.tokenizer.encode(text, length)?;
                    if !has_words(text) {
                        row.mask.fill(0.0);
                    }
                    ids.append(&mut row.ids);
                    mask.append(&mut row.mask);
                }
                let shape = (texts.len(), length);
                let ids = Tensor::from_vec(ids, shape, &self.device)?; // (N, L)
                let mask = Tensor::from_vec(mask, shape, &self.device)?; // (N, L)
                Ok(self.model.embed_texts(&ids, &mask, &Pass::Eval)?.detach())
            }
        }
    }

    /// `(N, D)` of length 1.
    pub(crate) fn picture_vectors(&self, planes: Vec<Vec<f32>>) -> Result<Tensor> {
        match self.frozen.image() {
            Some(encoder) => {
                let vectors = encoder.encode_planes(planes)?.to_device(&self.device)?; // (N, E)
                Ok(self.model.project_pictures(&vectors)?.detach())
            }
            None => {
                let (n, side) = (planes.len(), preprocessing(&self.config).size);
                let shape = (n, 3, side, side);
                let images = Tensor::from_vec(planes.concat(), shape, &self.device)?;
                Ok(self.model.embed_images(&images, &Pass::Eval)?.detach())
            }
        }
    }

    /// A picture as the picture encoder sees it, `(3, H, W)`.
    pub(crate) fn planes(&self, picture: &Picture) -> Result<Vec<f32>> {
        match self.frozen.image() {
            Some(encoder) => Ok(encoder.planes(picture)?),
            None => Ok(preprocessing(&self.config).planes(picture)?),
        }
    }
}

fn has_words(text: &str) -> bool {
    !text.trim().is_empty()
}
