//! What comes before the first step: stories, their audit, the vocabulary and the network.

use super::{autoencoder, remembered};
use crate::audit;
use crate::batches::Lessons;
use crate::config::Config;
use crate::corpus::Corpus;
use crate::error::Result;
use crate::frozen::{mean_picture, require_files};
use crate::host::Host;
use crate::language::Language;
use crate::memory;
use crate::network::Network;
use crate::opened::tokenizer_of;
use std::sync::Arc;
use story_data::collate::Collator;
use story_model::{Checkpoint, PromptBoundary, TextDecoderConfig, Trains};
use story_report::counted;
use story_report::records::Audit;

/// All that a run needs before its folder is made.
pub struct Prepared {
    /// The network, its parameters as they were drawn.
    pub network: Network,
    /// Stories, splits and windows.
    pub corpus: Corpus,
    /// Whether the splits share pictures.
    pub audit: Audit,
    /// Makes the batches that are scored.
    pub collator: Arc<Collator>,
    /// What is learned.
    pub lessons: Lessons,
    /// The tokenizer as a file.
    pub tokenizer: Vec<u8>,
}

impl Prepared {
    /// Reads the stories and builds the network, with `checkpoint`'s vocabulary where there is one.
    ///
    /// # Errors
    /// Stories or weights that cannot be had or are not the checkpoint's, or a config that cannot be
    /// built.
    pub fn new(config: Config, checkpoint: Option<&Checkpoint>, host: &Host) -> Result<Self> {
        let config = settled(config);
        host.say(&format!("{}: {}", config.name, config.description));
        // Before hours of reading: whether there is such a device.
        story_core::device::device(&config.device)?;
        let base = checkpoint.and_then(Checkpoint::base);
        Language::require_place(&config.model.text_decoder, base)?;
        require_files(&config.model, host)?;
        if checkpoint.is_none() {
            autoencoder::require_files(&config, host)?;
        }
        memory::require(&config, memory::available(&config), host)?;
        let corpus = Corpus::load(&config.data, config.seed, host)?;
        let audit = audit::of_corpus(&config.data, &corpus, host)?;
        if audit.found_shared() {
            // Said before hours are spent on scores that mean less than they seem to.
            host.warn(&audit.sentences().join(" "));
        }
        let tokenizer = match checkpoint {
            Some(checkpoint) => tokenizer_of(checkpoint)?,
            None => corpus.tokenizer(&config, host)?,
        };
        let tokenizer_file = tokenizer.to_json()?.into_bytes();
        host.say(&format!(
            "data: {}; {} training, {} validation, {} test windows; vocabulary {}",
            counted(corpus.stories.len() as u64, "story", "stories"),
            corpus.train.len(),
            corpus.validation.len(),
            corpus.test.len(),
            tokenizer.vocabulary().size,
        ));
        let seed = config.seed;
        let network = Network::build(config, seed, tokenizer, host)?;
        memory::require_training(
            &network,
            corpus.train.len(),
            memory::available(&network.config),
            host,
        )?;
        if let Some(checkpoint) = checkpoint {
            checkpoint.require_base(network.base())?;
        }
        let features = network.tables(&corpus.stories, corpus.windows())?;
        // A checkpoint that is resumed brings the middle that it began with.
        if let Some(mean) = mean_picture(&features, &corpus.stories, &corpus.train)? {
            network.model.center_pictures(&network.store, &mean.to_device(&network.device)?)?;
        }
        let collator = network.collator(features)?;
        if checkpoint.is_none() {
            autoencoder::set(&network, host)?;
        }
        remembered::set(&network, &corpus, &collator)?;
        let lessons = network.lessons(&corpus, &collator)?;
        host.say(&format!(
            "model: {:.2} M parameters on {}",
            network.parameters() as f64 / 1e6,
            network.config.device
        ));
        Ok(Self { network, corpus, audit, collator, lessons, tokenizer: tokenizer_file })
    }
}

/// The config with all decided that it leaves to the run, so that the run's folder says it.
fn settled(mut config: Config) -> Config {
    let epochs = config.train.epochs;
    if let TextDecoderConfig::LanguageModel(decoder) = &mut config.model.text_decoder
        && decoder.boundary == PromptBoundary::Auto
    {
        let published = decoder.trains == Trains::Nothing {} || epochs == 0;
        decoder.boundary = if published { PromptBoundary::Prompt } else { PromptBoundary::Whole };
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn who_stays_as_published_is_asked_as_others_ask_it_and_who_learns_within_the_story() {
        let books = "../../configs/african-storybook-language-model.toml";
        let books = Path::new(env!("CARGO_MANIFEST_DIR")).join(books);
        let boundary = |patches: &[&str]| {
            let patches: Vec<String> = patches.iter().map(ToString::to_string).collect();
            let config = settled(Config::read(Some(&books), &patches).expect("a config"));
            match config.model.text_decoder {
                TextDecoderConfig::LanguageModel(decoder) => decoder.boundary,
                _ => panic!("the config has a language model"),
            }
        };
        assert_eq!(boundary(&[]), PromptBoundary::Whole);
        assert_eq!(boundary(&["train.epochs=0"]), PromptBoundary::Prompt);
        let frozen = "model.text_decoder.trains={kind='nothing'}";
        assert_eq!(boundary(&[frozen]), PromptBoundary::Prompt);
        let said = "model.text_decoder.boundary=whole";
        assert_eq!(boundary(&["train.epochs=0", said]), PromptBoundary::Whole);
    }
}
