//! The next picture of a network: as the context alone foresees it, or after what is told.

use crate::decoding::Told;
use crate::error::Result;
use crate::network::Network;
use crate::pictures::to_lists;
use candle_core::Tensor;
use story_core::{Context, Pass};

impl Network {
    /// What the decoder paints after each of `B` contexts: `3 * size * size` numbers in 0..1.
    ///
    /// # Errors
    /// Those of the decoder.
    pub(crate) fn paint(&self, context: &Context) -> Result<Vec<Vec<f32>>> {
        let painted = self.model.image_decoder().decode(context, &Pass::Eval)?; // (B, 3, H, W)
        to_lists(&painted.detach())
    }

    /// The same where the decoder is given the mean of the embeddings of the texts that were drawn for
    /// each context, so that each counts as often as it is likely; none where it takes no text.
    ///
    /// # Errors
    /// Those of the text encoder and the decoder.
    pub(crate) fn paint_after_telling(
        &self,
        context: &Context,
        drawn: &[Vec<Told>],
    ) -> Result<Vec<Vec<f32>>> {
        if !self.model.paints_after_telling() {
            return Ok(Vec::new());
        }
        let mean = |drawn: &Vec<Told>| -> Result<Tensor> {
            let texts: Vec<&str> = drawn.iter().map(|told| told.text.as_str()).collect();
            Ok(self.text_vectors(&texts)?.mean(0)?) // (D,)
        };
        let told: Vec<Tensor> = drawn.iter().map(mean).collect::<Result<_>>()?;
        let told = Tensor::stack(&told, 0)?; // (B, D)
        self.paint(&self.model.after_telling(context, &told)?)
    }
}
