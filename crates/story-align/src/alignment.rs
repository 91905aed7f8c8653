//! Alignment losses by `kind`: what draws a frame's picture and its text together.

mod info_nce;
mod none;

pub use info_nce::{InfoNceConfig, MAX_LOG_SCALE, clamp_logit_scale, info_nce};
pub use none::NoAlignmentConfig;

use candle_core::{DType, Tensor};
use std::cmp::Ordering;
use story_core::{FrameEmbeddings, ParamStore, Result};

/// A loss on the embeddings of the context's frames.
pub trait Alignment: Send + Sync {
    /// The loss of a batch, unweighted. `stories` holds the story of each of the `B` windows;
    /// equal numbers are the same story.
    ///
    /// # Errors
    /// As many stories as windows are expected; shapes that do not fit.
    fn loss(&self, frames: &FrameEmbeddings, stories: &[u64]) -> Result<AlignmentLoss>;

    /// Whether a run may be trained with it.
    fn trains(&self) -> bool {
        true
    }

    /// Brings the loss's own parameters in `store` back into their range; called after each step of
    /// the optimizer.
    ///
    /// # Errors
    /// A store that lacks them.
    fn clamp_after_step(&self, _store: &ParamStore) -> Result<()> {
        Ok(())
    }
}

/// What an alignment says of a batch.
#[derive(Debug, Clone)]
pub struct AlignmentLoss {
    /// The loss, a differentiable scalar.
    pub loss: Tensor,
    /// What the loss was computed from; `None` where there was nothing to compare.
    pub diagnostics: Option<Diagnostics>,
}

/// The comparisons behind a contrastive loss over `N = B T` pairs, cut off from the graph.
#[derive(Debug, Clone)]
pub struct Diagnostics {
    /// Cosine of each picture (rows) with each text (columns), `(N, N)`.
    pub similarity: Tensor,
    /// 1 where a picture and a text were compared: a pair with itself, or pairs of two stories;
    /// 0 where one of them pads or both are of one story. `(N, N)`, symmetric.
    pub compared: Tensor,
}

impl Diagnostics {
    /// How often the own counterpart is the most similar of all that were compared, over both
    /// directions, 0..1. A tie of `k` counts 1/k, so that equal vectors give chance. `None` where no
    /// pair had a rival.
    ///
    /// # Errors
    /// Whatever candle reports.
    pub fn matching_accuracy(&self) -> Result<Option<f64>> {
        let rows = |matrix: &Tensor| matrix.to_dtype(DType::F32)?.to_vec2::<f32>();
        let (similarity, compared) = (rows(&self.similarity)?, rows(&self.compared)?);
        let n = similarity.len();
        let (mut hits, mut count) = (0f64, 0usize);
        for i in 0..n {
            let rivals: Vec<usize> = (0..n).filter(|&j| j != i && compared[i][j] != 0.0).collect();
            if rivals.is_empty() {
                continue;
            }
            let own = similarity[i][i];
            let forwards = rivals.iter().map(|&j| similarity[i][j]);
            let backwards = rivals.iter().map(|&j| similarity[j][i]);
            hits += hit(own, forwards) + hit(own, backwards);
            count += 2;
        }
        Ok((count > 0).then(|| hits / count as f64))
    }
}

/// 1 where `own` is above all rivals, 1/k where it is the highest with k - 1 of them, else 0.
fn hit(own: f32, rivals: impl Iterator<Item = f32>) -> f64 {
    let mut ties = 1usize;
    for rival in rivals {
        match rival.partial_cmp(&own) {
            Some(Ordering::Less) => {}
            Some(Ordering::Equal) => ties += 1,
            Some(Ordering::Greater) | None => return 0.0, // None: not a number
        }
    }
    1.0 / ties as f64
}

story_core::parts! {
    /// Alignment losses on the context's pictures and texts.
    pub enum AlignmentConfig("alignment"): dyn Alignment, from () {
        "info-nce" => InfoNce(InfoNceConfig), "symmetric InfoNCE with a learnable temperature; pairs of the same story are no negatives";
        "none" => None(NoAlignmentConfig), "opens runs that were made with it, and does not train: a run without alignment sets objective.contrastive_weight = 0";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn accuracy(similarity: &[[f32; 3]; 3], compared: &[[f32; 3]; 3]) -> Option<f64> {
        let tensor = |values: &[[f32; 3]; 3]| Tensor::new(values, &Device::Cpu).expect("a matrix");
        Diagnostics { similarity: tensor(similarity), compared: tensor(compared) }
            .matching_accuracy()
            .expect("numbers")
    }

    #[test]
    fn accuracy_counts_both_directions_and_shares_ties() {
        let all = [[1.0; 3]; 3];
        assert_eq!(accuracy(&[[0.5; 3]; 3], &all), Some(1.0 / 3.0));
        let one_miss = [[0.9, 0.0, 0.0], [0.0, 0.9, 0.0], [0.0, 1.0, 0.9]];
        assert_eq!(accuracy(&one_miss, &all), Some(4.0 / 6.0));
        assert_eq!(accuracy(&[[f32::NAN; 3]; 3], &all), Some(0.0));
    }

    #[test]
    fn what_was_not_compared_is_no_rival() {
        let high_rival = [[0.5, 0.9, 0.0], [0.9, 0.5, 0.0], [0.0, 0.0, 0.5]];
        let apart = [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 1.0]];
        assert_eq!(accuracy(&high_rival, &apart), Some(1.0));
        let alone = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]];
        assert_eq!(accuracy(&high_rival, &alone), None);
    }
}
