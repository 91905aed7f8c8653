//! Tell, then show: the picture decoder may be given the next text beside what the context says. In
//! training that is the true one, in some of the windows only, so that it paints without as well; when a
//! picture is painted, what the model itself tells stands in its place.

use super::StoryModel;
use candle_core::{D, DType, Tensor};
use candle_nn::{Init, Linear, Module, VarBuilder};
use rand::Rng;
use story_core::{Batch, Context, Error, Pass, Result};

/// The place of the layer, and the name of the stream that chooses windows.
const PAINTER_TOLD: &str = "painter_told";

/// Adds a text of the common space to the summary.
pub(super) struct ToldReader {
    of_text: Linear,
    /// Windows of the training that are given their text, 0..1.
    share: f64,
}

impl ToldReader {
    /// From `width` of the common space to `context` of the summary, beginning at nothing; `None` where
    /// no window is given a text.
    ///
    /// # Errors
    /// A share outside of 0..1.
    pub fn new(share: f64, [width, context]: [usize; 2], vb: &VarBuilder) -> Result<Option<Self>> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::Config(format!(
                "model.painter_told is {share}; it is a share of the training windows, 0 to 1"
            )));
        }
        if share == 0.0 {
            return Ok(None);
        }
        let vb = vb.pp(PAINTER_TOLD);
        let weight = vb.get_with_hints((context, width), "weight", Init::Const(0.0))?;
        Ok(Some(Self { of_text: Linear::new(weight, None), share }))
    }
}

impl StoryModel {
    /// Whether the picture decoder may be given a next text.
    pub fn paints_after_telling(&self) -> bool {
        self.told.is_some()
    }

    /// The context as the picture decoder reads it where `text (B, D)` of the common space is what comes
    /// next: a text's embedding, or the mean of several that may come, which is the shorter the less
    /// they agree. As it was where the decoder takes no text.
    ///
    /// # Errors
    /// Texts of another width.
    pub fn after_telling(&self, context: &Context, text: &Tensor) -> Result<Context> {
        match &self.told {
            Some(told) => {
                let summary = (&context.summary + told.of_text.forward(text)?)?; // (B, D')
                Ok(Context { summary, ..context.clone() })
            }
            None => Ok(context.clone()),
        }
    }

    /// The context as the picture decoder learns from it: with the target's text in some windows of a
    /// training batch, and as it was else. The text is not learned from.
    pub(crate) fn after_true_text(
        &self,
        context: &Context,
        batch: &Batch,
        pass: &Pass,
    ) -> Result<Context> {
        let (Some(told), Some(mut rng)) = (&self.told, pass.rng(PAINTER_TOLD)) else {
            return Ok(context.clone());
        };
        let chosen: Vec<f32> =
            (0..batch.len()).map(|_| f32::from(u8::from(rng.random_bool(told.share)))).collect();
        let chosen = Tensor::from_vec(chosen, batch.len(), batch.target_mask.device())?;
        let known = batch.target_mask.max(D::Minus1)?.to_dtype(DType::F32)?; // (B,)
        let texts = self.embed_target_texts(batch)?.detach(); // (B, D)
        let given = texts.broadcast_mul(&(chosen * known)?.unsqueeze(1)?)?;
        self.after_telling(context, &given)
    }
}
