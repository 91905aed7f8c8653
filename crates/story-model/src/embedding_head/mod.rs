//! Predicts the embedding of the next picture, and is scored by InfoNCE against the targets of the
//! other windows (van den Oord et al. 2018) or by cosine distance.
//!
//! InfoNCE: -ln( exp(p_i t_i / tau) / sum_j exp(p_i t_j / tau) ), over the j whose window has a
//! target picture and is of another story than i, and i itself, and over the pictures of i's own
//! context. Cosine: 1 - p_i t_i. Both are
//! means over the windows that have a target picture; whether the targets learn too is the config's
//! choice.
//!
//! The prediction is f(s) / |f(s)| with the context's summary s or, where the change is predicted,
//! (e + f(s)) / |e + f(s)| with the embedding e of the context's last picture: what stays need not
//! be told again. e is a constant where the target is, or else it could learn to be its target.
//!
//! Summary `(B, D)` to `(B, E)`, L2-normalised.

use candle_core::{D, Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::{Context, Error, Result, layers, losses};

/// Stands for minus infinity among the scores; its exponential is 0, and 0 times it is 0.
const NEVER: f64 = -1e9;

/// Config of the embedding head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingHeadConfig {
    /// Width of the hidden layer.
    pub hidden_width: usize,
    /// What the layers give.
    pub predict: Predict,
    /// How a prediction is scored.
    pub loss: EmbeddingLoss,
    /// Whether the target's embedding learns too.
    pub target: EmbeddingTarget,
}

/// What the head's layers give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Predict {
    /// The embedding itself.
    Embedding,
    /// Its difference from the last picture of the context; the embedding itself where that frame
    /// has no picture or the model may not see it.
    Change,
}

/// What the loss does to the embedding of the target picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmbeddingTarget {
    /// It is a constant: for frozen encoders, and where only the prediction is to learn.
    Constant,
    /// Its encoder learns to tell pictures apart by what can be foreseen of them. Only with
    /// InfoNCE: a cosine loss would be lowest where all pictures are the same.
    Trained,
}

/// How a predicted embedding is scored against the target's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum EmbeddingLoss {
    /// Cross-entropy of picking the right one among the batch's targets.
    InfoNce {
        /// Divides the cosine similarities; above 0.
        temperature: f64,
    },
    /// One minus the cosine similarity.
    Cosine,
}

impl Default for EmbeddingHeadConfig {
    fn default() -> Self {
        // CLIP's starting temperature (Radford et al. 2021).
        const TEMPERATURE: f64 = 0.07;
        Self {
            hidden_width: 256,
            predict: Predict::Embedding,
            loss: EmbeddingLoss::InfoNce {
                temperature: TEMPERATURE,
            },
            target: EmbeddingTarget::Constant,
        }
    }
}

/// Two linear layers with a ReLU between them.
pub struct EmbeddingHead {
    hidden: Linear,
    output: Linear,
    predict: Predict,
    loss: EmbeddingLoss,
    target: EmbeddingTarget,
}

impl EmbeddingHeadConfig {
    /// Builds the head from summaries of width `context` to embeddings of width `embedding`, under
    /// `hidden` and `output`.
    ///
    /// # Errors
    /// A hidden width of 0, a temperature that is not above 0, or a trained target with a loss
    /// that it could cheat.
    pub fn build(
        &self,
        context: usize,
        embedding: usize,
        vb: VarBuilder<'static>,
    ) -> Result<EmbeddingHead> {
        crate::check::size("embedding_head.hidden_width", self.hidden_width)?;
        match self.loss {
            EmbeddingLoss::InfoNce { temperature }
                if !(temperature > 0.0 && temperature.is_finite()) =>
            {
                return Err(Error::Config(format!(
                    "embedding_head.loss.temperature is {temperature}; expected a number above 0"
                )));
            }
            EmbeddingLoss::Cosine if self.target == EmbeddingTarget::Trained => {
                return Err(Error::Config(
                    "embedding_head.target is `trained` with the cosine loss, which is lowest where all pictures are embedded alike; use `constant`, or the info-nce loss".into(),
                ));
            }
            _ => {}
        }
        Ok(EmbeddingHead {
            hidden: layers::linear(context, self.hidden_width, vb.pp("hidden"))?,
            output: layers::linear(self.hidden_width, embedding, vb.pp("output"))?,
            predict: self.predict,
            loss: self.loss,
            target: self.target,
        })
    }
}

impl EmbeddingHead {
    /// The predicted embedding, `(B, E)`, L2-normalised.
    pub fn predict(&self, context: &Context) -> Result<Tensor> {
        let summary = context.summary.contiguous()?; // (B, D)
        let hidden = self.hidden.forward(&summary)?.relu()?; // (B, hidden)
        let output = self.output.forward(&hidden)?; // (B, E)
        let last = context.last_image.as_ref();
        let last = last.filter(|_| self.predict == Predict::Change);
        layers::l2_normalize(&match (last, self.target) {
            (Some(last), EmbeddingTarget::Constant) => (output + last.detach())?,
            (Some(last), EmbeddingTarget::Trained) => (output + last)?,
            (None, _) => output,
        }) // (B, E)
    }

    /// Whether the target's embedding learns too.
    pub fn target(&self) -> EmbeddingTarget {
        self.target
    }

    /// The loss of `prediction (B, E)` against `target (B, E)`, both L2-normalised, over the
    /// windows whose `mask (B,)` is 1; 0 where none is. `stories` holds each window's story,
    /// `seen (B, T, E)` the embeddings of its own context's pictures with their mask `(B, T)`.
    ///
    /// With InfoNCE the pictures of the own context are further wrong choices: without them, to
    /// recognise the story is enough, and the last frame answers as well as a prediction.
    pub fn loss(
        &self,
        prediction: &Tensor,
        target: &Tensor,
        mask: &Tensor,
        stories: &[u64],
        seen: (&Tensor, &Tensor),
    ) -> Result<Tensor> {
        let target = match self.target {
            EmbeddingTarget::Constant => target.detach(),
            EmbeddingTarget::Trained => target.clone(),
        };
        let per_window = match self.loss {
            EmbeddingLoss::Cosine => (1.0 - (prediction * &target)?.sum(D::Minus1)?)?, // (B,)
            EmbeddingLoss::InfoNce { temperature } => {
                let scores = (prediction.matmul(&target.t()?)? / temperature)?; // (B, B)
                let scores = (scores + barred(mask, stories)?)?;
                let context = context_scores(prediction, seen, temperature)?; // (B, T)
                let scores = Tensor::cat(&[scores, context], 1)?; // (B, B + T)
                let log_p = candle_nn::ops::log_softmax(&scores, D::Minus1)?; // (B, B + T)
                let own = Tensor::eye(stories.len(), log_p.dtype(), log_p.device())?;
                (log_p.narrow(1, 0, stories.len())? * own)?
                    .sum(D::Minus1)?
                    .neg()? // (B,)
            }
        };
        losses::masked_average(&per_window, mask)
    }
}

/// Scores of each window's own context pictures, `(B, T)`; [`NEVER`] where there is none.
fn context_scores(
    prediction: &Tensor,
    (seen, mask): (&Tensor, &Tensor),
    temperature: f64,
) -> Result<Tensor> {
    let query = prediction.unsqueeze(2)?; // (B, E, 1)
    let scores = (seen.contiguous()?.matmul(&query)?.squeeze(2)? / temperature)?; // (B, T)
    Ok((scores + ((1.0 - mask)? * NEVER)?)?)
}

/// 0 where window j may stand beside window i as a choice, [`NEVER`] where not, `(B, B)`.
fn barred(mask: &Tensor, stories: &[u64]) -> Result<Tensor> {
    let kept = mask.to_vec1::<f32>()?;
    let b = stories.len();
    let bar = |i: usize, j: usize| i != j && (kept[j] == 0.0 || stories[i] == stories[j]);
    let values: Vec<f32> = (0..b * b)
        .map(|at| {
            if bar(at / b, at % b) {
                NEVER as f32
            } else {
                0.0
            }
        })
        .collect();
    Ok(Tensor::from_vec(values, (b, b), mask.device())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};
    use story_core::ParamStore;

    fn head(loss: EmbeddingLoss) -> Result<EmbeddingHead> {
        let store = ParamStore::new(3, &Device::Cpu);
        let config = EmbeddingHeadConfig {
            hidden_width: 4,
            predict: Predict::Embedding,
            loss,
            target: EmbeddingTarget::Constant,
        };
        config.build(3, 2, store.builder())
    }

    #[test]
    fn the_target_learns_only_where_the_config_says_so() -> Result<()> {
        let device = Device::Cpu;
        let mask = Tensor::ones(2, candle_core::DType::F32, &device)?;
        let prediction = Tensor::new(&[[1f32, 0.0], [0.0, 1.0]], &device)?;
        let mut head = head(EmbeddingLoss::InfoNce { temperature: 0.5 })?;
        let (seen, none) = nothing_seen(2)?;
        for (choice, learns) in [
            (EmbeddingTarget::Constant, false),
            (EmbeddingTarget::Trained, true),
        ] {
            head.target = choice;
            let target = Var::new(&[[0.6f32, 0.8], [0.8, 0.6]], &device)?;
            let gradients = head
                .loss(&prediction, &target, &mask, &[1, 2], (&seen, &none))?
                .backward();
            let found = gradients.is_ok_and(|gradients| gradients.get(&target).is_some());
            assert_eq!(found, learns, "{choice:?}");
        }
        let cheat = EmbeddingHeadConfig {
            loss: EmbeddingLoss::Cosine,
            target: EmbeddingTarget::Trained,
            ..EmbeddingHeadConfig::default()
        };
        let store = ParamStore::new(3, &device);
        let Err(error) = cheat.build(3, 2, store.builder()) else {
            panic!("a loss that can be cheated was accepted");
        };
        assert!(error.to_string().contains("constant"), "{error}");
        Ok(())
    }

    /// Contexts without a picture for `windows` windows.
    fn nothing_seen(windows: usize) -> Result<(Tensor, Tensor)> {
        let zeros = |shape: &[usize]| Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu);
        Ok((zeros(&[windows, 3, 2])?, zeros(&[windows, 3])?))
    }

    #[test]
    fn info_nce_counts_other_stories_with_pictures_only() -> Result<()> {
        let cpu = &Device::Cpu;
        let head = head(EmbeddingLoss::InfoNce { temperature: 0.5 })?;
        // Window 1 is of window 0's story, window 3 has no target picture.
        let stories = [7, 7, 8, 9];
        let mask = Tensor::new(&[1f32, 1.0, 1.0, 0.0], cpu)?;
        let p = Tensor::new(&[[1f32, 0.0], [0.0, 1.0], [0.6, 0.8], [1.0, 0.0]], cpu)?;
        let t = Tensor::new(&[[0.8f32, 0.6], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]], cpu)?;
        let nce = |own: f64, others: &[f64]| {
            let sum: f64 = others.iter().map(|s| (s / 0.5).exp()).sum();
            -(own / 0.5) + ((own / 0.5).exp() + sum).ln()
        };
        let expected = (nce(0.8, &[1.0]) + nce(1.0, &[0.0]) + nce(0.6, &[0.96, 0.8])) / 3.0;
        let (seen, none) = nothing_seen(4)?;
        let loss = head.loss(&p, &t, &mask, &stories, (&seen, &none))?;
        let found = f64::from(loss.to_scalar::<f32>()?);
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");

        // Window 0 has seen one picture of cosine 0.6 with its prediction; a second one pads.
        let seen = Tensor::zeros((4, 2, 2), candle_core::DType::F32, cpu)?
            .slice_assign(&[0..1, 0..1, 0..2], &Tensor::new(&[[[0.6f32, 0.8]]], cpu)?)?;
        let shown = Tensor::new(&[[1f32, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], cpu)?;
        let expected = expected + (nce(0.8, &[1.0, 0.6]) - nce(0.8, &[1.0])) / 3.0;
        let loss = head.loss(&p, &t, &mask, &stories, (&seen, &shown))?;
        let found = f64::from(loss.to_scalar::<f32>()?);
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        Ok(())
    }

    #[test]
    fn cosine_loss_ignores_windows_without_a_target_and_no_gradient_reaches_it() -> Result<()> {
        let cpu = &Device::Cpu;
        let head = head(EmbeddingLoss::Cosine)?;
        let p = Var::new(&[[1f32, 0.0], [0.0, 1.0]], cpu)?;
        let t = Var::new(&[[0.6f32, 0.8], [1.0, 0.0]], cpu)?;
        let mask = Tensor::new(&[1f32, 0.0], cpu)?;
        let (seen, none) = nothing_seen(2)?;
        let loss = head.loss(&p, &t, &mask, &[1, 2], (&seen, &none))?;
        assert!((loss.to_scalar::<f32>()? - 0.4).abs() < 1e-6);
        let gradients = loss.backward()?;
        assert!(gradients.get(&t).is_none());
        let gradient = gradients.get(&p).expect("the prediction's");
        assert_eq!(gradient.to_vec2::<f32>()?, [[-0.6, -0.8], [0.0, 0.0]]);
        Ok(())
    }

    fn context(summary: &[f32; 3]) -> Result<Context> {
        let summary = Tensor::new(&[*summary], &Device::Cpu)?;
        let mask = Tensor::ones((1, 1), candle_core::DType::F32, &Device::Cpu)?;
        Context::new(summary.unsqueeze(1)?, summary, mask)
    }

    #[test]
    fn predictions_have_length_one_and_bad_temperatures_are_refused() -> Result<()> {
        let head = head(EmbeddingLoss::Cosine)?;
        let length = head
            .predict(&context(&[0.3, -2.0, 1.0])?)?
            .sqr()?
            .sum_all()?
            .to_scalar::<f32>()?;
        assert!((length - 1.0).abs() < 1e-5);
        for temperature in [0.0, -1.0, f64::NAN] {
            assert!(self::head(EmbeddingLoss::InfoNce { temperature }).is_err());
        }
        Ok(())
    }

    #[test]
    fn a_change_is_added_to_the_last_picture_which_learns_only_with_the_target() -> Result<()> {
        let mut head = head(EmbeddingLoss::InfoNce { temperature: 0.5 })?;
        let last = Var::new(&[[0.6f32, -0.8]], &Device::Cpu)?;
        let plain = context(&[0.3, -2.0, 1.0])?;
        let seen = plain.clone().with_last_image(last.as_tensor().clone())?;
        let before = head.predict(&seen)?.to_vec2::<f32>()?;
        assert_eq!(before, head.predict(&plain)?.to_vec2::<f32>()?);
        head.predict = Predict::Change;
        // Nothing to add to: the change alone.
        assert_eq!(before, head.predict(&plain)?.to_vec2::<f32>()?);
        let hidden = head.hidden.forward(&seen.summary)?.relu()?;
        let sum = (head.output.forward(&hidden)? + last.as_tensor())?;
        let sum = sum.to_vec2::<f32>()?.concat();
        let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
        let found = head.predict(&seen)?.to_vec2::<f32>()?.concat();
        for (found, sum) in found.iter().zip(&sum) {
            assert!((found - sum / length).abs() < 1e-6, "{found} {sum}");
        }
        for (target, learns) in [
            (EmbeddingTarget::Constant, false),
            (EmbeddingTarget::Trained, true),
        ] {
            head.target = target;
            let gradients = head
                .predict(&seen)?
                .narrow(1, 0, 1)?
                .sum_all()?
                .backward()?;
            assert_eq!(gradients.get(&last).is_some(), learns, "{target:?}");
        }
        Ok(())
    }
}
