//! The training objective: a weighted sum of named parts.
//!
//! | part | formula |
//! |---|---|
//! | `text` | mean -ln p of token i + 1 given tokens 0..=i and the context, padding left out |
//! | `image` | mean squared error of the picture, windows without a target picture left out |
//! | `structure` | 1 - the picture's structural similarity by blocks, likewise |
//! | `recall` | of a picture decoder that remembers: mean -ln of the share of the picture that is nearest to the target, times a weight of its own |
//! | `contrastive` | the alignment's loss between a frame's picture and its text |
//! | `embedding` | the embedding head's loss against the target picture's embedding |
//!
//! A part of weight 0 is not computed and not reported: `contrastive_weight = 0` is how a run goes
//! without alignment.

use crate::check;
use crate::embedding_head::Space;
use crate::model::StoryModel;
use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};
use story_align::AlignmentLoss;
use story_core::{Batch, Error, Painted, Pass, Result, losses};

/// The weights of the parts, each at least 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveConfig {
    /// Weight of `text`.
    pub text_weight: f64,
    /// Weight of `image`.
    pub image_weight: f64,
    /// Weight of `structure`, where pictures are painted: with an `image_weight` above 0, and by a
    /// decoder that learns from pixels.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub structure_weight: f64,
    /// Weight of `contrastive`.
    pub contrastive_weight: f64,
    /// Weight of `embedding`.
    pub embedding_weight: f64,
    /// Which frames' pictures and texts `contrastive` draws together.
    #[serde(default, skip_serializing_if = "AlignedFrames::is_context")]
    pub aligned: AlignedFrames,
}

/// The frames of a window whose pictures and texts are pairs of the alignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlignedFrames {
    /// Those that are shown.
    #[default]
    Context,
    /// Those and the one to foretell, which is no part of what the model reads.
    Window,
}

impl AlignedFrames {
    /// Configs that do not ask stay as they are.
    fn is_context(&self) -> bool {
        *self == Self::Context
    }
}

impl Default for ObjectiveConfig {
    fn default() -> Self {
        // SYSTEMS.md, system A; the head's weight is ours.
        Self {
            text_weight: 1.0,
            image_weight: 1.0,
            structure_weight: 0.0,
            contrastive_weight: 0.5,
            embedding_weight: 1.0,
            aligned: AlignedFrames::Context,
        }
    }
}

/// Configs that do not ask stay as they are.
fn is_zero(weight: &f64) -> bool {
    *weight == 0.0
}

/// The losses of one batch.
#[derive(Debug, Clone)]
pub struct Losses {
    /// The weighted sum, a scalar that can be differentiated.
    pub total: Tensor,
    /// Each part by name, before its weight, in the order of the table above.
    pub parts: Vec<(String, f32)>,
    /// How often the alignment finds a picture's own text among those of the batch, and the other
    /// way round, 0..1; `None` where it is not computed or no pair has a rival. What chance
    /// reaches depends on the batch's size.
    pub matching_accuracy: Option<f64>,
}

impl Losses {
    /// Whether the total and every part are finite.
    pub fn is_finite(&self) -> Result<bool> {
        let total = self.total.to_scalar::<f32>()?;
        Ok(total.is_finite() && self.parts.iter().all(|(_, value)| value.is_finite()))
    }
}

impl ObjectiveConfig {
    /// The weights by the names of their parts.
    pub fn weights(&self) -> [(&'static str, f64); 4] {
        [
            ("text", self.text_weight),
            ("image", self.image_weight),
            ("contrastive", self.contrastive_weight),
            ("embedding", self.embedding_weight),
        ]
    }

    /// Checks every weight.
    ///
    /// # Errors
    /// [`Error::Config`] for a weight below 0, or if all are 0.
    pub fn checked(self) -> Result<Self> {
        check::at_least_zero("objective.structure_weight", self.structure_weight)?;
        let weights = self.weights();
        for (part, weight) in weights {
            check::at_least_zero(&format!("objective.{part}_weight"), weight)?;
        }
        if weights.iter().all(|(_, weight)| *weight == 0.0) {
            return Err(Error::Config(
                "objective: every weight is 0, there is nothing to learn; set one above 0".into(),
            ));
        }
        Ok(self)
    }

    /// The losses of `batch`.
    pub fn losses(&self, model: &StoryModel, batch: &Batch, pass: &Pass) -> Result<Losses> {
        let frames = model.embed(batch, pass)?;
        let context = model.context(batch, &frames, pass)?;
        let mut sum = Sum::new(batch.images.device())?;
        if self.text_weight > 0.0 {
            let (tokens, mask) = batch.told();
            let loss = model.text_decoder().token_loss(&context, tokens, mask, pass)?;
            sum.add("text", self.text_weight, loss)?;
        }
        if self.image_weight > 0.0 {
            let (target, mask) = (&batch.target_image, &batch.target_image_mask);
            let context = model.after_true_text(&context, batch, pass)?;
            let (painted, beside) = model.image_decoder().learn(&context, target, mask, pass)?;
            match painted {
                Painted::Picture(picture) => {
                    let loss = losses::masked_mse(&picture, target, mask)?; // of (B, 3, H, W)
                    sum.add("image", self.image_weight, loss)?;
                    if self.structure_weight > 0.0 {
                        let loss = losses::masked_structure(&picture, target, mask)?;
                        sum.add("structure", self.structure_weight, loss)?;
                    }
                }
                Painted::Error(loss) => sum.add("image", self.image_weight, loss)?,
            }
            if let Some(loss) = beside {
                sum.add("recall", self.image_weight, loss)?;
            }
        }
        let window = match self.aligned {
            AlignedFrames::Window if self.contrastive_weight > 0.0 => {
                Some(model.embed_window(batch, &frames, pass)?)
            }
            _ => None,
        };
        if self.contrastive_weight > 0.0 {
            let pairs = window.as_ref().unwrap_or(&frames);
            let AlignmentLoss { loss, diagnostics } = model.align(pairs, &batch.stories)?;
            sum.add("contrastive", self.contrastive_weight, loss)?;
            sum.0.matching_accuracy = match diagnostics {
                Some(diagnostics) => diagnostics.matching_accuracy()?,
                None => None,
            };
        }
        if self.embedding_weight > 0.0 {
            // Apart from the context's pictures and without dropout: where targets are constants,
            // no graph and no backward is made for them.
            let target = match (&window, model.embedding_head().space()) {
                (Some(window), Space::Projected) => window.last_pictures()?, // (B, D)
                _ => model.place_target_pictures(batch)?,                    // (B, E)
            };
            let loss = model.embedding_head().loss(
                &context,
                &target,
                &batch.target_image_mask,
                &batch.stories,
                &model.context_pictures(batch, &frames)?,
            )?;
            sum.add("embedding", self.embedding_weight, loss)?;
        }
        Ok(sum.0)
    }
}

struct Sum(Losses);

impl Sum {
    fn new(device: &candle_core::Device) -> Result<Self> {
        let total = Tensor::zeros((), DType::F32, device)?;
        Ok(Self(Losses { total, parts: Vec::new(), matching_accuracy: None }))
    }

    fn add(&mut self, name: &str, weight: f64, loss: Tensor) -> Result<()> {
        self.0.parts.push((name.into(), loss.to_scalar::<f32>()?));
        self.0.total = (&self.0.total + (loss * weight)?)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_and_all_zero_weights_are_config_errors() {
        let config = ObjectiveConfig { image_weight: -1.0, ..ObjectiveConfig::default() };
        let message = config.checked().expect_err("negative").to_string();
        assert!(message.contains("objective.image_weight"), "{message}");
        let config = ObjectiveConfig { structure_weight: -0.1, ..ObjectiveConfig::default() };
        let message = config.checked().expect_err("negative").to_string();
        assert!(message.contains("objective.structure_weight"), "{message}");
        let config = ObjectiveConfig {
            text_weight: 0.0,
            image_weight: 0.0,
            // It is nothing to learn by itself.
            structure_weight: 1.0,
            contrastive_weight: 0.0,
            embedding_weight: 0.0,
            aligned: AlignedFrames::Context,
        };
        assert!(config.checked().is_err());
        assert!(ObjectiveConfig::default().checked().is_ok());
    }
}
