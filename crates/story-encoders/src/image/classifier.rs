//! A published network with the classifier it was trained with: names what it sees, for checks that
//! weights and pictures have arrived as they should.

use super::Pooling;
use candle_core::{Module, Tensor};
use candle_nn::Linear;
use story_core::{Error, ImageEncoder, Pass, Result};

/// A picture encoder and a linear layer over its vectors.
pub struct ImageClassifier {
    encoder: Box<dyn ImageEncoder>,
    head: Linear,
}

impl ImageClassifier {
    pub(super) fn new(encoder: Box<dyn ImageEncoder>, head: Linear) -> Self {
        Self { encoder, head }
    }

    /// The logits of each class: `images (N, 3, H, W)`, normalised, to `(N, classes)`.
    ///
    /// # Errors
    /// Pictures of another shape than the encoder was built for.
    pub fn classify(&self, images: &Tensor) -> Result<Tensor> {
        let vectors = self.encoder.encode(images, &Pass::Eval)?; // (N, D)
        Ok(self.head.forward(&vectors)?) // (N, classes)
    }
}

/// `classes`, unless there is none or the classifier would read something else than it was
/// trained on.
///
/// # Errors
/// [`Error::Config`] naming the encoder.
pub(super) fn check(kind: &str, pooling: Pooling, classes: usize) -> Result<usize> {
    if pooling != Pooling::Average {
        return Err(Error::Config(format!(
            "image encoder `{kind}`: pooling: the classifier reads \"average\", found {pooling:?}"
        )));
    }
    crate::check::size("classes", classes)
}
