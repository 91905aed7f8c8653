//! The prediction: q = p + f(s), of length 1, with nothing, the last picture or a blend of the
//! context's pictures for p ([`Predict`]).

use super::config::{EmbeddingHeadConfig, EmbeddingTarget, Predict};
use candle_core::{Module, Tensor};
use candle_nn::{Init, Linear, VarBuilder};
use story_core::{Context, Result, layers};

/// Places in the context that a blend tells apart; earlier frames share the last of them.
const PLACES: usize = 8;
/// What a blend's weights are at the start, of the last frame and, by steps, of those before it.
const LAST_WEIGHT: f64 = 0.8;
/// See [`LAST_WEIGHT`].
const DECAY: f64 = 0.7;

/// What makes predictions.
pub(super) struct Predictor {
    layers: Option<(Linear, Linear)>,
    blend: Option<Tensor>,
    predict: Predict,
    width: usize,
}

impl Predictor {
    /// From summaries of width `context` to embeddings of `width`.
    pub(super) fn new(
        config: &EmbeddingHeadConfig,
        context: usize,
        width: usize,
        vb: &VarBuilder<'static>,
    ) -> Result<Self> {
        let hidden = config.hidden_width;
        let layers = || -> Result<_> {
            Ok((
                layers::linear(context, hidden, vb.pp("hidden"))?,
                layers::linear(hidden, width, vb.pp("output"))?,
            ))
        };
        Ok(Self {
            layers: (hidden > 0).then(layers).transpose()?,
            blend: (config.predict == Predict::Blend)
                .then(|| vb.get_with_hints(PLACES, "blend", Init::Const(0.0)))
                .transpose()?,
            predict: config.predict,
            width,
        })
    }

    /// q, `(B, E)`. The pictures are constants where the target is, or else they could learn to be
    /// their target.
    pub(super) fn predict(&self, context: &Context, pictures: EmbeddingTarget) -> Result<Tensor> {
        let constant = |vectors: Tensor| match pictures {
            EmbeddingTarget::Constant => vectors.detach(),
            EmbeddingTarget::Trained => vectors,
        };
        let before = match (&self.blend, &context.pictures, self.predict) {
            (Some(weights), Some(pictures), _) => {
                let vectors = constant(pictures.vectors.contiguous()?); // (B, T, E)
                Some(blend(weights, &vectors, &pictures.mask, context)?) // (B, E)
            }
            (None, Some(_), Predict::Change) => context.last_picture()?.map(constant), // (B, E)
            _ => None,
        };
        let told = match &self.layers {
            Some((hidden, output)) => {
                let hidden = hidden.forward(&context.summary.contiguous()?)?.relu()?; // (B, hidden)
                Some(output.forward(&hidden)?) // (B, E)
            }
            None => None,
        };
        layers::l2_normalize(&match (before, told) {
            (Some(before), Some(told)) => (before + told)?,
            (Some(one), None) | (None, Some(one)) => one,
            // A blend of pictures that nobody gave: no direction at all.
            (None, None) => {
                context.summary.narrow(1, 0, 1)?.zeros_like()?.repeat((1, self.width))?
            }
        }) // (B, E)
    }
}

/// sum_k w_k e_k over the pictures `(B, T, E)` that the model may see, `(B, E)`. `weights
/// (PLACES,)` are learned as their distance from a decay.
fn blend(weights: &Tensor, vectors: &Tensor, mask: &Tensor, context: &Context) -> Result<Tensor> {
    let start = (0..PLACES).map(|k| (LAST_WEIGHT * DECAY.powi(k as i32)) as f32);
    let start = Tensor::from_vec(start.collect::<Vec<f32>>(), PLACES, weights.device())?;
    let weights = (weights + start)?; // (PLACES,)
    let after = context.frames_after()?.minimum((PLACES - 1) as u32)?; // (B, T)
    let weights = weights.index_select(&after.flatten_all()?, 0)?; // (B T)
    let weights = (weights.reshape(mask.shape())? * mask)?; // (B, T)
    Ok(weights.unsqueeze(1)?.matmul(vectors)?.squeeze(1)?) // (B, E)
}
