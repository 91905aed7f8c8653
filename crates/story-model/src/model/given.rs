//! Numbers of a model that are set before training and not learned.

use super::{EMBEDDING_HEAD, IMAGE_DECODER, StoryModel};
use crate::embedding_head::CENTER;
use crate::image_decoder::{AUTOENCODER, ImageDecoderConfig, REMEMBERED};
use candle_core::Tensor;
use story_core::{Error, ParamStore, Result};
use story_encoders::tiny_autoencoder::Half;
use story_encoders::weights::LoadedWeights;

/// The place of the pictures that the picture decoder remembers.
fn remembered() -> String {
    format!("{IMAGE_DECODER}.{REMEMBERED}")
}

impl StoryModel {
    /// Moves the embedding head's space to `mean (E,)` of a frozen picture encoder's vectors;
    /// before the first update. Nothing where the head works in another space.
    ///
    /// # Errors
    /// A mean of another width.
    pub fn center_pictures(&self, store: &ParamStore, mean: &Tensor) -> Result<()> {
        match store.get(&format!("{EMBEDDING_HEAD}.{CENTER}")) {
            Some(center) => Ok(center.set(mean)?),
            None => Ok(()),
        }
    }

    /// How many pictures the picture decoder remembers; 0 where it does not.
    pub fn remembers(&self, store: &ParamStore) -> usize {
        let remembered = store.get(&remembered());
        remembered.and_then(|pictures| pictures.dims().first().copied()).unwrap_or(0)
    }

    /// Sets the pictures that the decoder remembers, `(K, 3, H, W)`, 0..1; before the first update.
    /// Nothing where it remembers none.
    ///
    /// # Errors
    /// Another number of pictures, or of another size.
    pub fn remember(&self, store: &ParamStore, pictures: &Tensor) -> Result<()> {
        match store.get(&remembered()) {
            Some(own) => Ok(own.set(&self.image_decoder().memory(pictures)?)?),
            None => Ok(()),
        }
    }

    /// Sets a half of the autoencoder of the picture decoder that `config` built into `store`, before the
    /// first update; a checkpoint holds it from then on.
    ///
    /// # Errors
    /// Weights of another network, or a picture decoder without an autoencoder.
    pub fn set_autoencoder(
        config: &ImageDecoderConfig,
        store: &ParamStore,
        half: Half,
        weights: LoadedWeights,
    ) -> Result<()> {
        let ImageDecoderConfig::Latent(config) = config else {
            return Err(Error::Config(
                "model.image_decoder has no autoencoder whose weights could be set".into(),
            ));
        };
        let prefix = format!("{IMAGE_DECODER}.{AUTOENCODER}.{}", half.name());
        config.autoencoder.load(half, weights, store, &prefix)
    }
}
