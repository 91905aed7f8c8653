//! Attention over regions: each sentence of a text looks for the region of the picture that bears
//! it out.
//!
//! With sentences s_q and regions r_i of the similarity's space, g_i a region's corners as shares of
//! the picture and its score: a_qi = softmax_i(W_q s_q . W_k [r_i; g_i] / sqrt(32)), v_q =
//! sum_i a_qi r_i, and each sentence is described by its cosine with the region it attends to and
//! with the nearest one, and by P s_q * P v_q and |P s_q - P v_q| in 32 dimensions. The sentences'
//! mean and the S signals go through one hidden layer to a logit. A picture without regions is
//! judged by its signals.
//!
//! Axes: `N` examples, `Q` sentences, `R` regions, `D` width of the space.

use candle_core::{D, Device, Module, Tensor};
use candle_nn::{Linear, VarBuilder, ops};
use std::sync::Arc;
use story_core::layers::{dropout, linear};
use story_core::{Pass, Result};

/// Width of queries, keys and comparison.
const WIDTH: usize = 32;
/// Numbers of a region beside its vector: corners and score.
const GEOMETRY: usize = 5;
/// Cosines of a sentence: with what it attends to, and with the nearest region.
const COSINES: usize = 2;

/// What is known of one example.
#[derive(Debug, Clone, Default)]
pub struct RegionRow {
    /// Vectors of the sentences, of length 1.
    pub sentences: Vec<Arc<[f32]>>,
    /// Vectors of the regions, of length 1, with x1, y1, x2, y2 as shares of the picture's sides
    /// and the detector's score.
    pub regions: Arc<[(Vec<f32>, [f32; GEOMETRY])]>,
    /// The signals, gaps filled.
    pub signals: Vec<f64>,
}

/// Some examples as tensors.
pub struct RegionBatch {
    sentences: Tensor,
    sentence_mask: Tensor,
    regions: Tensor,
    geometry: Tensor,
    region_mask: Tensor,
    signals: Tensor,
}

impl RegionBatch {
    /// Pads the rows to the longest; vectors of another width than `width` count as missing.
    ///
    /// # Errors
    /// Those of making tensors.
    pub fn new(rows: &[&RegionRow], width: usize) -> Result<Self> {
        let sentences = rows.iter().map(|row| row.sentences.len()).max().unwrap_or(0).max(1);
        let regions = rows.iter().map(|row| row.regions.len()).max().unwrap_or(0).max(1);
        let n = rows.len();
        let mut values = vec![0f32; n * sentences * width];
        let mut sentence_mask = vec![0f32; n * sentences];
        let mut vectors = vec![0f32; n * regions * width];
        let mut geometry = vec![0f32; n * regions * GEOMETRY];
        let mut region_mask = vec![0f32; n * regions];
        let mut signals = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            for (index, sentence) in row.sentences.iter().enumerate() {
                if sentence.len() == width {
                    let at = place * sentences + index;
                    values[at * width..][..width].copy_from_slice(sentence);
                    sentence_mask[at] = 1.0;
                }
            }
            for (index, (vector, shape)) in row.regions.iter().enumerate() {
                if vector.len() == width {
                    let at = place * regions + index;
                    vectors[at * width..][..width].copy_from_slice(vector);
                    geometry[at * GEOMETRY..][..GEOMETRY].copy_from_slice(shape);
                    region_mask[at] = 1.0;
                }
            }
            signals.extend(row.signals.iter().map(|value| *value as f32));
        }
        let cpu = &Device::Cpu;
        let count = signals.len() / n.max(1);
        Ok(Self {
            sentences: Tensor::from_vec(values, (n, sentences, width), cpu)?,
            sentence_mask: Tensor::from_vec(sentence_mask, (n, sentences), cpu)?,
            regions: Tensor::from_vec(vectors, (n, regions, width), cpu)?,
            geometry: Tensor::from_vec(geometry, (n, regions, GEOMETRY), cpu)?,
            region_mask: Tensor::from_vec(region_mask, (n, regions), cpu)?,
            signals: Tensor::from_vec(signals, (n, count), cpu)?,
        })
    }
}

/// The network of one store.
pub struct RegionAttention {
    query: Linear,
    key: Linear,
    compare: Linear,
    hidden: Linear,
    output: Linear,
    rate: f32,
}

impl RegionAttention {
    /// Builds `query`, `key`, `compare`, `hidden` and `output` for a space of `width` and rows of
    /// `signals` signals.
    ///
    /// # Errors
    /// Those of the parameters' store.
    pub fn new(
        width: usize,
        signals: usize,
        hidden: usize,
        rate: f32,
        vb: VarBuilder,
    ) -> Result<Self> {
        let described = 2 * WIDTH + COSINES + signals;
        Ok(Self {
            query: linear(width, WIDTH, vb.pp("query"))?,
            key: linear(width + GEOMETRY, WIDTH, vb.pp("key"))?,
            compare: linear(width, WIDTH, vb.pp("compare"))?,
            hidden: linear(described, hidden, vb.pp("hidden"))?,
            output: linear(hidden, 1, vb.pp("output"))?,
            rate,
        })
    }

    /// Logits `(N,)` and where each sentence looks, `(N, Q, R)`: shares that add up to 1 over the
    /// regions, 0 for padding.
    ///
    /// # Errors
    /// Those of the tensors.
    pub fn forward(&self, batch: &RegionBatch, pass: &Pass) -> Result<(Tensor, Tensor)> {
        /// Far below any score, and its exponential is 0.
        const NEVER: f64 = 1e4;
        let keep = batch.region_mask.unsqueeze(1)?; // (N, 1, R)
        let never = ((&keep - 1.0)? * NEVER)?; // (N, 1, R)
        let query = self.query.forward(&batch.sentences)?; // (N, Q, 32)
        let keyed = Tensor::cat(&[&batch.regions, &batch.geometry], 2)?; // (N, R, D + 5)
        let key = self.key.forward(&keyed)?.transpose(1, 2)?.contiguous()?; // (N, 32, R)
        let scores = (query.matmul(&key)? / (WIDTH as f64).sqrt())?; // (N, Q, R)
        let weights = ops::softmax(&scores.broadcast_add(&never)?, D::Minus1)?; // (N, Q, R)
        let weights = weights.broadcast_mul(&keep)?; // (N, Q, R)
        let attended = weights.matmul(&batch.regions)?; // (N, Q, D)

        let all = batch.regions.transpose(1, 2)?.contiguous()?; // (N, D, R)
        let cosines = batch.sentences.matmul(&all)?; // (N, Q, R)
        // Without a region, and where all point away, the nearest has cosine 0: padding changes nothing.
        let nearest = cosines.broadcast_mul(&keep)?.max_keepdim(D::Minus1)?.relu()?; // (N, Q, 1)
        let own = (&batch.sentences * &attended)?.sum_keepdim(D::Minus1)?; // (N, Q, 1)
        let one = self.compare.forward(&batch.sentences)?; // (N, Q, 32)
        let other = self.compare.forward(&attended)?; // (N, Q, 32)
        let described =
            Tensor::cat(&[&own, &nearest, &(&one * &other)?, &(one - other)?.abs()?], 2)?; // (N, Q, 66)
        let mask = batch.sentence_mask.unsqueeze(2)?; // (N, Q, 1)
        let count = mask.sum(1)?.maximum(1f64)?; // (N, 1)
        let mean = described.broadcast_mul(&mask)?.sum(1)?.broadcast_div(&count)?; // (N, 66)
        let seen = batch.region_mask.max_keepdim(1)?; // (N, 1): 0 without regions
        let mean = mean.broadcast_mul(&seen)?; // (N, 66)
        let row = Tensor::cat(&[&mean, &batch.signals], 1)?; // (N, 66 + S)
        let hidden = self.hidden.forward(&row)?.relu()?; // (N, H)
        let hidden = dropout(&hidden, self.rate, "regions/dropout", pass)?;
        Ok((self.output.forward(&hidden)?.squeeze(1)?, weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::ParamStore;

    fn row(sentences: &[[f32; 3]], regions: &[[f32; 3]]) -> RegionRow {
        let shape = [0.1, 0.1, 0.5, 0.6, 0.9];
        RegionRow {
            sentences: sentences.iter().map(|it| Arc::from(it.as_slice())).collect(),
            regions: regions.iter().map(|it| (it.to_vec(), shape)).collect(),
            signals: vec![0.3, 0.8],
        }
    }

    #[test]
    fn a_batch_equals_its_rows_and_every_parameter_learns() -> Result<()> {
        let store = ParamStore::new(4, &Device::Cpu);
        let model = RegionAttention::new(3, 2, 8, 0.1, store.builder())?;
        let rows = [
            row(&[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], &[[0.6, 0.8, 0.0]]),
            row(&[[0.0, 0.0, 1.0]], &[[0.0, 1.0, 0.0], [0.8, 0.0, 0.6], [1.0, 0.0, 0.0]]),
            row(&[[0.0, 0.6, 0.8]], &[]),
        ];
        let all: Vec<&RegionRow> = rows.iter().collect();
        let (logits, weights) = model.forward(&RegionBatch::new(&all, 3)?, &Pass::Eval)?;
        assert_eq!(weights.dims(), [3, 2, 3]);
        let sums = weights.sum(2)?.to_vec2::<f32>()?;
        assert!((sums[1][0] - 1.0).abs() < 1e-5 && sums[2][0] == 0.0, "{sums:?}");
        let whole = logits.to_vec1::<f32>()?;
        for (row, logit) in rows.iter().zip(&whole) {
            let (alone, _) = model.forward(&RegionBatch::new(&[row], 3)?, &Pass::Eval)?;
            assert!((alone.to_vec1::<f32>()?[0] - logit).abs() < 1e-5);
            assert!(logit.is_finite());
        }
        let train = Pass::Train { seed: 9 };
        let (logits, _) = model.forward(&RegionBatch::new(&all, 3)?, &train)?;
        let gradients = logits.sqr()?.sum_all()?.backward()?;
        for (name, var) in store.named() {
            // A constant added to every region's score changes no share.
            if name == "key.bias" {
                continue;
            }
            let gradient = gradients.get(var.as_tensor()).expect("a gradient");
            assert!(gradient.abs()?.sum_all()?.to_scalar::<f32>()? > 0.0, "{name}");
        }
        Ok(())
    }
}
