//! What comes before the first step: stories, their audit, the vocabulary and the model.

use super::tokenizer_of;
use crate::audit;
use crate::batches::collator;
use crate::config::Config;
use crate::console::Console;
use crate::corpus::Corpus;
use crate::frozen;
use anyhow::Result;
use candle_core::Device;
use std::sync::Arc;
use story_core::ParamStore;
use story_data::collate::Collator;
use story_model::{Checkpoint, StoryModel};
use story_report::records::Audit;

/// All that a run needs before its folder is made.
pub struct Prepared {
    /// The resolved config.
    pub config: Config,
    /// Where the model lies.
    pub device: Device,
    /// Stories, splits and windows.
    pub corpus: Corpus,
    /// Whether the splits share pictures.
    pub audit: Audit,
    /// Makes batches.
    pub collator: Arc<Collator>,
    /// The tokenizer as a file.
    pub tokenizer: Vec<u8>,
    /// The model's parameters.
    pub store: ParamStore,
    /// The model.
    pub model: StoryModel,
}

impl Prepared {
    /// Reads the stories and builds the model, with `checkpoint`'s vocabulary where there is one.
    pub fn new(config: Config, checkpoint: Option<&Checkpoint>, console: Console) -> Result<Self> {
        console.say(&format!("{}: {}", config.name, config.description));
        let device = story_core::device::device(&config.device)?;
        let corpus = Corpus::load(&config.data, config.seed, console)?;
        let audit = audit::of_corpus(&config.data, &corpus, console)?;
        if audit.found_shared() {
            // Said before hours are spent on scores that mean less than they seem to.
            console.warn(&audit.sentences().join(" "));
        }
        let tokenizer = match checkpoint {
            Some(checkpoint) => tokenizer_of(checkpoint)?,
            None => corpus.tokenizer(&config)?,
        };
        let tokenizer_file = tokenizer.to_json()?.into_bytes();
        let vocabulary = tokenizer.vocabulary();
        console.say(&format!(
            "data: {} stories; {} training, {} validation, {} test windows; vocabulary {}",
            corpus.stories.len(),
            corpus.train.len(),
            corpus.validation.len(),
            corpus.test.len(),
            vocabulary.size,
        ));
        let store = ParamStore::new(config.seed, &device);
        let (model, frozen) = frozen::model(&config, vocabulary, &store, console)?;
        let features = frozen.tables(&config.data, &corpus.stories, corpus.windows())?;
        // A checkpoint that is resumed brings the middle that it began with.
        if let Some(mean) = frozen::mean_picture(&features, &corpus.stories, &corpus.train)? {
            model.center_pictures(&store, &mean.to_device(&device)?)?;
        }
        let collator = collator(&config, tokenizer, features)?;
        console.say(&format!(
            "model: {:.2} M parameters on {}",
            store.element_count() as f64 / 1e6,
            config.device
        ));
        Ok(Self {
            config,
            device,
            corpus,
            audit,
            collator,
            tokenizer: tokenizer_file,
            store,
            model,
        })
    }
}
