//! Predicts the next picture in a space of embeddings, and scores pictures by how well they would
//! come next; learns by InfoNCE against the targets of the other windows (van den Oord et al. 2018)
//! or by cosine distance.
//!
//! score(t) = q t / tau - novelty(t), with the prediction q of length 1 ([`Predict`]), and the
//! learned reluctance to show a picture again ([`Novelty`]), 0 without it.
//! InfoNCE: -ln( exp(score(t_i)) / sum_j exp(score(t_j)) ), over the j whose window has a target
//! picture and is of another story than i, and i itself, and over the pictures of i's own context.
//! Cosine: 1 - q_i t_i. Both are means over the windows that have a target picture; whether the
//! targets learn too is the config's choice.
//!
//! The space is that of the model's projection, or the frozen picture encoder's own, moved to its
//! middle: x -> (x - m) / |x - m|, with m the mean of the training pictures at the start.
//!
//! Axes: `B` windows, `T` frames, `M` pictures in a pool, `D` width of the summary, `E` of the space.

mod config;
mod novelty;
mod predict;
#[cfg(test)]
mod tests;

pub use config::{
    EmbeddingHeadConfig, EmbeddingHeadDims, EmbeddingLoss, EmbeddingTarget, Novelty, Predict, Space,
};

use candle_core::{D, Tensor};
use candle_nn::{Init, VarBuilder};
use novelty::NoveltyTerm;
use predict::Predictor;
use story_core::{Context, ContextPictures, Error, Result, layers, losses};

/// Stands for minus infinity among the scores; its exponential is 0, and 0 times it is 0.
const NEVER: f64 = -1e9;

/// Name of the parameter that holds the space's middle.
pub(crate) const CENTER: &str = "center";

/// Predicts the next picture's embedding.
pub struct EmbeddingHead {
    predictor: Predictor,
    novelty: Option<NoveltyTerm>,
    center: Option<Tensor>,
    loss: EmbeddingLoss,
    target: EmbeddingTarget,
}

/// A prediction, and what the window has shown already.
#[derive(Debug, Clone)]
pub struct NextPicture {
    /// `(B, E)`, of length 1.
    pub embedding: Tensor,
    /// The context's pictures.
    pub shown: ContextPictures,
}

impl EmbeddingHeadConfig {
    /// Builds the head, under `hidden` and `output`, `blend`, `novelty` and `center` where asked for.
    ///
    /// # Errors
    /// A hidden width of 0 where the layers are needed, a temperature that is not above 0, a
    /// trained target with a loss that it could cheat or in a space that does not train, novelty
    /// without InfoNCE, or the features' space without a frozen encoder.
    pub fn build(
        &self,
        dims: &EmbeddingHeadDims,
        vb: VarBuilder<'static>,
    ) -> Result<EmbeddingHead> {
        self.check()?;
        let width = match (self.space, dims.features) {
            (Space::Projected, _) => dims.projected,
            (Space::Features, Some(width)) => width,
            (Space::Features, None) => {
                return Err(Error::Config(
                    "embedding_head.space is \"features\", and the picture encoder trains: only a frozen one has a space of its own; use \"projected\", or set model.image_encoder.train = 0".into(),
                ));
            }
        };
        let center = || vb.get_with_hints(width, CENTER, Init::Const(0.0));
        let novelty = || NoveltyTerm::new(vb.pp("novelty"));
        Ok(EmbeddingHead {
            predictor: Predictor::new(self, dims.context, width, &vb)?,
            novelty: (self.novelty == Novelty::Learned).then(novelty).transpose()?,
            center: (self.space == Space::Features).then(center).transpose()?,
            loss: self.loss,
            target: self.target,
        })
    }
}

impl EmbeddingHead {
    /// Whether the head works in the frozen picture encoder's own space.
    pub fn space(&self) -> Space {
        match self.center {
            Some(_) => Space::Features,
            None => Space::Projected,
        }
    }

    /// Vectors of the frozen picture encoder, `(.., E)`, in the head's space: moved to its middle
    /// and of length 1.
    ///
    /// # Errors
    /// Where the head works in the projection's space.
    pub fn place(&self, features: &Tensor) -> Result<Tensor> {
        match &self.center {
            Some(center) => layers::l2_normalize(&features.broadcast_sub(center)?), // (.., E)
            None => Err(Error::Config(
                "embedding_head.space is \"projected\": features have no place in it".into(),
            )),
        }
    }

    /// The predicted embedding, `(B, E)`, L2-normalised.
    pub fn predict(&self, context: &Context) -> Result<Tensor> {
        self.predictor.predict(context, self.learns_from_pictures())
    }

    /// The prediction with all that scoring a pool needs.
    pub fn next(&self, context: &Context) -> Result<NextPicture> {
        let embedding = self.predict(context)?; // (B, E)
        let shown = match &context.pictures {
            Some(pictures) => pictures.clone(),
            None => {
                let (b, t) = context.mask.dims2()?;
                let nothing = Tensor::zeros(
                    (b, t, embedding.dim(1)?),
                    embedding.dtype(),
                    embedding.device(),
                )?;
                ContextPictures::new(nothing, context.mask.zeros_like()?)?
            }
        };
        Ok(NextPicture { embedding, shown })
    }

    /// How well each picture of `pool (M, E)` would come next, `(B, M)`; larger is better.
    pub fn scores(&self, next: &NextPicture, pool: &Tensor) -> Result<Tensor> {
        let cosines = next.embedding.matmul(&pool.t()?.contiguous()?)?; // (B, M)
        let scores = (cosines / self.temperature())?;
        match &self.novelty {
            Some(novelty) => Ok((scores - novelty.of_pool(&next.shown, pool)?)?),
            None => Ok(scores),
        }
    }

    /// Whether the target's embedding learns too.
    pub fn target(&self) -> EmbeddingTarget {
        self.target
    }

    /// In the features' space all that learns is the middle; it may.
    fn learns_from_pictures(&self) -> EmbeddingTarget {
        match self.space() {
            Space::Features => EmbeddingTarget::Trained,
            Space::Projected => self.target,
        }
    }

    fn temperature(&self) -> f64 {
        match self.loss {
            EmbeddingLoss::InfoNce { temperature } => temperature,
            EmbeddingLoss::Cosine => 1.0,
        }
    }

    /// The loss of the prediction from `context` against `target (B, E)`, L2-normalised, over the
    /// windows whose `mask (B,)` is 1; 0 where none is. `stories` holds each window's story,
    /// `seen` the embeddings of its own context's pictures, those the model may not see among them.
    ///
    /// With InfoNCE the pictures of the own context are further wrong choices: without them, to
    /// recognise the story is enough, and the last frame answers as well as a prediction.
    pub fn loss(
        &self,
        context: &Context,
        target: &Tensor,
        mask: &Tensor,
        stories: &[u64],
        seen: &ContextPictures,
    ) -> Result<Tensor> {
        self.loss_of(&self.next(context)?, target, mask, stories, seen)
    }

    fn loss_of(
        &self,
        next: &NextPicture,
        target: &Tensor,
        mask: &Tensor,
        stories: &[u64],
        seen: &ContextPictures,
    ) -> Result<Tensor> {
        let target = match self.learns_from_pictures() {
            EmbeddingTarget::Constant => target.detach(),
            EmbeddingTarget::Trained => target.clone(),
        };
        let per_window = match self.loss {
            EmbeddingLoss::Cosine => (1.0 - (&next.embedding * &target)?.sum(D::Minus1)?)?, // (B,)
            EmbeddingLoss::InfoNce { .. } => {
                let scores = self.scores(next, &target)?; // (B, B)
                let scores = (scores + barred(mask, stories)?)?;
                let own = self.own_scores(next, seen)?; // (B, T)
                let scores = Tensor::cat(&[scores, own], 1)?; // (B, B + T)
                let log_p = candle_nn::ops::log_softmax(&scores, D::Minus1)?; // (B, B + T)
                let right = Tensor::eye(stories.len(), log_p.dtype(), log_p.device())?;
                (log_p.narrow(1, 0, stories.len())? * right)?.sum(D::Minus1)?.neg()? // (B,)
            }
        };
        losses::masked_average(&per_window, mask)
    }

    /// Scores of each window's own context pictures, `(B, T)`; [`NEVER`] where there is none.
    fn own_scores(&self, next: &NextPicture, seen: &ContextPictures) -> Result<Tensor> {
        let query = next.embedding.unsqueeze(2)?; // (B, E, 1)
        let vectors = seen.vectors.contiguous()?; // (B, T, E)
        let scores = (vectors.matmul(&query)?.squeeze(2)? / self.temperature())?; // (B, T)
        let scores = match &self.novelty {
            Some(novelty) => (scores - novelty.of_own(&next.shown, &vectors)?)?,
            None => scores,
        };
        Ok((scores + ((1.0 - &seen.mask)? * NEVER)?)?)
    }
}

/// 0 where window j may stand beside window i as a choice, [`NEVER`] where not, `(B, B)`.
fn barred(mask: &Tensor, stories: &[u64]) -> Result<Tensor> {
    let kept = mask.to_vec1::<f32>()?;
    let b = stories.len();
    let bar = |i: usize, j: usize| i != j && (kept[j] == 0.0 || stories[i] == stories[j]);
    let values: Vec<f32> =
        (0..b * b).map(|at| if bar(at / b, at % b) { NEVER as f32 } else { 0.0 }).collect();
    Ok(Tensor::from_vec(values, (b, b), mask.device())?)
}
