//! What an embedding head can be.

use crate::check;
use serde::{Deserialize, Serialize};
use story_core::{Error, Result};

/// Config of the embedding head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingHeadConfig {
    /// Width of the hidden layer; 0, only with a blend: no layers.
    pub hidden_width: usize,
    /// What the prediction is made of.
    pub predict: Predict,
    /// Where it lives.
    pub space: Space,
    /// Whether it knows what was shown already.
    pub novelty: Novelty,
    /// How a prediction is scored.
    pub loss: EmbeddingLoss,
    /// Whether the target's embedding learns too.
    pub target: EmbeddingTarget,
}

/// What a head must know of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddingHeadDims {
    /// Width of the context's summary.
    pub context: usize,
    /// Width of the model's projection.
    pub projected: usize,
    /// Width of a frozen picture encoder's vectors; `None` where it trains.
    pub features: Option<usize>,
}

/// What a prediction q is made of, with f(s) two linear layers, a ReLU between them, over the
/// context's summary s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Predict {
    /// q = f(s).
    Embedding,
    /// q = e + f(s) with the embedding e of the context's last picture: what stays need not be
    /// told again. f(s) alone where that frame has no picture or the model may not see it.
    Change,
    /// q = sum_k w_k e_k + f(s), with a learned weight for each place in the context, counted from
    /// the last frame; without f(s) where the hidden width is 0. It can do no worse than copying
    /// and has a handful of parameters: for corpora of some hundred stories.
    Blend,
}

/// The space of the pictures' embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Space {
    /// The model's own, in which pictures and texts are aligned.
    Projected,
    /// A frozen picture encoder's, which nothing learned can spoil.
    Features,
}

/// Whether a head knows what was shown already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Novelty {
    /// Pictures of the context score as any other.
    None,
    /// What is all but the same as a picture of the context scores less, as far as training finds
    /// that stories do not show a picture twice. Only with InfoNCE.
    Learned,
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
            space: Space::Projected,
            novelty: Novelty::None,
            loss: EmbeddingLoss::InfoNce { temperature: TEMPERATURE },
            target: EmbeddingTarget::Constant,
        }
    }
}

impl EmbeddingHeadConfig {
    /// Checks what does not depend on the rest of the model.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |message: &str| Err(Error::Config(format!("embedding_head.{message}")));
        if self.hidden_width == 0 && self.predict != Predict::Blend {
            return refuse(
                "hidden_width is 0, and only predict = \"blend\" does without the layers; set a width, such as 256",
            );
        }
        if self.hidden_width > 0 {
            check::size("embedding_head.hidden_width", self.hidden_width)?;
        }
        match self.loss {
            EmbeddingLoss::InfoNce { temperature }
                if !(temperature > 0.0 && temperature.is_finite()) =>
            {
                return refuse(&format!(
                    "loss.temperature is {temperature}; expected a number above 0"
                ));
            }
            EmbeddingLoss::Cosine if self.target == EmbeddingTarget::Trained => {
                return refuse(
                    "target is `trained` with the cosine loss, which is lowest where all pictures are embedded alike; use `constant`, or the info-nce loss",
                );
            }
            EmbeddingLoss::Cosine if self.novelty == Novelty::Learned => {
                return refuse(
                    "novelty is `learned` with the cosine loss, which has no wrong choices to learn it from; use `none`, or the info-nce loss",
                );
            }
            _ => {}
        }
        if self.space == Space::Features && self.target == EmbeddingTarget::Trained {
            return refuse(
                "target is `trained` in the space of a frozen encoder; use `constant`, or space = \"projected\"",
            );
        }
        Ok(())
    }
}
