//! A config's network with all that feeds it, trained or not.

use crate::batches::collator;
use crate::config::Config;
use crate::decoding::Teller;
use crate::error::Result;
use crate::frozen::{self, Frozen};
use crate::host::Host;
use candle_core::Device;
use std::sync::Arc;
use story_core::{ParamStore, Story};
use story_data::collate::{Collator, FeatureTables};
use story_data::tokenizer::StoryTokenizer;
use story_data::window::StoryWindow;
use story_model::StoryModel;

/// The network of a config.
pub struct Network {
    /// The resolved config.
    pub config: Config,
    /// Where the model lies.
    pub device: Device,
    /// Turns texts into ids and back.
    pub tokenizer: StoryTokenizer,
    /// The model's parameters.
    pub store: ParamStore,
    /// The model.
    pub model: StoryModel,
    /// The encoders that stand beside it.
    pub frozen: Frozen,
}

impl Network {
    /// Builds the network; `seed` draws its parameters.
    ///
    /// # Errors
    /// A device or weights that cannot be had, or a config that cannot be built.
    pub fn build(
        config: Config,
        seed: u64,
        tokenizer: StoryTokenizer,
        host: &Host,
    ) -> Result<Self> {
        let device = story_core::device::device(&config.device)?;
        let store = ParamStore::new(seed, &device);
        let (model, frozen) = frozen::model(&config, tokenizer.vocabulary(), &store, host)?;
        Ok(Self { config, device, tokenizer, store, model, frozen })
    }

    /// The vectors of the frozen encoders for all frames that `windows` name.
    ///
    /// # Errors
    /// A picture that does not decode, unless the config skips those.
    pub fn tables<'a>(
        &self,
        stories: &[Story],
        windows: impl IntoIterator<Item = &'a StoryWindow>,
    ) -> Result<FeatureTables> {
        self.frozen.tables(&self.config.data, stories, windows)
    }

    /// What makes batches, with the vectors of the frozen encoders.
    ///
    /// # Errors
    /// Sizes that cannot be.
    pub fn collator(&self, features: FeatureTables) -> Result<Arc<Collator>> {
        collator(&self.config, self.tokenizer.clone(), features)
    }

    /// What tells texts.
    pub fn teller(&self) -> Teller<'_> {
        Teller { model: &self.model, tokenizer: &self.tokenizer, seed: self.config.seed }
    }

    /// Trainable numbers.
    pub fn parameters(&self) -> u64 {
        self.store.element_count() as u64
    }
}
