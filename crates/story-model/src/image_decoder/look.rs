//! What looks at places of pictures to say whose they should be.

use candle_core::Tensor;
use candle_nn::{Embedding, Init, Module, VarBuilder};
use story_core::{Result, layers};
use story_kernels::{Activation, ConvConfig, conv_transpose2d, conv2d};

/// Kernel of the convolutions that look at places, with a ring of zeros around them.
const LOOK: usize = 3;
/// Kernel of what doubles the grid.
const DOUBLE: usize = 4;
/// Frames that come after a frame are told apart up to so many.
const PLACES: usize = 8;
/// The score of a picture that may not be seen, whose share is then 0.
const NEVER: f64 = -1e4;

/// Two convolutions and one that doubles the grid.
pub(super) struct Look {
    first: (Tensor, Tensor),
    second: (Tensor, Tensor),
    scores: (Tensor, Tensor),
}

impl Look {
    pub fn new(input: usize, hidden: usize, scores: usize, vb: VarBuilder) -> Result<Self> {
        let weight = |name: &str, shape: [usize; 4], fan: usize| -> Result<(Tensor, Tensor)> {
            // He et al. 2015.
            let init = Init::Randn { mean: 0.0, stdev: (2.0 / fan as f64).sqrt() };
            let output = if name == "scores" { shape[1] } else { shape[0] };
            let vb = vb.pp(name);
            let weight = vb.get_with_hints(shape.to_vec(), "weight", init)?;
            Ok((weight, vb.get_with_hints(output, "bias", Init::Const(0.0))?))
        };
        Ok(Self {
            first: weight("first", [hidden, input, LOOK, LOOK], input * LOOK * LOOK)?,
            second: weight("second", [hidden, hidden, LOOK, LOOK], hidden * LOOK * LOOK)?,
            // Each place of the finer grid sees a quarter of the kernel.
            scores: weight("scores", [hidden, scores, DOUBLE, DOUBLE], hidden * DOUBLE)?,
        })
    }

    /// `x (N, C, g, g)` and what is added before the first activation, `(N, hidden)`, to scores
    /// `(N, S, 2 g, 2 g)`.
    pub fn scores(&self, x: &Tensor, added: Option<&Tensor>) -> Result<Tensor> {
        let config = |activation| ConvConfig { stride: 1, padding: LOOK / 2, activation };
        let (weight, bias) = &self.first;
        let x = match added {
            None => conv2d(x, weight, bias, config(Activation::Relu))?,
            Some(added) => {
                let x = conv2d(x, weight, bias, config(Activation::None))?;
                x.broadcast_add(&added.unsqueeze(2)?.unsqueeze(3)?)?.relu()?
            }
        }; // (N, hidden, g, g)
        let (weight, bias) = &self.second;
        let x = conv2d(&x, weight, bias, config(Activation::Relu))?; // (N, hidden, g, g)
        let (weight, bias) = &self.scores;
        let double = ConvConfig { stride: 2, padding: 1, activation: Activation::None };
        Ok(conv_transpose2d(&x, weight, bias, double)?) // (N, S, 2 g, 2 g)
    }
}

/// What looks at the frames of a context.
pub(super) struct FrameLook {
    places: Look,
    /// How many frames come after one.
    after: Embedding,
}

impl FrameLook {
    /// Looks at frames of `colors` channels beside the painter's `seen`, under `frame` and `after`; a
    /// score a move.
    pub fn new(
        [seen, colors]: [usize; 2],
        hidden: usize,
        moves: usize,
        vb: &VarBuilder,
    ) -> Result<Self> {
        Ok(Self {
            // The frame's own colors, those of the mean of all that is shown, and how far apart.
            places: Look::new(seen + 3 * colors, hidden, moves, vb.pp("frame"))?,
            after: layers::small_embedding(PLACES, hidden, vb.pp("after"))?,
        })
    }

    /// Scores `(B, T M, 2 g, 2 g)` of `places (B T, 3, g, g)`, where a frame may be seen whose
    /// `mask (B, T)` is 1, with so many frames `after (B, T)` it; `seen (B, C, g, g)` is the painter's.
    pub fn scores(
        &self,
        places: &Tensor,
        seen: &Tensor,
        mask: &Tensor,
        after: &Tensor,
    ) -> Result<Tensor> {
        let (b, t) = mask.dims2()?;
        let (_, colors, g, _) = places.dims4()?;
        let shown = mask.reshape((b, t, 1, 1, 1))?;
        let count = mask.sum_keepdim(1)?.maximum(1f64)?; // (B, 1)
        let mean = places.reshape((b, t, colors, g, g))?.broadcast_mul(&shown)?.sum(1)?;
        let mean = mean.broadcast_div(&count.reshape((b, 1, 1, 1))?)?; // (B, 3, g, g)
        let each = |x: &Tensor| -> Result<Tensor> {
            let (_, c, g, _) = x.dims4()?;
            let x = x.unsqueeze(1)?.broadcast_as((b, t, c, g, g))?;
            Ok(x.contiguous()?.flatten_to(1)?) // (B T, C, g, g)
        };
        let mean = each(&mean)?;
        let apart = (places - &mean)?.abs()?;
        let frames = Tensor::cat(&[&each(seen)?, places, &mean, &apart], 1)?;
        let after = after.minimum((PLACES - 1) as u32)?; // (B, T)
        let after = self.after.forward(&after.flatten_all()?)?; // (B T, hidden)
        let scores = self.places.scores(&frames, Some(&after))?; // (B T, M, 2 g, 2 g)
        let (_, m, fine, _) = scores.dims4()?;
        let scores = scores.reshape((b, t, m, fine, fine))?;
        let unseen = shown.affine(-NEVER, NEVER)?; // (B, T, 1, 1, 1)
        let scores = scores.broadcast_mul(&shown)?.broadcast_add(&unseen)?;
        Ok(scores.reshape((b, t * m, fine, fine))?)
    }
}
