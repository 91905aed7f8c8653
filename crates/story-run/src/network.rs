//! A config's network with all that feeds it, trained or not.

use crate::batches::{Lessons, Shown, collator};
use crate::config::Config;
use crate::corpus::Corpus;
use crate::decoding::Teller;
use crate::error::Result;
use crate::frozen::{self, Frozen};
use crate::host::Host;
use crate::language::Language;
use crate::memory;
use candle_core::Device;
use std::sync::Arc;
use story_core::{ParamStore, Story};
use story_data::collate::{Collator, FeatureTables};
use story_data::tokenizer::{StoryTokenizer, TextTokenizer};
use story_data::window::StoryWindow;
use story_model::{Base, StoryModel};

/// The network of a config.
pub struct Network {
    /// The resolved config.
    pub config: Config,
    /// Where the model lies.
    pub device: Device,
    /// Turns texts into the ids that the text encoder reads.
    pub tokenizer: StoryTokenizer,
    /// The model's parameters.
    pub store: ParamStore,
    /// The model.
    pub model: StoryModel,
    /// The encoders that stand beside it.
    pub frozen: Frozen,
    /// What tells the texts, where that is a pretrained language model.
    pub language: Option<Language>,
}

impl Network {
    /// Builds the network; `seed` draws its parameters.
    ///
    /// # Errors
    /// A device or weights that cannot be had, or a config that cannot be built or is larger than the
    /// memory.
    pub fn build(
        config: Config,
        seed: u64,
        tokenizer: StoryTokenizer,
        host: &Host,
    ) -> Result<Self> {
        let device = story_core::device::device(&config.device)?;
        let store = ParamStore::new(seed, &device).with_room(memory::room(&config));
        let vocabulary = tokenizer.vocabulary();
        let (encoders, frozen) = frozen::open(&config, vocabulary, &store, host)?;
        let pictures = config.model.inputs.pictures(&encoders.image);
        let decoder = &config.model.text_decoder;
        let language = Language::open(decoder, pictures, &store, &device, host)?;
        if let Some(language) = &language {
            host.say(&language.describe());
        }
        let model = frozen::model(&config, vocabulary, language.as_ref(), encoders, &store)?;
        Ok(Self { config, device, tokenizer, store, model, frozen, language })
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
        self.frozen.tables(&self.config, stories, windows)
    }

    /// What makes batches, with the vectors of the frozen encoders.
    ///
    /// # Errors
    /// Sizes that cannot be.
    pub fn collator(&self, features: FeatureTables) -> Result<Arc<Collator>> {
        self.batches(features).map(Arc::new)
    }

    /// What the model learns from: the windows of a corpus as `collator` makes batches of them, or its
    /// whole stories where a language model learns, for a window shows it one text only.
    ///
    /// # Errors
    /// Sizes that cannot be.
    pub fn lessons(&self, corpus: &Corpus, collator: &Arc<Collator>) -> Result<Lessons> {
        Ok(match self.language.as_ref().is_some_and(Language::learns) {
            true => {
                let collator = self.batches(collator.features().clone())?.telling_stories();
                Lessons::stories(corpus, Arc::new(collator))
            }
            false => Lessons::windows(corpus, collator.clone()),
        })
    }

    fn batches(&self, features: FeatureTables) -> Result<Collator> {
        let language = self.language.as_ref();
        let paints = self.config.objective.image_weight > 0.0;
        let shown = match paints && self.model.image_decoder().takes_from_shown() {
            true => Shown::AsPixels,
            false => Shown::Encoded,
        };
        collator(&self.config, self.tokenizer.clone(), language, features, shown)
    }

    /// What tells texts.
    pub fn teller(&self) -> Teller<'_> {
        Teller { model: &self.model, tokenizer: self.told().0, seed: self.config.seed }
    }

    /// What turns texts into the ids that the text decoder tells, and the most of a text.
    pub fn told(&self) -> (&dyn TextTokenizer, usize) {
        match &self.language {
            Some(language) => (&language.tokenizer, language.rows.max_tokens),
            None => (&self.tokenizer, self.config.data.max_tokens),
        }
    }

    /// The published weights that the parameters stand beside, where no checkpoint holds them.
    pub fn base(&self) -> Option<&Base> {
        self.language.as_ref().map(Language::base)
    }

    /// Trainable numbers.
    pub fn parameters(&self) -> u64 {
        self.store.element_count() as u64
    }
}
