//! A check that real weights have arrived whole: the numbers that the authors of an implementation
//! publish for a known input.

use super::post_norm::PostNormEncoder;
use candle_core::{Device, Tensor};
use story_core::Result;

/// What was expected and found.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfTest {
    /// Published values, row-major.
    pub expected: Vec<f32>,
    /// Ours.
    pub found: Vec<f32>,
}

impl SelfTest {
    /// The largest difference between a published value and ours that passes: the published ones
    /// are rounded to four digits.
    pub const TOLERANCE: f32 = 1e-4;

    /// The largest difference; infinite where a value is not finite.
    pub fn worst(&self) -> f32 {
        let pairs = self.expected.iter().zip(&self.found);
        let differences = pairs.map(|(expected, found)| (expected - found).abs());
        differences
            .map(|difference| if difference.is_nan() { f32::INFINITY } else { difference })
            .fold(0.0, f32::max)
    }

    /// Runs the input whose output Hugging Face publishes for `distilbert-base-uncased` (the test
    /// `test_inference_no_head_absolute_embedding` of `transformers`): rows and columns 1 to 3 of
    /// the last layer's states. The network is DistilBERT, built with `layer = 0`.
    ///
    /// # Errors
    /// As [`PostNormEncoder::hidden_states`].
    pub fn distilbert(network: &PostNormEncoder, device: &Device) -> Result<Self> {
        const IDS: [u32; 11] = [0, 345, 232, 328, 740, 140, 1695, 69, 6078, 1588, 2];
        const EXPECTED: [f32; 9] =
            [-0.1639, 0.3299, 0.1648, -0.1746, 0.3289, 0.1710, -0.1884, 0.3357, 0.1810];
        const FIRST: usize = 1;
        const SIDE: usize = 3;
        let mut mask = [1f32; IDS.len()];
        mask[0] = 0.0;
        let (ids, mask) = (Tensor::new(&[IDS], device)?, Tensor::new(&[mask], device)?);
        let states = network.hidden_states(&ids, &mask)?; // (1, L, D)
        let corner = states.narrow(1, FIRST, SIDE)?.narrow(2, FIRST, SIDE)?; // (1, 3, 3)
        Ok(Self { expected: EXPECTED.to_vec(), found: corner.flatten_all()?.to_vec1()? })
    }
}
